//! The languages in Latin letters, told apart by their n-grams.

use std::{collections::HashMap, sync::LazyLock};

use domain::Language;
use lingua::{Language as Known, LanguageDetector, LanguageDetectorBuilder};

use crate::common;

/// Those among the ten.
const OURS: [(Known, Language); 6] = [
    (Known::English, Language::En),
    (Known::Spanish, Language::Es),
    (Known::French, Language::Fr),
    (Known::German, Language::De),
    (Known::Italian, Language::It),
    (Known::Portuguese, Language::Pt),
];
/// Others in the same letters, so that a text in one of them is not taken for one of ours. Languages with letters of
/// their own need no model, and near relatives of ours would take short texts away from them.
const OTHERS: [Known; 4] = [Known::Dutch, Known::Finnish, Known::Indonesian, Known::Swedish];

/// Fewer letters than these say nothing of the others.
const ENOUGH: usize = 24;
/// Letters of a piece that is judged by itself: long enough to judge, short enough for all lengths of n-grams.
const PIECE: usize = 100;

/// In a text of fewer letters than these, common words count.
const SHORT: usize = 72;
/// How much more likely a language is for each of its common words.
const LIKELIER: f64 = 4.0;
/// More of them add nothing.
const MOST_WORDS: i32 = 6;

static AMONG_OURS: LazyLock<LanguageDetector> = LazyLock::new(|| {
    let ours: Vec<Known> = OURS.iter().map(|(known, _)| *known).collect();
    LanguageDetectorBuilder::from_languages(&ours).build()
});
static AMONG_ALL: LazyLock<LanguageDetector> = LazyLock::new(|| {
    let all: Vec<Known> = OURS.iter().map(|(known, _)| *known).chain(OTHERS).collect();
    LanguageDetectorBuilder::from_languages(&all).build()
});

/// The language of these words and how sure that is, 0 to 1: the mean over pieces of the text, so that a text in two
/// languages is neither for sure. `None` when it is none of ours.
pub(crate) fn detect(words: &[String]) -> Option<(Language, f64)> {
    let letters: usize = words.iter().map(|w| length(w)).sum();
    let detector = if letters < ENOUGH { &AMONG_OURS } else { &AMONG_ALL };
    let mut sums: HashMap<Known, f64> = HashMap::new();
    let mut weights = 0.0;
    for piece in pieces(words) {
        #[allow(clippy::cast_precision_loss, reason = "a few hundred")]
        let weight = length(&piece) as f64;
        for (language, confidence) in detector.compute_language_confidence_values(piece) {
            *sums.entry(language).or_default() += weight * confidence;
        }
        weights += weight;
    }
    let mut all = 0.0;
    for (language, sum) in &mut sums {
        if letters < SHORT {
            *sum *= LIKELIER.powi(common::count(words, *language).min(MOST_WORDS));
            all += *sum;
        }
    }
    let whole = if letters < SHORT { all } else { weights };
    let (best, sum) = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let ours = OURS.iter().find(|(known, _)| *known == best)?.1;
    // nothing but letters that no model knows
    (whole > 0.0).then_some((ours, sum / whole))
}

fn length(word: &str) -> usize {
    word.chars().filter(|c| c.is_alphabetic()).count()
}

/// Words joined to pieces of about the same length.
fn pieces(words: &[String]) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for word in words {
        if pieces.last().is_some_and(|p| length(p) >= PIECE) {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push_str(word);
            piece.push(' ');
        }
    }
    // what is left over at the end says too little by itself
    if pieces.len() > 1
        && pieces.last().is_some_and(|p| length(p) < PIECE / 2)
        && let Some(rest) = pieces.pop()
        && let Some(last) = pieces.last_mut()
    {
        last.push_str(&rest);
    }
    pieces
}
