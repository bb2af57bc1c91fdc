use std::{error::Error as StdError, fmt};

/// What a failure means for the caller: the one thing to decide on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The server has no such model or version. A configuration fault.
    UnknownModel,
    /// The model is loading or unloaded, or the server is on its way out.
    Draining,
    /// The process behind the model died. The model stays dead, and still says ready, until it is
    /// unloaded and loaded.
    DeadStub,
    /// The request is wrong: shape, type, name, size or admin key; or the model refused its content.
    BadRequest,
    /// The model failed while executing.
    Model,
    /// The deadline passed. The model may still be busy with the request.
    Deadline,
    /// The call was cancelled. The model may have done the work.
    Cancelled,
    /// No connection, or it broke before the answer was whole.
    Unreachable,
    /// The answer is not what was asked for: too large, another name or type, broken text.
    Decode,
}

impl ErrorKind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 9] = [
        Self::UnknownModel,
        Self::Draining,
        Self::DeadStub,
        Self::BadRequest,
        Self::Model,
        Self::Deadline,
        Self::Cancelled,
        Self::Unreachable,
        Self::Decode,
    ];

    /// The kind in snake case, for metric labels and log fields.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownModel => "unknown_model",
            Self::Draining => "draining",
            Self::DeadStub => "dead_stub",
            Self::BadRequest => "bad_request",
            Self::Model => "model",
            Self::Deadline => "deadline",
            Self::Cancelled => "cancelled",
            Self::Unreachable => "unreachable",
            Self::Decode => "decode",
        }
    }

    /// True if the same request may succeed on the same server later: it drains, it is away, or
    /// (after the model was unloaded and loaded) its process died.
    ///
    /// `Model` is false: the same model given the same input fails again; another machine may try.
    pub fn retryable(self) -> bool {
        match self {
            Self::Draining | Self::DeadStub | Self::Unreachable => true,
            Self::UnknownModel
            | Self::BadRequest
            | Self::Model
            | Self::Deadline
            | Self::Cancelled
            | Self::Decode => false,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownModel => "unknown model",
            Self::Draining => "not available now",
            Self::DeadStub => "the model's process is dead",
            Self::BadRequest => "the request was refused",
            Self::Model => "the model failed",
            Self::Deadline => "the deadline passed",
            Self::Cancelled => "cancelled",
            Self::Unreachable => "triton is unreachable",
            Self::Decode => "the answer can't be read",
        })
    }
}

pub(crate) type Source = Box<dyn StdError + Send + Sync>;

/// A failed call: what it means, for which model, and the cause.
///
/// Display names the operation, the model and the kind; the cause is the source. Neither the cause
/// nor [`Error::detail`] is fit for users: an exception in a model arrives with its traceback.
#[derive(Debug)]
pub struct Error {
    /// What the failure means.
    pub kind: ErrorKind,
    /// The model asked for; empty if the call was about the server.
    pub model: String,
    operation: &'static str,
    detail: Option<String>,
    source: Source,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        operation: &'static str,
        model: impl Into<String>,
        source: impl Into<Source>,
    ) -> Self {
        Self { kind, model: model.into(), operation, detail: None, source: source.into() }
    }

    pub(crate) fn said(mut self, detail: &str) -> Self {
        self.detail = Some(detail.to_owned());
        self
    }

    /// What failed: `infer`, `stream`, `load`, ...
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The server's own words, if it spoke: for logs, and to recognise a fixed sentence of a model
    /// that refused its input. May hold file paths.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.model.as_str() {
            "" => write!(f, "triton {}: {}", self.operation, self.kind),
            model => write!(f, "triton {} {model}: {}", self.operation, self.kind),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
