//! A task and its life: [`Task::apply`] is the only way from one state to another.
//!
//! ```text
//! pending -> assigned -> in_progress -> completed -> approved
//!    |          |            |
//!    +----------+------------+--> failed | cancelled
//! ```
//!
//! A task that asks one miner completes with its answer. One that asks several completes by a choice among the answers
//! ([`Event::Choose`]), which is due when all have answered, when nobody is left to wait for, or when the window after the
//! first answer is over; see [`Task::choice_due`].

mod apply;
mod failure;
mod queue;
mod state;

pub use apply::{Event, Refused};
pub use failure::{FailReason, Failure};
pub use state::{StateName, TaskState};

use std::time::Duration;

use crate::{
    Facts, Fence, FileId, FileMeta, Language, Lease, LeaseEnd, MinerId, Priority, Proof, Score, Sha256,
    SourceLanguage, TaskId, TaskKind, TaskOptions, Timestamp, miner::Need,
};

/// Distinct miners that may fail at a task before its input is held to be at fault.
pub const MAX_MINERS_STRUCK: usize = 3;
/// Leases that may end badly before the task is given up, whoever held them.
pub const MAX_STRIKES: usize = 30;

/// What a client asked for; never changes after submit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// Its name.
    pub id: TaskId,
    /// The kind of work.
    pub kind: TaskKind,
    /// Language of the input.
    pub source: SourceLanguage,
    /// Language of the output, for translations.
    pub target: Option<Language>,
    /// What else was asked for.
    pub options: TaskOptions,
    /// How urgent.
    pub priority: Priority,
    /// How many miners are asked, 1..=10.
    pub wanted: u8,
    /// How long the answers of the others are waited for after the first one.
    pub window: Duration,
    /// The stored input.
    pub input: FileId,
    /// Length of the input in bytes.
    pub input_size: u64,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it fails if it has not ended by then.
    pub deadline: Timestamp,
    /// W3C `traceparent` of the request that submitted it: everything done for the task joins that trace.
    pub traceparent: Option<String>,
}

impl NewTask {
    /// Most miners that one task may ask for.
    pub const MAX_WANTED: u8 = 10;
}

/// A task with its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What was asked for.
    pub spec: NewTask,
    /// Where it stands.
    pub state: TaskState,
    /// Every lease it ever had, oldest first; at most [`NewTask::MAX_WANTED`] + [`MAX_STRIKES`].
    pub leases: Vec<Lease>,
    /// Grows by one with every change; two writers never produce the same version.
    pub version: u64,
}

/// A result that a miner stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The stored result.
    pub file: FileId,
    /// Digest of its bytes.
    pub sha256: Sha256,
    /// Length in bytes.
    pub size: u64,
}

/// What a miner answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The result.
    pub output: Output,
    /// Name of the model that made it.
    pub model: String,
    /// Version of that model: sha256 over code, configuration and weights.
    pub model_version: String,
    /// What is known of the result when it is a file of its own, not a result document.
    pub facts: Option<Facts>,
    /// Who says so, signed; `None` from a miner that signs nothing.
    pub proof: Option<Box<Proof>>,
}

/// An answer with the lease under which it was given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer<'a> {
    /// When it came.
    pub at: Timestamp,
    /// Whose it is.
    pub lease: &'a Lease,
    /// What it says.
    pub response: &'a Response,
}

impl<'a> Answer<'a> {
    fn of(lease: &'a Lease) -> Option<Self> {
        match &lease.end {
            Some((at, LeaseEnd::Responded(response))) => Some(Self { at: *at, lease, response }),
            _ => None,
        }
    }
}

impl NewTask {
    /// The queue that it waits in.
    #[must_use]
    pub fn lane(&self) -> String {
        self.need().lane()
    }

    /// What it needs of the miner that takes it.
    #[must_use]
    pub const fn need(&self) -> Need {
        Need { kind: self.kind, source: self.source, target: self.target, mode: self.options.summary_mode }
    }
}

impl Task {
    /// A task that was just submitted.
    #[must_use]
    pub const fn submitted(spec: NewTask) -> Self {
        Self { spec, state: TaskState::Pending, leases: Vec::new(), version: 0 }
    }

    /// The lease whose answer is served, once there is one.
    #[must_use]
    pub fn chosen(&self) -> Option<&Lease> {
        let chosen = match &self.state {
            TaskState::Completed { chosen, .. } | TaskState::Approved { chosen, .. } => *chosen,
            _ => return None,
        };
        self.leases.iter().find(|l| l.id == chosen)
    }

    /// The answer that is served, once there is one.
    #[must_use]
    pub fn result(&self) -> Option<&Response> {
        self.chosen().and_then(Lease::response)
    }

    /// How well the answer that is served agrees with the others; `None` while there is none, and for a single one.
    #[must_use]
    pub const fn agreement(&self) -> Option<Score> {
        match self.state {
            TaskState::Completed { agreement, .. } | TaskState::Approved { agreement, .. } => agreement,
            _ => None,
        }
    }

    /// The answers in the order in which they came.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer<'_>> {
        let mut all: Vec<Answer<'_>> = self.leases.iter().filter_map(Answer::of).collect();
        all.sort_by_key(|a| (a.at, a.lease.fence));
        all
    }

    /// The answer that is offered while more are waited for: the first that came.
    #[must_use]
    pub fn provisional(&self) -> Option<Answer<'_>> {
        if self.state.is_over() { None } else { self.answers().into_iter().next() }
    }

    /// Leases that miners hold now.
    pub fn live(&self) -> impl Iterator<Item = &Lease> {
        self.leases.iter().filter(|l| l.is_live())
    }

    /// Number of answers received.
    #[must_use]
    pub fn responses(&self) -> usize {
        self.leases.iter().filter(|l| l.response().is_some()).count()
    }

    /// Whether `miner` held this task before, or holds it.
    #[must_use]
    pub fn was_given_to(&self, miner: &MinerId) -> bool {
        self.leases.iter().any(|l| l.miner == *miner)
    }

    /// The highest fencing number given out.
    #[must_use]
    pub fn fence(&self) -> Fence {
        self.leases.iter().map(|l| l.fence).max().unwrap_or_default()
    }

    /// Whether the input of this task is `file`, or one of its leases answers with it.
    #[must_use]
    pub fn mentions(&self, file: &FileMeta) -> bool {
        self.spec.input == file.id || self.leases.iter().any(|l| l.output == file.id)
    }
}

#[cfg(test)]
mod tests;
