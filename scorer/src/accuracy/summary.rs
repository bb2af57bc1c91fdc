//! Summaries.

use super::{Fault, Grade};
use crate::metric::{Outline, cosine};

/// Share of the text that a summary may repeat, in order, without being a copy.
const REPEATS: f64 = 0.5;
/// So much more than that, and nothing is left of its score.
const COPY: f64 = 0.3;

/// A summary, with what it was made from.
#[derive(Debug, Clone, Copy)]
pub struct Summarised<'a> {
    /// The text that was to be summarised.
    pub source: &'a Outline,
    /// A good summary of it.
    pub reference: &'a Outline,
    /// Share of the text that the reference repeats ([`Outline::covered`]).
    pub reference_repeats: f64,
    /// Most words (characters in Japanese and Chinese) that were asked for.
    pub most: Option<u32>,
    /// What the two summaries mean, where there is a model that can tell.
    pub meaning: Option<Meaning<'a>>,
}

/// Embeddings of two summaries.
#[derive(Debug, Clone, Copy)]
pub struct Meaning<'a> {
    /// Of the reference.
    pub reference: &'a [f32],
    /// Of the answer.
    pub said: &'a [f32],
    /// Cosine that this model gives to two texts that have nothing to do with each other; below 1.
    pub unrelated: f64,
}

/// Grades a summary: the mean of ROUGE-L and likeness of meaning, or ROUGE-L alone where no embedding is at hand. Less for
/// one that repeats the text (more than half of it, and more than the reference does), and for one that is longer than was
/// asked for, in proportion.
#[must_use]
pub fn summary(task: Summarised<'_>, said: &str) -> Grade {
    let units = task.reference.count(said);
    if units == 0 {
        return Grade::nothing(Fault::Empty);
    }
    let shared = task.reference.rouge_l(said);
    let likeness = match task.meaning {
        None => shared,
        Some(meaning) => {
            let Some(cosine) = cosine(meaning.reference, meaning.said) else {
                return Grade::nothing(Fault::Unmeasurable);
            };
            let alike = (cosine - meaning.unrelated) / (1.0 - meaning.unrelated);
            f64::midpoint(shared, alike.clamp(0.0, 1.0))
        }
    };
    let allowed = task.reference_repeats.max(REPEATS);
    let excess = (task.source.covered(said) - allowed).max(0.0);
    let copied = (1.0 - excess / COPY).max(0.0);
    let fits = task.most.map_or(1.0, |most| (f64::from(most) / units as f64).min(1.0));
    let fault = match () {
        () if copied < 1.0 => Some(Fault::Copied),
        () if fits < 1.0 => Some(Fault::TooLong),
        () => None,
    };
    Grade::of(likeness * copied * fits, units as f64 / task.reference.len().max(1) as f64, fault)
}

#[cfg(test)]
mod tests {
    use domain::{Language, Score};

    use super::*;

    const TEXT: &str = "The harbour was closed on Monday after a storm tore away part of the northern wall. Nobody was \
        hurt. The mayor said that repairs would take until spring, and that fishing boats could use the small harbour in \
        the meantime. Some of the fishermen doubted that there was room for all of them.";
    const GOOD: &str = "A storm broke the northern harbour wall; repairs last until spring, and boats use the small harbour.";

    fn grade(said: &str, most: Option<u32>, meaning: Option<Meaning<'_>>) -> Grade {
        let (source, reference) = (Outline::new(TEXT, Language::En), Outline::new(GOOD, Language::En));
        let reference_repeats = source.covered(GOOD);
        let task = Summarised { source: &source, reference: &reference, reference_repeats, most, meaning };
        summary(task, said)
    }

    #[test]
    fn a_perfect_summary_reaches_one_and_an_empty_one_nothing() {
        // G1, G4
        assert_eq!(grade(GOOD, Some(30), None).accuracy, Score::ONE);
        assert_eq!(grade("...", None, None), Grade::nothing(Fault::Empty));
        let other = grade("Bread prices rose again in the capital last week.", None, None);
        assert!(other.accuracy < Score::percent(20), "{other:?}");
    }

    #[test]
    fn the_text_handed_back_is_worth_nothing() {
        let copied = grade(TEXT, None, None);
        assert_eq!((copied.accuracy, copied.fault), (Score::ZERO, Some(Fault::Copied)));
        let one_sentence = grade(TEXT.split_inclusive(". ").next().unwrap(), None, None);
        assert_eq!(one_sentence.fault, None, "sentences may be chosen from the text");
    }

    #[test]
    fn a_summary_twice_as_long_as_asked_for_is_worth_half() {
        let fits = grade(GOOD, Some(17), None).accuracy;
        let long = grade(GOOD, Some(8), None);
        assert_eq!(fits, Score::ONE);
        assert_eq!((long.accuracy, long.fault), (Score::ratio(8, 17), Some(Fault::TooLong)));
    }

    #[test]
    fn the_same_meaning_in_other_words_counts_half() {
        let with = |said: &[f32]| {
            let meaning = Meaning { reference: &[1.0, 0.0], said, unrelated: 0.6 };
            grade("Sturm zerstört Mauer.", None, Some(meaning))
        };
        assert_eq!(with(&[2.0, 0.0]).accuracy, Score::percent(50));
        assert_eq!(with(&[0.5, 0.866]).accuracy, Score::ZERO, "below what unrelated texts have");
        assert_eq!(with(&[0.0, 0.0]), Grade::nothing(Fault::Unmeasurable));
    }
}
