//! The sentences of a long text that say most of it, by the words they share with the rest. Pure and cheap: what is too
//! long for a model is thinned out with it first.

use std::collections::{HashMap, HashSet};

use domain::Language;

use super::words;

/// What the first sentence is worth beside one of average words, and over how many sentences that fades.
const START: f64 = 0.5;
const FADE: f64 = 3.0;

/// Indices, in order, of the sentences to keep when at most `most` words may be kept; always at least one.
#[must_use]
pub fn telling(sentences: &[&str], language: Language, most: u64) -> Vec<usize> {
    let terms: Vec<HashSet<String>> = sentences.iter().map(|s| terms(s, language)).collect();
    let mut shared: HashMap<&str, f64> = HashMap::new();
    for term in terms.iter().flatten() {
        *shared.entry(term).or_default() += 1.0;
    }
    let total = sentences.len() as f64;
    // a word of every sentence tells nothing, nor does a word of one
    let weight = |term: &String| {
        let n = shared[term.as_str()];
        if n < 2.0 { 0.0 } else { n.ln() * (1.0 + total / n).ln() }
    };
    let worth: Vec<f64> = terms
        .iter()
        .enumerate()
        .map(|(i, own)| {
            let mut weights: Vec<f64> = own.iter().map(weight).collect();
            weights.sort_by(f64::total_cmp); // a set has no order, and a sum of floats depends on it
            let mean = weights.iter().sum::<f64>() / (own.len() as f64 + 3.0);
            mean * (1.0 + START * (-(i as f64) / FADE).exp())
        })
        .collect();
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    order.sort_by(|a, b| worth[*b].total_cmp(&worth[*a]).then(a.cmp(b)));
    let (mut left, mut said, mut kept) = (most, HashSet::new(), Vec::new());
    for i in order {
        let size = words::count(sentences[i], language);
        if (size <= left || kept.is_empty()) && said.insert(sentences[i]) {
            left = left.saturating_sub(size);
            kept.push(i);
        }
    }
    kept.sort_unstable();
    kept
}

/// Words in small letters; pairs of characters where no spaces part words.
fn terms(sentence: &str, language: Language) -> HashSet<String> {
    if words::is_unspaced(language) {
        let letters: Vec<char> = sentence.chars().filter(|c| c.is_alphanumeric()).collect();
        return letters.windows(2).map(|two| two.iter().collect()).collect();
    }
    let split = sentence.split(|c: char| !c.is_alphanumeric());
    split.filter(|w| w.chars().count() > 2).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_share_words_are_kept_up_to_the_end() {
        let text = [
            "The harbour is closed to boats.",
            "Lunch was good.",
            "The council closed the harbour because boats collided.",
            "Somebody sneezed twice.",
            "The council builds another harbour for boats.",
        ];
        assert_eq!(telling(&text, Language::En, 22), [0, 2, 4]);
        assert_eq!(telling(&text, Language::En, 24), telling(&text, Language::En, 24));
    }

    #[test]
    fn odd_texts_keep_at_least_one_sentence_and_repeat_none() {
        assert_eq!(telling(&["a", "a", "a"], Language::En, 100), [0]);
        assert_eq!(telling(&["word word word"], Language::En, 1), [0]);
        assert_eq!(telling(&["。。。", "犬がいる。"], Language::Ja, 100), [0, 1]);
        assert!(telling(&[], Language::En, 10).is_empty());
    }
}
