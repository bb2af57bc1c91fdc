//! One piece of text that is translated as a whole, and the marks in it that must survive.

use super::project;

/// A part of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text, without markup and escapes.
    Text(String),
    /// Where the mark of that index begins.
    Open(usize),
    /// Where it ends.
    Close(usize),
    /// A mark without text in it: a picture, inline code, a footnote's number.
    Solo(usize),
}

/// Text that is translated as a whole: a paragraph, a heading, a cell, some cues of subtitles. Inside it, marks stand
/// for whatever the format has there: bold, links, code, pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub(super) pieces: Vec<Piece>,
    /// For each mark that has none, the text that stands there for a reader ("" when there is none).
    pub(super) hints: Vec<String>,
}

/// A unit in the other language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated(pub(super) Vec<Piece>);

/// Longest run of letters without a space, and of one character, that is still taken for language.
const LONGEST_WORD: usize = 500;
const LONGEST_RUN: usize = 100;

impl Unit {
    /// Text for people, without marks.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Solo(mark) => out.push_str(&self.hints[*mark]),
                Piece::Open(_) | Piece::Close(_) => {}
            }
        }
        out
    }

    /// What a translator is asked: the text with marks as `<g1>..</g1>` and `<g2/>`, numbered from 1. The translation
    /// should hold each of them once, nested in the same way.
    #[must_use]
    pub fn marked(&self) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Open(mark) => out.push_str(&format!("<g{}>", mark + 1)),
                Piece::Close(mark) => out.push_str(&format!("</g{}>", mark + 1)),
                Piece::Solo(mark) => out.push_str(&format!("<g{}/>", mark + 1)),
            }
        }
        out
    }

    /// How many marks are in it.
    #[must_use]
    pub fn marks(&self) -> usize {
        self.hints.len()
    }

    /// Reads a translation of [`marked`](Self::marked). `None` when a mark was lost, doubled, left empty or moved into
    /// another one; then [`alone`](Self::alone) and [`assemble`](Self::assemble) help.
    #[must_use]
    pub fn read(&self, answer: &str) -> Option<Translated> {
        let pieces = self.edged(parse(answer, self.hints.len()));
        (shape(&pieces, self.hints.len())? == shape(&self.pieces, self.hints.len())?)
            .then_some(Translated(pieces))
    }

    /// What to translate when marks got lost: first the whole without marks, then every text between marks, in order.
    #[must_use]
    pub fn alone(&self) -> Vec<String> {
        let texts = self.pieces.iter().filter_map(|p| match p {
            Piece::Text(text) => Some(text.clone()),
            _ => None,
        });
        std::iter::once(self.plain()).chain(texts).collect()
    }

    /// Puts translations of [`alone`](Self::alone), in that order, together: marks are set in the whole where the
    /// texts inside them are found again, else the texts are joined one by one. Marks are never lost.
    #[must_use]
    pub fn assemble(&self, answers: &[String]) -> Translated {
        let (whole, texts) = answers.split_first().map_or(("", answers), |(w, t)| (w.as_str(), t));
        if let Some(pieces) = project::project(&self.pieces, &self.hints, whole, texts) {
            return Translated(self.edged(pieces));
        }
        let mut next = texts.iter();
        let joined =
            self.pieces.iter().map(|piece| match (piece, piece.is_text().then(|| next.next()).flatten()) {
                (Piece::Text(text), Some(answer)) if has_words(text) => Piece::Text(edge(text, answer)),
                _ => piece.clone(),
            });
        Translated(joined.collect())
    }

    /// The unit as it is.
    #[must_use]
    pub fn unchanged(&self) -> Translated {
        Translated(self.pieces.clone())
    }

    /// Whether there is language in it: letters, and not one endless word.
    #[must_use]
    pub fn is_language(&self) -> bool {
        has_words(&self.plain())
    }

    /// Words; characters where words are written without spaces.
    #[must_use]
    pub fn words(&self) -> u64 {
        self.plain()
            .split_whitespace()
            .map(|word| match word.chars().filter(|c| is_unspaced(*c)).count() {
                0 => 1,
                n => n as u64,
            })
            .sum()
    }

    /// Characters of text.
    pub(super) fn chars(&self) -> usize {
        self.pieces.iter().map(|p| if let Piece::Text(text) = p { text.chars().count() } else { 0 }).sum()
    }

    /// Gives the pieces the white space that the unit has at its ends.
    fn edged(&self, mut pieces: Vec<Piece>) -> Vec<Piece> {
        let first = match self.pieces.first() {
            Some(Piece::Text(text)) => &text[..text.len() - text.trim_start().len()],
            _ => "",
        };
        let last = match self.pieces.last() {
            Some(Piece::Text(text)) => &text[text.trim_end().len()..],
            _ => "",
        };
        if let Some(Piece::Text(text)) = pieces.first_mut() {
            *text = text.trim_start().to_owned();
        }
        if let Some(Piece::Text(text)) = pieces.last_mut() {
            *text = text.trim_end().to_owned();
        }
        for (at, space) in [(0, first), (pieces.len() + usize::from(!first.is_empty()), last)] {
            if !space.is_empty() {
                pieces.insert(at, Piece::Text(space.to_owned()));
            }
        }
        coalesce(pieces)
    }
}

impl Piece {
    pub(super) const fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

/// Joins neighbouring texts and drops empty ones.
pub(super) fn coalesce(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (out.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, Piece::Text(text)) if text.is_empty() => {}
            (_, piece) => out.push(piece),
        }
    }
    out
}

/// `answer` with the white space around `text`.
fn edge(text: &str, answer: &str) -> String {
    let (body, start) = (text.trim(), text.len() - text.trim_start().len());
    format!("{}{}{}", &text[..start], answer.trim(), &text[start + body.len()..])
}

/// Whether there is something to translate.
pub(super) fn has_words(text: &str) -> bool {
    let (mut letters, mut word, mut run, mut last) = (false, 0, 0, ' ');
    for c in text.chars() {
        word = if c.is_whitespace() || is_unspaced(c) { 0 } else { word + 1 };
        run = if c == last && !c.is_whitespace() { run + 1 } else { 1 };
        last = c;
        letters |= c.is_alphabetic();
        if word > LONGEST_WORD || run > LONGEST_RUN && c.is_alphanumeric() {
            return false;
        }
    }
    letters
}

/// Kana and ideographs: words are written without spaces between them.
pub(super) const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Takes marks out of a text. Numbers that no mark bears stay text.
fn parse(answer: &str, marks: usize) -> Vec<Piece> {
    let (mut pieces, mut rest, mut text) = (Vec::new(), answer, String::new());
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((piece, length)) = tag(rest, marks) {
            pieces.extend([Piece::Text(std::mem::take(&mut text)), piece]);
            rest = &rest[length..];
        } else {
            text.push('<');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    pieces.push(Piece::Text(text));
    coalesce(pieces)
}

/// A mark at the start of `text`, and its length. Models put spaces into them.
fn tag(text: &str, marks: usize) -> Option<(Piece, usize)> {
    let end = text.find('>').filter(|end| *end < 16)?;
    let inner = text[1..end].trim();
    let (number, make): (&str, fn(usize) -> Piece) = match (inner.strip_prefix('/'), inner.strip_suffix('/'))
    {
        (Some(number), _) => (number, Piece::Close),
        (_, Some(number)) => (number, Piece::Solo),
        _ => (inner, Piece::Open),
    };
    let number: usize = number.trim().strip_prefix(['g', 'G'])?.trim().parse().ok()?;
    (1..=marks).contains(&number).then(|| (make(number - 1), end + 1))
}

/// Of each mark: whether it is solo, the mark around it, and whether text is in it. `None` when one is missing,
/// doubled or crossed.
fn shape(pieces: &[Piece], marks: usize) -> Option<Vec<(bool, Option<usize>, bool)>> {
    let mut shape: Vec<Option<(bool, Option<usize>, bool)>> = vec![None; marks];
    let mut open: Vec<usize> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) if !text.trim().is_empty() => {
                for mark in &open {
                    shape[*mark].as_mut()?.2 = true;
                }
            }
            Piece::Text(_) => {}
            Piece::Open(mark) | Piece::Solo(mark) => {
                let solo = matches!(piece, Piece::Solo(_));
                if shape[*mark].replace((solo, open.last().copied(), false)).is_some() {
                    return None;
                }
                if !solo {
                    open.push(*mark);
                }
            }
            Piece::Close(mark) => {
                if open.pop() != Some(*mark) {
                    return None;
                }
            }
        }
    }
    if open.is_empty() { shape.into_iter().collect() } else { None }
}
