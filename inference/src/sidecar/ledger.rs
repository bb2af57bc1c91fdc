//! How much patience there is with a model that dies, and with a server that does not stay up. Pure: times come in.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

/// Deaths of one model within [`CRASH_WINDOW`] that make the whole server suspect.
const CRASHES: usize = 3;
/// How long a death is remembered.
pub(super) const CRASH_WINDOW: Duration = Duration::from_secs(600);
/// Restarts of the server for the sake of one model within [`RESTART_WINDOW`]; after them the model is out.
const RESTARTS: usize = 3;
/// How long a restart is held against the model that caused it.
const RESTART_WINDOW: Duration = Duration::from_secs(3600);
/// Longest pause between two starts.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What to do about a model that died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Unload and load it.
    Heal,
    /// Start the whole server again.
    Restart,
    /// Leave the model out.
    GiveUp,
}

/// Deaths and restarts, by model.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    crashes: BTreeMap<&'static str, VecDeque<Instant>>,
    restarts: BTreeMap<&'static str, VecDeque<Instant>>,
}

impl Ledger {
    /// Notes a death and says what to do about it.
    pub(super) fn crashed(&mut self, model: &'static str, now: Instant) -> Verdict {
        let crashes = self.crashes.entry(model).or_default();
        remember(crashes, now, CRASH_WINDOW);
        if crashes.len() < CRASHES {
            return Verdict::Heal;
        }
        crashes.clear();
        let restarts = self.restarts.entry(model).or_default();
        remember(restarts, now, RESTART_WINDOW);
        if restarts.len() > RESTARTS { Verdict::GiveUp } else { Verdict::Restart }
    }
}

fn remember(times: &mut VecDeque<Instant>, now: Instant, window: Duration) {
    times.push_back(now);
    while times.front().is_some_and(|t| now.duration_since(*t) > window) {
        times.pop_front();
    }
}

/// Pause before the next start after `failures` starts that did not last, the first being 1.
pub(super) fn pause(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.clamp(1, 7).saturating_sub(1)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_deaths_restart_the_server_and_three_restarts_put_the_model_out() {
        let (mut ledger, start) = (Ledger::default(), Instant::now());
        let at = |n: u64| start + Duration::from_secs(n);
        for round in 0..3 {
            assert_eq!(ledger.crashed("a", at(round * 10)), Verdict::Heal);
            assert_eq!(ledger.crashed("a", at(round * 10 + 1)), Verdict::Heal);
            assert_eq!(ledger.crashed("a", at(round * 10 + 2)), Verdict::Restart);
        }
        assert_eq!(ledger.crashed("b", at(31)), Verdict::Heal); // another model has its own account
        assert_eq!(ledger.crashed("a", at(31)), Verdict::Heal);
        assert_eq!(ledger.crashed("a", at(32)), Verdict::Heal);
        assert_eq!(ledger.crashed("a", at(33)), Verdict::GiveUp);
    }

    #[test]
    fn deaths_far_apart_are_only_healed() {
        let (mut ledger, start) = (Ledger::default(), Instant::now());
        for n in 0..20 {
            assert_eq!(ledger.crashed("a", start + Duration::from_secs(n * 301)), Verdict::Heal);
        }
    }

    #[test]
    fn the_pause_doubles_up_to_a_minute() {
        let seconds: Vec<_> = [1, 2, 3, 6, 7, 8, u32::MAX].map(|n| pause(n).as_secs()).into();
        assert_eq!(seconds, [1, 2, 4, 32, 60, 60, 60]);
    }
}
