//! The leases this miner holds, and where each of them stands. Pure: time comes in.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use domain::LeaseId;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    assignment::{Assignment, Claim},
    messages::Answer,
};

/// Leases that may wait for a slot: only ones that crossed a shrinking capacity on the wire ever do.
const WAITING: usize = 16;
/// Least time between two reports of one lease.
const REPORT: Duration = Duration::from_millis(500);

/// Every lease from the moment it arrives until the scheduler has settled it.
///
/// Promises: at most `capacity` pieces of work run at once, and work that was told to stop counts until it has stopped.
#[derive(Debug, Default)]
pub(super) struct Book {
    // in order of arrival; there are never more than a few
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    claim: Claim,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// For a slot.
    Waiting(Box<Assignment>),
    Running(Running),
    /// Nobody wants it any more, but it still takes a slot.
    Stopping,
    /// Ended, and not yet known to be durable.
    Answered {
        answer: Answer,
        said: Option<Instant>,
    },
}

#[derive(Debug)]
struct Running {
    cancel: CancellationToken,
    percent: Percent,
    reported: Option<(u8, Instant)>,
}

/// Work done, in percent; shared between the work and its reporter, and never goes back.
#[derive(Debug, Clone, Default)]
pub(super) struct Percent(Arc<AtomicU8>);

/// Work that may begin now.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) assignment: Box<Assignment>,
    pub(super) cancel: CancellationToken,
    pub(super) percent: Percent,
}

/// What became of a lease that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is held.
    Held,
    /// It was held before.
    Known,
    /// Too many wait already.
    Full,
}

/// What is left to say of a lease that is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing runs: say so.
    Stopped,
    /// It still runs; [`Book::ended`] will say when it does not.
    Stopping,
}

impl Percent {
    /// Raises it to `percent`; a lower value changes nothing, more than 100 counts as 100.
    pub(super) fn raise(&self, percent: u8) {
        self.0.fetch_max(percent.min(100), Ordering::Relaxed);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Book {
    /// A lease arrived.
    pub(super) fn take(&mut self, assignment: Assignment) -> Taken {
        if self.entries.iter().any(|e| e.claim.lease == assignment.claim.lease) {
            return Taken::Known;
        }
        if self.entries.iter().filter(|e| matches!(e.phase, Phase::Waiting(_))).count() >= WAITING {
            return Taken::Full;
        }
        self.entries.push(Entry { claim: assignment.claim, phase: Phase::Waiting(Box::new(assignment)) });
        Taken::Held
    }

    /// Moves the oldest waiting lease into a free slot.
    pub(super) fn start(&mut self, capacity: usize) -> Option<Start> {
        if self.busy() >= capacity {
            return None;
        }
        let entry = self.entries.iter_mut().find(|e| matches!(e.phase, Phase::Waiting(_)))?;
        let (cancel, percent) = (CancellationToken::new(), Percent::default());
        let running = Running { cancel: cancel.clone(), percent: percent.clone(), reported: None };
        match std::mem::replace(&mut entry.phase, Phase::Running(running)) {
            Phase::Waiting(assignment) => Some(Start { assignment, cancel, percent }),
            _ => None,
        }
    }

    /// Slots taken.
    pub(super) fn busy(&self) -> usize {
        self.entries.iter().filter(|e| matches!(e.phase, Phase::Running(_) | Phase::Stopping)).count()
    }

    /// Whether nothing is held.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Names of all leases held, as the wire says them.
    pub(super) fn held(&self) -> Vec<String> {
        self.entries.iter().map(|e| e.claim.lease.to_string()).collect()
    }

    /// The scheduler wants no answer any more: tells the work to stop.
    pub(super) fn revoke(&mut self, lease: LeaseId) -> Left {
        let Some(at) = self.position(lease) else {
            return Left::Stopped;
        };
        match &self.entries[at].phase {
            Phase::Waiting(_) | Phase::Answered { .. } => {
                self.entries.remove(at);
                Left::Stopped
            }
            Phase::Running(running) => {
                running.cancel.cancel();
                self.entries[at].phase = Phase::Stopping;
                Left::Stopping
            }
            Phase::Stopping => Left::Stopping,
        }
    }

    /// Work has stopped, with an answer or without. `Some` when the scheduler waits to hear that it did.
    pub(super) fn ended(&mut self, lease: LeaseId, answer: Option<Answer>) -> Option<Left> {
        let at = self.position(lease)?;
        match (&self.entries[at].phase, answer) {
            (Phase::Running(_), Some(answer)) => {
                self.entries[at].phase = Phase::Answered { answer, said: None };
                None
            }
            (Phase::Answered { .. }, _) => None,
            _ => {
                self.entries.remove(at);
                Some(Left::Stopped)
            }
        }
    }

    /// The answer is durable.
    pub(super) fn settle(&mut self, lease: LeaseId) {
        self.entries.retain(|e| e.claim.lease != lease || !matches!(e.phase, Phase::Answered { .. }));
    }

    /// Answers that were not said for `age`, or never; they count as said at `now`.
    pub(super) fn unsaid(&mut self, now: Instant, age: Duration) -> Vec<(Claim, Answer)> {
        let mut due = Vec::new();
        for entry in &mut self.entries {
            if let Phase::Answered { answer, said } = &mut entry.phase
                && said.is_none_or(|at| now.duration_since(at) >= age)
            {
                *said = Some(now);
                due.push((entry.claim, answer.clone()));
            }
        }
        due
    }

    /// Progress that is new, at most every half second for each lease.
    pub(super) fn progress(&mut self, now: Instant) -> Vec<(Claim, u8)> {
        let mut due = Vec::new();
        for entry in &mut self.entries {
            if let Phase::Running(running) = &mut entry.phase {
                let percent = running.percent.get();
                let worth = running
                    .reported
                    .is_none_or(|(last, at)| percent > last && now.duration_since(at) >= REPORT);
                if worth {
                    running.reported = Some((percent, now));
                    due.push((entry.claim, percent));
                }
            }
        }
        due
    }

    /// Tells all work to stop.
    pub(super) fn cancel_all(&mut self) {
        for entry in &mut self.entries {
            if let Phase::Running(running) = &entry.phase {
                running.cancel.cancel();
            }
        }
    }

    fn position(&self, lease: LeaseId) -> Option<usize> {
        self.entries.iter().position(|e| e.claim.lease == lease)
    }
}

#[cfg(test)]
mod tests {
    use domain::{FailReason, Failure};

    use super::{super::tests::assignment, *};

    fn failed() -> Answer {
        Answer::Failed(Failure::new(FailReason::MinerFault, "x"))
    }

    fn id(n: u128) -> LeaseId {
        LeaseId::from_random(n)
    }

    #[test]
    fn a_slot_is_free_only_when_revoked_work_has_stopped() {
        // R25
        let mut book = Book::default();
        book.take(assignment(1));
        book.take(assignment(2));
        let first = book.start(1).unwrap();
        assert!(book.start(1).is_none(), "one slot");
        assert_eq!(book.revoke(id(1)), Left::Stopping);
        assert!(first.cancel.is_cancelled());
        assert!(book.start(1).is_none(), "the slot is still taken");
        assert_eq!(book.ended(id(1), Some(failed())), Some(Left::Stopped), "its answer is not wanted");
        assert_eq!(book.start(1).unwrap().assignment.claim.lease, id(2));
    }

    #[test]
    fn an_answer_is_kept_until_it_is_settled() {
        // L11
        let (mut book, now, age) = (Book::default(), Instant::now(), Duration::from_secs(10));
        book.take(assignment(1));
        book.start(1).unwrap();
        book.settle(id(1));
        assert!(!book.is_empty(), "what runs cannot be settled");
        assert_eq!(book.ended(id(1), Some(failed())), None);
        assert_eq!(book.unsaid(now, age).len(), 1);
        assert_eq!(book.unsaid(now + age / 2, age).len(), 0, "said a moment ago");
        assert_eq!(book.unsaid(now + age, age).len(), 1);
        assert_eq!(book.unsaid(now + age, Duration::ZERO).len(), 1, "after a reconnection");
        assert_eq!((book.held().len(), book.busy()), (1, 0), "held, but no slot is taken");
        book.settle(id(1));
        assert!(book.is_empty());
    }

    #[test]
    fn progress_goes_forward_and_not_too_often() {
        let (mut book, now) = (Book::default(), Instant::now());
        book.take(assignment(1));
        let percent = book.start(1).unwrap().percent;
        assert_eq!(book.progress(now)[0].1, 0, "the first report says that work began");
        percent.raise(40);
        percent.raise(30);
        assert_eq!(book.progress(now + REPORT / 2).len(), 0, "too soon");
        assert_eq!(book.progress(now + REPORT)[0].1, 40);
        assert_eq!(book.progress(now + REPORT * 3).len(), 0, "nothing new");
        percent.raise(200);
        assert_eq!(book.progress(now + REPORT * 3)[0].1, 100);
    }

    #[test]
    fn the_queue_is_bounded_and_no_lease_is_taken_twice() {
        // R26
        let mut book = Book::default();
        for n in 0..WAITING as u128 {
            assert_eq!(book.take(assignment(n)), Taken::Held);
        }
        assert_eq!(book.take(assignment(0)), Taken::Known);
        assert_eq!(book.take(assignment(99)), Taken::Full);
        assert_eq!(book.revoke(id(0)), Left::Stopped);
        assert_eq!(book.revoke(id(77)), Left::Stopped, "unknown: nothing runs");
        assert_eq!(book.take(assignment(99)), Taken::Held);
    }
}
