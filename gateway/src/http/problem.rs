//! Refusals and failures as RFC 9457 problem documents: one table from meaning to status.

use domain::{ErrorKind, FailReason};
use http::{HeaderName, HeaderValue, StatusCode, header};
use proto::RpcError;
use serde::Serialize;
use utoipa::ToSchema;

/// What a caller may read about why its request was not answered, and what only the log may. Boxed: it travels in every
/// `Result`, and is rare.
#[derive(Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    /// Last part of the `type`.
    name: &'static str,
    title: &'static str,
    detail: String,
    reason: Option<FailReason>,
    header: Option<(HeaderName, HeaderValue)>,
    /// Why, for the log. Never sent.
    cause: Option<String>,
}

/// The body of every refusal and failure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Names the kind of problem; stable.
    #[schema(example = "/problems/not_found")]
    r#type: String,
    /// The kind of problem in words; stable.
    #[schema(example = "Not found")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What is wrong with this request, and what to do about it.
    detail: String,
    /// Finds this request in the logs of the operator.
    request_id: String,
    /// Of a failed task: why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "broken_file")]
    reason: Option<FailReason>,
}

/// The one table from meaning to HTTP status.
const fn meaning(kind: ErrorKind) -> (StatusCode, &'static str) {
    match kind {
        ErrorKind::Invalid => (StatusCode::BAD_REQUEST, "Invalid request"),
        ErrorKind::Unauthenticated => (StatusCode::UNAUTHORIZED, "Not authenticated"),
        ErrorKind::Forbidden => (StatusCode::FORBIDDEN, "Forbidden"),
        ErrorKind::NotFound => (StatusCode::NOT_FOUND, "Not found"),
        ErrorKind::Conflict => (StatusCode::CONFLICT, "Conflict"),
        ErrorKind::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "Idempotency key reused"),
        ErrorKind::Gone => (StatusCode::GONE, "Gone"),
        ErrorKind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Too large"),
        ErrorKind::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
        ErrorKind::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, "Storage full"),
        ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Unavailable"),
        ErrorKind::Deadline => (StatusCode::GATEWAY_TIMEOUT, "Timed out"),
        // the caller is gone; whoever still reads this sent a body that broke off
        ErrorKind::Cancelled => (StatusCode::BAD_REQUEST, "Broken off"),
        ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
    }
}

impl Problem {
    /// A problem of this kind. `detail` is for the caller: one sentence, no internal text.
    pub(crate) fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        let (status, title) = meaning(kind);
        Self::other(status, kind.name(), title, detail)
    }

    /// The request is malformed.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, detail)
    }

    /// A field or parameter has a value that is not accepted.
    pub(crate) fn field(name: &str, what: impl std::fmt::Display) -> Self {
        Self::invalid(format!("{name}: {what}"))
    }

    /// A field of a body that can be read has a value that is not accepted.
    pub(crate) fn unprocessable(name: &str, what: impl std::fmt::Display) -> Self {
        let detail = format!("{name}: {what}");
        Self::other(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", "Unprocessable field", detail)
    }

    /// There is no such thing, or not for this caller.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, detail)
    }

    /// Too much at once; the same request may succeed later.
    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, detail)
    }

    /// A fault of ours. `cause` goes to the log alone.
    pub(crate) fn internal(cause: impl Into<String>) -> Self {
        let mut problem =
            Self::new(ErrorKind::Internal, "something went wrong here; the request id finds it in the logs");
        problem.0.cause = Some(cause.into());
        problem
    }

    /// The route exists, the method does not.
    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        let detail = format!("this address takes {allow}");
        let value = HeaderValue::try_from(allow).ok();
        Self::other(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed", detail)
            .with(header::ALLOW, value)
    }

    /// The body is not of the form that the route takes.
    pub(crate) fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::other(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Unsupported media type",
            detail,
        )
    }

    /// The asked range begins past the end of a file of `size` bytes.
    pub(crate) fn range_not_satisfiable(size: u64) -> Self {
        let detail = format!("the range lies outside the file, which has {size} bytes");
        let value = HeaderValue::try_from(format!("bytes */{size}")).ok();
        Self::other(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "range_not_satisfiable",
            "Range not satisfiable",
            detail,
        )
        .with(header::CONTENT_RANGE, value)
    }

    /// The task ended without a result.
    pub(crate) fn task_failed(failure: &domain::Failure) -> Self {
        let detail = failure.detail.clone();
        let mut problem = Self::other(StatusCode::UNPROCESSABLE_ENTITY, "task_failed", "Task failed", detail);
        problem.0.reason = Some(failure.reason);
        problem
    }

    /// The same with what a caller must prove itself by, in the form of `WWW-Authenticate`.
    pub(crate) fn challenging(self, challenge: &'static str) -> Self {
        self.with(header::WWW_AUTHENTICATE, Some(HeaderValue::from_static(challenge)))
    }

    fn other(status: StatusCode, name: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            status,
            name,
            title,
            detail: detail.into(),
            reason: None,
            header: None,
            cause: None,
        }))
    }

    fn with(mut self, name: HeaderName, value: Option<HeaderValue>) -> Self {
        self.0.header = value.map(|v| (name, v));
        self
    }

    /// Why, for the log alone.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The response, with the id under which the request is known.
    pub(crate) fn into_response(self, request_id: &str) -> warp::reply::Response {
        let this = *self.0;
        let retry = matches!(this.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let unauthenticated = this.status == StatusCode::UNAUTHORIZED;
        let body = ProblemBody {
            r#type: format!("/problems/{}", this.name),
            title: this.title,
            status: this.status.as_u16(),
            detail: this.detail,
            request_id: request_id.to_owned(),
            reason: this.reason,
        };
        let mut response = super::answer::json(this.status, &body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        if unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        headers.extend(this.header.map(|(name, value)| (Some(name), value)));
        response
    }
}

impl From<RpcError> for Problem {
    fn from(e: RpcError) -> Self {
        match e.kind {
            // S16: what a service says of its own faults stays inside
            ErrorKind::Internal => Self::internal(e.message),
            ErrorKind::Deadline => {
                Self::new(ErrorKind::Deadline, "a part of the system took too long; try again")
            }
            kind => Self::new(kind, e.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use warp::hyper::body::Body as _;

    use super::*;

    fn body(problem: Problem) -> (http::HeaderMap, String) {
        let response = problem.into_response("r1");
        let length = response.body().size_hint().exact();
        let headers = response.headers().clone();
        let bytes = super::super::answer::tests::bytes(response);
        assert_eq!(length, Some(bytes.len() as u64));
        (headers, String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn every_problem_looks_as_agreed() {
        let mut text = String::new();
        for kind in ErrorKind::ALL {
            text += &format!("{}\n", body(Problem::new(*kind, "what is wrong")).1);
        }
        let failure = domain::Failure::new(FailReason::BrokenFile, "the file is no audio");
        for problem in [
            Problem::method_not_allowed("GET, HEAD"),
            Problem::unsupported_media_type("what is wrong"),
            Problem::range_not_satisfiable(10),
            Problem::task_failed(&failure),
            Problem::unprocessable("uid", "what is wrong"),
        ] {
            text += &format!("{}\n", body(problem).1);
        }
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/problems.jsonl");
        testkit::golden::compare(&path, &text);
    }

    #[test]
    fn what_may_be_tried_again_says_when() {
        let (headers, _) = body(Problem::busy("full"));
        assert!(headers.contains_key(header::RETRY_AFTER));
        let (headers, _) = body(Problem::invalid("wrong"));
        assert!(!headers.contains_key(header::RETRY_AFTER));
    }

    #[test]
    fn internal_text_never_leaves() {
        // S16
        let e = RpcError::new(ErrorKind::Internal, "no such table: tasks at /var/lib/violet");
        let problem = Problem::from(e);
        assert!(problem.cause().is_some_and(|c| c.contains("no such table")));
        assert!(!body(problem).1.contains("table"));
    }
}
