//! What counts how much, and what is fast: the settings of rewards.

use std::{collections::BTreeMap, time::Duration};

use domain::{Score, TaskKind};

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
