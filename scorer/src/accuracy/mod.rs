//! How right an answer is, by kind, against a reference. Everything is pure: sound comes decoded, speech that a miner made
//! comes with what the validator heard in it, texts with their vectors.
//!
//! A perfect answer of every kind can reach 1. What is missing, or can't be measured, is 0 with a [`Fault`].

mod analysis;
mod enhancement;
mod speech;
mod summary;
mod transcription;
mod translation;

use domain::Score;

pub use analysis::analysis;
pub use enhancement::{Noised, enhancement};
pub use speech::{Heard, Wanted, speech};
pub use summary::{Meaning, Summarised, summary};
pub use transcription::transcription;
pub use translation::{Translated, translation};

/// The bases of a reference, from the best to the weakest, and the reasons why an answer loses.
mod names {
    domain::named! {
        /// What an answer was compared with. In this order: what is known beats what was worked out.
        "basis" pub enum Basis {
            /// A challenge: the truth was there first.
            Truth = "truth",
            /// The validator did the task itself.
            Inference = "inference",
            /// The answers of the miners, the one that agrees best.
            Agreement = "agreement",
        }
    }
    domain::named! {
        /// Why an answer got less than its closeness to the reference would give it.
        "fault" pub enum Fault {
            /// Nothing is in it.
            Empty = "empty",
            /// It can't be decoded.
            Broken = "broken",
            /// Sound without sound in it.
            Silent = "silent",
            /// The sample rate is not what was said, or too low for speech.
            SampleRate = "sample_rate",
            /// Sound cut off at full scale.
            Clipped = "clipped",
            /// It can't take so long, or so short, to say this.
            Duration = "duration",
            /// The input was handed back.
            Copied = "copied",
            /// Longer than was asked for.
            TooLong = "too_long",
            /// In another language than was asked for.
            Language = "language",
            /// The metric has no value for it.
            Unmeasurable = "unmeasurable",
        }
    }
}
pub use names::{Basis, Fault};

/// What an answer is worth before speed and stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// How right it is.
    pub accuracy: Score,
    /// How much of what was asked for is there at all, right or wrong.
    pub completeness: Score,
    /// What it lost by, the worst thing first found; `None` when nothing but distance from the reference counts.
    pub fault: Option<Fault>,
}

impl Grade {
    /// Worth nothing, for a reason.
    #[must_use]
    pub const fn nothing(fault: Fault) -> Self {
        Self { accuracy: Score::ZERO, completeness: Score::ZERO, fault: Some(fault) }
    }

    /// From shares of one; what is no number is worth nothing.
    pub(crate) fn of(accuracy: f64, completeness: f64, fault: Option<Fault>) -> Self {
        match (Score::nearest(accuracy), Score::nearest(completeness)) {
            (Some(accuracy), Some(completeness)) => Self { accuracy, completeness, fault },
            _ => Self::nothing(Fault::Unmeasurable),
        }
    }
}

/// The best reference there is: the truth of a challenge, else the validator's own answer, else what the miners agree on.
#[must_use]
pub fn reference<T>(truth: Option<T>, inference: Option<T>, agreement: Option<T>) -> Option<(Basis, T)> {
    let own = || inference.map(|r| (Basis::Inference, r));
    let theirs = || agreement.map(|r| (Basis::Agreement, r));
    truth.map(|r| (Basis::Truth, r)).or_else(own).or_else(theirs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_comes_before_the_validators_own_model() {
        // G7
        assert_eq!(reference(Some(1), Some(2), Some(3)), Some((Basis::Truth, 1)));
        assert_eq!(reference(None, Some(2), Some(3)), Some((Basis::Inference, 2)));
        assert_eq!(reference(None, None, Some(3)), Some((Basis::Agreement, 3)));
        assert_eq!(reference::<u8>(None, None, None), None);
    }

    #[test]
    fn what_is_no_number_is_worth_nothing_and_says_so() {
        // G10
        assert_eq!(Grade::of(f64::NAN, 1.0, None), Grade::nothing(Fault::Unmeasurable));
    }
}
