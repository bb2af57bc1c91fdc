//! `asr_whisper`: speech of one window as text.

use domain::Word;
use triton_client::{Error, Infer, Output, Tensor, Triton};

use super::Ask;
use crate::engine::{Window, WindowSegment, WindowText};

/// Name of the model.
pub(in crate::engine) const MODEL: &str = "asr_whisper";

/// Tensors, by the names that the model's configuration gives them.
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
}

/// What is said in this window?
pub(in crate::engine) struct Transcribe(pub(in crate::engine) Window);

impl Ask for Transcribe {
    fn request(&self, triton: &Triton) -> Infer {
        let Window { pcm, language } = &self.0;
        triton
            .infer(MODEL)
            .input(tensor::PCM, Tensor::i16([1, pcm.len()], pcm))
            .input(tensor::LANGUAGE, Tensor::text([1, 1], [language.name()]))
            .input(tensor::WORDS, Tensor::bool([1, 1], [true]))
    }
}

/// Reads the answer to [`Transcribe`]; `None` when its parts do not fit together.
pub(in crate::engine) fn read_window(output: &Output) -> Result<Option<WindowText>, Error> {
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
    use super::{super::wire, MODEL, tensor::*};

    #[test]
    fn the_configuration_has_exactly_these_tensors() {
        let inputs = [(PCM, "INT16"), (LANGUAGE, "STRING"), (WORDS, "BOOL")];
        let outputs = [
            (DETECTED, "STRING"),
            (SCORES, "FP32"),
            (SEGMENT_TEXT, "STRING"),
            (SEGMENT_TIMES, "INT32"),
            (SEGMENT_LOGPROB, "FP32"),
            (SEGMENT_WORDS, "INT32"),
            (WORD_TEXT, "STRING"),
            (WORD_TIMES, "INT32"),
            (WORD_PROBABILITY, "FP32"),
        ];
        wire::check(MODEL, &inputs, &outputs);
    }
}
