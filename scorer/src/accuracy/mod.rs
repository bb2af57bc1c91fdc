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

pub use analysis::analysis;
pub use domain::grade::{Basis, Fault, Grade};
pub use enhancement::{Noised, enhancement};
pub use speech::{Heard, Wanted, speech};
pub use summary::{Meaning, Summarised, summary};
pub use transcription::transcription;
pub use translation::{Translated, translation};

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
}
