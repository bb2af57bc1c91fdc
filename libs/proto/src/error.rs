//! One table from meaning to gRPC code, and the error that clients see.

use domain::ErrorKind;
use tonic::{Code, Status, metadata::MetadataValue};

/// Metadata key that carries the exact [`ErrorKind`] beside the coarser gRPC code.
const KIND: &str = "violet-error-kind";

/// The gRPC code of a kind.
#[must_use]
pub const fn code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Invalid => Code::InvalidArgument,
        ErrorKind::Unauthenticated => Code::Unauthenticated,
        ErrorKind::Forbidden => Code::PermissionDenied,
        ErrorKind::NotFound | ErrorKind::Gone => Code::NotFound,
        ErrorKind::Conflict => Code::FailedPrecondition,
        ErrorKind::KeyReused => Code::AlreadyExists,
        ErrorKind::TooLarge => Code::OutOfRange,
        ErrorKind::RateLimited | ErrorKind::StorageFull => Code::ResourceExhausted,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::Deadline => Code::DeadlineExceeded,
        ErrorKind::Cancelled => Code::Cancelled,
        ErrorKind::Internal => Code::Internal,
    }
}

/// A gRPC status of this kind. `message` is read by callers: one sentence, no internal text.
#[must_use]
pub fn status(kind: ErrorKind, message: impl Into<String>) -> Status {
    let mut status = Status::new(code(kind), message);
    status.metadata_mut().insert(KIND, MetadataValue::from_static(kind.name()));
    status
}

/// The kind of a status: what the sender said, else what its code means.
#[must_use]
pub fn kind_of(status: &Status) -> ErrorKind {
    let said = status.metadata().get(KIND).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    said.unwrap_or_else(|| match status.code() {
        Code::InvalidArgument => ErrorKind::Invalid,
        Code::Unauthenticated => ErrorKind::Unauthenticated,
        Code::PermissionDenied => ErrorKind::Forbidden,
        Code::NotFound => ErrorKind::NotFound,
        Code::FailedPrecondition | Code::Aborted => ErrorKind::Conflict,
        Code::AlreadyExists => ErrorKind::KeyReused,
        Code::OutOfRange => ErrorKind::TooLarge,
        Code::ResourceExhausted => ErrorKind::RateLimited,
        Code::Unavailable => ErrorKind::Unavailable,
        Code::DeadlineExceeded => ErrorKind::Deadline,
        Code::Cancelled => ErrorKind::Cancelled,
        Code::Ok | Code::Unknown | Code::Unimplemented | Code::Internal | Code::DataLoss => {
            ErrorKind::Internal
        }
    })
}

/// A call to another service that failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct RpcError {
    /// What it means.
    pub kind: ErrorKind,
    /// What the service said; fit for callers unless the kind is `Internal`.
    pub message: String,
    /// The status behind it.
    #[source]
    source: Option<Box<Status>>,
}

impl RpcError {
    /// An error found on this side of the wire.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }
}

impl From<Status> for RpcError {
    fn from(status: Status) -> Self {
        // a broken connection reads "transport error": say what it means for the caller instead
        let kind = kind_of(&status);
        let message = match kind {
            ErrorKind::Unavailable => "a part of the system is away; try again".to_owned(),
            _ => status.message().to_owned(),
        };
        Self { kind, message, source: Some(Box::new(status)) }
    }
}

impl From<crate::BadField> for RpcError {
    fn from(bad: crate::BadField) -> Self {
        Self::new(ErrorKind::Internal, bad.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_the_wire() {
        for kind in ErrorKind::ALL {
            assert_eq!(kind_of(&status(*kind, "x")), *kind);
        }
    }

    #[test]
    fn a_status_of_strangers_is_understood_by_its_code() {
        assert_eq!(kind_of(&Status::not_found("x")), ErrorKind::NotFound);
        assert_eq!(kind_of(&Status::unknown("x")), ErrorKind::Internal);
    }
}
