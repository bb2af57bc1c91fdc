//! Which of the ten languages a text is written in, and how sure that is.
//!
//! Where the script decides (Korean, Japanese, Chinese, Russian) letters are counted; among the languages in Latin
//! letters the n-gram models of the crate `lingua` decide. Nothing is loaded from outside: the models are part of the
//! binary and only the pages that are asked for come into memory.
//!
//! ```
//! let found = language::detect("Guten Morgen, wie geht es Ihnen?").unwrap();
//! assert_eq!(found.language, domain::Language::De);
//! assert!(found.confidence > 0.8);
//! assert!(language::detect("1 + 1 = 2").is_err());
//! ```

mod common;
mod latin;
mod script;
#[cfg(test)]
mod tests;
mod words;

use domain::Language;
use script::{Letters, Script};

/// What a text is written in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detected {
    /// The language that fits best.
    pub language: Language,
    /// How sure that is, above 0 and below 1. It grows with the letters that speak for it and sinks with those that
    /// speak for another.
    pub confidence: f32,
}

/// Why no language is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undetected {
    /// It has no letters at all.
    #[error("there are no words in it")]
    NoWords,
    /// It is in another language, or too short to tell.
    #[error("it is in none of the ten languages, or too short to tell")]
    Unknown,
}

/// Letters of a script that the chosen language lacks, by which a text is held to be in another: one in this many.
const STRANGE: f64 = 25.0;
/// Below this a guess is none.
const LEAST: f64 = 0.25;

/// Tells the language of `text`. Of a long text the beginning, a part from the middle and the end are looked at, so
/// that the time does not grow with its length; addresses and identifiers are passed over.
///
/// # Errors
/// [`Undetected`] when it has no words, is in none of the ten languages, or too short to tell.
pub fn detect(text: &str) -> Result<Detected, Undetected> {
    let words = words::sample(text);
    let letters = Letters::of(words.plain.iter().map(String::as_str));
    let all = letters.all();
    if all + words.passed_over == 0.0 {
        return Err(Undetected::NoWords);
    }
    if all < words.passed_over {
        return Err(Undetected::Unknown);
    }
    let (script, own) = letters.strongest();
    // the rule of succession: how likely the next letter is of this script too
    let share = (own + 1.0) / (all + 2.0);
    let (language, certainty) = match script {
        Script::Hangul => (Language::Ko, 1.0),
        Script::Kana | Script::Han => letters.japanese_or_chinese(),
        Script::Cyrillic if letters.strange_cyrillic() * STRANGE <= own => (Language::Ru, 1.0),
        Script::Latin if letters.strange_latin() * STRANGE <= own => {
            latin::detect(&words.plain).ok_or(Undetected::Unknown)?
        }
        Script::Cyrillic | Script::Latin | Script::Other => return Err(Undetected::Unknown),
    };
    // rounded, so that the same text gives the same bytes: sums of floats depend on the order of their parts
    let confidence = (share * certainty * 1e3).floor() / 1e3;
    #[allow(clippy::cast_possible_truncation, reason = "a number from 0 to 1")]
    let found = Detected { language, confidence: confidence as f32 };
    if confidence < LEAST { Err(Undetected::Unknown) } else { Ok(found) }
}
