//! Results, written by miners.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{ErrorKind, FileId, FilePurpose, Sha256};
use http::{HeaderMap, StatusCode};
use proto::{client::PutFile, ticket::Access};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    call::Call,
    files::{Files, REPR_DIGEST},
    problem::{Problem, ProblemBody},
    upload,
};

/// A stored result.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoredFile {
    file_id: String,
    /// 64 hexadecimal digits.
    sha256: String,
    /// In bytes.
    size: u64,
}

/// Stores the result of a task. For miners: the ticket comes with the lease.
///
/// The same bytes again are no error. With `Repr-Digest: sha-256=:..:` other bytes are refused.
#[utoipa::path(
    put, path = "/api/v1/files/{id}", tag = "miners", operation_id = "putResult",
    params(
        ("id" = String, Path, description = "The file id that the lease names"),
        ("Repr-Digest" = Option<String>, Header, description = "sha-256=:BASE64: of the bytes (RFC 9530)"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    security(("ticket" = [])),
    responses(
        (status = 200, description = "It is durable", body = StoredFile),
        (status = 400, description = "The body broke off or does not have the digest",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid ticket", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The ticket is for something else",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The id has other bytes", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Too busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn result(call: Call, s: Files) -> Answer {
    let id: FileId = call.id()?;
    let no_ticket = || Problem::new(ErrorKind::Unauthenticated, "a ticket to write this file is needed");
    s.check(call.bearer().ok_or_else(no_ticket)?, Access::Write, id)?;
    let expected = expected_digest(&call.headers)?;
    upload::check_length(&call.headers, "body", s.result_bytes, 0)?;
    let _permit = upload::admit(&s.room)?;
    let file =
        PutFile { id, purpose: FilePurpose::Results, file_name: None, max_size: s.result_bytes, expected };
    let bytes = upload::paced(call.body, s.idle);
    let meta = call.about.wait("storage", upload::store(&s.files, file, "body", bytes)).await?;
    let stored = StoredFile { file_id: id.to_string(), sha256: meta.sha256.to_string(), size: meta.size };
    Ok(answer::json(StatusCode::OK, &stored))
}

/// The digest that the client announced, if it did in a way known here; other algorithms are ignored, as RFC 9530 says.
fn expected_digest(headers: &HeaderMap) -> Result<Option<Sha256>, Problem> {
    let text = headers.get(REPR_DIGEST).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let Some(value) = text.split(',').find_map(|d| d.trim().strip_prefix("sha-256=")) else {
        return Ok(None);
    };
    let inner = value.strip_prefix(':').and_then(|v| v.strip_suffix(':'));
    let digest = inner.and_then(|v| STANDARD.decode(v).ok()).and_then(|b| b.try_into().ok());
    let bad = || Problem::field("Repr-Digest", "must read sha-256=:BASE64: with 32 bytes");
    digest.map(|d| Some(Sha256(d))).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn an_announced_digest_is_read_or_refused() {
        let with = |v: &str| {
            expected_digest(&HeaderMap::from_iter([(REPR_DIGEST, HeaderValue::from_str(v).unwrap())]))
        };
        let digest = STANDARD.encode([7; 32]);
        assert_eq!(with(&format!("sha-512=:eA==:, sha-256=:{digest}:")).unwrap(), Some(Sha256([7; 32])));
        assert_eq!(with("sha-512=:eA==:").unwrap(), None);
        assert_eq!(expected_digest(&HeaderMap::new()).unwrap(), None);
        for bad in ["sha-256=:eA==:", "sha-256=abc", "sha-256=::"] {
            assert!(with(bad).is_err(), "{bad}");
        }
    }
}
