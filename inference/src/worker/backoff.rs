//! Waiting between attempts: twice as long each time, with chance in it, so that a crowd does not return in step.

use std::time::Duration;

/// The waits between attempts at one thing.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    /// Waits of about `first`, then twice that, up to `most`.
    pub(super) const fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, next: first }
    }

    /// The next wait: between half of the step and the whole of it. `random`: 64 random bits.
    pub(super) fn next(&mut self, random: u64) -> Duration {
        let step = self.next;
        self.next = step.saturating_mul(2).min(self.most);
        let half = step / 2;
        let spread = u64::try_from(half.as_micros()).unwrap_or(u64::MAX).saturating_add(1);
        half + Duration::from_micros(random % spread)
    }

    /// The thing worked: the next wait is the first again.
    pub(super) const fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_most_and_stay_within_their_step() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(100), ms(10_000));
        for step in [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000] {
            let mut twin = backoff.clone();
            assert_eq!(twin.next(0), ms(step) / 2);
            let longest = backoff.next(step * 500);
            assert_eq!(longest, ms(step), "chance reaches the whole step");
        }
        backoff.reset();
        assert!(backoff.next(u64::MAX) <= ms(100));
    }
}
