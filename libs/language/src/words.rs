//! The words of a text that say something about its language.

use unicode_normalization::UnicodeNormalization as _;

/// How much of a text is looked at: from its beginning, its middle and its end, in characters.
const PARTS: [usize; 3] = [1_200, 400, 400];

/// What is looked at.
pub(crate) struct Sample {
    /// Words in their order.
    pub(crate) plain: Vec<String>,
    /// Letters of words that were passed over because no word of ours is written so.
    pub(crate) passed_over: f64,
}

/// Takes a text apart.
pub(crate) fn sample(text: &str) -> Sample {
    let mut sample = Sample { plain: Vec::new(), passed_over: 0.0 };
    for part in parts(text) {
        for word in part.split_whitespace() {
            let word: String = word.nfc().collect();
            match (is_address(&word), has_inner_capital(&word)) {
                (true, _) => {}
                (false, true) => sample.passed_over += letters(&word),
                (false, false) => sample.plain.push(word),
            }
        }
    }
    sample
}

/// The beginning, the middle and the end of a long text; the whole of a short one.
fn parts(text: &str) -> Vec<&str> {
    let most: usize = PARTS.iter().sum();
    // four bytes are the longest character: a text of few bytes needs no counting
    if text.len() <= most || text.chars().count() <= most {
        return vec![text];
    }
    let at = |byte: usize| (byte..text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len());
    let from = |byte: usize, count: usize| {
        let rest = &text[at(byte)..];
        rest.char_indices().nth(count).map_or(rest, |(end, _)| &rest[..end])
    };
    let [first, middle, last] = PARTS;
    let end = text.char_indices().rev().nth(last - 1).map_or(0, |(i, _)| i);
    vec![from(0, first), from(text.len() / 2, middle), &text[end..]]
}

/// An address is in no language.
fn is_address(word: &str) -> bool {
    word.contains("://") || word.contains('@') || word.starts_with("www.")
}

/// A capital letter after a small one stands in no word of ours: it is a name of a thing in a program, or a language
/// that is written so.
fn has_inner_capital(word: &str) -> bool {
    let mut before = ' ';
    word.chars().any(|c| std::mem::replace(&mut before, c).is_lowercase() && c.is_uppercase())
}

fn letters(word: &str) -> f64 {
    word.chars().filter(|c| c.is_alphabetic()).map(|_| 1.0).sum()
}
