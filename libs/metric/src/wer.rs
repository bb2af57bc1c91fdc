//! Word and character error rates.

use super::{Unit, bits::Pattern};

/// A text that was really said, prepared once and compared with many transcripts.
#[derive(Debug, Clone)]
pub struct Spoken {
    unit: Unit,
    pattern: Pattern<Box<str>>,
}

impl Spoken {
    /// Prepares `text`, normalised, to be compared in `unit`s.
    #[must_use]
    pub fn new(text: &str, unit: Unit) -> Self {
        Self { unit, pattern: Pattern::new(unit.split(text)) }
    }

    /// Units of the reference.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.pattern.len()
    }

    /// Whether nothing was said.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Units of another text.
    #[must_use]
    pub fn count(&self, said: &str) -> usize {
        self.unit.split(said).len()
    }

    /// Edits per unit of the reference that turn it into `said`, normalised. 0 is perfect; it may exceed 1. An empty
    /// reference gives 0 for an empty answer, else 1.
    #[must_use]
    pub fn error_rate(&self, said: &str) -> f64 {
        self.rate(&self.unit.split(said))
    }

    fn rate(&self, said: &[Box<str>]) -> f64 {
        match (self.is_empty(), said.is_empty()) {
            (true, true) => 0.0,
            (true, false) | (false, true) => 1.0,
            (false, false) => self.pattern.distance(said) as f64 / self.len() as f64,
        }
    }

    /// Likeness of two texts that may both be wrong, 0..=1: 1 less the edits per unit of the longer one. Symmetric.
    #[must_use]
    pub fn likeness(&self, said: &str) -> f64 {
        let said = self.unit.split(said);
        let longer = said.len().max(self.len());
        if longer == 0 { 1.0 } else { 1.0 - self.pattern.distance(&said) as f64 / longer as f64 }
    }
}

/// Word error rate of `said` against `reference`, both normalised.
#[must_use]
pub fn wer(reference: &str, said: &str) -> f64 {
    Spoken::new(reference, Unit::Word).error_rate(said)
}

/// Character error rate, for languages written without spaces: spaces do not count.
#[must_use]
pub fn cer(reference: &str, said: &str) -> f64 {
    Spoken::new(reference, Unit::Character).error_rate(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_half_wrong_and_empty_differ() {
        // G1, G6
        let reference = "the old clock stopped";
        assert_eq!(wer(reference, "The old clock stopped."), 0.0);
        assert_eq!(wer(reference, "the new clock works"), 0.5);
        assert_eq!(wer(reference, ""), 1.0);
        assert_eq!(wer("", ""), 0.0);
        assert_eq!(wer("", "anything"), 1.0);
        assert_eq!(cer("こんにちは", "こんにちわ"), 0.2);
        assert_eq!(wer("one two", "three four five six"), 2.0, "it may exceed one");
    }

    #[test]
    fn likeness_is_the_same_both_ways() {
        let likeness = |a: &str, b: &str| Spoken::new(a, Unit::Word).likeness(b);
        assert_eq!(likeness("a b c d", "a b"), 0.5);
        assert_eq!(likeness("a b", "a b c d"), 0.5);
        assert_eq!(likeness("", ""), 1.0);
    }
}
