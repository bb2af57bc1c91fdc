//! An engine without models: what it answers is computed from the input alone, always the same for the same input.
//! For tests that are not about models.

mod answers;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Language, SummaryMode, Word};
use sha2::{Digest, Sha256};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    Batch, Call, Capabilities, Draft, Engine, EngineError, FRAME_SAMPLES, Meaning, NOISY_SAMPLES,
    SAMPLE_RATE, Sentence, Spoken, Summarised, Translated, WINDOW_SAMPLES, Window, WindowSegment, WindowText,
    triton::vad::SAMPLES as SPEECH_SAMPLES,
};

/// A frame whose loudest sample is beyond this counts as speech.
const LOUD: u16 = 300;

/// Answers without models: loud is speech, and a window says its own digest, a word a second.
#[derive(Debug)]
pub struct EchoEngine {
    gate: Option<Arc<Semaphore>>,
}

impl EchoEngine {
    /// Answers at once.
    #[must_use]
    pub const fn new() -> Self {
        Self { gate: None }
    }

    /// Every transcription uses up one permit of `gate` and waits for it: a test decides when it goes on.
    #[must_use]
    pub const fn gated(gate: Arc<Semaphore>) -> Self {
        Self { gate: Some(gate) }
    }

    async fn wait(&self) -> Result<(), EngineError> {
        if let Some(gate) = &self.gate {
            gate.acquire().await.map_err(|_| EngineError::Unavailable)?.forget();
        }
        Ok(())
    }
}

impl Default for EchoEngine {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Engine for EchoEngine {
    async fn speech(&self, pcm: Arc<[i16]>, call: &Call) -> Result<Vec<f32>, EngineError> {
        in_time(call, async {
            match pcm.len() {
                1..=SPEECH_SAMPLES => {
                    Ok(pcm.chunks(FRAME_SAMPLES).map(|f| if is_loud(f) { 0.9 } else { 0.1 }).collect())
                }
                _ => Err(EngineError::BadInput),
            }
        })
        .await
    }

    async fn transcribe(&self, window: Window, call: &Call) -> Result<WindowText, EngineError> {
        in_time(call, async {
            if window.pcm.is_empty() || window.pcm.len() > WINDOW_SAMPLES {
                return Err(EngineError::BadInput);
            }
            self.wait().await?;
            Ok(heard(&window))
        })
        .await
    }

    async fn speak(&self, sentence: Sentence, call: &Call) -> Result<Spoken, EngineError> {
        in_time(call, async { answers::spoken(sentence) }).await
    }

    async fn translate(&self, batch: Batch, call: &Call) -> Result<Translated, EngineError> {
        in_time(call, async { Ok(answers::translated(&batch)) }).await
    }

    async fn summarise(&self, draft: Draft, call: &Call) -> Result<Summarised, EngineError> {
        in_time(call, async { Ok(answers::summarised(&draft)) }).await
    }

    async fn embed(
        &self,
        texts: Arc<[String]>,
        _language: Language,
        call: &Call,
    ) -> Result<Meaning, EngineError> {
        in_time(call, async { Ok(answers::meant(&texts)) }).await
    }

    async fn enhance(&self, pcm: Arc<[f32]>, call: &Call) -> Result<Vec<f32>, EngineError> {
        in_time(call, async {
            match pcm.len() {
                1..=NOISY_SAMPLES => Ok(pcm.iter().map(|s| s / 2.0).collect()),
                _ => Err(EngineError::BadInput),
            }
        })
        .await
    }

    fn capabilities(&self) -> Capabilities {
        let models = vec![answers::card()];
        Capabilities { offers: super::offers::offers(&models, true, SummaryMode::ALL), models, slots: 4 }
    }
}

async fn in_time<T>(
    call: &Call,
    work: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, EngineError> {
    if call.timeout.is_zero() {
        return Err(EngineError::Deadline);
    }
    tokio::select! {
        biased;
        () = call.cancel.cancelled() => Err(EngineError::Cancelled),
        done = timeout(call.timeout, work) => done.unwrap_or(Err(EngineError::Deadline)),
    }
}

fn is_loud(frame: &[i16]) -> bool {
    frame.iter().any(|s| s.unsigned_abs() > LOUD)
}

fn heard(window: &Window) -> WindowText {
    let length_ms = window.pcm.len() as u64 * 1000 / u64::from(SAMPLE_RATE);
    let digest = Sha256::digest(window.pcm.iter().flat_map(|s| s.to_le_bytes()).collect::<Vec<u8>>());
    let given = window.language.given();
    let language = given.unwrap_or_else(|| Language::ALL[usize::from(digest[0]) % Language::ALL.len()]);
    let measured = 0.5 + f32::from(digest[1]) / 512.0;
    let silent = !is_loud(&window.pcm);
    let words: Vec<Word> = (0..length_ms.div_ceil(1000))
        .map(|n| Word {
            start_ms: n * 1000,
            end_ms: (n * 1000 + 900).min(length_ms),
            text: format!(" {}", hex::encode(&digest[n as usize % 30..][..2])),
            probability: measured,
        })
        .collect();
    let text: String = words.iter().map(|w| w.text.as_str()).collect();
    let segment = WindowSegment {
        start_ms: 0,
        end_ms: length_ms,
        text: text.trim().to_owned(),
        avg_logprob: -0.2,
        words,
    };
    WindowText {
        language: language.name().to_owned(),
        language_probability: if given.is_some() { 1.0 } else { measured },
        no_speech_probability: if silent { 0.95 } else { 0.05 },
        segments: if silent { Vec::new() } else { vec![segment] },
    }
}
