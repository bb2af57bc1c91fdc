//! Results that are files: sound that was made, documents that were translated.

use domain::{AudioFacts, DocumentFacts, Facts, FileId, FileMeta, Task, TaskKind};
use http::StatusCode;
use proto::client::{FilesClient, TasksClient};

use super::{Ended, Found, Results, expired, only_json};
use crate::http::{
    answer::{self, Answer},
    call::Call,
    files::{Files, serve},
    problem::Problem,
    types::result::{AudioResult, DocumentResult, NoResult},
};

/// What the route of the bytes needs.
#[derive(Clone)]
pub(crate) struct Downloads {
    pub(crate) tasks: TasksClient,
    pub(crate) files: Files,
}

/// Tells of the speech that was made, and where its bytes are.
///
/// 202 with the state of the task while there is none yet. While more miners are waited for, the first answer is given and
/// marked as provisional.
#[utoipa::path(
    get, path = "/api/v1/tts/{id}/result", tag = "results", operation_id = "getSpeech",
    params(("id" = String, Path, description = "The task")),
    responses((status = 200, description = "About the speech", body = AudioResult), NoResult)
)]
pub(crate) async fn tts(call: Call, s: Results) -> Answer {
    audio(call, &s, TaskKind::Tts, |file| format!("/api/v1/tts/audio/{file}")).await
}

/// Tells of the recording whose noise was taken out, and where its bytes are.
///
/// 202 with the state of the task while there is none yet. While more miners are waited for, the first answer is given and
/// marked as provisional.
#[utoipa::path(
    get, path = "/api/v1/audio-enhancement/{id}/result", tag = "results", operation_id = "getEnhancement",
    params(("id" = String, Path, description = "The task")),
    responses((status = 200, description = "About the recording", body = AudioResult), NoResult)
)]
pub(crate) async fn audio_enhancement(call: Call, s: Results) -> Answer {
    audio(call, &s, TaskKind::AudioEnhancement, |file| format!("/api/v1/files/{file}/download")).await
}

/// Tells of the translated document, and where its bytes are.
///
/// 202 with the state of the task while there is none yet. While more miners are waited for, the first answer is given and
/// marked as provisional.
#[utoipa::path(
    get, path = "/api/v1/document-translation/{id}/result", tag = "results", operation_id = "getDocument",
    params(("id" = String, Path, description = "The task")),
    responses((status = 200, description = "About the document", body = DocumentResult), NoResult)
)]
pub(crate) async fn document_translation(mut call: Call, s: Results) -> Answer {
    only_json(&mut call)?;
    let found = Found::of(&call, &s.tasks, TaskKind::DocumentTranslation).await?;
    let Some(ended) = found.ended()? else {
        return Ok(found.running());
    };
    let facts = document_facts(ended)?;
    let stored =
        call.about.wait("storage", s.files.stat(ended.response.output.file)).await.map_err(expired)?;
    let name = call.about.wait("storage", translated_name(&s.files, ended.task, facts)).await?;
    let result = DocumentResult::new(ended.task, &stored, name, facts, ended.origin());
    Ok(ended.vouch(answer::json(StatusCode::OK, &result)))
}

/// Downloads a translated document under the client's name for it, with the target language in it.
///
/// 202 with the state of the task while there is none yet. While more miners are waited for, the first answer is given and
/// marked as provisional. Ranges and ETags as for files.
#[utoipa::path(
    get, path = "/api/v1/document-translation/{id}/download", tag = "results", operation_id = "downloadDocument",
    params(
        ("id" = String, Path, description = "The task"),
        ("Range" = Option<String>, Header, description = "bytes=FIRST-LAST, bytes=FIRST- or bytes=-COUNT"),
    ),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream",
            headers(("ETag" = String), ("Content-Disposition" = String), ("X-Violet-Provisional" = String),
                ("X-Violet-Agreement" = String))),
        (status = 206, description = "A part of the bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "The client has it"),
        NoResult,
    )
)]
pub(crate) async fn download(call: Call, s: Downloads) -> Answer {
    let found = Found::of(&call, &s.tasks, TaskKind::DocumentTranslation).await?;
    let Some(ended) = found.ended()? else {
        return Ok(found.running());
    };
    let facts = document_facts(ended)?;
    let name = call.about.wait("storage", translated_name(&s.files.files, ended.task, facts)).await?;
    let dress = |meta: FileMeta| FileMeta {
        file_name: Some(name),
        content_type: facts.format.content_type().to_owned(),
        ..meta
    };
    Ok(ended.vouch(serve(call, &s.files, ended.response.output.file, dress).await?))
}

async fn audio(mut call: Call, s: &Results, kind: TaskKind, url: fn(FileId) -> String) -> Answer {
    only_json(&mut call)?;
    let found = Found::of(&call, &s.tasks, kind).await?;
    let Some(ended) = found.ended()? else {
        return Ok(found.running());
    };
    let facts = audio_facts(ended)?;
    let file = ended.response.output.file;
    let stored = call.about.wait("storage", s.files.stat(file)).await.map_err(expired)?;
    let result = AudioResult::new(&stored, url(file), facts, ended.origin());
    Ok(ended.vouch(answer::json(StatusCode::OK, &result)))
}

fn audio_facts(ended: Ended<'_>) -> Result<&AudioFacts, Problem> {
    match &ended.response.facts {
        Some(Facts::Audio(facts)) => Ok(facts),
        _ => Err(without_facts(ended)),
    }
}

fn document_facts(ended: Ended<'_>) -> Result<&DocumentFacts, Problem> {
    match &ended.response.facts {
        Some(Facts::Document(facts)) => Ok(facts),
        _ => Err(without_facts(ended)),
    }
}

fn without_facts(ended: Ended<'_>) -> Problem {
    Problem::internal(format!("task {}: its result came without the facts of its kind", ended.task.spec.id))
}

/// `report.docx` becomes `report.pt.docx`; the name of a file that has expired is forgotten.
async fn translated_name(files: &FilesClient, task: &Task, facts: &DocumentFacts) -> Result<String, Problem> {
    let input = match files.stat(task.spec.input).await {
        Ok(meta) => meta.file_name,
        Err(e) if e.kind == domain::ErrorKind::NotFound => None,
        Err(e) => return Err(e.into()),
    };
    let name = input.as_deref().unwrap_or("document");
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let target = task.spec.target.map(|l| format!(".{l}")).unwrap_or_default();
    Ok(format!("{stem}{target}.{}", facts.format))
}
