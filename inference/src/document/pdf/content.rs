//! What a page draws, read for its text: which letters, where, how large.

use std::{collections::HashMap, rc::Rc};

use super::{
    DocumentError,
    font::Font,
    lexer::{Dict, Lexer, Object},
    store::Store,
};
use crate::document::limits::within;

/// A piece of text on a page. Positions count along its own direction of writing, then upwards from there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) from: f64,
    pub(super) to: f64,
    /// Height of its baseline.
    pub(super) base: f64,
    pub(super) size: f64,
    pub(super) bold: bool,
    /// Quarter turns that it is written at.
    pub(super) turn: u8,
}

/// What was found on a page.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) spans: Vec<Span>,
    pub(super) pictures: usize,
    /// Letters whose font says what they are, and others.
    pub(super) known: u64,
    pub(super) unknown: u64,
}

/// Forms inside forms.
const DEEPEST: usize = 12;
/// What drawing a form counts for, in operators: it is found and unpacked each time.
const FORM_WORK: u64 = 2_000;
/// Most operands of one operator; others are dropped.
const MOST_OPERANDS: usize = 64;
/// Most values in the operands of one operator.
const MOST_VALUES: u64 = 200_000;
/// Most pieces of text of one page.
const MOST_SPANS: usize = 200_000;
/// Most saved states.
const MOST_STATES: usize = 256;
/// A gap wider than this share of the size parts words.
const WORD_GAP: f64 = 0.18;

/// A transformation: `x' = ax + cy + e`, `y' = bx + dy + f`.
#[derive(Debug, Clone, Copy)]
struct Matrix([f64; 6]);

impl Matrix {
    const ONE: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// First this one, then `other`.
    fn then(self, other: Self) -> Self {
        let ([a, b, c, d, e, f], [p, q, r, s, t, u]) = (self.0, other.0);
        Self([
            a * p + b * r,
            a * q + b * s,
            c * p + d * r,
            c * q + d * s,
            e * p + f * r + t,
            e * q + f * s + u,
        ])
    }

    fn of(operands: &[Object]) -> Self {
        let mut values = [0.0; 6];
        for (value, operand) in values.iter_mut().zip(operands) {
            *value = operand.number().unwrap_or(0.0);
        }
        Self(values)
    }
}

#[derive(Clone)]
struct State {
    to_page: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    letter_space: f64,
    word_space: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
}

/// Reads pages of one document; fonts are read once.
pub(super) struct Reader<'a> {
    store: &'a Store<'a>,
    fonts: HashMap<u32, Rc<Font>>,
}

/// One run through a stream of operators.
struct Run<'r, 'a> {
    reader: &'r mut Reader<'a>,
    out: &'r mut Found,
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
    resources: &'r Dict,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(store: &'a Store<'a>) -> Self {
        Self { store, fonts: HashMap::new() }
    }

    /// Text of a page.
    pub(super) fn read(&mut self, drawing: &[u8], resources: &Dict) -> Result<Found, DocumentError> {
        let mut out = Found::default();
        let state = State {
            to_page: Matrix::ONE,
            font: None,
            size: 1.0,
            letter_space: 0.0,
            word_space: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        self.run(drawing, resources, state, 0, &mut out)?;
        Ok(out)
    }

    fn run(
        &mut self,
        drawing: &[u8],
        resources: &Dict,
        state: State,
        depth: usize,
        out: &mut Found,
    ) -> Result<(), DocumentError> {
        let (text, line) = (Matrix::ONE, Matrix::ONE);
        Run { reader: self, out, state, saved: Vec::new(), text, line, resources, depth }.all(drawing)
    }

    fn font(&mut self, resources: &Dict, name: &[u8]) -> Result<Option<Rc<Font>>, DocumentError> {
        let fonts = self.store.dict(resources, b"Font")?;
        let Some(value) = fonts.get(name) else { return Ok(None) };
        if let Object::Ref(number) = value
            && let Some(font) = self.fonts.get(number)
        {
            return Ok(Some(font.clone()));
        }
        let Object::Dict(dict) = self.store.find(value)?.object else { return Ok(None) };
        let font = Rc::new(Font::read(&dict, self.store)?);
        if let Object::Ref(number) = value
            && self.fonts.len() < 1000
        {
            self.fonts.insert(*number, font.clone());
        }
        Ok(Some(font))
    }
}

impl Run<'_, '_> {
    fn all(mut self, drawing: &[u8]) -> Result<(), DocumentError> {
        let mut lexer = Lexer::new(drawing, 0, MOST_VALUES);
        let mut operands: Vec<Object> = Vec::new();
        while let Some(object) = lexer.object() {
            match object {
                Object::Word(word) => {
                    self.reader.store.spend(MOST_VALUES - lexer.left)?;
                    lexer.left = MOST_VALUES;
                    if word == b"BI" {
                        self.out.pictures += 1;
                        lexer.at = after_picture(drawing, lexer.at);
                    } else {
                        self.operator(&word, &operands)?;
                    }
                    operands.clear();
                }
                value if operands.len() < MOST_OPERANDS => operands.push(value),
                _ => {}
            }
        }
        within(MOST_VALUES - lexer.left, MOST_VALUES - 1, "values before an operator")
    }

    fn operator(&mut self, word: &[u8], operands: &[Object]) -> Result<(), DocumentError> {
        let number = |at: usize| operands.get(at).and_then(Object::number).unwrap_or(0.0);
        match word {
            b"q" if self.saved.len() < MOST_STATES => self.saved.push(self.state.clone()),
            b"Q" => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            b"cm" => self.state.to_page = Matrix::of(operands).then(self.state.to_page),
            b"BT" => (self.text, self.line) = (Matrix::ONE, Matrix::ONE),
            b"Tc" => self.state.letter_space = number(0),
            b"Tw" => self.state.word_space = number(0),
            b"Tz" => self.state.stretch = number(0) / 100.0,
            b"TL" => self.state.leading = number(0),
            b"Ts" => self.state.rise = number(0),
            b"Tf" => {
                if let Some(name) = operands.first().and_then(Object::name) {
                    self.state.font = self.reader.font(self.resources, name)?;
                }
                self.state.size = number(1);
            }
            b"Td" => self.next_line(number(0), number(1)),
            b"TD" => {
                self.state.leading = -number(1);
                self.next_line(number(0), number(1));
            }
            b"Tm" => (self.text, self.line) = (Matrix::of(operands), Matrix::of(operands)),
            b"T*" => self.next_line(0.0, -self.state.leading),
            b"Tj" => self.show(operands.first())?,
            b"'" => {
                self.next_line(0.0, -self.state.leading);
                self.show(operands.first())?;
            }
            b"\"" => {
                (self.state.word_space, self.state.letter_space) = (number(0), number(1));
                self.next_line(0.0, -self.state.leading);
                self.show(operands.get(2))?;
            }
            b"TJ" => {
                for item in operands.first().map(Object::array).unwrap_or_default() {
                    match item {
                        Object::Number(n) => self.advance(-n / 1000.0 * self.state.size * self.state.stretch),
                        text => self.show(Some(text))?,
                    }
                }
            }
            b"Do" => self.draw(operands.first())?,
            b"sh" => {}
            _ => {}
        }
        Ok(())
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(self.line);
        self.text = self.line;
    }

    fn advance(&mut self, by: f64) {
        self.text = Matrix([1.0, 0.0, 0.0, 1.0, by, 0.0]).then(self.text);
    }

    /// Shows a text of codes: a span, or more of the last one.
    fn show(&mut self, text: Option<&Object>) -> Result<(), DocumentError> {
        let (Some(Object::Text(codes)), Some(font)) = (text, self.state.font.clone()) else { return Ok(()) };
        let start = self.place();
        let (mut letters, mut by, mut known, mut unknown) = (String::new(), 0.0, 0, 0);
        let state = &self.state;
        font.show(codes, |shown| {
            match shown.letters {
                Some(text) => {
                    known += 1;
                    letters.push_str(&text);
                }
                None => unknown += 1,
            }
            let space = state.letter_space + if shown.is_space { state.word_space } else { 0.0 };
            by += (shown.width * state.size + space) * state.stretch;
        });
        self.advance(by);
        let end = self.place();
        self.out.known += known;
        self.out.unknown += unknown;
        if !letters.is_empty() {
            let letters: String = letters.chars().filter(|c| !c.is_control()).collect();
            self.put(letters, start, end, font.bold);
        }
        within(self.out.spans.len() as u64, MOST_SPANS as u64, "pieces of text on a page")
    }

    /// Where the next letter stands on the page, and the size of letters there.
    fn place(&self) -> ([f64; 6], f64) {
        let rise = Matrix([1.0, 0.0, 0.0, 1.0, 0.0, self.state.rise]);
        let matrix = rise.then(self.text).then(self.state.to_page).0;
        (matrix, self.state.size.abs() * (matrix[2].hypot(matrix[3])))
    }

    fn put(&mut self, text: String, (start, size): ([f64; 6], f64), (end, _): ([f64; 6], f64), bold: bool) {
        let (dx, dy) = if self.state.size < 0.0 { (-start[0], -start[1]) } else { (start[0], start[1]) };
        let turn: u8 = match (dx.abs() >= dy.abs(), dx >= 0.0, dy >= 0.0) {
            (true, true, _) => 0,
            (false, _, true) => 1,
            (true, false, _) => 2,
            (false, _, false) => 3,
        };
        let along = |x: f64, y: f64| match turn {
            0 => (x, y),
            1 => (y, -x),
            2 => (-x, -y),
            _ => (-y, x),
        };
        let ((from, base), (to, _)) = (along(start[4], start[5]), along(end[4], end[5]));
        if ![from, to, base, size].iter().all(|n| n.is_finite()) || size < 0.5 {
            return;
        }
        if let Some(last) = self.out.spans.last_mut() {
            let gap = from - last.to;
            let same = last.turn == turn && last.bold == bold && (last.size - size).abs() < size * 0.05;
            if same && (last.base - base).abs() < size * 0.1 && gap > -size * 0.3 && gap < size {
                let parted =
                    last.text.ends_with(char::is_whitespace) || text.starts_with(char::is_whitespace);
                if gap > size * WORD_GAP && !parted {
                    last.text.push(' ');
                }
                last.text.push_str(&text);
                last.to = to;
                return;
            }
        }
        self.out.spans.push(Span { text, from, to, base, size, bold, turn });
    }

    /// Draws a form, which may hold text, or notes a picture.
    fn draw(&mut self, name: Option<&Object>) -> Result<(), DocumentError> {
        let store = self.reader.store;
        store.spend(FORM_WORK)?;
        let objects = store.dict(self.resources, b"XObject")?;
        let Some(value) = name.and_then(Object::name).and_then(|n| objects.get(n)) else { return Ok(()) };
        let found = store.find(value)?;
        let Some(dict) = found.object.dict() else { return Ok(()) };
        if store.get(dict, b"Subtype")?.name() == Some(b"Image") {
            self.out.pictures += 1;
            return Ok(());
        }
        if self.depth >= DEEPEST {
            return Ok(());
        }
        let Some(drawing) = store.bytes(&found)? else { return Ok(()) };
        let own = store.get(dict, b"Resources")?;
        let resources = own.dict().unwrap_or(self.resources);
        let mut state = self.state.clone();
        let matrix = store.get(dict, b"Matrix")?;
        if matrix.array().len() == 6 {
            state.to_page = Matrix::of(matrix.array()).then(state.to_page);
        }
        self.reader.run(&drawing, resources, state, self.depth + 1, self.out)
    }
}

/// The end of a picture inside a stream of operators: `EI` with white space around it.
fn after_picture(drawing: &[u8], from: usize) -> usize {
    let blank = |b: Option<&u8>| b.is_none_or(|b| matches!(b, 0 | 9 | 10 | 12 | 13 | 32));
    let mut at = from;
    while let Some(next) = super::store::find(drawing, at, b"EI") {
        if blank(drawing.get(next.wrapping_sub(1))) && blank(drawing.get(next + 2)) {
            return next + 2;
        }
        at = next + 2;
    }
    drawing.len()
}
