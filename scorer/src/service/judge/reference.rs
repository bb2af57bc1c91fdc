//! What answers are compared with, prepared once for all of them.

use domain::{Analysis, Language, TaskKind};

use super::{Case, content::Content};
use crate::{
    accuracy::Noised,
    metric::{Grams, Outline, Spoken, Unit},
};

/// Characters of speech in a second, where nobody has spoken the text: in scripts of letters, and of syllables or words.
const PACE: (f64, f64) = (15.0, 5.0);

/// What answers are compared with.
#[derive(Debug)]
pub(super) enum Reference {
    /// What was said in a recording.
    Transcript(Spoken),
    /// What was to be said, and how long that takes.
    Speech {
        /// In characters.
        text: Spoken,
        /// In seconds.
        seconds: f64,
    },
    /// A summary.
    Summary {
        /// Of what.
        source: Outline,
        /// The summary.
        outline: Outline,
        /// The same as written.
        text: String,
        /// Share of the text that it repeats.
        repeats: f64,
        /// Most words that were asked for.
        most: Option<u32>,
        /// Of both.
        language: Language,
    },
    /// A translation.
    Translation {
        /// The translation.
        grams: Grams,
        /// Of what.
        source: String,
    },
    /// Clean sound, and the noisy one.
    Sound(Noised),
    /// Measurements.
    Analysis(Box<Analysis>),
}

impl Reference {
    /// What was said in a recording.
    pub(super) fn transcript(text: &str, language: Language) -> Self {
        Self::Transcript(Spoken::new(text, Unit::of_speech(language)))
    }

    /// A text that was to be said, where it is known how long that takes.
    pub(super) fn speech(text: &str, language: Language, seconds: Option<f64>, speed: Option<u16>) -> Self {
        let pace = if language.counts_characters() { PACE.1 } else { PACE.0 };
        let speed = f64::from(speed.unwrap_or(100).max(1)) / 100.0;
        let guess = || text.chars().count() as f64 / pace / speed;
        let seconds = seconds.unwrap_or_else(guess).max(0.1);
        Self::Speech { text: Spoken::new(text, Unit::Character), seconds }
    }

    /// A summary of `source`.
    pub(super) fn summary(source: &str, text: String, language: Language, most: Option<u32>) -> Self {
        let source = Outline::new(source, language);
        let (outline, repeats) = (Outline::new(&text, language), source.covered(&text));
        Self::Summary { source, outline, text, repeats, most, language }
    }

    /// A translation of `source`.
    pub(super) fn translation(source: String, text: &str) -> Self {
        Self::Translation { grams: Grams::new(text), source }
    }

    /// An answer that agrees best with the others. Speech and sound are judged by what only an inference can tell.
    pub(super) fn of_answer(case: &Case, chosen: &Content) -> Option<Self> {
        let language = case.target_or_source();
        match (case.kind, chosen) {
            (TaskKind::Transcription | TaskKind::VideoTranscription, Content::Text(text)) => {
                Some(Self::transcript(text, language))
            }
            (TaskKind::Summarization, Content::Text(text)) => {
                let source = std::str::from_utf8(&case.input).unwrap_or_default();
                let language = case.language_of(source);
                Some(Self::summary(source, text.clone(), language, case.options.max_words))
            }
            (TaskKind::TextTranslation | TaskKind::DocumentTranslation, Content::Text(text)) => {
                let source = String::from_utf8_lossy(&case.input).into_owned();
                Some(Self::translation(source, text))
            }
            (TaskKind::AudioAnalysis, Content::Analysis(analysis)) => Some(Self::Analysis(analysis.clone())),
            _ => None,
        }
    }
}
