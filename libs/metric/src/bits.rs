//! Edit distance and longest common subsequence, sixty-four cells at a time.
//!
//! Hyyrö 2003, "A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances", and Hyyrö 2004, "Bit-Parallel
//! LCS-length Computation Revisited". Two hours of speech (40,000 characters) compare in milliseconds.

use std::{collections::HashMap, hash::Hash};

/// A reference text, prepared once and compared with many answers. Its units are words or characters.
#[derive(Debug, Clone)]
pub(super) struct Pattern<T> {
    /// For each distinct unit, the places where it stands, one bit each.
    places: HashMap<T, Vec<u64>>,
    /// Number of units.
    len: usize,
}

impl<T: Eq + Hash> Pattern<T> {
    /// Prepares a sequence of units. Memory: a bit for each pair of a distinct unit and a place.
    pub(super) fn new(units: impl IntoIterator<Item = T>) -> Self {
        let units: Vec<T> = units.into_iter().collect();
        let (len, words) = (units.len(), units.len().div_ceil(64));
        let mut places: HashMap<T, Vec<u64>> = HashMap::new();
        for (i, unit) in units.into_iter().enumerate() {
            places.entry(unit).or_insert_with(|| vec![0; words])[i / 64] |= 1 << (i % 64);
        }
        Self { places, len }
    }

    /// Number of units.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Fewest insertions, deletions and substitutions between the reference and `said`.
    pub(super) fn distance(&self, said: &[T]) -> usize {
        if self.len == 0 {
            return said.len();
        }
        let words = self.len.div_ceil(64);
        let none = vec![0; words];
        let last = 1_u64 << ((self.len - 1) % 64);
        let (mut up, mut down) = (vec![u64::MAX; words], vec![0_u64; words]);
        let mut distance = self.len;
        for unit in said {
            let places = self.places.get(unit).unwrap_or(&none);
            let (mut rises, mut falls) = (1, 0);
            for w in 0..words {
                let (vp, vn) = (up[w], down[w]);
                let x = places[w] | falls;
                let diagonal = ((x & vp).wrapping_add(vp) ^ vp) | x | vn;
                let (hp, hn) = (vn | !(diagonal | vp), diagonal & vp);
                let end = if w + 1 == words { last } else { 1 << 63 };
                let (hp_in, hn_in) = (hp << 1 | rises, hn << 1 | falls);
                (rises, falls) = (u64::from(hp & end != 0), u64::from(hn & end != 0));
                up[w] = hn_in | !(diagonal | hp_in);
                down[w] = hp_in & diagonal;
            }
            distance = distance + rises as usize - falls as usize;
        }
        distance
    }

    /// Length of the longest sequence that the reference and `said` share, in order and with gaps.
    pub(super) fn common(&self, said: &[T]) -> usize {
        let words = self.len.div_ceil(64);
        let none = vec![0; words];
        let mut state = vec![u64::MAX; words];
        for unit in said {
            let places = self.places.get(unit).unwrap_or(&none);
            let mut carry = false;
            for (s, place) in state.iter_mut().zip(places) {
                let matched = *s & place;
                let (sum, over) = s.overflowing_add(matched);
                let (sum, over_by_carry) = sum.overflowing_add(u64::from(carry));
                carry = over || over_by_carry;
                *s = sum | (*s & !place);
            }
        }
        (0..self.len).filter(|i| state[i / 64] >> (i % 64) & 1 == 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Row by row, as in the textbook.
    fn distance(from: &[u8], to: &[u8]) -> usize {
        let mut row: Vec<usize> = (0..=to.len()).collect();
        for (i, a) in from.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, b) in to.iter().enumerate() {
                let substituted = diagonal + usize::from(a != b);
                diagonal = row[j + 1];
                row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
            }
        }
        row[to.len()]
    }

    fn common(a: &[u8], b: &[u8]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (j, y) in b.iter().enumerate() {
                let above = row[j + 1];
                row[j + 1] = if x == y { diagonal + 1 } else { above.max(row[j]) };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    #[test]
    fn kitten_becomes_sitting_in_three_steps() {
        let pattern = |t: &[u8]| Pattern::new(t.to_vec());
        assert_eq!(pattern(b"kitten").distance(b"sitting"), 3);
        assert_eq!(pattern(b"").distance(b"abc"), 3);
        assert_eq!(pattern(b"abc").distance(b""), 3);
        assert_eq!(pattern(b"").common(b"abc"), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn it_counts_what_the_textbook_counts(a in "[abc]{0,200}", b in "[abcd]{0,200}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let pattern = Pattern::new(a.to_vec());
            prop_assert_eq!(pattern.distance(b), distance(a, b));
            prop_assert_eq!(pattern.common(b), common(a, b));
        }

        #[test]
        fn it_is_a_metric(a in "[ab]{0,8}", b in "[ab]{0,8}", c in "[ab]{0,8}") {
            let d = |x: &str, y: &str| Pattern::new(x.bytes()).distance(y.as_bytes());
            prop_assert_eq!(d(&a, &b), d(&b, &a));
            prop_assert_eq!(d(&a, &b) == 0, a == b);
            prop_assert!(d(&a, &c) <= d(&a, &b) + d(&b, &c));
        }
    }
}
