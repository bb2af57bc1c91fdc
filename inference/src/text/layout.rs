//! A text taken apart into what is translated and what stands between, and put together again. Pure.

use std::ops::Range;

use domain::Language;

use super::{clauses, facts::has_letters, sentences, words::is_unspaced};

/// Longest sentence that is translated in one piece, in characters; longer ones are cut between clauses.
const LONGEST: usize = 400;

/// Where the sentences of one text stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    places: Vec<Range<usize>>,
}

impl Layout {
    /// Of `text`, which is in `language`.
    #[must_use]
    pub fn new(text: &str, language: Language) -> Self {
        let pieces = sentences(text, language).into_iter().flat_map(|sentence| {
            let mut at = sentence.start;
            clauses(sentence.text, LONGEST).into_iter().map(move |piece| {
                // clauses are pieces of the sentence with nothing but white space between them
                let start = at + text[at..].find(piece).unwrap_or(0);
                at = start + piece.len();
                start..at
            })
        });
        Self { places: pieces.filter(|place| has_letters(&text[place.clone()])).collect() }
    }

    /// What is to be translated, in order: no line breaks, no white space at the ends, letters in each.
    pub fn sentences<'a>(&'a self, text: &'a str) -> impl Iterator<Item = String> + 'a {
        self.places.iter().map(|place| {
            let piece = &text[place.clone()];
            if piece.contains(['\n', '\r', '\t']) { one_line(piece) } else { piece.to_owned() }
        })
    }

    /// `text` with `translated` in the places of its sentences. What stands between them stays, but for single spaces,
    /// which are set or left out as the target language has them.
    #[must_use]
    pub fn filled(&self, text: &str, translated: &[String], target: Language) -> String {
        let (mut out, mut at) = (String::with_capacity(text.len() * 2), 0);
        for (place, translation) in self.places.iter().zip(translated) {
            let gap = &text[at..place.start];
            out.push_str(match gap {
                " " if at > 0 && is_unspaced(target) => "",
                "" if at > 0 && !is_unspaced(target) => " ",
                other => other,
            });
            out.push_str(&wrapped(&text[place.clone()], translation, target));
            at = place.end;
        }
        out + &text[at..]
    }
}

/// Runs of white space as single spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `translation` with the line breaks of its source and the white space around them, each where it stands in the source
/// by share of the text.
fn wrapped(source: &str, translation: &str, target: Language) -> String {
    let (mut out, mut at) = (String::with_capacity(translation.len()), 0);
    for gap in gaps(source) {
        let wanted = translation.len() * one_line(&source[..gap.start]).len() / one_line(source).len().max(1);
        let fits = |i: &usize| *i > at && translation.is_char_boundary(*i);
        let near = |(i, c): (usize, char)| (c == ' ' || is_unspaced(target)).then_some(i);
        let places = translation.char_indices().filter_map(near).filter(fits);
        let Some(cut) = places.min_by_key(|i| i.abs_diff(wanted)) else { break };
        out.push_str(&translation[at..cut]);
        out.push_str(&source[gap]);
        at = cut + usize::from(translation[cut..].starts_with(' '));
    }
    out + &translation[at..]
}

/// White space with a line break in it, inside a text.
fn gaps(text: &str) -> Vec<Range<usize>> {
    let mut gaps: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_whitespace()) {
        match gaps.last_mut() {
            Some(last) if last.end == at => last.end += c.len_utf8(),
            _ => gaps.push(at..at + c.len_utf8()),
        }
    }
    gaps.retain(|gap| text[gap.clone()].contains('\n'));
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{En, Ja, Pt};

    fn shout(text: &str, from: Language, to: Language) -> String {
        let layout = Layout::new(text, from);
        let said: Vec<String> = layout.sentences(text).map(|s| s.to_uppercase()).collect();
        layout.filled(text, &said, to)
    }

    #[test]
    fn white_space_paragraphs_and_what_has_no_letters_stay() {
        let text = "\n  One two.  Three!\r\n\r\n* 42 *\n\t- four?\n\n\u{1F600} five 5.\n";
        assert_eq!(shout(text, En, Pt), text.to_uppercase());
        for nothing in ["", " \n ", "42 %\n\n!!!", "\u{1F600}"] {
            assert_eq!(Layout::new(nothing, En).sentences(nothing).count(), 0);
            assert_eq!(shout(nothing, En, Pt), nothing);
        }
    }

    #[test]
    fn sentences_are_parted_as_the_target_language_has_it() {
        let japanese = "犬です。猫です。";
        let layout = Layout::new(japanese, Ja);
        assert_eq!(layout.filled(japanese, &["A dog.".into(), "A cat.".into()], En), "A dog. A cat.");
        let english = "A dog. A cat.\n\nA cow.";
        let layout = Layout::new(english, En);
        assert_eq!(
            layout.filled(english, &["犬。".into(), "猫。".into(), "牛。".into()], Ja),
            "犬。猫。\n\n牛。"
        );
    }

    #[test]
    fn a_wrapped_sentence_is_asked_in_one_line_and_wrapped_again() {
        let text =
            "This is a long line that an editor has wrapped at seventy letters and\n  that goes on here.";
        let layout = Layout::new(text, En);
        let asked: Vec<String> = layout.sentences(text).collect();
        assert_eq!(asked, [text.replace("\n  ", " ")]);
        assert_eq!(layout.filled(text, &asked, Pt), text);
    }

    #[test]
    fn a_megabyte_without_an_end_is_cut_into_pieces_of_bounded_length() {
        let text = "abc".repeat(300_000);
        let layout = Layout::new(&text, En);
        assert!(layout.sentences(&text).all(|s| s.chars().count() <= LONGEST));
        assert_eq!(layout.sentences(&text).map(|s| s.len()).sum::<usize>(), text.len());
    }
}
