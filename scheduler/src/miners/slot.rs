//! A slot: one lease that a miner has, as this scheduler sees it.

use std::time::Duration;

use domain::{Fence, Lease, Task, TaskId, TaskKind, Timestamp};

/// The shortest time between two durable renewals of one lease for the sake of progress alone.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// What a lease is for.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    /// Its task.
    pub(crate) task: TaskId,
    /// The kind of work.
    pub(crate) kind: TaskKind,
    /// The trace that the task belongs to.
    pub(crate) traceparent: Option<String>,
    /// When it was granted.
    pub(crate) granted_at: Timestamp,
    /// When the work must be over.
    pub(crate) run_until: Timestamp,
}

impl Work {
    /// The work of a lease that the store knows.
    pub(crate) fn of(task: &Task, lease: &Lease) -> Self {
        Self {
            task: task.spec.id,
            kind: task.spec.kind,
            traceparent: task.spec.traceparent.clone(),
            granted_at: lease.granted_at,
            run_until: lease.run_until,
        }
    }
}

/// How far a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The lease is being made durable; the miner does not know of it.
    Reserved,
    /// The miner has the lease.
    Working,
    /// The miner answered or gave up; that is being made durable.
    Settling,
    /// Nobody wants the answer; the miner has not said yet that it stopped.
    Revoked,
}

/// One lease that occupies a miner.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// What it is for.
    pub(crate) work: Work,
    /// Its fencing number; zero while it is reserved.
    pub(crate) fence: Fence,
    /// How far it is.
    pub(crate) stage: Stage,
    /// When the miner was sent the lease, or said that it has it.
    pub(crate) sent_at: Timestamp,
    percent: Option<u8>,
    renewed_at: Timestamp,
}

impl Slot {
    /// Room kept for a lease that is about to be granted.
    pub(crate) const fn reserved(work: Work) -> Self {
        let at = work.granted_at;
        Self { work, fence: Fence(0), stage: Stage::Reserved, sent_at: at, percent: None, renewed_at: at }
    }

    /// A lease that the miner brought along from before its connection was lost.
    pub(crate) const fn adopted(work: Work, fence: Fence, now: Timestamp) -> Self {
        Self { work, fence, stage: Stage::Working, sent_at: now, percent: None, renewed_at: now }
    }

    /// Takes a report of progress; the percentage to store now, or `None` while it can wait for the next heartbeat.
    pub(crate) fn progress(&mut self, percent: u8, now: Timestamp) -> Option<u8> {
        let first = self.percent.is_none();
        let further = self.percent.is_none_or(|before| percent > before);
        self.percent = self.percent.max(Some(percent));
        let due = first || percent >= 100 || now.since(self.renewed_at) >= PROGRESS_EVERY;
        if further && due {
            self.renewed_at = now;
            return self.percent;
        }
        None
    }

    /// What to store with a heartbeat.
    pub(crate) const fn beat(&mut self, now: Timestamp) -> Option<u8> {
        self.renewed_at = now;
        self.percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_stored_at_most_once_a_second_but_the_end_at_once() {
        let at = |ms: i64| Timestamp::from_micros(ms * 1_000);
        let work = Work {
            task: TaskId::from_random(1),
            kind: TaskKind::Tts,
            traceparent: None,
            granted_at: at(0),
            run_until: at(60_000),
        };
        let mut slot = Slot::adopted(work, Fence(1), at(0));
        let stored: Vec<_> = (1..=50).filter_map(|i| slot.progress(i, at(i64::from(i) * 100))).collect();
        assert_eq!(stored, [1, 11, 21, 31, 41]);
        assert_eq!(slot.progress(100, at(5_001)), Some(100));
        assert_eq!(slot.progress(90, at(9_000)), None, "it never goes back");
        assert_eq!(slot.beat(at(9_001)), Some(100));
    }
}
