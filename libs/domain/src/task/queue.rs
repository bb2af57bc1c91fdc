//! What a task waits for: another miner, or a point in time.

use super::{Task, TaskState};
use crate::{Lease, MinerId, Timestamp};

impl Task {
    /// How many more leases the task can use now: asked-for miners less those working and those that answered.
    #[must_use]
    pub fn open_grants(&self) -> u8 {
        if self.state.is_over() {
            return 0;
        }
        let taken = self.live().count() + self.responses();
        self.spec.wanted.saturating_sub(u8::try_from(taken).unwrap_or(u8::MAX))
    }

    /// Place among waiting tasks: smaller goes first.
    #[must_use]
    pub fn queue_rank(&self) -> i64 {
        self.spec.priority.queue_rank(self.spec.submitted_at)
    }

    /// The next instant at which the passing of time alone changes this task; `None` when it is over.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.state.is_over() {
            return None;
        }
        let leases = self.live().map(|l| l.expires_at.min(l.run_until));
        Some(leases.fold(self.spec.deadline, Timestamp::min))
    }

    /// Miners that were given the task and did not bring it to an end.
    #[must_use]
    pub fn struck(&self) -> Vec<&MinerId> {
        let mut miners: Vec<_> = self.leases.iter().filter(|l| l.is_strike()).map(|l| &l.miner).collect();
        miners.sort_unstable();
        miners.dedup();
        miners
    }

    /// The state of a task that is not over, as its leases say.
    pub(super) fn state_of_leases(&self) -> TaskState {
        let mut live = self.live().peekable();
        if live.peek().is_none() {
            return TaskState::Pending;
        }
        match live.filter_map(|l: &Lease| l.percent).max() {
            Some(percent) => TaskState::InProgress { percent },
            None => TaskState::Assigned,
        }
    }
}
