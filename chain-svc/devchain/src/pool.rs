//! Transactions that wait for a block, and those who watch them.

use serde_json::{Value as Json, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::block::hex0x;
use crate::extrinsic::{Signed, Unreadable};
use crate::keys::Hash;
use crate::setting::Wording;

/// What becomes of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Future,
    Ready,
    InBlock(Hash),
    Retracted(Hash),
    Finalized(Hash),
    Dropped,
    Invalid,
}

impl Status {
    /// As `author_extrinsicUpdate` writes it.
    pub(crate) fn json(self) -> Json {
        match self {
            Status::Future => json!("future"),
            Status::Ready => json!("ready"),
            Status::InBlock(h) => json!({"inBlock": hex0x(h)}),
            Status::Retracted(h) => json!({"retracted": hex0x(h)}),
            Status::Finalized(h) => json!({"finalized": hex0x(h)}),
            Status::Dropped => json!("dropped"),
            Status::Invalid => json!("invalid"),
        }
    }

    /// True for a status after which nothing follows.
    pub(crate) fn is_last(self) -> bool {
        matches!(self, Status::Finalized(_) | Status::Dropped | Status::Invalid)
    }
}

/// Hears of one transaction.
pub(crate) type Watcher = UnboundedSender<Status>;

/// A transaction that waits for a block.
pub(crate) struct Pending {
    pub(crate) hash: Hash,
    pub(crate) bytes: Vec<u8>,
    pub(crate) tx: Signed,
    /// The last block that may hold it.
    pub(crate) last: u64,
    pub(crate) ready: bool,
    pub(crate) watcher: Option<Watcher>,
}

impl Pending {
    /// Tells whoever watches; nobody need.
    pub(crate) fn tell(&self, status: Status) {
        if let Some(w) = &self.watcher {
            let _ = w.send(status);
        }
    }
}

/// Why a transaction is not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Invalid {
    #[error("Transaction is outdated")]
    Stale,
    #[error("Transaction has a bad signature")]
    BadProof,
    #[error("Transaction has an ancient birth block")]
    AncientBirthBlock,
    #[error("Inability to pay some fees (e.g. account balance too low)")]
    Payment,
    #[error("Transaction call is not expected: {0}")]
    Call(Unreadable),
    #[error("{0}")]
    Unreadable(#[from] Unreadable),
    #[error("{0}")]
    Forced(String),
    #[error("Transaction Already Imported")]
    Known,
    #[error("Priority is too low: (0 vs 0)")]
    Priority,
}

impl Invalid {
    /// Code, message and data as JSON-RPC carries them.
    pub(crate) fn parts(&self, wording: Wording) -> (i32, String, Option<Json>) {
        let value = |name: &str| json!({"invalid": {name: null}});
        let data = match (wording, self) {
            (_, Invalid::Unreadable(_)) => {
                return (1001, format!("Extrinsic has invalid format: {self}"), None);
            }
            (_, Invalid::Known) => return (1013, self.to_string(), None),
            (_, Invalid::Priority) => {
                return (
                    1014,
                    self.to_string(),
                    Some(json!("The transaction has too low priority to replace another")),
                );
            }
            (Wording::Sentence, _) | (_, Invalid::Forced(_)) => json!(self.to_string()),
            (Wording::Value, Invalid::Stale) => value("stale"),
            (Wording::Value, Invalid::BadProof) => value("badProof"),
            (Wording::Value, Invalid::AncientBirthBlock) => value("ancientBirthBlock"),
            (Wording::Value, Invalid::Payment) => value("payment"),
            (Wording::Value, Invalid::Call(_)) => value("call"),
        };
        match wording {
            Wording::Sentence => (1010, "Invalid Transaction".into(), Some(data)),
            Wording::Value => (1010, data.to_string(), None),
        }
    }
}
