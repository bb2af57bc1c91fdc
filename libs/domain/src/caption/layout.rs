//! Where one caption ends and the next begins.

use crate::{Segment, Transcript};

/// Most characters of one line.
pub const LINE_CHARS: usize = 42;
/// Most characters of one caption: two lines.
pub const MAX_CHARS: usize = 2 * LINE_CHARS;
/// Longest time that one caption stands.
pub const MAX_MILLIS: u64 = 7_000;

/// One caption: at most two lines of [`LINE_CHARS`] characters, never empty, shown for 1 to [`MAX_MILLIS`] ms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// When it appears.
    pub start_ms: u64,
    /// When it goes; after `start_ms`.
    pub end_ms: u64,
    /// Its lines, without markup.
    pub lines: Vec<String>,
}

/// A piece of text that is not broken further, with its times.
struct Token {
    start_ms: u64,
    end_ms: u64,
    text: String,
    /// Whether a space belongs before it when it does not begin a line.
    spaced: bool,
}

/// Splits segments into captions: by words where the model gave their times, else by the text with times in
/// proportion to its characters. Captions keep the order, do not overlap and never cross a segment. Times of
/// a transcript that keeps its own promises are not moved.
#[must_use]
pub fn captions(transcript: &Transcript) -> Vec<Caption> {
    let mut all: Vec<Caption> = Vec::new();
    for segment in &transcript.segments {
        let mut open = Open::default();
        for token in tokens(segment) {
            if let Some(full) = open.push(token) {
                place(&mut all, full);
            }
        }
        if let Some(last) = open.close() {
            place(&mut all, last);
        }
    }
    all
}

/// Appends, mending times that would overlap or be empty: players refuse those.
fn place(all: &mut Vec<Caption>, mut caption: Caption) {
    let floor = all.last().map_or(0, |c| c.end_ms);
    caption.start_ms = caption.start_ms.max(floor);
    caption.end_ms = caption.end_ms.clamp(caption.start_ms + 1, caption.start_ms + MAX_MILLIS);
    all.push(caption);
}

/// A caption that still takes words.
#[derive(Default)]
struct Open {
    start_ms: u64,
    end_ms: u64,
    lines: Vec<String>,
    /// Characters of the last line.
    chars: usize,
}

impl Open {
    /// Adds a token; gives the finished caption when the token begins the next one.
    fn push(&mut self, token: Token) -> Option<Caption> {
        let mut full = None;
        let too_long = token.end_ms.saturating_sub(self.start_ms) > MAX_MILLIS;
        let length = token.text.chars().count();
        let fits_line = self.chars + usize::from(token.spaced) + length <= LINE_CHARS;
        if !self.lines.is_empty() && (too_long || !fits_line && self.lines.len() * LINE_CHARS >= MAX_CHARS) {
            full = self.close();
        }
        match self.lines.last_mut() {
            Some(line) if fits_line => {
                if token.spaced {
                    line.push(' ');
                }
                line.push_str(&token.text);
                self.chars += usize::from(token.spaced) + length;
            }
            last => {
                if last.is_none() {
                    self.start_ms = token.start_ms;
                }
                self.lines.push(token.text);
                self.chars = length;
            }
        }
        self.end_ms = token.end_ms;
        full
    }

    fn close(&mut self) -> Option<Caption> {
        let Self { start_ms, end_ms, lines, .. } = std::mem::take(self);
        (!lines.is_empty()).then_some(Caption { start_ms, end_ms, lines })
    }
}

fn tokens(segment: &Segment) -> Vec<Token> {
    let spoken: String = segment.words.iter().map(|w| w.text.as_str()).collect();
    let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    // words that do not spell the text would drop or invent some of it: then the text decides
    let by_words = !segment.words.is_empty() && letters(&spoken) == letters(&segment.text);
    let mut out = Vec::new();
    if by_words {
        for word in &segment.words {
            spread(
                &mut out,
                &word.text,
                word.start_ms,
                word.end_ms,
                word.text.starts_with(char::is_whitespace),
            );
        }
    } else {
        spread(&mut out, &segment.text, segment.start_ms, segment.end_ms, true);
    }
    out
}

/// Cuts `text` at white space, and where a part is longer than a line or is written without spaces; gives each part
/// its share of the time by its characters.
fn spread(out: &mut Vec<Token>, text: &str, start_ms: u64, end_ms: u64, spaced: bool) {
    let total = text.chars().filter(|c| !c.is_whitespace()).count() as u64;
    let at = |done: u64| start_ms + end_ms.saturating_sub(start_ms) * done / total.max(1);
    let mut done = 0;
    for (i, word) in text.split_whitespace().enumerate() {
        let chars: Vec<char> = word.chars().collect();
        let size = if chars.iter().any(|c| is_unspaced(*c)) { 1 } else { LINE_CHARS };
        for (j, part) in chars.chunks(size).enumerate() {
            let from = done;
            done += part.len() as u64;
            out.push(Token {
                start_ms: at(from),
                end_ms: at(done),
                text: part.iter().collect(),
                spaced: j == 0 && (i > 0 || spaced),
            });
        }
    }
}

/// Kana and ideographs: a line may break before any of them.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}
