//! From a file to a result, one pipeline per kind of task.

mod analysis;
mod document;
mod enhancement;
mod error;
mod guard;
mod job;
mod language;
mod merge;
mod product;
mod progress;
mod run;
mod speech;
mod summarization;
#[cfg(test)]
mod tests;
mod tokens;
mod transcription;
mod translation;
mod translator;
mod windows;

pub use error::PipelineError;
pub use job::{Job, Tools};
pub use product::{Body, Product};
pub use progress::Progress;
pub use transcription::{Transcriber, TranscriptionOptions};
pub use translator::{Rendered, Translator};

use domain::TaskKind;

/// Does `job`. Ends soon after `job.cancel` fires and leaves no work behind in any case.
///
/// # Errors
/// Why there is no result.
pub async fn run(tools: &Tools, job: Job) -> Result<Product, PipelineError> {
    match job.kind {
        // the sound track of a video is found by the same decoder
        TaskKind::Transcription | TaskKind::VideoTranscription => transcription::run(tools, job).await,
        TaskKind::Summarization => summarization::run(tools, job).await,
        TaskKind::TextTranslation => translation::run(tools, job).await,
        TaskKind::DocumentTranslation => document::run(tools, job).await,
        TaskKind::Tts => speech::run(tools, job).await,
        TaskKind::AudioEnhancement => enhancement::run(tools, job).await,
        TaskKind::AudioAnalysis => analysis::run(tools, job).await,
    }
}
