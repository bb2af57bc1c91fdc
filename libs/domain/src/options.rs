//! What a client may ask of a task beyond its kind and languages.

use crate::kind::TaskKind;

crate::named! {
    /// How sound is written to a file.
    "audio format" pub enum AudioFormat {
        /// RIFF with PCM of 16 bits.
        Wav = "wav",
        /// MPEG-1 layer III.
        Mp3 = "mp3",
        /// Opus in Ogg.
        Opus = "opus",
        /// Free lossless audio codec.
        Flac = "flac",
    }
}

impl AudioFormat {
    /// Its media type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Opus => "audio/ogg",
            Self::Flac => "audio/flac",
        }
    }
}

crate::named! {
    /// How a text document is written to a file.
    "document format" pub enum DocumentFormat {
        /// Plain text.
        Txt = "txt",
        /// Markdown.
        Md = "md",
        /// HTML.
        Html = "html",
        /// SubRip subtitles.
        Srt = "srt",
        /// WebVTT subtitles.
        Vtt = "vtt",
        /// Office Open XML text document.
        Docx = "docx",
        /// Portable document format; read only.
        Pdf = "pdf",
    }
}

impl DocumentFormat {
    /// Its media type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Txt => "text/plain; charset=utf-8",
            Self::Md => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Srt => "application/x-subrip; charset=utf-8",
            Self::Vtt => "text/vtt; charset=utf-8",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Pdf => "application/pdf",
        }
    }

    /// The format that a translation of a document in this one is written in.
    #[must_use]
    pub const fn translated(self) -> Self {
        match self {
            Self::Pdf => Self::Docx,
            other => other,
        }
    }

    /// The format that the ending of a file name stands for.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "txt" | "text" => Some(Self::Txt),
            "md" | "markdown" => Some(Self::Md),
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "srt" => Some(Self::Srt),
            "vtt" => Some(Self::Vtt),
            "docx" => Some(Self::Docx),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }
}

crate::named! {
    /// How a summary is made.
    "summary mode" pub enum SummaryMode {
        /// Whole sentences of the text are chosen.
        Extractive = "extractive",
        /// New sentences are written.
        Abstractive = "abstractive",
    }
}

/// Options of a task. Each belongs to some kinds only; what is absent is left to whoever does the work.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaskOptions {
    /// tts: name of the voice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// tts: speed in percent of the voice's own, [`TaskOptions::SPEED`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_percent: Option<u16>,
    /// tts, audio-enhancement: format of the sound that is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_format: Option<AudioFormat>,
    /// summarization: most words of the summary, [`TaskOptions::WORDS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_words: Option<u32>,
    /// summarization: how it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary_mode: Option<SummaryMode>,
    /// summarization, document-translation: format of the document; absent for plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_format: Option<DocumentFormat>,
}

impl TaskOptions {
    /// Speeds that may be asked for, in percent.
    pub const SPEED: std::ops::RangeInclusive<u16> = 25..=400;
    /// Lengths of a summary that may be asked for, in words.
    pub const WORDS: std::ops::RangeInclusive<u32> = 10..=2_000;
    /// Longest name of a voice, in bytes.
    pub const VOICE: usize = 64;

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The first option that `kind` does not have, or whose value is out of range.
    ///
    /// # Errors
    /// Names the option and what it may be.
    pub fn check(&self, kind: TaskKind) -> Result<(), BadOption> {
        use TaskKind::{AudioEnhancement, DocumentTranslation, Summarization, Tts};
        let given = [
            ("voice", self.voice.is_some(), &[Tts][..]),
            ("speed", self.speed_percent.is_some(), &[Tts]),
            ("format", self.audio_format.is_some(), &[Tts, AudioEnhancement]),
            ("max_words", self.max_words.is_some(), &[Summarization]),
            ("mode", self.summary_mode.is_some(), &[Summarization]),
            ("document_format", self.document_format.is_some(), &[Summarization, DocumentTranslation]),
        ];
        if let Some((name, ..)) = given.iter().find(|(_, given, kinds)| *given && !kinds.contains(&kind)) {
            return Err(BadOption { name, why: format!("is no option of {kind}") });
        }
        let plain =
            |v: &str| !v.is_empty() && v.len() <= Self::VOICE && v.bytes().all(|b| b.is_ascii_graphic());
        if self.voice.as_deref().is_some_and(|v| !plain(v)) {
            let why = format!("must be 1 to {} printable ASCII characters without spaces", Self::VOICE);
            return Err(BadOption { name: "voice", why });
        }
        if self.speed_percent.is_some_and(|s| !Self::SPEED.contains(&s)) {
            return Err(BadOption { name: "speed", why: "must be from 0.25 to 4".to_owned() });
        }
        if self.max_words.is_some_and(|w| !Self::WORDS.contains(&w)) {
            let why = format!("must be from {} to {}", Self::WORDS.start(), Self::WORDS.end());
            return Err(BadOption { name: "max_words", why });
        }
        Ok(())
    }
}

/// An option that a task can't have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {why}")]
pub struct BadOption {
    /// Its name, as a client writes it.
    pub name: &'static str,
    /// What is wrong with it.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_of_another_kind_is_refused_by_name() {
        let voice = TaskOptions { voice: Some("af_heart".into()), ..Default::default() };
        assert_eq!(voice.check(TaskKind::Tts), Ok(()));
        let refused = voice.check(TaskKind::Transcription).unwrap_err();
        assert_eq!(refused.to_string(), "voice is no option of transcription");
        assert_eq!(TaskOptions::default().check(TaskKind::AudioAnalysis), Ok(()));
    }

    #[test]
    fn a_value_out_of_range_is_refused_with_the_range() {
        let bad = |o: TaskOptions, kind| o.check(kind).unwrap_err().to_string();
        let fast = TaskOptions { speed_percent: Some(401), ..Default::default() };
        assert_eq!(bad(fast, TaskKind::Tts), "speed must be from 0.25 to 4");
        let long = TaskOptions { max_words: Some(9), ..Default::default() };
        assert!(bad(long, TaskKind::Summarization).contains("from 10 to 2000"));
        let odd = TaskOptions { voice: Some("a b".into()), ..Default::default() };
        assert!(bad(odd, TaskKind::Tts).starts_with("voice must be"));
    }

    #[test]
    fn only_what_is_asked_for_is_written() {
        let options = TaskOptions { max_words: Some(50), ..Default::default() };
        let json = serde_json::to_string(&options).unwrap();
        assert_eq!(json, r#"{"max_words":50}"#);
        assert_eq!(serde_json::from_str::<TaskOptions>(&json).unwrap(), options);
        assert_eq!(DocumentFormat::of_name("a.b.HTM"), Some(DocumentFormat::Html));
        assert_eq!(DocumentFormat::of_name("docx"), None);
    }
}
