//! The one splitter of text into sentences: speech, translation and summaries all cut here and nowhere else.
//!
//! The rules of Unicode (UAX 29) propose the cuts. They know every terminator and that `3.5` and `example.com` hold
//! none, but no abbreviations, no quotes and no wrapped lines: what they cut wrongly is joined again here.

#[cfg(test)]
mod tests;

use domain::Language;
use unicode_segmentation::UnicodeSegmentation;

use super::abbreviations;

/// A line at least this long, in characters, may have been wrapped by an editor; a shorter one ended on purpose.
const WRAPPED: usize = 60;

/// A sentence of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence<'a> {
    /// The sentence without surrounding white space. A wrapped one holds line breaks.
    pub text: &'a str,
    /// Where it begins in the whole text, in bytes.
    pub start: usize,
    /// Number of its paragraph, from 0; blank lines part paragraphs.
    pub paragraph: usize,
}

/// The sentences of `text` in order.
///
/// Promises: every character that is no white space is in exactly one of them; none is empty. A line break ends a
/// sentence unless the line looks wrapped; a blank line always does.
#[must_use]
pub fn sentences(text: &str, language: Language) -> Vec<Sentence<'_>> {
    let mut found: Vec<Sentence<'_>> = Vec::new();
    let mut paragraph = 0;
    for (start, piece) in text.split_sentence_bound_indices().flat_map(|(at, piece)| at_ellipses(at, piece)) {
        let trimmed = piece.trim();
        if trimmed.is_empty() {
            continue;
        }
        let start = start + (piece.len() - piece.trim_start().len());
        let end = start + trimmed.len();
        let Some(last) = found.last_mut() else {
            found.push(Sentence { text: trimmed, start, paragraph });
            continue;
        };
        let lines = line_breaks(&text[last.start + last.text.len()..start]);
        if lines < 2 && continues(last.text, trimmed, lines == 1, language) {
            last.text = &text[last.start..end];
        } else {
            paragraph += usize::from(lines > 1);
            found.push(Sentence { text: trimmed, start, paragraph });
        }
    }
    found
}

/// `sentence` in pieces of at most `most` characters: behind the last sign of a clause that leaves a piece of more than
/// half of that, else behind a comma, else between words, else anywhere between two characters.
///
/// Promises: together the pieces hold every character that is no white space, in order; none is empty.
#[must_use]
pub fn clauses(sentence: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = sentence.trim();
    while let Some((limit, _)) = rest.char_indices().nth(most.max(1)) {
        let head = &rest[..limit];
        let half = head.char_indices().nth(most / 2).map_or(0, |(i, _)| i);
        let behind = |signs: fn(char) -> bool| {
            // 7:30 and 1,250 hold none
            let parts = |i: usize, c: char| !c.is_ascii() || rest[i + 1..].starts_with(char::is_whitespace);
            let last = head.char_indices().rev().find(|(i, c)| *i >= half && signs(*c) && parts(*i, *c));
            last.map(|(i, c)| i + c.len_utf8())
        };
        let cut = behind(|c| {
            matches!(c, ';' | ':' | '—' | '–' | '…' | '.' | '!' | '?' | '；' | '：' | '。' | '！' | '？')
        })
        .or_else(|| behind(|c| matches!(c, ',' | '、' | '，')))
        .or_else(|| spaces(rest, limit))
        .unwrap_or_else(|| {
            head.grapheme_indices(true).next_back().map_or(limit, |(i, _)| if i == 0 { limit } else { i })
        });
        let (piece, left) = rest.split_at(cut);
        if !piece.trim().is_empty() {
            pieces.push(piece.trim());
        }
        rest = left.trim();
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The last end of a word in the first `limit` bytes.
fn spaces(text: &str, limit: usize) -> Option<usize> {
    let ends = text[limit..].starts_with(char::is_whitespace).then_some(limit);
    ends.or_else(|| text[..limit].rfind(char::is_whitespace)).filter(|at| *at > 0)
}

/// A piece cut once more where `…` ends a sentence, which Unicode's rules do not know.
fn at_ellipses(at: usize, piece: &str) -> impl Iterator<Item = (usize, &str)> {
    let cuts = piece.match_indices("… ").filter_map(|(i, sign)| {
        let next = i + sign.len();
        let starts = piece[next..].trim_start_matches(|c: char| c.is_whitespace() || opens(c)).chars().next();
        starts.is_some_and(char::is_uppercase).then_some(next)
    });
    let cuts: Vec<usize> = std::iter::once(0).chain(cuts).chain([piece.len()]).collect();
    let pieces: Vec<_> = cuts.windows(2).map(|w| (at + w[0], &piece[w[0]..w[1]])).collect();
    pieces.into_iter()
}

/// Line breaks in the white space between two pieces.
fn line_breaks(gap: &str) -> usize {
    let paragraphs = gap.matches('\u{2029}').count() * 2;
    paragraphs + gap.matches('\n').count().max(gap.matches('\r').count())
}

/// Whether `next` goes on with the sentence that `before` began.
fn continues(before: &str, next: &str, new_line: bool, language: Language) -> bool {
    let first = next.chars().find(|c| !opens(*c));
    let lower = first.is_some_and(char::is_lowercase);
    let bare = before.trim_end_matches(closes);
    let ended = bare.ends_with(terminates);
    if new_line && !ended {
        let line = before.rsplit(['\n', '\r']).next().unwrap_or(before);
        return lower || (line.chars().count() >= WRAPPED && !item(next));
    }
    if let Some(word) = before.strip_suffix('.') {
        return lower && !new_line || unfinished(word, next, language);
    }
    // "Stop!" she cried. 「行こう。」と言った。
    lower && !new_line || (before.ends_with(closes) && quoted(next))
}

/// Whether a full stop behind `word` is part of the word.
fn unfinished(word: &str, rest: &str, language: Language) -> bool {
    let next = rest.chars().find(|c| !opens(*c));
    let last = word.rsplit(|c: char| c.is_whitespace() || opens(c)).next().unwrap_or(word);
    let before = word[..word.len() - last.len()].trim_end();
    let letters = || last.chars().filter(|c| c.is_alphabetic());
    if last.chars().all(|c| c.is_ascii_digit()) && !last.is_empty() {
        // the number of a list item, or a German ordinal: am 5. März
        return before.is_empty()
            || (language == Language::De && last.len() <= 2 && next.is_some_and(char::is_uppercase));
    }
    let lone = |text: &str| {
        text.chars().next().is_some_and(char::is_alphabetic) && text.chars().nth(1).is_none_or(|c| c == '.')
    };
    if lone(last) && lone(rest) && rest.len() > 1 && !last.contains('.') {
        return language != Language::En || last != "I"; // z. B., J. K.
    }
    if language == Language::Ru && last == "г" {
        return !before.ends_with(|c: char| c.is_ascii_digit()); // г. Москва, but not 2024 г.
    }
    let initials = last.split('.').all(|part| part.chars().count() == 1)
        && letters().count() > 0
        && letters().all(char::is_uppercase);
    // "So did I." ends; "J. K. Rowling" and "А. С. Пушкин" do not
    if initials
        && next.is_some_and(char::is_uppercase)
        && !(language == Language::En && last == "I" && !before.is_empty())
    {
        return !last.contains('.') || last.chars().count() == 3;
    }
    abbreviations::closes(word, language)
}

/// Whether a line starts an item of a list, which is no wrapped line.
fn item(line: &str) -> bool {
    line.starts_with(['-', '*', '•', '–', '—', '·']) || line.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether what follows a closing quote tells who said it.
fn quoted(next: &str) -> bool {
    ["と", "って", "という", "라고", "하고", "이라고", "고 "].iter().any(|word| next.starts_with(word))
}

const fn terminates(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '．' | '｡' | '‼' | '⁇' | '⁈' | '⁉')
}

const fn opens(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '“'
            | '‘'
            | '„'
            | '‚'
            | '«'
            | '»'
            | '‹'
            | '('
            | '['
            | '¿'
            | '¡'
            | '「'
            | '『'
            | '（'
            | '《'
            | '【'
    )
}

const fn closes(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '“' | '»' | '«' | '›' | ')' | ']' | '」' | '』' | '）' | '》' | '】')
}
