//! Transcripts, of audio and of video.

use super::{Fault, Grade};
use crate::metric::Spoken;

/// Grades a transcript against `reference`, prepared in the units of its language: 1 less the error rate, at least 0.
/// Where nothing was said, an empty transcript is perfect; elsewhere it is worth nothing.
#[must_use]
pub fn transcription(reference: &Spoken, said: &str) -> Grade {
    let units = reference.count(said);
    match (reference.len(), units) {
        (0, 0) => Grade::of(1.0, 1.0, None),
        (_, 0) => Grade::nothing(Fault::Empty),
        // so much more than was said is wrong whatever it says; nor is it worth the time to compare
        (wanted, units) if units >= 2 * wanted => Grade::of(0.0, 1.0, Some(Fault::TooLong)),
        (wanted, units) => {
            let accuracy = 1.0 - reference.error_rate(said).min(1.0);
            Grade::of(accuracy, units as f64 / wanted as f64, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Language, Score};
    use proptest::prelude::*;

    use super::*;
    use crate::{material::Material, metric::Unit};

    fn grade(language: Language, reference: &str, said: &str) -> Score {
        transcription(&Spoken::new(reference, Unit::of_speech(language)), said).accuracy
    }

    fn text(language: Language) -> String {
        Material::builtin().text(&[17, 900, 1_500, 2_222, 4_000], language)
    }

    #[test]
    fn perfect_half_wrong_garbage_and_empty_get_four_different_scores() {
        // G1, G4
        let en = |said| grade(Language::En, "the old clock stopped", said);
        let scores = [en("The old clock stopped!"), en("the new clock works"), en("the sea"), en("  ")];
        assert_eq!(scores, [Score::ONE, Score::percent(50), Score::percent(25), Score::ZERO]);
        let empty = transcription(&Spoken::new("a", Unit::Word), "");
        assert_eq!(empty.fault, Some(Fault::Empty));
        assert_eq!(grade(Language::En, "", ""), Score::ONE, "silence heard as silence");
        assert_eq!(grade(Language::En, "", "thank you for watching"), Score::ZERO);
    }

    #[test]
    fn in_every_language_the_native_text_passes_and_any_other_language_fails() {
        // G8: perfect above 0.99, garbage below 0.05
        for language in Language::ALL.iter().copied() {
            let reference = text(language);
            assert!(grade(language, &reference, &reference) > Score::percent(99), "{language}");
            for other in Language::ALL.iter().copied().filter(|o| *o != language) {
                let wrong = grade(language, &reference, &text(other));
                // words that neighbours share ("la", "canta") are right by chance
                assert!(wrong < Score::percent(25), "{other} instead of {language}: {wrong}");
            }
        }
    }

    #[test]
    fn garbage_scores_next_to_nothing_in_every_language() {
        for language in Language::ALL.iter().copied() {
            let reference = text(language);
            let length = reference.chars().count();
            let shifted: String = reference
                .chars()
                .map(|c| if c == ' ' { c } else { char::from_u32(u32::from(c) + 7).unwrap_or('x') })
                .collect();
            let hum = "la ".repeat(length / 3);
            let noise: String = (0..length).map(|i| char::from(b'a' + (i * i % 23) as u8)).collect();
            for garbage in [shifted, hum, noise, "[broken file]".to_owned()] {
                let score = grade(language, &reference, &garbage);
                assert!(score < Score::percent(5), "{language}: {garbage} {score}");
            }
        }
    }

    #[test]
    fn one_changed_word_in_two_thousand_characters_costs_about_one_word() {
        // G6
        let words: Vec<String> = (0..333).map(|i| format!("{:05}", i * 271)).collect();
        let reference = words.join(" ");
        let mut changed = words.clone();
        changed[100] = "other".to_owned();
        let cost = grade(Language::En, &reference, &changed.join(" ")).rest();
        assert_eq!(cost, Score::ratio(1, 333));
    }

    proptest! {
        #[test]
        fn a_changed_word_among_n_costs_at_most_two_nths(n in 1..300_usize, at in any::<prop::sample::Index>(), l in 0..10_usize) {
            // G6
            let language = Language::ALL[l];
            let words: Vec<String> = match Unit::of_speech(language) {
                Unit::Word => (0..n).map(|i| format!("w{i} ")).collect(),
                Unit::Character => (0..n).map(|i| char::from_u32(0x4e00 + i as u32).unwrap().to_string()).collect(),
            };
            let mut changed = words.clone();
            changed[at.index(n)] = "x".to_owned();
            let cost = grade(language, &words.concat(), &changed.concat()).rest();
            prop_assert!(cost.share() <= 2.0 / n as f64 + 1e-9);
        }
    }
}
