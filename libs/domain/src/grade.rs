//! What an answer is worth before speed and stake, and why.

use crate::Score;

crate::named! {
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

crate::named! {
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
    #[must_use]
    pub fn of(accuracy: f64, completeness: f64, fault: Option<Fault>) -> Self {
        match (Score::nearest(accuracy), Score::nearest(completeness)) {
            (Some(accuracy), Some(completeness)) => Self { accuracy, completeness, fault },
            _ => Self::nothing(Fault::Unmeasurable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_worth_nothing_and_says_so() {
        // G10
        assert_eq!(Grade::of(f64::NAN, 1.0, None), Grade::nothing(Fault::Unmeasurable));
    }
}
