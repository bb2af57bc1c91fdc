//! A text as pieces that a model speaks in one go.

use std::time::Duration;

use domain::Language;

use crate::{
    engine::MAX_SENTENCE,
    text::{clauses, sentences},
};

/// Inside a sentence that was too long.
const BREATH: Duration = Duration::from_millis(150);
/// Between sentences.
const STOP: Duration = Duration::from_millis(200);
/// Between paragraphs.
const PARAGRAPH: Duration = Duration::from_millis(250);

/// A sentence, or a part of a long one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// At most [`MAX_SENTENCE`] characters, white space collapsed; holds a letter or a digit.
    pub(super) text: String,
    /// Silence behind it.
    pub(super) pause: Duration,
}

impl Piece {
    /// Its length in characters.
    pub(super) fn size(&self) -> usize {
        self.text.chars().count()
    }
}

/// One letter or digit so often in a row is no word of any language.
const RUN: usize = 24;

/// The pieces of `text` in order. What holds neither letter nor digit, or goes on and on with one, is left out.
pub(super) fn pieces(text: &str, language: Language) -> Vec<Piece> {
    let all = sentences(text, language);
    let mut pieces: Vec<Piece> = Vec::new();
    for (i, sentence) in all.iter().enumerate() {
        let flat = sentence.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let ends = all.get(i + 1).is_none_or(|next| next.paragraph != sentence.paragraph);
        let before = pieces.len();
        let parts = clauses(&flat, MAX_SENTENCE).into_iter().filter(|part| is_speakable(part));
        pieces.extend(parts.map(|part| Piece { text: part.to_owned(), pause: BREATH }));
        if let Some(last) = pieces[before..].last_mut() {
            last.pause = if ends { PARAGRAPH } else { STOP };
        }
    }
    pieces
}

fn is_speakable(part: &str) -> bool {
    let (mut any, mut run, mut last) = (false, 0, ' ');
    for c in part.chars().filter(|c| c.is_alphanumeric()) {
        run = if c == last { run + 1 } else { 1 };
        (any, last) = (true, c);
        if run > RUN {
            return false;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_that_goes_on_and_on_is_not_spoken() {
        assert_eq!(pieces(&"a".repeat(100_000), Language::En), []);
        assert_eq!(pieces(&"字 ".repeat(1_000), Language::Zh), []);
        let found = pieces("Aaaaaaaaah! 1000000000000, he said.", Language::En);
        let seen: Vec<_> = found.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(seen, ["Aaaaaaaaah!", "1000000000000, he said."]);
    }

    #[test]
    fn pauses_grow_with_what_they_part() {
        let found = pieces("One.\n***\nTwo  and\nmore. 🙂 \n\nThree!", Language::En);
        let seen: Vec<_> = found.iter().map(|p| (p.text.as_str(), p.pause)).collect();
        assert_eq!(seen, [("One.", STOP), ("Two and more.", STOP), ("Three!", PARAGRAPH)]);
    }

    #[test]
    fn a_sentence_that_is_too_long_is_parted_at_its_clauses() {
        let clause = "word ".repeat(30).trim_end().to_owned() + ",";
        let text = [clause.as_str(); 6].join(" ");
        let found = pieces(&text, Language::En);
        assert!(found.len() >= 3 && found.iter().all(|p| p.size() <= MAX_SENTENCE && p.text.ends_with(',')));
        assert!(found[..found.len() - 1].iter().all(|p| p.pause == BREATH));
        assert_eq!(found.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" "), text);
    }

    #[test]
    fn nothing_speakable_gives_no_piece() {
        assert_eq!(pieces("… !!!\n\n---\n🙂🙂 ***", Language::En), []);
    }
}
