//! Why a pipeline gave no result.

use domain::{FailReason, Failure, TaskKind};

use crate::{document::DocumentError, engine::EngineError, media::MediaError};

/// What stopped a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PipelineError {
    /// The file gave no sound.
    #[error(transparent)]
    Media(MediaError),
    /// The model gave no answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The input holds nothing to work on; one sentence for the client.
    #[error("{0}")]
    Nothing(String),
    /// The input can't be worked on; one sentence for the client.
    #[error("{0}")]
    Unsupported(String),
    /// The input is longer than the limit; one sentence for the client.
    #[error("{0}")]
    TooLong(String),
    /// The input is damaged; one sentence for the client.
    #[error("{0}")]
    Broken(String),
    /// A scratch file can't be written or read.
    #[error("a scratch file can't be used: {0}")]
    Scratch(String),
    /// A result that has no JSON form.
    #[error("the result can't be written: {0}")]
    Encode(String),
    /// A kind that was never declared.
    #[error("there is no pipeline for {0}")]
    NoPipeline(TaskKind),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl From<std::io::Error> for PipelineError {
    /// Of a scratch file: inputs have errors of their own.
    fn from(error: std::io::Error) -> Self {
        Self::Scratch(error.to_string())
    }
}

impl From<MediaError> for PipelineError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Cancelled => Self::Cancelled,
            other => Self::Media(other),
        }
    }
}

impl From<DocumentError> for PipelineError {
    fn from(error: DocumentError) -> Self {
        if error == DocumentError::Stopped {
            return Self::Cancelled;
        }
        let sentence = error.to_string();
        match error.reason() {
            FailReason::NothingToDo => Self::Nothing(sentence),
            FailReason::Unsupported => Self::Unsupported(sentence),
            FailReason::TooLong => Self::TooLong(sentence),
            FailReason::BrokenFile => Self::Broken(sentence),
            _ => Self::Scratch(sentence),
        }
    }
}

impl PipelineError {
    /// What the client is told. `None` when it was cancelled: then nobody asks.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let (reason, detail) = match self {
            Self::Media(error) => (error.reason(), error.to_string()),
            Self::Nothing(sentence) => (FailReason::NothingToDo, sentence.clone()),
            Self::Unsupported(sentence) => (FailReason::Unsupported, sentence.clone()),
            Self::TooLong(sentence) => (FailReason::TooLong, sentence.clone()),
            Self::Broken(sentence) => (FailReason::BrokenFile, sentence.clone()),
            Self::Scratch(_) => {
                (FailReason::MinerFault, "the machine that took the task has no room for it".to_owned())
            }
            Self::Encode(_) => (
                FailReason::MinerFault,
                "the machine that took the task could not write the result".to_owned(),
            ),
            Self::NoPipeline(_) => (
                FailReason::MinerFault,
                "the machine that took the task does not do this kind of work".to_owned(),
            ),
            Self::Engine(EngineError::BadInput | EngineError::Failed) => {
                (FailReason::ModelFailed, "the model failed on this input".to_owned())
            }
            Self::Engine(EngineError::Unavailable) => (
                FailReason::MinerFault,
                "the model is not available on the machine that took the task".to_owned(),
            ),
            Self::Engine(EngineError::Deadline) => {
                (FailReason::MinerFault, "the model did not answer in time".to_owned())
            }
            Self::Engine(EngineError::Cancelled) | Self::Cancelled => return None,
        };
        Some(Failure::new(reason, detail))
    }
}
