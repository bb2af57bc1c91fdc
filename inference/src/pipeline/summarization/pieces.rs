//! A long text in pieces that a model can read. Pure.

use domain::Language;

use crate::text::{clauses, facts::has_letters, gist, sentences, words};

/// Longest piece, in letters of an alphabet; other characters count twice.
const LONGEST: usize = 4_000;
/// Longest sentence, in characters; longer ones are cut between clauses.
const SENTENCE: usize = 1_000;

/// Some sentences in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// A sentence a line.
    pub(super) text: String,
    /// Its words.
    pub(super) words: u64,
}

impl Piece {
    fn new(sentences: &[&str], language: Language) -> Self {
        let text = sentences.join("\n");
        Self { words: words::count(&text, language), text }
    }
}

/// The sentences of a text in pieces, all of them, but those without letters.
pub(super) fn pieces(text: &str, language: Language) -> Vec<Piece> {
    let (mut out, mut row, mut size) = (Vec::new(), Vec::new(), 0);
    let flat: Vec<String> = sentences(text, language).into_iter().map(|s| one_line(s.text)).collect();
    for sentence in flat.iter().flat_map(|s| clauses(s, SENTENCE)).filter(|s| has_letters(s)) {
        let length = letters(sentence) + 1;
        if size + length > LONGEST && !row.is_empty() {
            out.push(Piece::new(&row, language));
            row.clear();
            size = 0;
        }
        row.push(sentence);
        size += length;
    }
    if !row.is_empty() {
        out.push(Piece::new(&row, language));
    }
    out
}

/// The most telling sentences of each piece, so few that they are `most` pieces together; as they are when they are no more.
pub(super) fn thinned(all: Vec<Piece>, language: Language, most: usize) -> Vec<Piece> {
    if all.len() <= most {
        return all;
    }
    let (count, mut kept) = (all.len() as u64, Vec::new());
    for piece in &all {
        let lines: Vec<&str> = piece.text.lines().collect();
        let share = (piece.words * most as u64 / count).max(1);
        kept.extend(gist::telling(&lines, language, share).into_iter().map(|i| lines[i]));
    }
    pieces(&kept.join("\n"), language)
}

fn letters(text: &str) -> usize {
    text.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{En, Zh};

    #[test]
    fn pieces_hold_every_sentence_to_the_end() {
        let text: String =
            (0..400).map(|n| format!("This is sentence number {n} of a long report.\n\n")).collect();
        let pieces = pieces(&text, En);
        assert!(pieces.len() > 3 && pieces.iter().all(|p| letters(&p.text) <= LONGEST + 200));
        let all: Vec<&str> = pieces.iter().flat_map(|p| p.text.lines()).collect();
        assert_eq!(all.len(), 400);
        assert!(all[399].contains("number 399 "));
    }

    #[test]
    fn a_thinned_text_still_reaches_its_end() {
        // E25
        let text: String =
            (0..4_000).map(|n| format!("Report {} tells of the harbour and of case {n}.\n", n % 7)).collect();
        let whole = pieces(&text, En);
        let thin = thinned(whole.clone(), En, 10);
        assert!(whole.len() > 40 && thin.len() <= 13, "{} {}", whole.len(), thin.len());
        let last = thin.last().unwrap().text.lines().last().unwrap();
        assert!(last.contains("case 39"), "{last}");
    }

    #[test]
    fn odd_texts_are_cut_into_bounded_pieces() {
        for text in ["abc".repeat(300_000), "一二三".repeat(100_000), "no end ".repeat(50_000)] {
            assert!(pieces(&text, Zh).iter().all(|p| letters(&p.text) <= LONGEST), "{}", &text[..3]);
        }
        assert!(pieces("!!! 😀\n\n42", En).is_empty());
    }
}
