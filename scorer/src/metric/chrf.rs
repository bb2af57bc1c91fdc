//! chrF: how much of a text's character sequences another text has.
//!
//! Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation", as sacrebleu computes it for one segment:
//! n-grams of 1 to 6 characters, white space left out, case kept, recall counting twice (beta 2).

use std::collections::HashMap;

/// Longest n-gram.
const ORDER: usize = 6;
/// How much more recall counts than precision.
const BETA: f64 = 2.0;

/// chrF of `hypothesis` against `reference`, 0..=1. Orders for which either text is too short are left out of the mean; two
/// texts that have no order in common score 0.
#[must_use]
pub fn chrf(reference: &str, hypothesis: &str) -> f64 {
    let characters = |text: &str| -> Vec<char> { text.chars().filter(|c| !c.is_whitespace()).collect() };
    let (reference, hypothesis) = (characters(reference), characters(hypothesis));
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0);
    for n in 1..=ORDER {
        let (wanted, got) = (grams(&reference, n), grams(&hypothesis, n));
        let (wanted_total, got_total): (usize, usize) = (wanted.values().sum(), got.values().sum());
        if wanted_total == 0 || got_total == 0 {
            continue;
        }
        let matched: usize = got.iter().map(|(gram, k)| *k.min(wanted.get(gram).unwrap_or(&0))).sum();
        precision += matched as f64 / got_total as f64;
        recall += matched as f64 / wanted_total as f64;
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

fn grams(text: &[char], n: usize) -> HashMap<&[char], usize> {
    let mut counts = HashMap::new();
    text.windows(n).for_each(|gram| *counts.entry(gram).or_default() += 1);
    counts
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
