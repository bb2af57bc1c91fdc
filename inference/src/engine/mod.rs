//! The seam between pipelines and models: what a pipeline asks for, and what a model answers, in the words of speech.
//!
//! Implementations: [`triton`] (the product) and [`echo`] (deterministic, for tests that are not about models).
//! Both pass [`conformance`].

pub mod canary;
pub mod conformance;
pub mod echo;
mod lane;
mod language;
mod offers;
mod sound;
#[cfg(test)]
mod tests;
pub mod triton;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{Language, ModelCard, Offer, SourceLanguage, TaskKind};
use tokio_util::sync::CancellationToken;

pub use language::{Batch, Draft, Meaning, Summarised, Translated};
pub use sound::{MAX_SENTENCE, NOISY_RATE, NOISY_SAMPLES, Sentence, Spoken};
pub(crate) use triton::enhance::{LIGHT, light_card};

/// Sample rate of all speech that enters an engine, in Hz; one channel.
pub const SAMPLE_RATE: u32 = 16_000;
/// Most samples of one window: 30 s.
pub const WINDOW_SAMPLES: usize = 480_000;
/// Samples that one speech probability stands for: 32 ms.
pub const FRAME_SAMPLES: usize = 512;

/// Models, as pipelines see them.
///
/// Promises: a call ends by its deadline or soon after `cancel` fires; a failure says whether trying again can help.
/// What an engine has no model for is `Unavailable`.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Probability in 0..=1 that there is speech, one for each started frame of [`FRAME_SAMPLES`] samples.
    /// `pcm`: 16 kHz mono, at most 120 s a call; state does not carry over between calls.
    async fn speech(&self, pcm: Arc<[i16]>, call: &Call) -> Result<Vec<f32>, EngineError>;

    /// Speech of one window as text. Times in the answer count from the start of the window.
    async fn transcribe(&self, window: Window, call: &Call) -> Result<WindowText, EngineError>;

    /// One sentence as speech.
    async fn speak(&self, _sentence: Sentence, _call: &Call) -> Result<Spoken, EngineError> {
        Err(EngineError::Unavailable)
    }

    /// Sentences in another language, as many as were given and in their order.
    async fn translate(&self, _batch: Batch, _call: &Call) -> Result<Translated, EngineError> {
        Err(EngineError::Unavailable)
    }

    /// A text in fewer words.
    async fn summarise(&self, _draft: Draft, _call: &Call) -> Result<Summarised, EngineError> {
        Err(EngineError::Unavailable)
    }

    /// What texts in this language mean, as many vectors as texts and in their order.
    async fn embed(
        &self,
        _texts: Arc<[String]>,
        _language: Language,
        _call: &Call,
    ) -> Result<Meaning, EngineError> {
        Err(EngineError::Unavailable)
    }

    /// Speech without its noise: one channel at [`NOISY_RATE`], at most [`NOISY_SAMPLES`] samples in -1..=1, and as
    /// many out.
    async fn enhance(&self, _pcm: Arc<[f32]>, _call: &Call) -> Result<Vec<f32>, EngineError> {
        Err(EngineError::Unavailable)
    }

    /// What can be asked of this engine now. Shrinks at once when a model falls out of service.
    fn capabilities(&self) -> Capabilities;

    /// Whether there is a model for this kind at all, in service or not.
    fn has(&self, _kind: TaskKind) -> bool {
        true
    }
}

/// What travels with every call into an engine.
#[derive(Debug, Clone)]
pub struct Call {
    /// Id of the task, passed to the model server as request id.
    pub request_id: String,
    /// Time left for this call.
    pub timeout: Duration,
    /// Fires when nobody wants the answer any more.
    pub cancel: CancellationToken,
}

/// At most 30 s of 16 kHz mono speech.
#[derive(Debug, Clone)]
pub struct Window {
    /// At most [`WINDOW_SAMPLES`] samples.
    pub pcm: Arc<[i16]>,
    /// Language to assume, or `Auto` to detect it in this window.
    pub language: SourceLanguage,
}

/// What was heard in one window.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowText {
    /// Language tag, given or detected. May lie outside the ten: the model knows more.
    pub language: String,
    /// Probability of `language` in 0..=1; 1 when it was given.
    pub language_probability: f32,
    /// Probability in 0..=1 that the window holds no speech.
    pub no_speech_probability: f32,
    /// Segments in order.
    pub segments: Vec<WindowSegment>,
}

/// A stretch of text in a window; times in milliseconds from its start.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowSegment {
    /// Where it begins.
    pub start_ms: u64,
    /// Where it ends.
    pub end_ms: u64,
    /// What was said.
    pub text: String,
    /// Mean log probability of its tokens.
    pub avg_logprob: f32,
    /// Its words, times from the start of the window.
    pub words: Vec<domain::Word>,
}

/// What an engine can do now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Kinds of task whose models passed their canary, with the languages of each.
    pub offers: Vec<Offer>,
    /// Those models.
    pub models: Vec<ModelCard>,
    /// How many calls of the heaviest model may run at once.
    pub slots: usize,
}

impl Capabilities {
    /// Whether work of this kind can be done now.
    #[must_use]
    pub fn does(&self, kind: TaskKind) -> bool {
        self.offers.iter().any(|o| o.kind == kind && !o.languages.is_empty())
    }

    /// Id of the first model that does this kind; empty when none says so.
    #[must_use]
    pub fn model(&self, kind: TaskKind) -> String {
        self.models.iter().find(|m| m.kinds.contains(&kind)).map(|m| m.id.clone()).unwrap_or_default()
    }
}

/// Why an engine gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The input is at fault; trying again cannot help.
    #[error("the model refused the input")]
    BadInput,
    /// The model or its server is away for now; the same call may succeed later or elsewhere.
    #[error("the model is not available")]
    Unavailable,
    /// The model failed on this input; another machine may do better.
    #[error("the model failed")]
    Failed,
    /// The deadline passed. The model may still be busy with it.
    #[error("the model did not answer in time")]
    Deadline,
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl EngineError {
    /// Whether the same call, here and soon, may succeed.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        matches!(self, Self::Unavailable)
    }
}
