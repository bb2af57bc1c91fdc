//! The command line, and the assembly of all services into one process.
//!
//! [`stack`] is that assembly; the commands in [`cmd`] and the stories of the `tests` package both start it.

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::cast_precision_loss)]

pub mod bars;
pub mod chain;
pub mod cli;
pub mod client;
pub mod cmd;
pub mod home;
pub mod judged;
pub mod network;
pub mod secret;
pub mod stack;
pub mod tao;
