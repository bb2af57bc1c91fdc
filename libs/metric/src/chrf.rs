//! chrF: how much of a text's character sequences another text has.
//!
//! Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation", as sacrebleu computes it for one segment:
//! n-grams of 1 to 6 characters, white space left out, case kept, recall counting twice (beta 2).

use super::units::characters;

/// Longest n-gram; six characters of 21 bits fit one number.
const ORDER: usize = 6;
/// How much more recall counts than precision.
const BETA: f64 = 2.0;

/// A text with its n-grams counted, to be compared with others.
#[derive(Debug, Clone)]
pub struct Grams {
    /// For each order, every n-gram as a number, sorted.
    orders: [Vec<u128>; ORDER],
}

impl Grams {
    /// Counts the n-grams of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text: Vec<char> = characters(text).collect();
        let number = |gram: &[char]| gram.iter().fold(0, |n, c| n << 21 | u128::from(u32::from(*c)));
        let orders = std::array::from_fn(|n| {
            let mut grams: Vec<u128> = text.windows(n + 1).map(number).collect();
            grams.sort_unstable();
            grams
        });
        Self { orders }
    }

    /// Characters of the text, white space left out.
    #[must_use]
    pub const fn characters(&self) -> usize {
        self.orders[0].len()
    }

    /// chrF of `hypothesis` against this reference, 0..=1. Orders for which either text is too short are left out of the
    /// mean; two texts that have no order in common score 0.
    #[must_use]
    pub fn chrf(&self, hypothesis: &Self) -> f64 {
        let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0);
        for (wanted, got) in self.orders.iter().zip(&hypothesis.orders) {
            if wanted.is_empty() || got.is_empty() {
                continue;
            }
            let matched = matched(wanted, got) as f64;
            precision += matched / got.len() as f64;
            recall += matched / wanted.len() as f64;
            orders += 1;
        }
        if orders == 0 {
            return 0.0;
        }
        let (precision, recall) = (precision / f64::from(orders), recall / f64::from(orders));
        if precision + recall == 0.0 {
            return 0.0;
        }
        (1.0 + BETA * BETA) * precision * recall / (BETA * BETA * precision + recall)
    }
}

/// chrF of `hypothesis` against `reference`, 0..=1.
#[must_use]
pub fn chrf(reference: &str, hypothesis: &str) -> f64 {
    Grams::new(reference).chrf(&Grams::new(hypothesis))
}

/// How many numbers two sorted lists share, each as often as both have it.
fn matched(a: &[u128], b: &[u128]) -> usize {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, both) = (i + 1, j + 1, both + 1),
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_scores_one_and_another_script_zero() {
        assert!((chrf("The cat sat.", "The cat sat.") - 1.0).abs() < 1e-12);
        assert_eq!(chrf("The cat sat.", "Кошка сидела!"), 0.0);
        assert_eq!(chrf("", "x"), 0.0);
    }

    #[test]
    fn a_near_miss_scores_between() {
        let near = chrf("The quick brown fox", "The quick brown dog");
        let far = chrf("The quick brown fox", "A slow red hen");
        assert!(0.7 < near && near < 1.0 && far < 0.25, "{near} {far}");
    }
}
