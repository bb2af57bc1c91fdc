//! What lasts of the work of a miner, by kind.

use std::time::Duration;

use crate::{MinerId, Score, TaskKind, Timestamp};

/// Of ten parts of a moving average the newest sample is one: about the last twenty count.
const BEFORE: u64 = 9;

/// The work of one miner of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinerRecord {
    /// Whose.
    pub miner: MinerId,
    /// Of which kind.
    pub kind: TaskKind,
    /// The public key that it proved; `None` where miners prove none. Another key under the same name is another miner.
    pub hotkey: Option<[u8; 32]>,
    /// How it did.
    pub tally: Tally,
}

/// How a lease ended, as it counts for its miner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It answered in time.
    Answered {
        /// After so long.
        took: Duration,
        /// Of so much.
        allowed: Duration,
    },
    /// It said that it could not do it.
    Failed,
    /// It was given the task and did not bring it to an end.
    Dropped,
    /// It answered after its lease was lost. The lease itself was counted as dropped when it ended.
    Late,
}

/// Counts and moving averages over the leases of one miner and kind. Integers throughout, so that they are the same after
/// they were stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Leases that ended in an answer.
    pub answered: u64,
    /// Leases that it gave up.
    pub failed: u64,
    /// Leases that it let drop.
    pub dropped: u64,
    /// Answers that came too late.
    pub late: u64,
    /// Moving average of outcomes, one for an answer, nothing for the rest; one before the first.
    pub success: Score,
    /// Moving average of time taken over time allowed, of answers.
    pub pace: Option<Score>,
    /// Moving average of how well its answers agreed with those of others.
    pub agreement: Option<Score>,
    /// The last outcome.
    pub last_seen: Timestamp,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            answered: 0,
            failed: 0,
            dropped: 0,
            late: 0,
            success: Score::ONE,
            pace: None,
            agreement: None,
            last_seen: Timestamp::default(),
        }
    }
}

impl Tally {
    /// Leases that ended, one way or the other.
    #[must_use]
    pub const fn samples(&self) -> u64 {
        self.answered.saturating_add(self.failed).saturating_add(self.dropped)
    }

    /// Counts an outcome.
    pub fn note(&mut self, outcome: Outcome, now: Timestamp) {
        self.last_seen = self.last_seen.max(now);
        let counter = match outcome {
            Outcome::Answered { .. } => &mut self.answered,
            Outcome::Failed => &mut self.failed,
            Outcome::Dropped => &mut self.dropped,
            Outcome::Late => &mut self.late,
        };
        *counter = counter.saturating_add(1);
        match outcome {
            Outcome::Answered { took, allowed } => {
                self.success = average(self.success, Score::ONE);
                let pace = Score::ratio(took.as_micros(), allowed.as_micros().max(1));
                self.pace = Some(self.pace.map_or(pace, |before| average(before, pace)));
            }
            Outcome::Failed | Outcome::Dropped => self.success = average(self.success, Score::ZERO),
            Outcome::Late => {}
        }
    }

    /// Counts how well an answer agreed with those of others.
    pub fn agreed(&mut self, agreement: Score) {
        self.agreement = Some(self.agreement.map_or(agreement, |before| average(before, agreement)));
    }
}

fn average(before: Score, newest: Score) -> Score {
    Score::mean([(BEFORE, before), (1, newest)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_counted_and_averages_follow_the_newest() {
        let at = Timestamp::from_micros;
        let mut tally = Tally::default();
        let second = Duration::from_secs(1);
        tally.note(Outcome::Answered { took: second, allowed: 10 * second }, at(5));
        assert_eq!((tally.success, tally.pace), (Score::ONE, Some(Score::percent(10))));
        tally.note(Outcome::Failed, at(6));
        tally.note(Outcome::Dropped, at(7));
        tally.note(Outcome::Late, at(4));
        assert_eq!((tally.answered, tally.failed, tally.dropped, tally.late), (1, 1, 1, 1));
        assert_eq!((tally.success, tally.samples()), (Score::percent(81), 3));
        assert_eq!(tally.last_seen, at(7), "a clock that was set back makes nobody older");
        tally.note(Outcome::Answered { took: 30 * second, allowed: 10 * second }, at(8));
        assert_eq!(tally.pace, Some(Score::percent(19)), "nothing counts for more than all of the time");
        tally.agreed(Score::ONE);
        tally.agreed(Score::ZERO);
        assert_eq!(tally.agreement, Some(Score::percent(90)));
    }
}
