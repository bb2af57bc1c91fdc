//! ROUGE-L: the longest sequence of words that two texts share, in order and with gaps.
//!
//! Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", with beta 1 and without stemming; words are those of
//! [`normalise`](super::normalise), in languages written without spaces characters.

use domain::Language;

use super::{Unit, bits::Pattern};

/// A summary by a person or a good model, or the text itself, prepared once and compared with many summaries.
#[derive(Debug, Clone)]
pub struct Outline {
    unit: Unit,
    pattern: Pattern<Box<str>>,
}

impl Outline {
    /// Prepares `text` in `language`.
    #[must_use]
    pub fn new(text: &str, language: Language) -> Self {
        let unit = Unit::of_summaries(language);
        Self { unit, pattern: Pattern::new(unit.split(text)) }
    }

    /// Its length in units.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.pattern.len()
    }

    /// Whether it says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Units of another text.
    #[must_use]
    pub fn count(&self, said: &str) -> usize {
        self.unit.split(said).len()
    }

    /// F1 of ROUGE-L of `said` against it, 0..=1. Symmetric.
    #[must_use]
    pub fn rouge_l(&self, said: &str) -> f64 {
        let said = self.unit.split(said);
        let common = self.pattern.common(&said) as f64;
        if common == 0.0 {
            return 0.0;
        }
        let (precision, recall) = (common / said.len() as f64, common / self.len() as f64);
        2.0 * precision * recall / (precision + recall)
    }

    /// Share of it that `said` repeats, in order, 0..=1.
    #[must_use]
    pub fn covered(&self, said: &str) -> f64 {
        match self.len() {
            0 => 0.0,
            units => self.pattern.common(&self.unit.split(said)) as f64 / units as f64,
        }
    }
}

/// F1 of ROUGE-L of `hypothesis` against `reference`, 0..=1.
#[must_use]
pub fn rouge_l(reference: &str, hypothesis: &str, language: Language) -> f64 {
    Outline::new(reference, language).rouge_l(hypothesis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_sequence_counts_with_its_gaps() {
        // police killed the gunman / police kill the gunman: three of four words, Lin's own example
        let f = rouge_l("police killed the gunman", "police kill the gunman", Language::En);
        assert!((f - 0.75).abs() < 1e-12, "{f}");
        assert_eq!(rouge_l("a b c", "", Language::En), 0.0);
        assert!((rouge_l("今日は晴れ", "今日は雨", Language::Ja) - 2.0 * 3.0 / 9.0).abs() < 1e-12);
        assert_eq!(Outline::new("a b c d", Language::En).covered("a x c"), 0.5);
    }
}
