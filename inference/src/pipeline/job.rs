//! One piece of work, and what pipelines work with.

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::{Language, SourceLanguage, TaskKind, TaskOptions};
use tokio_util::sync::CancellationToken;

use super::{Progress, TranscriptionOptions};
use crate::{
    engine::{Call, Engine},
    media::{Decoder, Ffmpeg},
};

/// One piece of work.
#[derive(Clone)]
pub struct Job {
    /// What is to be done.
    pub kind: TaskKind,
    /// The input. It is read once, and its name tells nothing.
    pub file: PathBuf,
    /// Language of the input, or `Auto`.
    pub language: SourceLanguage,
    /// Language of the output, for translations.
    pub target: Option<Language>,
    /// What else was asked for.
    pub options: TaskOptions,
    /// Id of the task, which reaches the model server.
    pub request_id: String,
    /// Ends the work early.
    pub cancel: CancellationToken,
    /// Told how far it is.
    pub progress: Progress,
}

impl Job {
    /// A call into the engine on behalf of this work, with this much time.
    #[must_use]
    pub fn call(&self, timeout: Duration) -> Call {
        Call { request_id: self.request_id.clone(), timeout, cancel: self.cancel.clone() }
    }
}

/// What pipelines work with.
#[derive(Clone)]
pub struct Tools {
    /// The models.
    pub engine: Arc<dyn Engine>,
    /// Reads sound out of files.
    pub decoder: Decoder,
    /// Writes sound that the encoders in Rust do not; none: only wav is made.
    pub ffmpeg: Option<Ffmpeg>,
    /// How recordings are transcribed.
    pub transcription: TranscriptionOptions,
    /// A folder for files that are gone when the work is done.
    pub scratch: PathBuf,
}
