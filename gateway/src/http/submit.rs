//! Submitting a task.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{FileId, FileMeta, FilePurpose};
use futures_util::{Stream, StreamExt as _, stream};
use http::{StatusCode, header};
use process::clock::Clock;
use proto::client::{FilesClient, Idempotency, PutFile, SchedulerClient};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use super::{
    answer::{self, Answer},
    call::{About, Call},
    fields::{FILE, Fields, idempotency_key, plain_name},
    form::{self, Form, Part},
    problem::{Problem, ProblemBody},
    types::submit::{Submitted, TranscriptionForm},
    upload::{self, Broken},
};
use crate::events;

/// What submitting needs.
#[derive(Clone)]
pub(crate) struct Submit {
    pub(crate) files: FilesClient,
    pub(crate) scheduler: SchedulerClient,
    pub(crate) clock: Clock,
    pub(crate) audio_bytes: u64,
    pub(crate) models: Arc<[String]>,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) idle: Duration,
}

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
        (status = 400, description = "A field is missing, unknown, given twice or has a value that is not accepted",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The recording is too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not multipart/form-data", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The idempotency key was used with another request",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Too busy, or a part of the system is away",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 507, description = "No room to store it", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn transcription(call: Call, s: Submit) -> Answer {
    let key = idempotency_key(&call.headers)?;
    upload::check_length(&call.headers, FILE, s.audio_bytes, form::OVERHEAD)?;
    let _permit = upload::admit(&s.room)?;
    let mut form = Form::open(&call.headers, call.body, s.idle)?;
    let span = tracing::info_span!("upload", bytes = tracing::field::Empty);
    let received = receive(&mut form, &s, &call.about).instrument(span.clone()).await;
    let (fields, input) = match received {
        Ok(received) => received,
        Err(problem) => {
            form.drain().await;
            return Err(problem);
        }
    };
    span.record("bytes", input.size);
    drop(span);
    let task = fields.task(&input, &s.clock, &call.about);
    let key = key.map(|key| Idempotency { key, fingerprint: fields.fingerprint(&input) });
    let created = call.about.wait("scheduler", s.scheduler.submit(&task, key.as_ref())).await?;
    let spec = &created.task.spec;
    let (id, kind, bytes, replayed) = (spec.id, spec.kind, input.size, created.replayed);
    events::Submitted { task: id, kind, bytes, replayed }.emit();
    let body = Submitted {
        success: true,
        task_id: id.to_string(),
        file_id: spec.input.to_string(),
        message: "Transcription task submitted successfully".to_owned(),
    };
    let mut response = answer::json(StatusCode::OK, &body);
    answer::set(&mut response, header::LOCATION, format!("/api/v1/tasks/{id}"));
    Ok(response)
}

/// Reads the whole form: text fields are checked as they come, the file goes straight into the store.
async fn receive(form: &mut Form, s: &Submit, about: &About) -> Result<(Fields, FileMeta), Problem> {
    let (mut fields, mut input) = (Fields::default(), None);
    while let Some(part) = form.next().await? {
        fields.note(&part.name)?;
        if part.name == FILE {
            input = Some(receive_file(part, s, about).await?);
        } else {
            let name = part.name.clone();
            if let Some(value) = part.text().await? {
                fields.set(&name, value, &s.models)?;
            }
        }
    }
    let input = input.ok_or_else(|| Problem::field(FILE, "is missing"))?;
    Ok((fields, input))
}

async fn receive_file(part: Part, s: &Submit, about: &About) -> Result<FileMeta, Problem> {
    let file_name = part.file_name.as_deref().and_then(plain_name);
    let mut bytes = part.bytes();
    // looking at the first byte keeps an empty file from becoming one in the store
    let first = bytes.next().await.ok_or_else(|| Problem::field(FILE, "is empty"))?;
    let id = FileId::from_random(process::id::random());
    let file =
        PutFile { id, purpose: FilePurpose::UserAudio, file_name, max_size: s.audio_bytes, expected: None };
    about.wait("storage", upload::store(&s.files, file, FILE, again(first, bytes))).await
}

/// A stream with its first item put back.
fn again(
    first: Result<Bytes, Broken>,
    rest: impl Stream<Item = Result<Bytes, Broken>> + Send + Unpin + 'static,
) -> impl Stream<Item = Result<Bytes, Broken>> + Send + 'static {
    stream::iter([first]).chain(rest)
}
