//! Why a pipeline gave no result.

use domain::{FailReason, Failure};

use crate::{engine::EngineError, media::MediaError};

/// What stopped a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PipelineError {
    /// The file gave no sound.
    #[error(transparent)]
    Media(MediaError),
    /// The model gave no answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl From<MediaError> for PipelineError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Cancelled => Self::Cancelled,
            other => Self::Media(other),
        }
    }
}

impl PipelineError {
    /// What the client is told. `None` when it was cancelled: then nobody asks.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let (reason, detail) = match self {
            Self::Media(error) => (error.reason(), error.to_string()),
            Self::Engine(EngineError::BadInput | EngineError::Failed) => {
                (FailReason::ModelFailed, "the model failed on this recording".to_owned())
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
