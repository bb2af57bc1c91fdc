//! What a transcription answers with. Its JSON form is the result document that miners store.

use crate::Language;

/// Speech as text. Times are milliseconds from the start of the file; segments are in order and do not overlap.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// Language of the speech, given or detected; `None` when there was no speech to detect it from.
    pub language: Option<Language>,
    /// Probability of `language` in 0..=1 as the model measured it; `None` when the client gave the language.
    pub language_confidence: Option<f32>,
    /// Length of the audio.
    pub duration_ms: u64,
    /// True when no speech was found: the transcript is empty and that is the right answer.
    pub no_speech: bool,
    /// What was said, in order.
    pub segments: Vec<Segment>,
}

/// A stretch of speech, about a sentence long.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Where it begins.
    pub start_ms: u64,
    /// Where it ends; never before `start_ms`.
    pub end_ms: u64,
    /// What was said, without surrounding white space.
    pub text: String,
    /// The words of `text` with their own times; empty when the model gave none.
    pub words: Vec<Word>,
    /// Mean log probability of the tokens, at most 0.
    pub avg_logprob: f32,
    /// Probability in 0..=1 that the window held no speech.
    pub no_speech_prob: f32,
}

/// One word.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// Where it begins.
    pub start_ms: u64,
    /// Where it ends; never before `start_ms`.
    pub end_ms: u64,
    /// The word as written, with the white space that belongs before it in languages that write it.
    pub text: String,
    /// Probability in 0..=1.
    pub probability: f32,
}

impl Transcript {
    /// A transcript of audio without speech.
    #[must_use]
    pub const fn silence(duration_ms: u64) -> Self {
        Self { language: None, language_confidence: None, duration_ms, no_speech: true, segments: Vec::new() }
    }

    /// The whole text on one line: segments joined by a space, or by nothing in languages written without spaces.
    #[must_use]
    pub fn text(&self) -> String {
        let glue = match self.language {
            Some(Language::Ja | Language::Zh) => "",
            _ => " ",
        };
        let texts: Vec<&str> =
            self.segments.iter().map(|s| s.text.as_str()).filter(|t| !t.is_empty()).collect();
        texts.join(glue)
    }
}
