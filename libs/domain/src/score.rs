//! A share of one, as an integer, so that the same scores are the same bytes on every machine.

use std::fmt;

/// A number in 0..=1, counted in billionths. Sums and products of scores are integers: no machine rounds them differently.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Score(#[serde(deserialize_with = "in_range")] u32);

impl Score {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Everything.
    pub const ONE: Self = Self(1_000_000_000);

    /// The nearest score to `share`; what lies outside 0..=1 is brought to the nearer end. `None` for what is no number.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // in range by the clamp
    pub fn nearest(share: f64) -> Option<Self> {
        (!share.is_nan()).then(|| Self((share.clamp(0.0, 1.0) * 1e9).round() as u32))
    }

    /// From billionths; `None` above one.
    #[must_use]
    pub const fn from_billionths(billionths: u32) -> Option<Self> {
        if billionths <= Self::ONE.0 { Some(Self(billionths)) } else { None }
    }

    /// Hundredths, for settings written in code; more than 100 is 100.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        if percent >= 100 { Self::ONE } else { Self(percent * 10_000_000) }
    }

    /// `part` of `whole`, rounded to the nearest; nothing of nothing is nothing, and never more than one.
    #[must_use]
    pub fn ratio(part: u128, whole: u128) -> Self {
        if whole == 0 {
            return Self::ZERO;
        }
        // 2^98 is far above any stake or count; larger ones lose digits that a billionth does not show
        let spare = (128 - whole.max(part).leading_zeros()).saturating_sub(96);
        let (part, whole) = (part >> spare, (whole >> spare).max(1));
        let billionths = (part.min(whole) * u128::from(Self::ONE.0) + whole / 2) / whole;
        Self(u32::try_from(billionths).unwrap_or(Self::ONE.0))
    }

    /// In billionths.
    #[must_use]
    pub const fn billionths(self) -> u32 {
        self.0
    }

    /// As a floating-point number.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.0) / 1e9
    }

    /// This share of `other`, rounded to the nearest.
    #[must_use]
    pub fn of(self, other: Self) -> Self {
        Self::ratio(u128::from(self.0) * u128::from(other.0), u128::from(Self::ONE.0).pow(2))
    }

    /// What is missing to one.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(Self::ONE.0 - self.0)
    }

    /// The mean of `parts`, each counting as often as its number says, rounded to the nearest; nothing when they count
    /// nothing.
    #[must_use]
    pub fn mean(parts: impl IntoIterator<Item = (u64, Self)>) -> Self {
        let (mut sum, mut count) = (0_u128, 0_u128);
        for (times, score) in parts {
            sum += u128::from(times) * u128::from(score.0);
            count += u128::from(times);
        }
        Self::ratio(sum, count.saturating_mul(u128::from(Self::ONE.0)))
    }
}

impl fmt::Display for Score {
    /// With four digits after the point.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.share())
    }
}

fn in_range<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let billionths = <u32 as serde::Deserialize>::deserialize(from)?;
    Score::from_billionths(billionths)
        .map(Score::billionths)
        .ok_or_else(|| serde::de::Error::custom("a score is 0 to 1000000000 billionths"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_number_is_no_score_and_the_rest_is_brought_into_range() {
        // S12: out of range is refused when read
        assert_eq!(Score::nearest(f64::NAN), None);
        assert_eq!(Score::nearest(999.0), Some(Score::ONE));
        assert_eq!(Score::nearest(f64::NEG_INFINITY), Some(Score::ZERO));
        assert!(serde_json::from_str::<Score>("1000000001").is_err());
        assert_eq!(serde_json::from_str::<Score>("250000000").unwrap(), Score::percent(25));
        assert_eq!(Score::percent(40).to_string(), "0.4000");
    }

    proptest! {
        #[test]
        fn a_ratio_is_the_nearest_score(part in any::<u64>(), whole in 1..=u64::MAX) {
            let got = Score::ratio(part.into(), whole.into()).share();
            prop_assert!((got - (part as f64 / whole as f64).min(1.0)).abs() < 2e-9);
        }

        #[test]
        fn a_mean_lies_between_its_parts(parts in proptest::collection::vec((1..u64::MAX, 0..=1_000_000_000_u32), 1..6)) {
            let parts: Vec<_> = parts.into_iter().map(|(n, s)| (n, Score(s))).collect();
            let mean = Score::mean(parts.iter().copied());
            let scores = || parts.iter().map(|(_, s)| *s);
            // one billionth for the rounding of counts beyond 2^96
            prop_assert!(scores().min().unwrap().0 <= mean.0 + 1 && mean.0 <= scores().max().unwrap().0 + 1);
        }

        #[test]
        fn a_share_of_a_share_is_their_product(a in 0..=1_000_000_000_u32, b in 0..=1_000_000_000_u32) {
            let product = Score(a).of(Score(b)).share();
            prop_assert!((product - Score(a).share() * Score(b).share()).abs() < 1e-9);
            prop_assert_eq!(Score(a).of(Score::ONE), Score(a));
        }
    }
}
