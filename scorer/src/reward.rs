//! From how right, how fast and how staked to one number: what an answer earns.

use std::{collections::BTreeMap, time::Duration};

use domain::{Score, TaskKind};

use crate::accuracy::Grade;

/// How much each part of a reward counts, in percent; together 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// How right the answer is.
    pub accuracy: u8,
    /// How fast it came, by the scheduler's clock.
    pub speed: u8,
    /// How much its miner has staked.
    pub stake: u8,
    /// How much of what was asked for is there.
    pub completeness: u8,
}

/// The time in which an answer keeps 37 % (1/e) of its score for speed: so much for any work, and so much for each unit of
/// it (a second of sound or video, a word of text).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// For any work, in milliseconds.
    pub base_ms: u32,
    /// For each unit, in milliseconds.
    pub unit_ms: u32,
}

/// How answers of one kind are rewarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What counts how much.
    pub shares: Shares,
    /// What is fast.
    pub pace: Pace,
    /// The accuracy from which an answer is worth being fast with: below it, all but accuracy counts in proportion less, so
    /// that a wrong answer earns nothing by being quick, long or staked.
    pub worth: Score,
}

/// How answers are rewarded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// For each kind.
    pub rules: BTreeMap<TaskKind, Rule>,
    /// Answers at least so right are never held to be copies of each other.
    pub right: Score,
}

/// A profile that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadProfile {
    /// A kind without a rule.
    #[error("there is no rule for {0}")]
    NoRule(TaskKind),
    /// Shares of another sum.
    #[error("the shares of {kind} add up to {sum}, not 100")]
    Sum {
        /// Of which kind.
        kind: TaskKind,
        /// Their sum.
        sum: u16,
    },
}

impl Shares {
    /// Speed 40, accuracy 40, stake 20.
    pub const STANDARD: Self = Self { accuracy: 40, speed: 40, stake: 20, completeness: 0 };

    /// The shares of `kind` in the profile that weighs kinds differently; audio enhancement and analysis as in the standard
    /// one.
    #[must_use]
    pub const fn by_kind(kind: TaskKind) -> Self {
        let (accuracy, speed, completeness) = match kind {
            TaskKind::Transcription | TaskKind::VideoTranscription => (65, 25, 10),
            TaskKind::Tts => (50, 20, 30),
            TaskKind::Summarization => (60, 20, 20),
            TaskKind::TextTranslation | TaskKind::DocumentTranslation => (70, 20, 10),
            TaskKind::AudioEnhancement | TaskKind::AudioAnalysis => return Self::STANDARD,
        };
        Self { accuracy, speed, stake: 0, completeness }
    }
}

impl Pace {
    const fn of(kind: TaskKind) -> Self {
        let (base_ms, unit_ms) = match kind {
            TaskKind::Transcription | TaskKind::VideoTranscription => (3_000, 300),
            TaskKind::Tts => (3_000, 200),
            TaskKind::Summarization => (5_000, 10),
            TaskKind::TextTranslation | TaskKind::DocumentTranslation => (3_000, 100),
            TaskKind::AudioEnhancement => (3_000, 300),
            TaskKind::AudioAnalysis => (3_000, 50),
        };
        Self { base_ms, unit_ms }
    }

    /// The time in which a score for speed falls to 1/e, for work of `units`.
    #[must_use]
    pub fn tau(self, units: u32) -> Duration {
        Duration::from_millis(u64::from(self.base_ms) + u64::from(self.unit_ms) * u64::from(units))
    }
}

impl Profile {
    /// 40/40/20 for every kind.
    #[must_use]
    pub fn standard() -> Self {
        Self::with(|_| Shares::STANDARD)
    }

    /// Kinds weighed differently.
    #[must_use]
    pub fn by_kind() -> Self {
        Self::with(Shares::by_kind)
    }

    fn with(shares: impl Fn(TaskKind) -> Shares) -> Self {
        let rule = |kind: TaskKind| {
            // chrF and ROUGE of good work by other people lie far below 1
            let worth = match kind {
                TaskKind::TextTranslation | TaskKind::DocumentTranslation => Score::percent(40),
                TaskKind::Summarization | TaskKind::AudioEnhancement => Score::percent(30),
                TaskKind::Transcription
                | TaskKind::VideoTranscription
                | TaskKind::Tts
                | TaskKind::AudioAnalysis => Score::percent(80),
            };
            Rule { shares: shares(kind), pace: Pace::of(kind), worth }
        };
        let rules = TaskKind::ALL.iter().map(|kind| (*kind, rule(*kind))).collect();
        Self { rules, right: Score::percent(98) }
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// [`BadProfile`] with the first kind at fault.
    pub fn check(&self) -> Result<(), BadProfile> {
        for kind in TaskKind::ALL.iter().copied() {
            let shares = self.rules.get(&kind).ok_or(BadProfile::NoRule(kind))?.shares;
            let parts = [shares.accuracy, shares.speed, shares.stake, shares.completeness];
            let sum = parts.into_iter().map(u16::from).sum();
            if sum != 100 {
                return Err(BadProfile::Sum { kind, sum });
            }
        }
        Ok(())
    }
}

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
