//! What a task waits for: another miner, or a point in time.

use super::{MAX_MINERS_STRUCK, MAX_STRIKES, Task, TaskState};
use crate::{Lease, MinerId, Timestamp};

impl Task {
    /// How many more leases the task can use now: asked-for miners less those working and those that answered. None when
    /// so many miners failed at it that it is not given to further ones.
    #[must_use]
    pub fn open_grants(&self) -> u8 {
        if self.state.is_over() || self.is_poisonous() {
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

    /// The next instant at which the passing of time alone changes this task, or since which a choice among its answers is
    /// due; `None` when it is over.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.state.is_over() {
            return None;
        }
        let leases = self.live().map(|l| l.expires_at.min(l.run_until));
        Some(leases.chain(self.choice_due()).fold(self.spec.deadline, Timestamp::min))
    }

    /// Since when, or from when on, a choice among the answers is due: at once when no further one can come, else when the
    /// window after the first one is over, and never later than the deadline. `None` without an answer, and when it is over.
    #[must_use]
    pub fn choice_due(&self) -> Option<Timestamp> {
        if self.state.is_over() {
            return None;
        }
        let first = self.answers().first()?.at;
        let closes = (first + self.spec.window).min(self.spec.deadline);
        if self.live().next().is_some() || self.open_grants() > 0 {
            return Some(closes);
        }
        // since the last one that could have answered ended
        let ends = self.leases.iter().filter_map(|l| l.end.as_ref()).map(|(at, _)| *at);
        ends.max().map(|last| last.min(closes))
    }

    /// Whether so many failed at the task that it is not given to further miners.
    pub(super) fn is_poisonous(&self) -> bool {
        self.struck().len() >= MAX_MINERS_STRUCK || self.strikes() >= MAX_STRIKES
    }

    /// Leases that ended badly.
    pub(super) fn strikes(&self) -> usize {
        self.leases.iter().filter(|l| l.is_strike()).count()
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
            // answered, and more answers are waited for, or one of them is being chosen
            let done = self.responses() * 100 / usize::from(self.spec.wanted).max(1);
            return match u8::try_from(done.min(100)) {
                Ok(percent @ 1..) => TaskState::InProgress { percent },
                _ => TaskState::Pending,
            };
        }
        match live.filter_map(|l: &Lease| l.percent).max() {
            Some(percent) => TaskState::InProgress { percent },
            None => TaskState::Assigned,
        }
    }
}
