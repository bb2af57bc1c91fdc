//! Gathers what stands in one block of a document, and cuts a unit out of it.

use std::{cmp::Reverse, collections::HashMap, ops::Range};

use super::{
    escape::Escape,
    flow::Flow,
    template::{Chunk, Mark, Slot, Wrap, append, raw},
    unit::{Piece, Unit, coalesce},
};

/// Deepest nesting of marks. Parts of Word documents are not nested as deep.
const DEEPEST: usize = 200;

/// How units of a block are written.
pub(super) struct Style<'a> {
    pub(super) escape: Escape,
    pub(super) flow: Flow,
    /// What surrounds texts of each key; empty when nothing does.
    pub(super) wraps: &'a [Wrap],
}

/// What a mark without text does to the unit around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Solo {
    /// It stands in the text, and is translated around.
    Inline,
    /// Text before and after it is translated apart, such as at a tab or a line break.
    Stop,
    /// Not for the translator: it goes before the unit.
    Before,
    /// Not for the translator: it goes after the unit.
    After,
    /// Of no use when the text around it is translated: left out then.
    Gone,
}

struct Item {
    piece: Piece,
    /// What it is in the source.
    same: Vec<Chunk>,
    /// Which formatting its text has.
    key: usize,
}

/// One block that is being read.
#[derive(Default)]
pub(super) struct Line {
    items: Vec<Item>,
    marks: Vec<(Mark, Solo, String)>,
    open: Vec<(usize, String)>,
}

impl Line {
    /// Text of a formatting, which is `same` in the source. White space takes the formatting of what is before it.
    pub(super) fn text(&mut self, text: String, key: usize, same: Vec<Chunk>) {
        let before = self.items.last().filter(|i| i.piece.is_text()).map(|i| i.key);
        let key = before.filter(|_| text.trim().is_empty()).unwrap_or(key);
        self.items.push(Item { piece: Piece::Text(text), same, key });
    }

    /// A mark that ends at [`close`](Self::close) of the same name.
    /// Very deep ones become marks without text.
    pub(super) fn open(&mut self, name: &str, same: Vec<Chunk>) {
        if self.open.len() >= DEEPEST {
            return self.solo(Solo::Inline, String::new(), same);
        }
        let mark = self.marks.len();
        self.marks.push((Mark { open: same.clone(), ..Mark::default() }, Solo::Inline, String::new()));
        self.open.push((mark, name.to_owned()));
        self.items.push(Item { piece: Piece::Open(mark), same, key: 0 });
    }

    /// Ends the latest open mark of that name. Those opened in it and never ended become marks without text; an end
    /// without a beginning does too.
    pub(super) fn close(&mut self, name: &str, same: Vec<Chunk>) {
        self.close_with(name, same.clone(), same);
    }

    /// The same, when something else than the source is to be written there.
    pub(super) fn close_with(&mut self, name: &str, same: Vec<Chunk>, close: Vec<Chunk>) {
        let Some(at) = self.open.iter().rposition(|(_, open)| open == name) else {
            return self.solo(Solo::Inline, String::new(), same);
        };
        for (lost, _) in self.open.split_off(at + 1) {
            self.unpair(lost);
        }
        if let Some((mark, _)) = self.open.pop() {
            self.marks[mark].0.close = close;
            self.items.push(Item { piece: Piece::Close(mark), same, key: 0 });
        }
    }

    /// A mark without text in it.
    pub(super) fn solo(&mut self, kind: Solo, hint: String, same: Vec<Chunk>) {
        if let (Some(Item { piece: Piece::Solo(last), same: before, .. }), Solo::Inline) =
            (self.items.last_mut(), kind)
            && let Some((mark, Solo::Inline, hints)) = self.marks.get_mut(*last)
        {
            // one mark for a row of them is easier to keep
            append(&mut mark.open, same.clone());
            append(before, same);
            hints.push_str(&hint);
            return;
        }
        let mark = self.marks.len();
        self.marks.push((Mark { open: same.clone(), ..Mark::default() }, kind, hint));
        self.items.push(Item { piece: Piece::Solo(mark), same, key: 0 });
    }

    /// Source that stands for nothing: it stays with what is before it.
    pub(super) fn gap(&mut self, range: Range<usize>) {
        let Some(Item { piece, same, .. }) = self.items.last_mut() else { return };
        if let Piece::Solo(mark) = piece {
            raw(&mut self.marks[*mark].0.open, range.clone());
        }
        raw(same, range);
    }

    /// Whether nothing was gathered.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Ends the block: appends it to `out`, with units as slots, and is empty again.
    pub(super) fn flush(&mut self, style: &Style<'_>, out: &mut Vec<Chunk>, slots: &mut Vec<Slot>) {
        for (lost, _) in std::mem::take(&mut self.open) {
            self.unpair(lost);
        }
        let items = std::mem::take(&mut self.items);
        let marks = std::mem::take(&mut self.marks);
        let (mut depth, mut from) = (0usize, 0);
        for (at, item) in items.iter().enumerate() {
            match item.piece {
                Piece::Open(_) => depth += 1,
                Piece::Close(_) => depth = depth.saturating_sub(1),
                Piece::Solo(mark) if depth == 0 && marks[mark].1 == Solo::Stop => {
                    emit(&items[from..at], &marks, style, out, slots);
                    append(out, item.same.iter().cloned());
                    from = at + 1;
                }
                _ => {}
            }
        }
        emit(&items[from..], &marks, style, out, slots);
    }

    /// Turns an opening that never ended into a mark without text.
    fn unpair(&mut self, lost: usize) {
        if let Some(item) = self.items.iter_mut().rev().find(|i| i.piece == Piece::Open(lost)) {
            item.piece = Piece::Solo(lost);
        }
    }
}

/// Appends one stretch: what surrounds its text stays as it is, the rest becomes a unit when there are words in it.
fn emit(
    items: &[Item],
    marks: &[(Mark, Solo, String)],
    style: &Style<'_>,
    out: &mut Vec<Chunk>,
    slots: &mut Vec<Slot>,
) {
    let same = |items: &[Item]| {
        let mut chunks = Vec::new();
        items.iter().for_each(|i| append(&mut chunks, i.same.iter().cloned()));
        chunks
    };
    let Some((from, to)) = core(items) else {
        return append(out, same(items));
    };
    let slot = slot(&items[from..to], marks, style, same(&items[from..to]));
    if !slot.unit.is_language() {
        return append(out, same(items));
    }
    append(out, same(&items[..from]));
    out.push(Chunk::Unit(slots.len()));
    slots.push(slot);
    append(out, same(&items[to..]));
}

/// The range that has all text, without marks around it, but with both ends of each mark that has one end in it.
fn core(items: &[Item]) -> Option<(usize, usize)> {
    let is_text = |i: &Item| matches!(&i.piece, Piece::Text(t) if !t.trim().is_empty());
    let (mut from, mut to) = (items.iter().position(is_text)?, items.iter().rposition(is_text)? + 1);
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut open = Vec::new();
    for (at, item) in items.iter().enumerate() {
        match item.piece {
            Piece::Open(_) => open.push(at),
            Piece::Close(_) => pairs.extend(open.pop().map(|o| (o, at))),
            _ => {}
        }
    }
    loop {
        let before = (from, to);
        for (open, close) in &pairs {
            let inside = |at: &usize| (from..to).contains(at);
            if inside(open) != inside(close) {
                (from, to) = (from.min(*open), to.max(close + 1));
            }
        }
        if before == (from, to) {
            return Some((from, to));
        }
    }
}

/// A slot of these items: texts of the commonest formatting stand bare, others become marks.
fn slot(items: &[Item], marks: &[(Mark, Solo, String)], style: &Style<'_>, same: Vec<Chunk>) -> Slot {
    let mut made = Slot {
        unit: Unit { pieces: Vec::new(), hints: Vec::new() },
        same,
        around: (Vec::new(), Vec::new()),
        marks: Vec::new(),
        wrap: None,
        escape: style.escape,
        flow: style.flow.clone(),
        aside: false,
    };
    let wrap = |key: usize| style.wraps.get(key).cloned();
    let mut base = vec![commonest(items)];
    made.wrap = wrap(base[0]);
    let mut numbers: Vec<Option<usize>> = vec![None; marks.len()];
    let mut pieces: Vec<Piece> = Vec::new();
    let mut run: Option<(usize, usize)> = None;
    for (at, item) in items.iter().enumerate() {
        let direct = *base.last().unwrap_or(&0);
        let wanted = match &item.piece {
            Piece::Text(_) if item.key != direct => Some(item.key),
            Piece::Solo(mark) if !matches!(marks[*mark].1, Solo::Inline | Solo::Stop) => {
                run.map(|(key, _)| key)
            }
            _ => None,
        };
        if let Some((key, mark)) = run
            && wanted != Some(key)
        {
            pieces.push(Piece::Close(mark));
            run = None;
        }
        if let (None, Some(key)) = (run, wanted) {
            let mark = made.marks.len();
            made.marks.push(Mark { wrap: wrap(key), ..Mark::default() });
            made.unit.hints.push(String::new());
            pieces.push(Piece::Open(mark));
            run = Some((key, mark));
        }
        match &item.piece {
            Piece::Text(text) => pieces.push(Piece::Text(text.clone())),
            Piece::Open(mark) | Piece::Solo(mark) => {
                let (source, kind, hint) = &marks[*mark];
                match kind {
                    Solo::Before => append(&mut made.around.0, source.open.iter().cloned()),
                    Solo::After => append(&mut made.around.1, source.open.iter().cloned()),
                    Solo::Gone => {}
                    Solo::Inline | Solo::Stop => {
                        let number = made.marks.len();
                        numbers[*mark] = Some(number);
                        made.marks.push(source.clone());
                        made.unit.hints.push(hint.clone());
                        if matches!(item.piece, Piece::Open(_)) {
                            base.push(commonest(&items[at + 1..]));
                            made.marks[number].wrap = base.last().and_then(|key| wrap(*key));
                            pieces.push(Piece::Open(number));
                        } else {
                            pieces.push(Piece::Solo(number));
                        }
                    }
                }
            }
            Piece::Close(mark) => {
                base.pop();
                pieces.extend(numbers[*mark].map(Piece::Close));
            }
        }
    }
    pieces.extend(run.map(|(_, mark)| Piece::Close(mark)));
    made.unit.pieces = coalesce(pieces);
    made
}

/// The key of most characters directly on this level, up to where the level ends; of equals the first.
fn commonest(items: &[Item]) -> usize {
    let (mut depth, mut counts): (usize, HashMap<usize, (usize, Reverse<usize>)>) = (0, HashMap::new());
    for (at, item) in items.iter().enumerate() {
        match &item.piece {
            Piece::Open(_) => depth += 1,
            Piece::Close(_) => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => break,
            },
            Piece::Text(text) if depth == 0 => {
                counts.entry(item.key).or_insert((0, Reverse(at))).0 += text.trim().chars().count();
            }
            _ => {}
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(0, |(key, _)| key)
}
