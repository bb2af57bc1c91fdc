//! A file as what stays and what is translated: copied ranges of the source, with slots for units between them.

use std::ops::Range;

use domain::Language;

use super::{
    escape::Escape,
    flow::{self, Flow},
    unit::{Piece, Translated, Unit},
};

/// A stretch of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chunk {
    /// Bytes of the source, as they are.
    Raw(Range<usize>),
    /// Text that is not in the source, already escaped.
    Text(String),
    /// Tag of the target language.
    Language,
    /// The unit of that slot.
    Unit(usize),
    /// One share of the unit of that slot, for text that runs over several places.
    Share(usize, usize),
}

/// What a mark stands for.
#[derive(Debug, Clone, Default)]
pub(super) struct Mark {
    /// What is written where it begins, or at its place when it is solo.
    pub(super) open: Vec<Chunk>,
    /// What is written where it ends.
    pub(super) close: Vec<Chunk>,
    /// What surrounds text directly in it.
    pub(super) wrap: Option<Wrap>,
}

/// What is written before and after every text.
pub(super) type Wrap = (String, String);

/// A unit with all it takes to write it.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) unit: Unit,
    /// What is written when the unit stays as it is.
    pub(super) same: Vec<Chunk>,
    /// Written before and after the unit when it does not.
    pub(super) around: (Vec<Chunk>, Vec<Chunk>),
    pub(super) marks: Vec<Mark>,
    pub(super) wrap: Option<Wrap>,
    pub(super) escape: Escape,
    pub(super) flow: Flow,
    /// Not part of the running text: attributes, descriptions.
    pub(super) aside: bool,
}

/// One text file, or one part of an archive.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) source: String,
    pub(super) template: Vec<Chunk>,
    pub(super) slots: Vec<Slot>,
}

impl Part {
    /// The file with units replaced by answers, which are in the order of slots.
    pub(super) fn render(&self, answers: &[Translated], target: Language) -> String {
        let mut out = String::with_capacity(self.source.len() + self.source.len() / 4);
        let shares = self.slots.iter().zip(answers).map(|(slot, answer)| shares(slot, answer)).collect();
        let pen = Pen { part: self, answers, shares, target };
        pen.write(&self.template, &mut out);
        out
    }
}

/// The text of a unit that runs over several places, cut up; empty for one that does not, or stays.
fn shares(slot: &Slot, answer: &Translated) -> Vec<String> {
    match &slot.flow {
        Flow::Share { weights, newline } if answer.0 != slot.unit.pieces => {
            let text = answer.0.iter().filter_map(|p| if let Piece::Text(t) = p { Some(&**t) } else { None });
            flow::share(&slot.escape.apply(&text.collect::<String>(), true), weights, newline)
        }
        _ => Vec::new(),
    }
}

/// What it takes to write a part.
struct Pen<'a> {
    part: &'a Part,
    answers: &'a [Translated],
    shares: Vec<Vec<String>>,
    target: Language,
}

impl Pen<'_> {
    fn write(&self, chunks: &[Chunk], out: &mut String) {
        for chunk in chunks {
            match chunk {
                Chunk::Raw(range) => out.push_str(&self.part.source[range.clone()]),
                Chunk::Text(text) => out.push_str(text),
                Chunk::Language => out.push_str(self.target.name()),
                Chunk::Share(slot, nth) => match self.shares[*slot].get(*nth) {
                    Some(share) => out.push_str(share),
                    None => self.write(self.part.slots[*slot].same.get(*nth..=*nth).unwrap_or_default(), out),
                },
                Chunk::Unit(index) => {
                    let (slot, answer) = (&self.part.slots[*index], &self.answers[*index]);
                    if answer.0 == slot.unit.pieces {
                        self.write(&slot.same, out);
                    } else {
                        self.write(&slot.around.0, out);
                        self.write_unit(slot, &answer.0, out);
                        self.write(&slot.around.1, out);
                    }
                }
            }
        }
    }

    fn write_unit(&self, slot: &Slot, pieces: &[Piece], out: &mut String) {
        let mut open: Vec<usize> = Vec::new();
        let mut flow = flow::Writer::new(&slot.flow);
        for (nth, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => {
                    let wrap =
                        open.iter().rev().find_map(|m| slot.marks[*m].wrap.as_ref()).or(slot.wrap.as_ref());
                    let (before, after) = wrap.map_or(("", ""), |(before, after)| (before, after));
                    out.push_str(before);
                    flow.write(&slot.escape.apply(text, nth == 0), out);
                    out.push_str(after);
                }
                Piece::Open(mark) | Piece::Solo(mark) => {
                    flow.mark(out);
                    self.write(&slot.marks[*mark].open, out);
                    if matches!(piece, Piece::Open(_)) {
                        open.push(*mark);
                    }
                }
                Piece::Close(mark) => {
                    self.write(&slot.marks[*mark].close, out);
                    open.pop();
                }
            }
        }
    }
}

/// Appends a range, and joins it to the one before where they touch.
pub(super) fn raw(chunks: &mut Vec<Chunk>, range: Range<usize>) {
    match chunks.last_mut() {
        _ if range.is_empty() => {}
        Some(Chunk::Raw(last)) if last.end == range.start => last.end = range.end,
        _ => chunks.push(Chunk::Raw(range)),
    }
}

/// Appends chunks, joining ranges that touch.
pub(super) fn append(chunks: &mut Vec<Chunk>, more: impl IntoIterator<Item = Chunk>) {
    for chunk in more {
        match chunk {
            Chunk::Raw(range) => raw(chunks, range),
            other => chunks.push(other),
        }
    }
}
