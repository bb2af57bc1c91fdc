//! The addresses that take work, each with the answer that its clients know.

use domain::TaskKind;

use super::{Submit, submit};
use crate::http::{
    answer::Answer,
    call::Call,
    types::submit::{
        AnalysisForm, DocumentSubmitted, DocumentTranslationForm, EnhancementForm, Refusals, Submitted,
        SummarizationForm, TextSubmitted, TextTranslationForm, TranscriptionForm, TranslationSubmitted,
        TtsForm, VideoForm, VideoSubmitted,
    },
};

/// Submits a recording for transcription.
///
/// The fields may come in any order. The answer means that the task and its recording are durable. With the header
/// `Idempotency-Key` a repetition within 24 hours gives the same answer and no second task.
#[utoipa::path(
    post, path = "/api/v1/transcription", tag = "submit", operation_id = "submitTranscription",
    request_body(content = TranscriptionForm, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters")),
    responses(
        (status = 200, description = "The task is durable", body = Submitted,
            headers(("Location" = String, description = "The task"))),
        Refusals,
    )
)]
pub(crate) async fn transcription(call: Call, s: Submit) -> Answer {
    let accepted = submit(call, &s, TaskKind::Transcription).await?;
    Ok(accepted.answer(&Submitted::from(&accepted)))
}

/// Submits a video whose speech is to be written down.
///
/// Fields, answer and `Idempotency-Key` as for a recording.
#[utoipa::path(
    post, path = "/api/v1/video-transcription", tag = "submit", operation_id = "submitVideoTranscription",
    request_body(content = VideoForm, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters")),
    responses(
        (status = 200, description = "The task is durable", body = VideoSubmitted,
            headers(("Location" = String, description = "The task"))),
        Refusals,
    )
)]
pub(crate) async fn video_transcription(call: Call, s: Submit) -> Answer {
    let accepted = submit(call, &s, TaskKind::VideoTranscription).await?;
    Ok(accepted.answer(&VideoSubmitted::from(&accepted)))
}

/// Submits a text that is to be spoken.
///
/// Without `source_language` the language is detected; a text too short to tell is refused with the way out.
#[utoipa::path(
    post, path = "/api/v1/tts", tag = "submit", operation_id = "submitTts",
    request_body(content((TtsForm = "multipart/form-data"), (TtsForm = "application/x-www-form-urlencoded"))),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters")),
    responses(
        (status = 200, description = "The task is durable", body = TextSubmitted,
            headers(("Location" = String, description = "The task"))),
        Refusals,
    )
)]
pub(crate) async fn tts(call: Call, s: Submit) -> Answer {
    let accepted = submit(call, &s, TaskKind::Tts).await?;
    Ok(accepted.answer(&TextSubmitted::from(&accepted)))
}

/// Submits a text or a document that is to be summed up: exactly one of `text` and `document_file`.
///
/// The length and the language of a docx or pdf are known when it is taken apart; until then they are null.
#[utoipa::path(
    post, path = "/api/v1/summarization", tag = "submit", operation_id = "submitSummarization",
    request_body(content(
        (SummarizationForm = "multipart/form-data"),
        (SummarizationForm = "application/x-www-form-urlencoded"),
    )),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters")),
    responses(
        (status = 200, description = "The task is durable", body = TextSubmitted,
            headers(("Location" = String, description = "The task"))),
        Refusals,
    )
)]
pub(crate) async fn summarization(call: Call, s: Submit) -> Answer {
    let accepted = submit(call, &s, TaskKind::Summarization).await?;
    Ok(accepted.answer(&TextSubmitted::from(&accepted)))
}

/// Submits a text that is to be translated.
///
/// A direction that no miner of this deployment does is refused, with those that some do.
#[utoipa::path(
    post, path = "/api/v1/text-translation", tag = "submit", operation_id = "submitTextTranslation",
    request_body(content(
        (TextTranslationForm = "multipart/form-data"),
        (TextTranslationForm = "application/x-www-form-urlencoded"),
    )),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters")),
    responses(
        (status = 200, description = "The task is durable", body = TranslationSubmitted,
            headers(("Location" = String, description = "The task"))),
        Refusals,
    )
)]
pub(crate) async fn text_translation(call: Call, s: Submit) -> Answer {
    let accepted = submit(call, &s, TaskKind::TextTranslation).await?;
    Ok(accepted.answer(&TranslationSubmitted::from(&accepted)))
}

/// Submits a document that is to be translated.
///
/// docx, srt, vtt, html and md keep their structure; a pdf comes back as docx.
#[utoipa::path(
    post, path = "/api/v1/document-translation", tag = "submit", operation_id = "submitDocumentTranslation",
    request_body(content = DocumentTranslationForm, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters")),
    responses(
        (status = 200, description = "The task is durable", body = DocumentSubmitted,
            headers(("Location" = String, description = "The task"))),
        Refusals,
    )
)]
pub(crate) async fn document_translation(call: Call, s: Submit) -> Answer {
    let accepted = submit(call, &s, TaskKind::DocumentTranslation).await?;
    Ok(accepted.answer(&DocumentSubmitted::from(&accepted)))
}

/// Submits a recording whose noise is to be taken out.
#[utoipa::path(
    post, path = "/api/v1/audio-enhancement", tag = "submit", operation_id = "submitAudioEnhancement",
    request_body(content = EnhancementForm, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters")),
    responses(
        (status = 200, description = "The task is durable", body = Submitted,
            headers(("Location" = String, description = "The task"))),
        Refusals,
    )
)]
pub(crate) async fn audio_enhancement(call: Call, s: Submit) -> Answer {
    let accepted = submit(call, &s, TaskKind::AudioEnhancement).await?;
    Ok(accepted.answer(&Submitted::from(&accepted)))
}

/// Submits a recording that is to be measured.
#[utoipa::path(
    post, path = "/api/v1/audio-analysis", tag = "submit", operation_id = "submitAudioAnalysis",
    request_body(content = AnalysisForm, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters")),
    responses(
        (status = 200, description = "The task is durable", body = Submitted,
            headers(("Location" = String, description = "The task"))),
        Refusals,
    )
)]
pub(crate) async fn audio_analysis(call: Call, s: Submit) -> Answer {
    let accepted = submit(call, &s, TaskKind::AudioAnalysis).await?;
    Ok(accepted.answer(&Submitted::from(&accepted)))
}
