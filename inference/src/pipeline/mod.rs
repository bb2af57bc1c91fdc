//! From a file to a result, one pipeline per kind of task.

mod error;
mod guard;
mod language;
mod merge;
mod progress;
mod run;
#[cfg(test)]
mod tests;
mod tokens;
mod transcription;
mod windows;

pub use error::PipelineError;
pub use progress::Progress;
pub use transcription::{Job, Transcriber, TranscriptionOptions};
