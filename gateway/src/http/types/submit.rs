//! What a submit answers.

use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

pub(crate) use super::form::{
    AnalysisForm, DocumentTranslationForm, EnhancementForm, SummarizationForm, TextTranslationForm,
    TranscriptionForm, TtsForm, VideoForm,
};
use crate::http::{problem::ProblemBody, submit::Accepted};

/// The answer to a submit of a recording.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Submitted {
    success: bool,
    /// 32 hexadecimal digits.
    #[schema(example = "5f0c6c1f7f8e4e2c9d0b1a2c3d4e5f60")]
    task_id: String,
    /// The stored recording.
    file_id: String,
    message: String,
}

/// The answer to a submit of a video.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VideoSubmitted {
    success: bool,
    task_id: String,
    /// The stored video.
    file_id: String,
    /// The client's name for it.
    file_name: Option<String>,
    /// In bytes.
    file_size: u64,
    source_language: &'static str,
    /// Miners are found without a further call.
    auto_assigned: bool,
    message: String,
}

/// The answer to a submit of a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TextSubmitted {
    success: bool,
    task_id: String,
    /// The stored text or document.
    text_content_id: String,
    /// As it was measured, also where a language was given; null where none could be told.
    detected_language: Option<&'static str>,
    /// Above 0 and below 1, as it was measured.
    language_confidence: Option<f32>,
    /// In characters; null for a document.
    text_length: Option<u64>,
    /// Words; in Japanese and Chinese, characters that are no white space; null for a document.
    word_count: Option<u64>,
    /// Miners are found without a further call.
    auto_assigned: bool,
    message: String,
}

/// The answer to a submit of a text to translate.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TranslationSubmitted {
    success: bool,
    task_id: String,
    /// The stored text.
    text_content_id: String,
    /// The given language, else the detected one.
    source_language: &'static str,
    target_language: Option<&'static str>,
    /// In characters.
    text_length: Option<u64>,
    /// Words; in Japanese and Chinese, characters that are no white space.
    word_count: Option<u64>,
    /// Miners are found without a further call.
    auto_assigned: bool,
    message: String,
}

/// The answer to a submit of a document to translate.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentSubmitted {
    success: bool,
    task_id: String,
    /// The stored document.
    file_id: String,
    /// The client's name for it.
    file_name: Option<String>,
    /// In bytes.
    file_size: u64,
    /// `txt`, `md`, `html`, `srt`, `vtt`, `docx` or `pdf`.
    file_format: Option<&'static str>,
    /// `auto` where it is told when the document is taken apart.
    source_language: &'static str,
    target_language: Option<&'static str>,
    /// Miners are found without a further call.
    auto_assigned: bool,
    message: String,
}

/// Why a submit is refused.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "it describes what the table of problems answers")]
pub(crate) enum Refusals {
    /// A field is missing, unknown, given twice or has a value that is not accepted; or no miner of this deployment
    /// does this in this language or direction
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(ProblemBody),
    /// The input is too large
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// The body is no form that this address takes, or the document of no format that is taken
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(ProblemBody),
    /// The idempotency key was used with another request
    #[response(status = 422, content_type = "application/problem+json")]
    KeyReused(ProblemBody),
    /// Too busy, or a part of the system is away
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
    /// No room to store it
    #[response(status = 507, content_type = "application/problem+json")]
    StorageFull(ProblemBody),
}

impl From<&Accepted> for Submitted {
    fn from(a: &Accepted) -> Self {
        let spec = &a.task.spec;
        Self {
            success: true,
            task_id: spec.id.to_string(),
            file_id: spec.input.to_string(),
            message: a.message.clone(),
        }
    }
}

impl From<&Accepted> for VideoSubmitted {
    fn from(a: &Accepted) -> Self {
        let spec = &a.task.spec;
        Self {
            success: true,
            task_id: spec.id.to_string(),
            file_id: spec.input.to_string(),
            file_name: a.input.file_name.clone(),
            file_size: spec.input_size,
            source_language: spec.source.name(),
            auto_assigned: true,
            message: a.message.clone(),
        }
    }
}

impl From<&Accepted> for TextSubmitted {
    fn from(a: &Accepted) -> Self {
        let spec = &a.task.spec;
        Self {
            success: true,
            task_id: spec.id.to_string(),
            text_content_id: spec.input.to_string(),
            detected_language: a.detected.map(|d| d.language.name()),
            language_confidence: a.detected.map(|d| d.confidence),
            text_length: a.size.map(|s| s.characters),
            word_count: a.size.map(|s| s.words),
            auto_assigned: true,
            message: a.message.clone(),
        }
    }
}

impl From<&Accepted> for TranslationSubmitted {
    fn from(a: &Accepted) -> Self {
        let spec = &a.task.spec;
        Self {
            success: true,
            task_id: spec.id.to_string(),
            text_content_id: spec.input.to_string(),
            source_language: spec.source.name(),
            target_language: spec.target.map(|l| l.name()),
            text_length: a.size.map(|s| s.characters),
            word_count: a.size.map(|s| s.words),
            auto_assigned: true,
            message: a.message.clone(),
        }
    }
}

impl From<&Accepted> for DocumentSubmitted {
    fn from(a: &Accepted) -> Self {
        let spec = &a.task.spec;
        Self {
            success: true,
            task_id: spec.id.to_string(),
            file_id: spec.input.to_string(),
            file_name: a.input.file_name.clone(),
            file_size: spec.input_size,
            file_format: spec.options.document_format.map(|f| f.name()),
            source_language: spec.source.name(),
            target_language: spec.target.map(|l| l.name()),
            auto_assigned: true,
            message: a.message.clone(),
        }
    }
}
