//! Why the chain could not be read.

use std::error::Error;

use domain::ErrorKind;

use super::{Hash, Refusal};

/// A reading of the chain that failed. Each variant prints one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// No endpoint answers.
    #[error("no endpoint of the chain answers; it is tried again, and --subtensor.network may name others")]
    Away {
        /// What the last one did.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// An endpoint answered something that can't be.
    #[error("an endpoint of the chain gave an answer that can't be right ({what})")]
    Garbage {
        /// What was wrong with it.
        what: String,
    },
    /// The node's newest block is older than one that was seen before, or too old by the clock.
    #[error("the endpoint is behind: {what}")]
    Behind {
        /// How far.
        what: String,
    },
    /// The node's metadata lacks what this program is written for.
    #[error(
        "spec {spec} of the chain no longer has what this version needs: {}; look for a newer version of this program",
        missing.join(", ")
    )]
    Names {
        /// The version of the rules.
        spec: u32,
        /// Everything that is missing.
        missing: Vec<String>,
    },
    /// The node is of another chain than the configuration pins.
    #[error("the endpoint is of another chain: its first block is {found}, the configuration pins {pinned}")]
    WrongChain {
        /// As configured.
        pinned: Hash,
        /// As answered.
        found: Hash,
    },
    /// There is no such subnet.
    #[error("the chain has no subnet {0}; check --netuid and --subtensor.network")]
    NoSubnet(u16),
    /// The chain does not have the call that is needed.
    #[error("{0}")]
    Unsupported(String),
    /// The chain refused.
    #[error("{0}")]
    Refused(#[from] Refusal),
}

impl ChainError {
    /// What it means for a caller.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Away { .. } | Self::Garbage { .. } | Self::Behind { .. } => ErrorKind::Unavailable,
            Self::Names { .. } | Self::WrongChain { .. } | Self::Unsupported(_) => ErrorKind::Conflict,
            Self::NoSubnet(_) => ErrorKind::NotFound,
            Self::Refused(refusal) => refusal.kind(),
        }
    }

    /// Whether another endpoint may do better.
    #[must_use]
    pub const fn elsewhere(&self) -> bool {
        matches!(self, Self::Away { .. } | Self::Garbage { .. } | Self::Behind { .. })
    }

    pub(crate) fn garbage(what: impl std::fmt::Display) -> Self {
        // what comes from a stranger is cut before it gets near a log
        let what: String = what.to_string().chars().filter(|c| !c.is_control()).take(300).collect();
        Self::Garbage { what }
    }

    pub(crate) fn away(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Away { source: source.into() }
    }
}
