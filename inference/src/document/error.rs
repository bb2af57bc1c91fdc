//! Why a document gave no text, or no result.

use domain::FailReason;

/// Every way in which reading or writing a document can end without a result. Display is one sentence for the person
/// who sent the file: no path, no text of a parser.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not one byte.
    #[error("the file is empty")]
    Empty,
    /// Some other kind of file. The text names the kind.
    #[error("the file is not a document that can be read: it looks like {0}")]
    NotDocument(&'static str),
    /// The bytes are of another format than the one that was said.
    #[error("the file was sent as {said} but looks like {found}")]
    Mismatch {
        /// Name of the format that was said.
        said: &'static str,
        /// What the bytes look like.
        found: &'static str,
    },
    /// It can't be parsed. The text names what is wrong.
    #[error("the {format} file is damaged: {what}")]
    Broken {
        /// Name of its format.
        format: &'static str,
        /// What is wrong with it, as the end of a sentence.
        what: &'static str,
    },
    /// Locked by a password or by rights management.
    #[error("the file is protected by a password: save it without one and send it again")]
    Encrypted,
    /// No text in it.
    #[error("the document holds no text")]
    NoText,
    /// Pages without text, made of pictures.
    #[error("the pdf holds pictures of text only: run text recognition (OCR) on it first")]
    PicturesOnly,
    /// Text whose letters can't be told.
    #[error(
        "the fonts of this pdf do not say which letters they hold: export it again with text that can be copied"
    )]
    NoLetters,
    /// A format or feature that is not supported. The text names it.
    #[error("{0} are not supported")]
    Unsupported(&'static str),
    /// More than is allowed. The text names the limit.
    #[error("the document is larger than is allowed: at most {most} {unit}")]
    TooLarge {
        /// The limit.
        most: u64,
        /// What is counted.
        unit: &'static str,
    },
    /// Nobody wants it any more, or its time is over.
    #[error("reading the document was stopped")]
    Stopped,
    /// A fault of this machine, not of the file.
    #[error("the machine that took the task could not read or write the document")]
    Internal,
}

impl DocumentError {
    /// The reason under which a task that met this error fails.
    #[must_use]
    pub const fn reason(&self) -> FailReason {
        match self {
            Self::Empty
            | Self::NotDocument(_)
            | Self::Mismatch { .. }
            | Self::Broken { .. }
            | Self::Encrypted => FailReason::BrokenFile,
            Self::NoText | Self::PicturesOnly => FailReason::NothingToDo,
            Self::NoLetters | Self::Unsupported(_) => FailReason::Unsupported,
            Self::TooLarge { .. } => FailReason::TooLong,
            Self::Stopped | Self::Internal => FailReason::MinerFault,
        }
    }
}
