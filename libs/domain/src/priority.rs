//! How urgent a task is, and what that means in a queue.

use crate::Timestamp;

crate::named! {
    /// How urgent a client says its task is.
    "priority" pub enum Priority {
        /// Waits behind the others.
        Low = "low",
        /// The default.
        Normal = "normal",
        /// Goes first among ordinary work.
        High = "high",
        /// Goes before everything submitted in the last ten minutes.
        Urgent = "urgent",
    }
}

impl Priority {
    /// Place in the queue: smaller goes first. A priority is a head start in time, so a task that has waited long
    /// enough overtakes any newer one, and nothing starves however many urgent tasks arrive.
    #[must_use]
    pub fn queue_rank(self, submitted: Timestamp) -> i64 {
        const MINUTE: i64 = 60_000_000;
        let head_start = match self {
            Self::Urgent => 10 * MINUTE,
            Self::High => 3 * MINUTE,
            Self::Normal => 0,
            Self::Low => -5 * MINUTE,
        };
        submitted.micros() - head_start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urgent_overtakes_low_and_low_does_not_starve() {
        // E13
        let early = Timestamp::from_micros(0);
        let soon = Timestamp::from_micros(60_000_000);
        assert!(Priority::Urgent.queue_rank(soon) < Priority::Low.queue_rank(early));
        let a_quarter_of_an_hour_later = Timestamp::from_micros(16 * 60_000_000);
        assert!(Priority::Low.queue_rank(early) < Priority::Urgent.queue_rank(a_quarter_of_an_hour_later));
    }
}
