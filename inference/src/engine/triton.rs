//! The engine of the product: models on a supervised Triton server. The only place that knows names of tensors.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Language, TaskKind, Word};
use triton_client::{Error, Infer, Output, Tensor, Triton};

use super::{
    Call, Capabilities, Engine, EngineError, FRAME_SAMPLES, WINDOW_SAMPLES, Window, WindowSegment,
    WindowText,
    lane::{Lane, failed},
};
use crate::sidecar::Handle;

/// Model that hears speech as text.
pub(super) const ASR: &str = "asr_whisper";
/// Model that tells speech from the rest.
pub(super) const VAD: &str = "vad_silero";
/// Model that answers what it is asked.
pub(super) const ECHO: &str = "echo";

/// Tensors, by the names that the models' configurations give them.
mod tensor {
    pub(super) const PCM: &str = "pcm";
    pub(super) const LANGUAGE: &str = "language";
    pub(super) const WORDS: &str = "words";
    pub(super) const DETECTED: &str = "detected";
    pub(super) const SCORES: &str = "scores";
    pub(super) const SEGMENT_TEXT: &str = "segment_text";
    pub(super) const SEGMENT_TIMES: &str = "segment_times";
    pub(super) const SEGMENT_LOGPROB: &str = "segment_logprob";
    pub(super) const SEGMENT_WORDS: &str = "segment_words";
    pub(super) const WORD_TEXT: &str = "word_text";
    pub(super) const WORD_TIMES: &str = "word_times";
    pub(super) const WORD_PROBABILITY: &str = "word_probability";
    pub(super) const PROBS: &str = "probs";
    pub(super) const BYTES: &str = "bytes";
}

/// Most samples of one call for speech probabilities: 120 s.
pub(super) const SPEECH_SAMPLES: usize = 120 * super::SAMPLE_RATE as usize;

/// Models on a supervised server.
pub struct TritonEngine {
    sidecar: Handle,
    speech: Lane,
    transcribe: Lane,
}

impl TritonEngine {
    /// An engine on the server behind `sidecar`, whose models are configured by `profile`.
    #[must_use]
    pub fn new(sidecar: Handle, profile: &str) -> Self {
        let (speech, transcribe) =
            (Lane::new(VAD, profile, sidecar.clone()), Lane::new(ASR, profile, sidecar.clone()));
        Self { sidecar, speech, transcribe }
    }
}

#[async_trait]
impl Engine for TritonEngine {
    async fn speech(&self, pcm: Arc<[i16]>, call: &Call) -> Result<Vec<f32>, EngineError> {
        if pcm.is_empty() || pcm.len() > SPEECH_SAMPLES {
            return Err(EngineError::BadInput);
        }
        let frames = pcm.len().div_ceil(FRAME_SAMPLES);
        let output = self.speech.ask(call, &Question::Speech(pcm)).await?;
        match read_speech(&output) {
            Ok(probabilities) if probabilities.len() == frames => Ok(probabilities),
            Ok(_) => Err(EngineError::Failed),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn transcribe(&self, window: Window, call: &Call) -> Result<WindowText, EngineError> {
        if window.pcm.is_empty() || window.pcm.len() > WINDOW_SAMPLES {
            return Err(EngineError::BadInput);
        }
        let output = self.transcribe.ask(call, &Question::Transcribe(window)).await?;
        read_window(&output).map_err(|error| failed(&error))?.ok_or(EngineError::Failed)
    }

    fn capabilities(&self) -> Capabilities {
        let snapshot = self.sidecar.snapshot();
        if !snapshot.ready(VAD) || !snapshot.ready(ASR) {
            return Capabilities::default();
        }
        let kinds = vec![(TaskKind::Transcription, Language::ALL.to_vec())];
        Capabilities { kinds, slots: self.transcribe.slots() }
    }
}

/// What a model can be asked.
pub(super) enum Question {
    /// INT16 [n]: where is there speech?
    Speech(Arc<[i16]>),
    /// INT16 [1, n]: what is said?
    Transcribe(Window),
    /// UINT8 [n]: say the same.
    Echo(&'static [u8]),
}

impl Question {
    /// The request, ready to be sent.
    pub(super) fn to(&self, triton: &Triton) -> Infer {
        match self {
            Self::Speech(pcm) => triton.infer(VAD).input(tensor::PCM, Tensor::i16([pcm.len()], pcm)),
            Self::Transcribe(window) => triton
                .infer(ASR)
                .input(tensor::PCM, Tensor::i16([1, window.pcm.len()], &window.pcm))
                .input(tensor::LANGUAGE, Tensor::text([1, 1], [window.language.name()]))
                .input(tensor::WORDS, Tensor::bool([1, 1], [true])),
            Self::Echo(bytes) => triton.infer(ECHO).input(tensor::BYTES, Tensor::u8([bytes.len()], *bytes)),
        }
    }
}

/// Reads the answer to [`Question::Echo`].
pub(super) fn read_echo(output: &Output) -> Result<&[u8], Error> {
    output.u8(tensor::BYTES)
}

/// Reads the answer to [`Question::Speech`].
pub(super) fn read_speech(output: &Output) -> Result<Vec<f32>, Error> {
    Ok(output.f32(tensor::PROBS)?.collect())
}

/// Reads the answer to [`Question::Transcribe`]; `None` when its parts do not fit together.
pub(super) fn read_window(output: &Output) -> Result<Option<WindowText>, Error> {
    let language = output.text(tensor::DETECTED)?.to_owned();
    let scores: Vec<f32> = output.f32(tensor::SCORES)?.collect();
    let [language_probability, no_speech_probability, ..] = scores[..] else {
        return Ok(None);
    };
    let times = |name| -> Result<Vec<(u64, u64)>, Error> {
        let flat: Vec<u64> = output.i32(name)?.map(|ms| u64::try_from(ms).unwrap_or(0)).collect();
        Ok(flat.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
    };
    let words = times(tensor::WORD_TIMES)?
        .into_iter()
        .zip(output.texts(tensor::WORD_TEXT)?)
        .zip(output.f32(tensor::WORD_PROBABILITY)?);
    let mut words = words.map(|(((start_ms, end_ms), text), probability)| Word {
        start_ms,
        end_ms,
        text: text.to_owned(),
        probability,
    });
    let counts: Vec<usize> =
        output.i32(tensor::SEGMENT_WORDS)?.map(|n| usize::try_from(n).unwrap_or(0)).collect();
    let (texts, logprobs) = (output.texts(tensor::SEGMENT_TEXT)?, output.f32(tensor::SEGMENT_LOGPROB)?);
    let whole = texts.len() == counts.len()
        && logprobs.len() == counts.len()
        && words.len() == counts.iter().sum::<usize>();
    let times = times(tensor::SEGMENT_TIMES)?;
    if !whole || times.len() != counts.len() {
        return Ok(None);
    }
    let segments = times.into_iter().zip(texts).zip(logprobs).zip(counts);
    let segments = segments.map(|((((start_ms, end_ms), text), avg_logprob), n)| WindowSegment {
        start_ms,
        end_ms,
        text: text.to_owned(),
        avg_logprob,
        words: words.by_ref().take(n).collect(),
    });
    Ok(Some(WindowText {
        language,
        language_probability,
        no_speech_probability,
        segments: segments.collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::{tensor::*, *};
    use crate::sidecar::repository;

    /// Names of tensors, with their types as a configuration writes them.
    type Tensors = &'static [(&'static str, &'static str)];

    /// What this file sends to each model, and what it reads.
    const WIRE: [(&str, Tensors, Tensors); 3] = [
        (
            ASR,
            &[(PCM, "INT16"), (LANGUAGE, "STRING"), (WORDS, "BOOL")],
            &[
                (DETECTED, "STRING"),
                (SCORES, "FP32"),
                (SEGMENT_TEXT, "STRING"),
                (SEGMENT_TIMES, "INT32"),
                (SEGMENT_LOGPROB, "FP32"),
                (SEGMENT_WORDS, "INT32"),
                (WORD_TEXT, "STRING"),
                (WORD_TIMES, "INT32"),
                (WORD_PROBABILITY, "FP32"),
            ],
        ),
        (VAD, &[(PCM, "INT16")], &[(PROBS, "FP32")]),
        (ECHO, &[(BYTES, "UINT8")], &[(BYTES, "UINT8")]),
    ];

    fn tensors(section: &'static str) -> Vec<(&'static str, &'static str)> {
        let one = |part: &'static str| {
            Some((part.split('"').nth(1)?, part.split("TYPE_").nth(1)?.split_whitespace().next()?))
        };
        section.split('{').filter_map(one).collect()
    }

    #[test]
    fn every_configuration_has_exactly_the_tensors_that_are_sent_and_read() {
        for (model, inputs, outputs) in WIRE {
            for profile in ["cpu", "gpu"] {
                let config = repository::config(model, profile).unwrap();
                assert!(config.contains(&format!("name: \"{model}\"")), "{model} {profile}");
                let (_, rest) = config.split_once("\ninput [").unwrap();
                let (input, output) = rest.split_once("\noutput [").unwrap();
                let output = output.split("\ninstance_group").next().unwrap();
                assert_eq!(tensors(input), inputs, "{model} {profile}");
                assert_eq!(tensors(output), outputs, "{model} {profile}");
            }
        }
    }
}
