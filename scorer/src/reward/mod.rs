//! From how right, how fast and how staked to one number: what an answer earns. `docs/scoring.md` tells it in words.

mod profile;

pub use profile::{BadProfile, Pace, Profile, Rule, Shares};

use std::time::Duration;

use domain::Score;

use crate::accuracy::Grade;

/// `exp(-took / tau)`: 1 for an answer at once, 1/e after `tau`. The same bits on every machine.
#[must_use]
pub fn speed(took: Duration, tau: Duration) -> Score {
    let ratio = took.as_secs_f64() / tau.as_secs_f64().max(1e-3);
    Score::nearest(libm::exp(-ratio)).unwrap_or(Score::ZERO)
}

/// A stake over the largest among the miners that are scored.
#[must_use]
pub fn stake(of: u64, largest: u64) -> Score {
    Score::ratio(of.into(), largest.into())
}

/// What an answer earns.
#[must_use]
pub fn reward(rule: &Rule, grade: Grade, speed: Score, stake: Score) -> Score {
    let worth = if rule.worth == Score::ZERO {
        Score::ONE
    } else {
        Score::ratio(grade.accuracy.billionths().into(), rule.worth.billionths().into())
    };
    let shares = rule.shares;
    Score::mean([
        (shares.accuracy.into(), grade.accuracy),
        (shares.speed.into(), speed.of(worth)),
        (shares.stake.into(), stake.of(worth)),
        (shares.completeness.into(), grade.completeness.of(worth)),
    ])
}

#[cfg(test)]
mod tests {
    use domain::TaskKind;
    use proptest::prelude::*;

    use super::*;

    fn graded(accuracy: Score) -> Grade {
        Grade { accuracy, completeness: accuracy, fault: None }
    }

    fn transcription() -> Rule {
        Profile::standard().rules[&TaskKind::Transcription]
    }

    /// `docs/scoring.md`, "A worked example".
    #[test]
    fn the_worked_example_of_the_guide_is_what_is_computed() {
        // G14
        let rule = transcription();
        let tau = rule.pace.tau(60);
        assert_eq!(tau, Duration::from_secs(21));
        let speed = speed(Duration::from_secs(7), tau);
        assert_eq!(speed.to_string(), "0.7165");
        let stake = stake(250, 1_000);
        assert_eq!(stake, Score::percent(25));
        assert_eq!(reward(&rule, graded(Score::percent(95)), speed, stake).to_string(), "0.7166");
        assert_eq!(reward(&rule, graded(Score::percent(40)), speed, stake).to_string(), "0.3283");
    }

    #[test]
    fn both_shipped_profiles_hold_together() {
        for profile in [Profile::standard(), Profile::by_kind()] {
            assert_eq!(profile.check(), Ok(()));
        }
        let mut bad = Profile::standard();
        bad.rules.get_mut(&TaskKind::Tts).unwrap().shares.stake = 21;
        let refused = bad.check().unwrap_err().to_string();
        assert_eq!(refused, "the shares of tts add up to 101, not 100");
    }

    #[test]
    fn time_never_scores_above_an_answer_at_once() {
        // G3: a duration is never negative
        assert_eq!(speed(Duration::ZERO, Duration::from_secs(3)), Score::ONE);
        assert_eq!(speed(Duration::from_secs(3), Duration::from_secs(3)).to_string(), "0.3679");
        assert_eq!(speed(Duration::from_secs(9_000), Duration::from_secs(3)), Score::ZERO);
        assert_eq!(speed(Duration::ZERO, Duration::ZERO), Score::ONE);
    }

    #[test]
    fn nothing_right_earns_nothing_however_fast_and_staked() {
        // G12
        assert_eq!(reward(&transcription(), graded(Score::ZERO), Score::ONE, Score::ONE), Score::ZERO);
    }

    proptest! {
        #[test]
        fn better_in_anything_is_never_worse(a in 0..1_000_000_000_u32, b in 0..1_000_000_000_u32, s in 0..1_000_000_000_u32, t in 0..1_000_000_000_u32) {
            let score = |b| Score::from_billionths(b).unwrap();
            let rule = transcription();
            let of = |a, s| reward(&rule, graded(score(a)), score(s), score(s / 2));
            prop_assert!(of(a.min(b), s) <= of(a.max(b), s));
            prop_assert!(of(a, s.min(t)) <= of(a, s.max(t)));
        }
    }
}
