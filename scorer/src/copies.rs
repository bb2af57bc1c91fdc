//! Identical wrong answers from different hotkeys are copies: all of them together earn what one would.

use std::{collections::BTreeMap, time::Duration};

use domain::{Score, Sha256, canonical};

use crate::metric::normalise;

/// What two answers that say the same have in common: the digest of the text as it is compared, so that a changed comma or
/// capital makes no difference.
#[must_use]
pub fn fingerprint(text: &str) -> Sha256 {
    canonical::digest(normalise(text).as_bytes())
}

/// An answer as far as copying matters. Sound and measurements have the digest of their bytes for a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// What it says.
    pub fingerprint: Sha256,
    /// How right it is.
    pub accuracy: Score,
    /// Time from lease to answer.
    pub took: Duration,
}

/// By how many each answer has to divide what it would earn; `None` for one that earns nothing. Of identical answers that
/// are less than `right`, the one that came first earns, for nobody can copy what is not there yet, and the later ones
/// nothing; those that came first together share. Answers that are right may be the same.
#[must_use]
pub fn shares(answers: &[Said], right: Score) -> Vec<Option<u32>> {
    let mut first: BTreeMap<Sha256, (Duration, u32)> = BTreeMap::new();
    for said in answers {
        let entry = first.entry(said.fingerprint).or_insert((said.took, 0));
        *entry = match said.took.cmp(&entry.0) {
            std::cmp::Ordering::Less => (said.took, 1),
            std::cmp::Ordering::Equal => (entry.0, entry.1 + 1),
            std::cmp::Ordering::Greater => *entry,
        };
    }
    let share = |said: &Said| match first.get(&said.fingerprint) {
        _ if said.accuracy >= right => Some(1),
        Some((earliest, together)) => (said.took == *earliest).then_some(*together),
        None => Some(1),
    };
    answers.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str, percent: u32, seconds: u64) -> Said {
        let (accuracy, took) = (Score::percent(percent), Duration::from_secs(seconds));
        Said { fingerprint: fingerprint(text), accuracy, took }
    }

    #[test]
    fn the_first_of_identical_wrong_answers_earns_and_the_rest_nothing() {
        let answers = [said("A wrong text.", 40, 9), said("a wrong text", 40, 3), said("another", 40, 5)];
        assert_eq!(shares(&answers, Score::percent(98)), [None, Some(1), Some(1)]);
    }

    #[test]
    fn those_that_came_together_share_and_right_answers_may_be_the_same() {
        let together = [said("x", 10, 3), said("x", 10, 3), said("x", 10, 4)];
        assert_eq!(shares(&together, Score::percent(98)), [Some(2), Some(2), None]);
        let right = [said("x", 99, 3), said("x", 99, 30)];
        assert_eq!(shares(&right, Score::percent(98)), [Some(1), Some(1)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_number_of_copies_earns_no_more_than_one(times in proptest::collection::vec(1..50_u64, 1..12)) {
            // P4
            let answers: Vec<_> = times.iter().map(|t| said("same", 50, *t)).collect();
            let shares = shares(&answers, Score::percent(98));
            let earned: f64 = shares.iter().flatten().map(|s| 1.0 / f64::from(*s)).sum();
            prop_assert!((earned - 1.0).abs() < 1e-9);
        }
    }
}
