//! What the dispatcher has to do, and how long to wait before trying again.

use std::{
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::Duration,
};

use domain::Timestamp;
use tokio::sync::Notify;

/// The timer looks at the clock at least this often: a clock may have been set forward.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What could not be done for want of room is looked at again after this.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// What the dispatcher has to do. Marks are set from anywhere and never lost.
pub(crate) struct Agenda {
    assign: AtomicBool,
    /// Microseconds; `i64::MAX` when nothing is due.
    due: AtomicI64,
    changed: Notify,
}

impl Default for Agenda {
    /// Everything is to be looked at.
    fn default() -> Self {
        Self { assign: AtomicBool::new(true), due: AtomicI64::new(i64::MIN), changed: Notify::new() }
    }
}

impl Agenda {
    /// A task waits or a slot is free: look for work to give.
    pub(crate) fn assign(&self) {
        self.assign.store(true, Ordering::SeqCst);
        self.changed.notify_one();
    }

    /// The passing of time changes something at `at`.
    pub(crate) fn due_by(&self, at: Timestamp) {
        if self.due.fetch_min(at.micros(), Ordering::SeqCst) > at.micros() {
            self.changed.notify_one();
        }
    }

    /// Some changes were missed: look at everything.
    pub(crate) fn recheck(&self) {
        self.due.store(i64::MIN, Ordering::SeqCst);
        self.assign();
    }

    /// Takes the mark that work may be given.
    pub(crate) fn take_assign(&self) -> bool {
        self.assign.swap(false, Ordering::SeqCst)
    }

    /// Takes the mark that something is due at `now`.
    pub(crate) fn take_due(&self, now: Timestamp) -> bool {
        let due = self.due.load(Ordering::SeqCst);
        // a mark set meanwhile is earlier and stays
        due <= now.micros()
            && self.due.compare_exchange(due, i64::MAX, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Waits for the next mark, or until something is due.
    pub(crate) async fn wait(&self, now: Timestamp) {
        let due = Timestamp::from_micros(self.due.load(Ordering::SeqCst));
        let pause = due.since(now).min(LONGEST_PAUSE);
        tokio::select! {
            () = self.changed.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Growing pauses between tries: 0.1 s to 5 s.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(Duration::from_millis(100))
    }
}

impl Backoff {
    /// Waits, the next time longer.
    pub(crate) async fn pause(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(Duration::from_secs(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn a_mark_is_taken_once_and_never_lost() {
        let agenda = Agenda::default();
        assert!(agenda.take_assign() && agenda.take_due(at(0)), "at first everything is to be looked at");
        assert!(!agenda.take_assign() && !agenda.take_due(at(i64::MAX - 1)));
        agenda.due_by(at(50));
        agenda.due_by(at(90));
        assert!(!agenda.take_due(at(49)), "the earliest counts");
        assert!(agenda.take_due(at(50)) && !agenda.take_due(at(60)));
        agenda.recheck();
        assert!(agenda.take_assign() && agenda.take_due(at(0)));
    }

    #[tokio::test]
    async fn a_mark_that_comes_before_the_waiting_ends_it() {
        let agenda = Agenda::default();
        assert!(agenda.take_assign() && agenda.take_due(at(0)));
        agenda.assign();
        tokio::time::timeout(Duration::from_secs(20), agenda.wait(at(0))).await.expect("no waiting");
    }
}
