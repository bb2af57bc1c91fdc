//! Weights: from the scorer's numbers to what the chain takes. Pure: everything the subnet demands is an argument.
//!
//! Compared number by number with bittensor 11.3.0 (`oracles/weights.py`).

mod check;
mod clip;
mod refusal;

use std::collections::BTreeMap;

pub(crate) use check::MOST_COMMITS;
pub use check::{Commit, Rules, Setter, check, check_commit};
pub use clip::clip_to_max_weight;
pub use refusal::Refusal;

/// The largest value of a weight, and what a limit of 100 % is written as.
pub const FULL: u16 = u16::MAX;

/// What the scorer wants: one finite weight of zero or more for each uid, in any unit. Weights are relative.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted(Vec<(u16, f64)>);

/// Uids and values as a transaction carries them: parallel, no value zero, the largest 65535.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quantised {
    /// Whom the values are for.
    pub uids: Vec<u16>,
    /// Values, as parts of the largest.
    pub values: Vec<u16>,
}

/// Weights that are no weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadWeights {
    /// NaN, infinite or negative.
    #[error("the weight of uid {0} is not a finite number of zero or more")]
    NotFinite(u32),
    /// Beyond what a uid can be.
    #[error("uid {0} is above 65535")]
    Uid(u32),
    /// One uid with two weights.
    #[error("uid {0} is there twice")]
    Twice(u32),
    /// Every weight is zero, or there is none.
    #[error("all weights are zero: there is nothing to set")]
    AllZero,
    /// Single weights are finite, their sum is not.
    #[error("the weights are too large to be summed")]
    TooLarge,
}

/// Why weights are not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// They are no weights.
    #[error(transparent)]
    Bad(#[from] BadWeights),
    /// The chain would refuse them.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Wanted {
    /// Takes weights in order of their uids; those of zero are left out, so that no later step can give them a share.
    ///
    /// # Errors
    /// Names the first uid that is too large, doubled, or has a weight that is NaN, infinite or negative; refuses
    /// weights that are all zero, and such whose sum is infinite.
    pub fn new(weights: impl IntoIterator<Item = (u32, f64)>) -> Result<Self, BadWeights> {
        let mut wanted = BTreeMap::new();
        for (uid, weight) in weights {
            let narrow = u16::try_from(uid).map_err(|_| BadWeights::Uid(uid))?;
            if !weight.is_finite() || weight < 0.0 {
                return Err(BadWeights::NotFinite(uid));
            }
            if wanted.insert(narrow, weight).is_some() {
                return Err(BadWeights::Twice(uid));
            }
        }
        wanted.retain(|_, weight| *weight > 0.0);
        if wanted.is_empty() {
            return Err(BadWeights::AllZero);
        }
        if !wanted.values().sum::<f64>().is_finite() {
            return Err(BadWeights::TooLarge);
        }
        Ok(Self(wanted.into_iter().collect()))
    }

    /// Weights as the chain will take them: clipped to a largest share of `max_weight` in parts of 65535, scaled so that
    /// the largest is 65535, rounded with ties to even, zeros dropped.
    ///
    /// Where rounding alone would lift the largest share over the limit, the values below it are rounded up instead,
    /// by less than one each: the official SDK sends such weights as they are and the chain refuses them.
    #[must_use]
    pub fn quantise(&self, max_weight: u16) -> Quantised {
        let mut weights: Vec<f64> = self.0.iter().map(|(_, weight)| *weight).collect();
        // as the SDK: without a limit the weights are not even summed, which would change their last bits
        if max_weight < FULL {
            weights = clip_to_max_weight(&weights, f64::from(max_weight) / f64::from(FULL));
        }
        let nearest = self.scaled(&weights, f64::round_ties_even);
        if check::over_limit(max_weight, &nearest.values) {
            return self.scaled(&weights, f64::ceil);
        }
        nearest
    }

    // `weights` are positive, and as many as there are uids
    fn scaled(&self, weights: &[f64], round: fn(f64) -> f64) -> Quantised {
        let uids = self.0.iter().map(|(uid, _)| *uid);
        normalize(&uids.zip(weights.iter().copied()).collect::<Vec<_>>(), round)
    }

    /// Quantises and runs the chain's own checks, in its order.
    ///
    /// # Errors
    /// Names the refusal as the chain would.
    pub fn prepare(&self, rules: &Rules, setter: &Setter, version_key: u64) -> Result<Quantised, NotSent> {
        let ready = self.quantise(rules.max_weight);
        check(rules, setter, &ready.uids, &ready.values, version_key)?;
        Ok(ready)
    }

    /// As [`Wanted::prepare`] for a subnet of commit-reveal: the checks of the commit, then those that the chain runs
    /// on the weights when it reveals them, since nobody would hear of a refusal then.
    ///
    /// # Errors
    /// Names the refusal as the chain would.
    pub fn prepare_commit(
        &self,
        rules: &Rules,
        setter: &Setter,
        commit: &Commit,
        version_key: u64,
    ) -> Result<Quantised, NotSent> {
        let ready = self.quantise(rules.max_weight);
        check_commit(rules, setter, commit, &ready.uids, &ready.values, version_key)?;
        Ok(ready)
    }
}

/// Scales to a largest value of 65535, rounds, and drops what became zero. Nothing at all for weights of zero.
#[must_use]
pub fn normalize(weights: &[(u16, f64)], round: fn(f64) -> f64) -> Quantised {
    let top = weights.iter().map(|(_, weight)| *weight).fold(0.0, f64::max);
    let mut out = Quantised::default();
    if top <= 0.0 {
        return out;
    }
    for (uid, weight) in weights {
        // in 0..=65535, since no weight exceeds the top
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let value = round(weight / top * f64::from(FULL)) as u16;
        if value != 0 {
            out.uids.push(*uid);
            out.values.push(value);
        }
    }
    out
}

#[cfg(test)]
mod tests;
