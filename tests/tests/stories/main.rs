//! Stories: what users, miners and operators see, told against the real services and, where it matters, the real models.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod chain;
mod characters;
mod compose;
mod crash;
mod documents;
mod engine;
mod fanout;
mod hostile_kinds;
mod hostile_media;
mod http_contract;
mod kinds;
mod otlp;
mod own_processes;
mod own_validator;
mod quality;
mod setup_faults;
mod signed;
mod structure;
mod subnet;
mod trace;
mod transcription;
mod validators;
mod video;
mod wallet;
