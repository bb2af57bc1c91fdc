//! Where a task stands.

use super::Failure;
use crate::{LeaseId, Score, Timestamp};

crate::named! {
    /// The states by name, as on the wire, in columns and in filters.
    "task status" pub enum StateName {
        /// Durable, nobody works on it.
        Pending = "pending",
        /// A miner holds a lease.
        Assigned = "assigned",
        /// A miner reported progress.
        InProgress = "in_progress",
        /// A result is chosen and served.
        Completed = "completed",
        /// Validators agreed on the result.
        Approved = "approved",
        /// Ended without a result.
        Failed = "failed",
        /// Ended by its client.
        Cancelled = "cancelled",
    }
}

impl StateName {
    /// Whether work on the task has ended.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Approved | Self::Failed | Self::Cancelled)
    }

    /// A task in this state, as sentences have it.
    #[must_use]
    pub const fn a_task(self) -> &'static str {
        match self {
            Self::Pending => "a pending task",
            Self::Assigned => "an assigned task",
            Self::InProgress => "a task in progress",
            Self::Completed => "a completed task",
            Self::Approved => "an approved task",
            Self::Failed => "a failed task",
            Self::Cancelled => "a cancelled task",
        }
    }
}

/// A state carries what only that state has.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskState {
    /// Durable, nobody works on it.
    Pending,
    /// At least one lease is live.
    Assigned,
    /// A holder of a live lease reported progress.
    InProgress {
        /// The furthest report, 0..=100.
        percent: u8,
    },
    /// A result is chosen and served.
    Completed {
        /// When.
        at: Timestamp,
        /// The lease whose answer it is.
        chosen: LeaseId,
        /// How well that answer agrees with the others; `None` for a single one, which agrees with nobody.
        agreement: Option<Score>,
    },
    /// Validators agreed on the result.
    Approved {
        /// When.
        at: Timestamp,
        /// The lease whose answer it is.
        chosen: LeaseId,
        /// How well that answer agrees with the others; `None` for a single one, which agrees with nobody.
        agreement: Option<Score>,
    },
    /// Ended without a result.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        failure: Failure,
    },
    /// Ended by its client.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

impl TaskState {
    /// Name of the state.
    #[must_use]
    pub const fn name(&self) -> StateName {
        match self {
            Self::Pending => StateName::Pending,
            Self::Assigned => StateName::Assigned,
            Self::InProgress { .. } => StateName::InProgress,
            Self::Completed { .. } => StateName::Completed,
            Self::Approved { .. } => StateName::Approved,
            Self::Failed { .. } => StateName::Failed,
            Self::Cancelled { .. } => StateName::Cancelled,
        }
    }

    /// Whether work on the task has ended: no lease is granted, none is live.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.name().is_over()
    }

    /// When it ended, if it did.
    #[must_use]
    pub const fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Pending | Self::Assigned | Self::InProgress { .. } => None,
            Self::Completed { at, .. }
            | Self::Approved { at, .. }
            | Self::Failed { at, .. }
            | Self::Cancelled { at } => Some(*at),
        }
    }
}
