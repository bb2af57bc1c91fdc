//! What each kind of submit takes: the one table that names its fields, its input and its limits.

use domain::{FilePurpose, TaskKind};

use crate::Limits;

/// What one kind takes.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) kind: TaskKind,
    /// The kind in the words of a sentence.
    pub(crate) title: &'static str,
    /// Name of the field with the file, if it takes one.
    pub(crate) file: Option<&'static str>,
    /// Whether it takes the field `text`; beside `file`, one of the two.
    pub(crate) text: bool,
    /// Fields that not every kind has.
    pub(crate) own: &'static [&'static str],
    /// What its stored input is for.
    pub(crate) purpose: FilePurpose,
}

/// The field that holds a text.
pub(crate) const TEXT: &str = "text";
/// Fields of every kind.
const COMMON: [&str; 4] = ["source_language", "priority", "required_miner_count", "callback_url"];

const AUDIO: Option<&str> = Some("audio_file");
const DOCUMENT: Option<&str> = Some("document_file");

const fn intake(
    kind: TaskKind,
    title: &'static str,
    file: Option<&'static str>,
    own: &'static [&'static str],
) -> Intake {
    Intake { kind, title, file, text: file.is_none(), own, purpose: FilePurpose::UserDocuments }
}

static INTAKES: [Intake; 8] = [
    Intake {
        purpose: FilePurpose::UserAudio,
        ..intake(TaskKind::Transcription, "Transcription", AUDIO, &["model_id"])
    },
    Intake {
        purpose: FilePurpose::UserVideos,
        ..intake(TaskKind::VideoTranscription, "Video transcription", Some("video_file"), &[])
    },
    intake(TaskKind::Tts, "Text to speech", None, &["voice", "speed", "format"]),
    Intake {
        text: true,
        ..intake(TaskKind::Summarization, "Summarization", DOCUMENT, &["max_words", "mode"])
    },
    intake(TaskKind::TextTranslation, "Text translation", None, &["target_language"]),
    intake(TaskKind::DocumentTranslation, "Document translation", DOCUMENT, &["target_language"]),
    Intake {
        purpose: FilePurpose::UserAudio,
        ..intake(TaskKind::AudioEnhancement, "Audio enhancement", AUDIO, &["format"])
    },
    Intake {
        purpose: FilePurpose::UserAudio,
        ..intake(TaskKind::AudioAnalysis, "Audio analysis", AUDIO, &[])
    },
];

impl Intake {
    /// The entry of a kind.
    pub(crate) fn of(kind: TaskKind) -> &'static Self {
        // the table has all kinds in their order; a test holds it to that
        &INTAKES[kind as usize]
    }

    /// Fields that hold the input: the task is made of one of them.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &'static str> {
        self.text.then_some(TEXT).into_iter().chain(self.file)
    }

    /// The same in words.
    pub(crate) fn input(&self) -> String {
        self.inputs().collect::<Vec<_>>().join(" or ")
    }

    /// Every field.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.inputs().chain(self.own.iter().copied()).chain(COMMON).collect()
    }

    /// Most bytes of its file.
    pub(crate) const fn file_bytes(&self, limits: &Limits) -> u64 {
        match self.purpose {
            FilePurpose::UserVideos => limits.video_bytes,
            FilePurpose::UserDocuments => limits.document_bytes,
            _ => limits.audio_bytes,
        }
    }

    /// Most bytes of the input, whatever it is.
    pub(crate) fn most_bytes(&self, limits: &Limits) -> u64 {
        let file = self.file.map_or(0, |_| self.file_bytes(limits));
        file.max(if self.text { limits.text_bytes } else { 0 })
    }

    /// Whether its answers tell the client's name of the file, which makes it a part of the request.
    pub(crate) fn is_named(&self) -> bool {
        self.purpose != FilePurpose::UserAudio
    }

    /// Whether its file is a document, whose format the gateway tells.
    pub(crate) fn takes_document(&self) -> bool {
        self.file == DOCUMENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_entry() {
        for kind in TaskKind::ALL {
            let intake = Intake::of(*kind);
            assert_eq!(intake.kind, *kind);
            assert!(intake.inputs().count() >= 1, "{kind}");
            assert_eq!(intake.names().contains(&"target_language"), kind.name().ends_with("-translation"));
        }
        assert_eq!(Intake::of(TaskKind::Summarization).input(), "text or document_file");
    }
}
