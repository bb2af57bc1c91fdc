//! Why an intention is not carried out.

use domain::ErrorKind;

use super::JournalError;
use crate::chain::{ChainError, Hash, Refusal};

/// Why an intention is not carried out, or not known to be.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The chain refused. Nothing changed but, when it got into a block, nonce and fee.
    #[error("{0}")]
    Refused(Refusal),
    /// Nobody knows yet. Asking again with the same name goes on looking and sends nothing twice.
    #[error("transaction {hash} was sent and its outcome is not known yet; ask again, nothing is sent twice")]
    Undecided {
        /// Which transaction.
        hash: Hash,
    },
    /// The chain could not be asked; nothing was sent.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The journal could not be written; nothing was sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Other transactions of the same key came in between, again and again.
    #[error("another program signs with the same hotkey: stop it, or give it a hotkey of its own")]
    Crowded,
    /// A fault of ours.
    #[error("the task that sends ended early")]
    Ended,
}

impl SubmitError {
    /// What it means for a caller.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => refusal.kind(),
            Self::Undecided { .. } => ErrorKind::Unavailable,
            Self::Chain(e) => e.kind(),
            Self::Crowded => ErrorKind::Conflict,
            Self::Journal(_) | Self::Ended => ErrorKind::Internal,
        }
    }
}
