//! A recording in, its transcript out.

use std::{sync::Arc, time::Duration};

use domain::{TaskKind, Transcript};

use super::{Job, PipelineError, Product, Tools, run::Run};
use crate::{
    engine::Engine,
    media::{Decoder, chunk::ChunkConfig},
};

/// How a transcription spends its time and its memory.
#[derive(Debug, Clone, PartialEq)]
pub struct TranscriptionOptions {
    /// Windows of one file that the model works on at once, at least 1. Two more may lie ready.
    pub windows_in_flight: usize,
    /// Time allowed to judge a minute of sound for speech.
    pub speech_timeout: Duration,
    /// Time allowed to hear one window.
    pub window_timeout: Duration,
    /// Where windows are cut.
    pub chunk: ChunkConfig,
}

impl Default for TranscriptionOptions {
    fn default() -> Self {
        Self {
            windows_in_flight: 1,
            speech_timeout: Duration::from_secs(60),
            window_timeout: Duration::from_secs(180),
            chunk: ChunkConfig::default(),
        }
    }
}

/// Transcribes recordings with one decoder and one engine; shared by all tasks.
#[derive(Clone)]
pub struct Transcriber {
    engine: Arc<dyn Engine>,
    decoder: Decoder,
    options: TranscriptionOptions,
}

impl Transcriber {
    /// Put together from its parts.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, decoder: Decoder, options: TranscriptionOptions) -> Self {
        Self { engine, decoder, options }
    }

    /// Transcribes `job.file` at constant memory, whatever its length. Speech has times from the start of the file;
    /// a file without speech is a transcript without segments. Ends soon after `job.cancel` fires, and leaves no work
    /// behind in any case: decoder and model are told to stop when it returns or is dropped.
    ///
    /// Spans `decode`, `vad` and `window` are children of the current one.
    pub async fn transcribe(&self, job: Job) -> Result<Transcript, PipelineError> {
        let cancel = job.cancel.clone();
        let work = job.cancel.child_token();
        let _stop = work.clone().drop_guard();
        let run = Box::pin(Run::start(&self.engine, &self.decoder, &self.options, job, &work).finish());
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(PipelineError::Cancelled),
            result = run => result,
        }
    }
}

/// The transcript of `job.file` as a result document.
pub(super) async fn run(tools: &Tools, job: Job) -> Result<Product, PipelineError> {
    let transcriber =
        Transcriber::new(tools.engine.clone(), tools.decoder.clone(), tools.transcription.clone());
    let transcript = transcriber.transcribe(job).await?;
    Product::document(&transcript, tools.engine.capabilities().model(TaskKind::Transcription))
}
