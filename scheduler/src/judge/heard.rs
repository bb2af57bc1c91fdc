//! What an answer says, as far as it can be compared with others.

use domain::{Analysis, DocumentFacts, Facts, Language, Summary, TaskKind, Transcript, Translation};
use metric::Said;
use serde::de::DeserializeOwned;

use super::{document, sound};

/// Longest text that is compared letter by letter, in characters: comparing takes the square of it.
const MOST_COMPARED: usize = 400_000;
/// Longest text whose parts are counted, in characters.
const MOST_COUNTED: usize = 1_000_000;

/// An answer that was read.
#[derive(Debug, PartialEq)]
pub(super) enum Heard {
    /// A text, and the language that it says it is in.
    Text(String, Option<Language>),
    /// Sound at one rate, mono.
    Sound(Vec<f32>),
    /// Measurements.
    Analysis(Box<Analysis>),
    /// It can't be read, or not compared: it is like its equals alone.
    Nothing,
}

impl Heard {
    /// Reads the answer to a task of `kind`.
    pub(super) fn read(kind: TaskKind, facts: Option<&Facts>, bytes: Vec<u8>) -> Self {
        let heard = match kind {
            TaskKind::Transcription | TaskKind::VideoTranscription => {
                json(&bytes).map(|t: Transcript| Self::Text(t.text(), t.language))
            }
            TaskKind::Summarization => json(&bytes).map(|s: Summary| Self::Text(s.summary, Some(s.language))),
            TaskKind::TextTranslation => {
                json(&bytes).map(|t: Translation| Self::Text(t.translation, Some(t.target_language)))
            }
            TaskKind::AudioAnalysis => json(&bytes).map(|a| Self::Analysis(Box::new(a))),
            TaskKind::DocumentTranslation => match facts {
                Some(Facts::Document(DocumentFacts { format, .. })) => {
                    document::text(*format, &bytes).map(|text| Self::Text(text, None))
                }
                _ => None,
            },
            TaskKind::Tts | TaskKind::AudioEnhancement => sound::decode(bytes).map(Self::Sound),
        };
        heard.filter(|h| h.is_comparable(kind)).unwrap_or(Self::Nothing)
    }

    /// The language that it says it is in.
    pub(super) const fn language(&self) -> Option<Language> {
        match self {
            Self::Text(_, language) => *language,
            Self::Analysis(analysis) => analysis.language,
            Self::Sound(_) | Self::Nothing => None,
        }
    }

    /// As the metrics take it.
    pub(super) fn said(&self) -> Option<Said<'_>> {
        match self {
            Self::Text(text, _) => Some(Said::Text(text)),
            Self::Sound(samples) => Some(Said::Sound(samples)),
            Self::Analysis(analysis) => Some(Said::Analysis(analysis)),
            Self::Nothing => None,
        }
    }

    fn is_comparable(&self, kind: TaskKind) -> bool {
        let counted = matches!(kind, TaskKind::TextTranslation | TaskKind::DocumentTranslation);
        let most = if counted { MOST_COUNTED } else { MOST_COMPARED };
        !matches!(self, Self::Text(text, _) if text.chars().nth(most).is_some())
    }
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}
