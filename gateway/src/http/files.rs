//! Stored files: clients read them, miners read inputs and write results.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{ErrorKind, FileId, FileMeta, Timestamp};
use http::{HeaderName, Method, StatusCode, header};
use process::clock::Clock;
use proto::{
    client::{FileReader, FilesClient},
    ticket::{self, Access, BadTicket, TicketKey},
};
use tokio::sync::Semaphore;
use warp::{Reply as _, reply::Response};

use super::{
    answer::{self, Answer},
    call::Call,
    disposition,
    problem::{Problem, ProblemBody},
    range::{self, Plan},
};

/// What these routes need.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) files: FilesClient,
    pub(crate) key: TicketKey,
    pub(crate) clock: Clock,
    pub(crate) result_bytes: u64,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) idle: Duration,
}

pub(crate) const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// Reads a file, whole or in part.
///
/// HEAD gives its size and digest. One range is honoured; several are answered with the whole. A bearer token, when one
/// is sent, must be a ticket to read this file.
#[utoipa::path(
    get, path = "/api/v1/files/{id}", tag = "files", operation_id = "getFile",
    params(
        ("id" = String, Path, description = "The file"),
        ("Range" = Option<String>, Header, description = "bytes=FIRST-LAST, bytes=FIRST- or bytes=-COUNT"),
        ("If-Range" = Option<String>, Header, description = "An ETag: the range counts only if the file still has it"),
        ("If-None-Match" = Option<String>, Header, description = "ETags that the client has"),
    ),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream",
            headers(("ETag" = String), ("Repr-Digest" = String), ("Accept-Ranges" = String),
                ("Content-Disposition" = String))),
        (status = 206, description = "A part of the bytes", body = Vec<u8>, content_type = "application/octet-stream",
            headers(("Content-Range" = String))),
        (status = 304, description = "The client has it"),
        (status = 401, description = "The ticket is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The ticket is for something else",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such file", body = ProblemBody, content_type = "application/problem+json"),
        (status = 416, description = "The range lies outside the file",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(call: Call, s: Files) -> Answer {
    let id: FileId = call.id()?;
    serve(call, &s, id, |meta| meta).await
}

/// Answers with the bytes of `id`, whole or in part; `dress` may give them another name or media type. Who comes with a
/// ticket does not hear the name that a client gave: it is no part of the work, and says whose it is.
///
/// # Errors
/// As the documents of these routes say.
pub(crate) async fn serve(
    mut call: Call,
    s: &Files,
    id: FileId,
    dress: impl FnOnce(FileMeta) -> FileMeta,
) -> Answer {
    if call.method == Method::HEAD {
        // RFC 9110, 14.2: ranges have no meaning but for GET
        call.headers.remove(header::RANGE);
    }
    let ticket = call.bearer();
    if let Some(ticket) = ticket {
        s.check(ticket, Access::Read, id)?;
    }
    let for_work = ticket.is_some();
    let dress = |meta| match dress(meta) {
        meta if for_work => FileMeta { file_name: None, ..meta },
        meta => meta,
    };
    let (about, headers) = (&call.about, &call.headers);
    if call.method == Method::GET && range::is_plain(headers) {
        let reader = about.wait("storage", s.files.get(id, 0, None)).await?;
        return Ok(send(reader, Plan::Whole, dress));
    }
    let meta = about.wait("storage", s.files.stat(id)).await?;
    let plan = range::plan(headers, &range::etag(&meta), meta.size);
    let (offset, length) = match plan {
        Plan::Unsatisfiable => return Err(Problem::range_not_satisfiable(meta.size)),
        Plan::NotModified => return Ok(described(answer::empty(StatusCode::NOT_MODIFIED), &meta)),
        Plan::Whole => (0, None),
        Plan::Part { offset, length } => (offset, Some(length)),
    };
    if call.method == Method::HEAD {
        return Ok(head(&dress(meta), plan, answer::empty(StatusCode::OK)));
    }
    let reader = about.wait("storage", s.files.get(id, offset, length)).await?;
    Ok(send(reader, plan, dress))
}

/// Downloads a file; the same as without `/download`.
#[utoipa::path(
    get, path = "/api/v1/files/{id}/download", tag = "files", operation_id = "downloadFile",
    params(
        ("id" = String, Path, description = "The file"),
        ("Range" = Option<String>, Header, description = "bytes=FIRST-LAST, bytes=FIRST- or bytes=-COUNT"),
    ),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "A part of the bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "The client has it"),
        (status = 404, description = "No such file", body = ProblemBody, content_type = "application/problem+json"),
        (status = 416, description = "The range lies outside the file",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn download(call: Call, s: Files) -> Answer {
    show(call, s).await
}

/// Reads speech that was made; the same as of any file.
#[utoipa::path(
    get, path = "/api/v1/tts/audio/{id}", tag = "files", operation_id = "getSpeechAudio",
    params(
        ("id" = String, Path, description = "The file, as the result of the task names it"),
        ("Range" = Option<String>, Header, description = "bytes=FIRST-LAST, bytes=FIRST- or bytes=-COUNT"),
    ),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "audio/wav"),
        (status = 206, description = "A part of the bytes", body = Vec<u8>, content_type = "audio/wav"),
        (status = 304, description = "The client has it"),
        (status = 404, description = "No such file", body = ProblemBody, content_type = "application/problem+json"),
        (status = 416, description = "The range lies outside the file",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn audio(call: Call, s: Files) -> Answer {
    show(call, s).await
}

impl Files {
    /// Refuses a ticket that does not allow this.
    pub(crate) fn check(&self, ticket: &str, access: Access, file: FileId) -> Result<(), Problem> {
        let now = Timestamp::from_micros(self.clock.micros());
        ticket::check(&self.key, ticket, access, file, now).map_err(|e| {
            let kind = match e {
                BadTicket::Forged | BadTicket::Expired => ErrorKind::Unauthenticated,
                BadTicket::Mismatch => ErrorKind::Forbidden,
            };
            Problem::new(kind, e.to_string())
        })
    }
}

/// Streams what `reader` was opened for.
fn send(reader: FileReader, plan: Plan, dress: impl FnOnce(FileMeta) -> FileMeta) -> Response {
    let meta = dress(reader.meta.clone());
    let body = warp::reply::stream(reader.chunks()).into_response();
    head(&meta, plan, body)
}

/// The status and headers of `plan` on a response.
fn head(meta: &FileMeta, plan: Plan, mut response: Response) -> Response {
    let length = match plan {
        Plan::Part { offset, length } => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {offset}-{}/{}", offset + length - 1, meta.size);
            answer::set(&mut response, header::CONTENT_RANGE, range);
            length
        }
        Plan::Whole | Plan::NotModified | Plan::Unsatisfiable => meta.size,
    };
    answer::set(&mut response, header::CONTENT_LENGTH, length.to_string());
    answer::set(&mut response, header::CONTENT_TYPE, &meta.content_type);
    let name = meta.file_name.clone().unwrap_or_else(|| meta.id.to_string());
    answer::set(&mut response, header::CONTENT_DISPOSITION, disposition::attachment(&name));
    described(response, meta)
}

/// What is true of the file however much of it is sent.
fn described(mut response: Response, meta: &FileMeta) -> Response {
    answer::set(&mut response, header::ETAG, range::etag(meta));
    answer::set(&mut response, header::ACCEPT_RANGES, "bytes");
    answer::set(&mut response, REPR_DIGEST, format!("sha-256=:{}:", STANDARD.encode(meta.sha256.0)));
    answer::set(&mut response, header::CACHE_CONTROL, "private, no-cache");
    response
}
