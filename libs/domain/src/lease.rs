//! Leases: one task given to one miner for a limited time.

use crate::{Failure, FileId, LeaseId, MinerId, Response, Timestamp};

/// A number that grows with every lease of one task. An answer that carries an older one than the lease it speaks for is
/// refused, whatever the clocks say.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Fence(pub u64);

/// One grant of a task to one miner, from its beginning to its end. Kept with the task as its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    /// Its name.
    pub id: LeaseId,
    /// Its fencing number.
    pub fence: Fence,
    /// Who got it.
    pub miner: MinerId,
    /// Which run of that miner's process got it; a restarted miner has none of the work of its former self.
    pub session: u64,
    /// Id under which the miner stores its answer.
    pub output: FileId,
    /// When it was granted.
    pub granted_at: Timestamp,
    /// When it lapses unless renewed.
    pub expires_at: Timestamp,
    /// Past this no renewal is granted: the time allowed for the whole work.
    pub run_until: Timestamp,
    /// Work done as the miner reported it, in percent; `None` before its first report.
    pub percent: Option<u8>,
    /// How it ended; `None` while it is live.
    pub end: Option<(Timestamp, LeaseEnd)>,
}

/// How a lease ended.
#[derive(Debug, Clone, PartialEq)]
pub enum LeaseEnd {
    /// The miner answered.
    Responded(Response),
    /// The miner said that it could not do it.
    Failed(Failure),
    /// It lapsed without renewal, or ran past its time.
    Expired,
    /// The miner process that held it is gone, or gave it back while draining.
    Dropped,
    /// The task ended without it: cancelled, failed, or answered by others.
    Revoked,
}

impl LeaseEnd {
    /// Name of the variant, as stored and shown.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Responded(_) => "responded",
            Self::Failed(_) => "failed",
            Self::Expired => "expired",
            Self::Dropped => "dropped",
            Self::Revoked => "revoked",
        }
    }
}

impl Lease {
    /// Whether the miner may still answer.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.end.is_none()
    }

    /// The answer, if there is one.
    #[must_use]
    pub const fn response(&self) -> Option<&Response> {
        match &self.end {
            Some((_, LeaseEnd::Responded(r))) => Some(r),
            _ => None,
        }
    }

    /// Whether this lease counts against its miner: it was given the task and did not bring it to an end.
    #[must_use]
    pub const fn is_strike(&self) -> bool {
        matches!(self.end, Some((_, LeaseEnd::Failed(_) | LeaseEnd::Expired | LeaseEnd::Dropped)))
    }
}
