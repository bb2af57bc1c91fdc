//! The time of day as an argument.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Tells the time in microseconds since the Unix epoch. Cheap to clone; never runs backwards within one clock.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    System { latest: AtomicI64 },
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine. A step back of the machine's clock shows as time standing still, so that no lease
    /// ends early or late because of one.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Source::System { latest: AtomicI64::new(0) }))
    }

    /// A clock that only its owner moves.
    #[must_use]
    pub fn manual(start_micros: i64) -> (Self, ManualClock) {
        let hand = Arc::new(AtomicI64::new(start_micros));
        (Self(Arc::new(Source::Manual(hand.clone()))), ManualClock(hand))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub fn micros(&self) -> i64 {
        match &*self.0 {
            Source::Manual(hand) => hand.load(Ordering::SeqCst),
            Source::System { latest } => {
                let now = machine_micros();
                latest.fetch_max(now, Ordering::SeqCst).max(now)
            }
        }
    }
}

// the one place that asks the machine: everything else is handed a clock
#[allow(clippy::disallowed_methods)]
fn machine_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// The hand of a manual clock.
#[derive(Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Moves the time forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Sets the time.
    pub fn set(&self, micros: i64) {
        self.0.store(micros, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let (clock, hand) = Clock::manual(5);
        hand.advance(Duration::from_micros(7));
        assert_eq!(clock.micros(), 12);
        assert_eq!(clock.micros(), 12);
    }
}
