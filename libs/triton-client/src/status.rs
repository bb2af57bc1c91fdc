//! From the server's status to a meaning: the one place that knows Triton's sentences.

use std::error::Error as _;

use tonic::{Code, Status};

use crate::error::{Error, ErrorKind};

/// A failed RPC as an error of this crate.
pub(crate) fn failed(operation: &'static str, model: &str, status: Status) -> Error {
    let kind = meaning(&status);
    if status.source().is_some() {
        return Error::new(kind, operation, model, status);
    }
    let detail = status.message().to_owned();
    Error::new(kind, operation, model, status).said(&detail)
}

/// An error inside a stream that stays open. It has a text and no code.
///
/// A request refused at the door comes without a final flag; one that failed in the model has it
/// (a server that knows the header `triton_grpc_error` sends these as a status instead).
pub(crate) fn in_band(model: &str, text: String, executed: bool) -> Error {
    let kind = match (text.starts_with("Request for unknown model"), executed) {
        (true, _) => not_found(&text),
        (false, true) => execution(&text),
        (false, false) => ErrorKind::BadRequest,
    };
    let detail = text.clone();
    Error::new(kind, "stream", model, text).said(&detail)
}

fn meaning(status: &Status) -> ErrorKind {
    let text = status.message();
    match status.code() {
        Code::NotFound => not_found(text),
        // the statistics RPC's way to say not found
        Code::InvalidArgument
            if text.starts_with("requested model '") && text.ends_with("is not available") =>
        {
            ErrorKind::UnknownModel
        }
        Code::InvalidArgument
        | Code::ResourceExhausted
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::FailedPrecondition
        | Code::AlreadyExists
        | Code::Unimplemented => ErrorKind::BadRequest,
        // a wrong or missing admin key comes with this code too, and no retry heals it
        Code::Unavailable if text.contains("protocol is restricted") => ErrorKind::BadRequest,
        Code::Unavailable if text.contains("Server exiting") => ErrorKind::Draining,
        Code::Unavailable => ErrorKind::Unreachable,
        Code::DeadlineExceeded => ErrorKind::Deadline,
        Code::OutOfRange => ErrorKind::Decode,
        // a status with a source was made here, from a broken connection; its calls are "canceled"
        _ if status.source().is_some() => ErrorKind::Unreachable,
        Code::Cancelled => ErrorKind::Cancelled,
        Code::Ok | Code::Unknown | Code::Aborted | Code::Internal | Code::DataLoss => internal(text),
    }
}

/// Both sentences start with "Request for unknown model"; only one of them is final.
fn not_found(text: &str) -> ErrorKind {
    if text.contains("has no available versions") { ErrorKind::Draining } else { ErrorKind::UnknownModel }
}

fn internal(text: &str) -> ErrorKind {
    if text.starts_with("failed to decode Protobuf message") {
        ErrorKind::Decode
    } else if text.starts_with("failed to load") && text.ends_with("failed to poll from model repository") {
        ErrorKind::UnknownModel
    } else if text.starts_with("Unable to open shared memory region") {
        ErrorKind::BadRequest
    } else {
        execution(text)
    }
}

fn execution(text: &str) -> ErrorKind {
    // a traceback may quote anything, so only the whole sentence counts
    if text.starts_with("Stub process '") && text.ends_with("is not healthy.") {
        ErrorKind::DeadStub
    } else {
        ErrorKind::Model
    }
}
