//! What one validator found of all the answers to one task.

use crate::{
    Lease, LeaseEnd, LeaseId, MinerId, Score, Task, TaskId, TaskState, Timestamp, ValidatorId,
    grade::{Basis, Fault, Grade},
    task::StateName,
};

crate::named! {
    /// What came of a lease, as those who grade see it.
    "outcome" pub enum Came {
        /// A valid answer in time.
        InTime = "in_time",
        /// An answer after the lease was lost.
        Late = "late",
        /// An answer that can't be read.
        Invalid = "invalid",
        /// Nothing.
        Nothing = "nothing",
    }
}

/// What a validator found of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Whose answer: the lease that it came for.
    #[serde(rename = "lease_id")]
    pub lease: LeaseId,
    /// How right it is.
    pub accuracy: Score,
    /// How much of what was asked for is there at all, right or wrong.
    pub completeness: Score,
    /// What it lost by, if by anything but distance from the reference.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// What it was compared with.
    pub basis: Basis,
}

/// What one validator found of one task. It has one evaluation of each, and the first stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// Which task.
    pub task: TaskId,
    /// Who: its hotkey.
    pub validator: ValidatorId,
    /// Its place on the subnet.
    pub uid: u16,
    /// Its stake as the chain had it then, never as it says.
    pub stake: u64,
    /// When it came.
    pub at: Timestamp,
    /// Size of the work: seconds of sound or video, words of text, rounded up; `None` when it does not tell.
    pub units: Option<u32>,
    /// What it found, by lease.
    pub findings: Vec<Finding>,
}

/// Who can vote on a task and who answered it, as the chain has them when a vote comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Electorate {
    /// How many validators have stake.
    pub validators: u32,
    /// The hotkeys behind the names of miners, as far as they are known.
    pub holders: Vec<Holder>,
}

/// Who stands behind the name of a miner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The name, as tasks have it.
    pub miner: MinerId,
    /// Its place on the subnet.
    pub uid: u16,
    /// Its hotkey.
    pub hotkey: MinerId,
}

/// Why an evaluation does not fit its task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// There is no result to evaluate, or never will be.
    #[error("{} cannot be evaluated", .0.a_task())]
    NotCompleted(StateName),
    /// An answer was left out.
    #[error("the answer of lease {0} came in time and is not graded")]
    Missing(LeaseId),
    /// There is nothing to grade.
    #[error("lease {0} brought no answer in time")]
    Stranger(LeaseId),
    /// Two grades for one answer.
    #[error("lease {0} is graded twice")]
    Twice(LeaseId),
}

impl Came {
    /// What came of `lease`.
    #[must_use]
    pub const fn of(lease: &Lease) -> Self {
        match &lease.end {
            Some((_, LeaseEnd::Responded(_))) => Self::InTime,
            Some((_, LeaseEnd::Failed(_) | LeaseEnd::Expired | LeaseEnd::Dropped | LeaseEnd::Revoked))
            | None => Self::Nothing,
        }
    }
}

impl Finding {
    /// What the answer is worth.
    #[must_use]
    pub const fn grade(&self) -> Grade {
        Grade { accuracy: self.accuracy, completeness: self.completeness, fault: self.fault }
    }
}

impl Evaluation {
    /// The same with the findings in order of their leases: two that say the same are equal then.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.findings.sort_by_key(|f| f.lease);
        self
    }

    /// What it says of the answer of this lease.
    #[must_use]
    pub fn of(&self, lease: LeaseId) -> Option<&Finding> {
        self.findings.iter().find(|f| f.lease == lease)
    }

    /// Whether it grades every answer to `task` that came in time, once, and nothing else.
    ///
    /// # Errors
    /// [`Misfit`], the first.
    pub fn fits(&self, task: &Task) -> Result<(), Misfit> {
        if !matches!(task.state, TaskState::Completed { .. } | TaskState::Approved { .. }) {
            return Err(Misfit::NotCompleted(task.state.name()));
        }
        let mut open: Vec<LeaseId> =
            task.leases.iter().filter(|l| Came::of(l) == Came::InTime).map(|l| l.id).collect();
        for (n, finding) in self.findings.iter().enumerate() {
            match open.iter().position(|id| *id == finding.lease) {
                Some(at) => drop(open.swap_remove(at)),
                None if self.findings[..n].iter().any(|f| f.lease == finding.lease) => {
                    return Err(Misfit::Twice(finding.lease));
                }
                None => return Err(Misfit::Stranger(finding.lease)),
            }
        }
        open.into_iter().min().map_or(Ok(()), |left| Err(Misfit::Missing(left)))
    }
}

impl Electorate {
    /// Who stands behind this name.
    #[must_use]
    pub fn holder(&self, miner: &MinerId) -> Option<&Holder> {
        self.holders.iter().find(|h| h.miner == *miner)
    }
}
