//! What is told of a task beyond its state: what was asked for, and what was made.

use domain::{AudioFacts, DocumentFacts, Facts, TaskOptions};
use serde::Serialize;
use utoipa::ToSchema;

/// What was asked for, by the names of the form. What was left open is absent.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct OptionsView {
    #[serde(skip_serializing_if = "Option::is_none")]
    voice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed: Option<f64>,
    /// `wav`, `mp3`, `opus` or `flac`.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_words: Option<u32>,
    /// `extractive` or `abstractive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    /// Told from the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    document_format: Option<&'static str>,
}

/// What is known of a result that is a file of its own.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum FactsView {
    Audio(AudioView),
    Document(DocumentView),
}

/// What is known of sound that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudioView {
    /// `wav`, `mp3`, `opus` or `flac`.
    format: &'static str,
    /// Samples a second.
    sample_rate: u32,
    channels: u16,
    duration_seconds: f64,
    /// The language that is spoken; absent where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice: Option<String>,
    /// The voice is a stopgap for its language: understandable, with a foreign accent.
    stopgap: bool,
}

/// What is known of a document that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentView {
    /// `txt`, `md`, `html`, `srt`, `vtt` or `docx`.
    format: &'static str,
    /// Pieces of text that were translated, such as paragraphs and captions.
    texts: u64,
    /// Words of the source; in Japanese and Chinese, characters.
    source_words: u64,
    /// Pieces whose numbers, addresses or inner formatting did not come through unchanged.
    doubtful: u64,
}

impl From<&TaskOptions> for OptionsView {
    fn from(o: &TaskOptions) -> Self {
        Self {
            voice: o.voice.clone(),
            speed: o.speed_percent.map(|p| f64::from(p) / 100.0),
            format: o.audio_format.map(|f| f.name()),
            max_words: o.max_words,
            mode: o.summary_mode.map(|m| m.name()),
            document_format: o.document_format.map(|f| f.name()),
        }
    }
}

impl From<&AudioFacts> for AudioView {
    fn from(f: &AudioFacts) -> Self {
        Self {
            format: f.format.name(),
            sample_rate: f.sample_rate,
            channels: f.channels,
            duration_seconds: super::transcript::seconds(f.duration_ms),
            language: f.language.map(|l| l.name()),
            voice: f.voice.clone(),
            stopgap: f.stopgap,
        }
    }
}

impl From<&DocumentFacts> for DocumentView {
    fn from(f: &DocumentFacts) -> Self {
        Self { format: f.format.name(), texts: f.texts, source_words: f.source_words, doubtful: f.doubtful }
    }
}

impl From<&Facts> for FactsView {
    fn from(f: &Facts) -> Self {
        match f {
            Facts::Audio(f) => Self::Audio(f.into()),
            Facts::Document(f) => Self::Document(f.into()),
        }
    }
}
