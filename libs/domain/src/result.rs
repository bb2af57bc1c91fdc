//! What tasks of the other kinds answer with. JSON forms are the result documents that miners store; what is said of a
//! result that is a file of its own (sound, a document) travels beside it as [`Facts`].

use crate::{AudioFormat, DocumentFormat, Language, SummaryMode, TaskKind};

/// A summary.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The summary, never longer than was asked for.
    pub summary: String,
    /// How it was made.
    pub mode: SummaryMode,
    /// Language of text and summary.
    pub language: Language,
    /// Words of the summary; in Japanese and Chinese, characters.
    pub words: u64,
    /// Words of the text, counted the same way.
    pub source_words: u64,
}

/// A translated text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Translation {
    /// The text in the other language; paragraphs and line breaks as in the source.
    pub translation: String,
    /// Language of the source.
    pub source_language: Language,
    /// Language of the translation.
    pub target_language: Language,
    /// Sentences whose numbers, addresses or placeholders did not come through unchanged.
    pub doubtful: Vec<String>,
}

/// What is known of a result that is a file of its own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Facts {
    /// Sound.
    Audio(AudioFacts),
    /// A document.
    Document(DocumentFacts),
}

impl Facts {
    /// Whether a result of `kind` is described by `facts`: a file of its own by those of its sort, a result document by none.
    #[must_use]
    pub const fn fit(kind: TaskKind, facts: Option<&Self>) -> bool {
        match kind {
            TaskKind::Tts | TaskKind::AudioEnhancement => matches!(facts, Some(Self::Audio(_))),
            TaskKind::DocumentTranslation => matches!(facts, Some(Self::Document(_))),
            TaskKind::Transcription
            | TaskKind::VideoTranscription
            | TaskKind::Summarization
            | TaskKind::TextTranslation
            | TaskKind::AudioAnalysis => facts.is_none(),
        }
    }
}

/// What is known of sound that was made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioFacts {
    /// How it is written.
    pub format: AudioFormat,
    /// Samples a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// Its length.
    pub duration_ms: u64,
    /// tts: language that is spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// tts: name of the voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// True when the voice is a stopgap for its language: understandable, with a foreign accent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopgap: bool,
}

/// What is known of a document that was made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentFacts {
    /// How it is written.
    pub format: DocumentFormat,
    /// Pieces of text that were translated, such as paragraphs and captions.
    pub texts: u64,
    /// Words of the source; in Japanese and Chinese, characters.
    pub source_words: u64,
    /// Pieces whose numbers, addresses or inner formatting did not come through unchanged.
    pub doubtful: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_read_back_as_they_were_written() {
        let audio = AudioFacts {
            format: AudioFormat::Flac,
            sample_rate: 24_000,
            channels: 1,
            duration_ms: 1_234,
            language: Some(Language::De),
            voice: Some("em_alex".into()),
            stopgap: true,
        };
        for facts in [
            Facts::Audio(audio),
            Facts::Document(DocumentFacts {
                format: DocumentFormat::Docx,
                texts: 3,
                source_words: 40,
                doubtful: 0,
            }),
        ] {
            let json = serde_json::to_string(&facts).unwrap();
            assert_eq!(serde_json::from_str::<Facts>(&json).unwrap(), facts);
        }
        assert!(serde_json::from_str::<Facts>(r#"{"what":"song"}"#).is_err());
    }

    #[test]
    fn a_kind_has_the_facts_of_its_result_and_no_others() {
        let (format, texts, source_words, doubtful) = (DocumentFormat::Md, 1, 2, 0);
        let document = Facts::Document(DocumentFacts { format, texts, source_words, doubtful });
        let described: Vec<_> = TaskKind::ALL.iter().filter(|k| Facts::fit(**k, Some(&document))).collect();
        assert_eq!(described, [&TaskKind::DocumentTranslation]);
        let bare: Vec<_> = TaskKind::ALL.iter().filter(|k| !Facts::fit(**k, None)).collect();
        assert_eq!(bare, [&TaskKind::Tts, &TaskKind::DocumentTranslation, &TaskKind::AudioEnhancement]);
    }
}
