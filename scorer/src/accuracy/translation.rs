//! Translations, of texts and of documents (the texts of a document joined in order).

use domain::Language;

use super::{Fault, Grade};
use crate::metric::{Grams, normalise};

/// A translation, with what is needed to see through it.
#[derive(Debug, Clone, Copy)]
pub struct Translated<'a> {
    /// What was to be translated.
    pub source: &'a str,
    /// What the miner answered.
    pub said: &'a str,
    /// Language that was asked for.
    pub target: Language,
    /// Language that the answer was found to be in; `None` when that can't be told.
    pub found: Option<Language>,
}

/// Grades a translation by chrF against `reference`. Worth nothing: an empty one, one in another language, and the source
/// handed back (unless the reference is the same as the source, as with names and numbers).
#[must_use]
pub fn translation(reference: &Grams, answer: Translated<'_>) -> Grade {
    let said = Grams::new(answer.said);
    if said.characters() == 0 {
        return match reference.characters() {
            0 => Grade::of(1.0, 1.0, None),
            _ => Grade::nothing(Fault::Empty),
        };
    }
    let accuracy = reference.chrf(&said);
    // the very reference is right even where a guess of its language says otherwise
    if accuracy < 1.0 {
        if normalise(answer.said) == normalise(answer.source) {
            return Grade::nothing(Fault::Copied);
        }
        if answer.found.is_some_and(|found| found != answer.target) {
            return Grade::nothing(Fault::Language);
        }
    }
    Grade::of(accuracy, said.characters() as f64 / reference.characters().max(1) as f64, None)
}

#[cfg(test)]
mod tests {
    use domain::Score;

    use super::*;
    use crate::material::Material;

    fn grade(reference: &str, source: &str, said: &str, found: Option<Language>) -> Grade {
        translation(&Grams::new(reference), Translated { source, said, target: Language::De, found })
    }

    #[test]
    fn in_every_language_the_native_text_passes_and_any_other_language_fails() {
        // G4, G8
        let material = Material::builtin();
        let text = |l| material.text(&[5, 1_200, 4_001], l);
        for target in Language::ALL.iter().copied() {
            let reference = Grams::new(&text(target));
            for other in Language::ALL.iter().copied() {
                let said = text(other);
                let answer = Translated { source: "x", said: &said, target, found: None };
                let accuracy = translation(&reference, answer).accuracy;
                match other == target {
                    true => assert_eq!(accuracy, Score::ONE, "{target}"),
                    // Spanish and Portuguese share half of their letters in order; what language it is in tells them apart
                    false => assert!(accuracy < Score::percent(60), "{other} for {target}: {accuracy}"),
                }
                let answer = Translated { found: Some(other), ..answer };
                let told = translation(&reference, answer);
                assert_eq!(told.fault, (other != target).then_some(Fault::Language), "{other} for {target}");
            }
        }
    }

    #[test]
    fn the_source_handed_back_and_nothing_at_all_are_worth_nothing() {
        // G1
        let (german, english) = ("Der Zug fährt ab.", "The train leaves.");
        assert_eq!(grade(german, english, "the train leaves", None), Grade::nothing(Fault::Copied));
        assert_eq!(grade(german, english, " \n", None), Grade::nothing(Fault::Empty));
        assert_eq!(grade("Otto", "Otto", "Otto", Some(Language::It)).accuracy, Score::ONE);
        let close = grade(german, english, "Der Zug fährt nun ab.", Some(Language::De));
        assert!(close.accuracy > Score::percent(50) && close.fault.is_none(), "{close:?}");
    }
}
