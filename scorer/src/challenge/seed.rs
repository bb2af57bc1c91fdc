//! From a secret and a number to everything that is drawn.

use domain::{Sha256, canonical};

use crate::material::Material;

/// What only one validator knows. Its digest is published beforehand and the secret afterwards, so that anybody can check
/// that challenges were made as said.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// From 32 random bytes.
    #[must_use]
    pub const fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What is published beforehand: a digest of the secret and of the phrases that it chooses from.
    #[must_use]
    pub fn commitment(&self, material: &Material) -> Sha256 {
        canonical::digest(
            &[b"violet challenge secret 2\n".as_slice(), &self.0, &material.digest().0].concat(),
        )
    }

    /// A choice of `of` that there are, for `purpose` of challenge `number`.
    #[must_use]
    pub fn choice(&self, purpose: &str, number: u64, of: usize) -> usize {
        let seed = self.seed(purpose, number);
        let drawn = u64::from_be_bytes(std::array::from_fn(|i| seed[i])) % (of.max(1) as u64);
        usize::try_from(drawn).unwrap_or_default()
    }

    /// A seed for `purpose` of challenge `number`.
    pub(super) fn seed(&self, purpose: &str, number: u64) -> [u8; 32] {
        let message = [self.0.as_slice(), purpose.as_bytes(), b"\n", &number.to_be_bytes()].concat();
        canonical::digest(&message).0
    }

    /// The numbers of `count` sentences, of `of` that there are. The first three are a permutation of the challenge's number,
    /// so that no text comes twice before all have been used.
    pub(super) fn sentences(&self, number: u64, count: usize, of: u64) -> Vec<u64> {
        let of = of.max(1);
        let texts = of.saturating_mul(of).saturating_mul(of);
        let mut place = self.permuted(number % texts, texts);
        let mut sentences: Vec<u64> = Vec::with_capacity(count);
        for _ in 0..count.min(3) {
            sentences.push(place % of);
            place /= of;
        }
        for further in 3..count as u64 {
            let seed = self.seed(&format!("sentence {further}"), number);
            sentences.push(u64::from_be_bytes(std::array::from_fn(|i| seed[i])) % of);
        }
        sentences
    }

    /// A permutation of `0..size`: a Feistel network over the next power of four, walked until it is back in range.
    fn permuted(&self, number: u64, size: u64) -> u64 {
        let half = (64 - (size - 1).leading_zeros()).div_ceil(2).max(1);
        let mask = (1_u64 << half) - 1;
        let mut place = number;
        loop {
            let (mut left, mut right) = (place >> half, place & mask);
            for round in 0..4 {
                let seed = self.seed(&format!("round {round}"), right);
                let mixed = u64::from_be_bytes(std::array::from_fn(|i| seed[i]));
                (left, right) = (right, left ^ (mixed & mask));
            }
            place = left << half | right;
            if place < size {
                return place;
            }
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_permutation_meets_every_number_once() {
        let secret = Secret::from_random([7; 32]);
        for size in [1, 2, 27, 1_000, 4_097] {
            let met: BTreeSet<_> = (0..size).map(|n| secret.permuted(n, size)).collect();
            assert_eq!(met, (0..size).collect(), "{size}");
        }
        let other = Secret::from_random([8; 32]);
        let same = (0..1_000).filter(|n| secret.permuted(*n, 1_000) == other.permuted(*n, 1_000)).count();
        assert!(same < 20, "{same}");
    }

    #[test]
    fn a_secret_is_not_printed_and_its_commitment_tells_nothing_of_it() {
        let secret = Secret::from_random([0xab; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        let material = Material::builtin();
        let commitment = secret.commitment(&material);
        assert_ne!(commitment, Secret::from_random([0xac; 32]).commitment(&material));
        assert!(!commitment.to_string().contains("abab"));
        let columns = ["x"; 10].join("\t");
        let lines =
            ["who", "do", "where", "when"].map(|slot| format!("{slot}\t{columns}\n").repeat(2)).concat();
        let own = Material::parse(&lines).unwrap();
        assert_ne!(commitment, secret.commitment(&own), "other phrases are other challenges");
    }
}
