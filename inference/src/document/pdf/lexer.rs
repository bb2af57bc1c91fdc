//! Tokens and objects of a pdf, read from a place in some bytes. Pure; what is malformed reads as null.

use std::collections::HashMap;

/// A value. Streams are known by where their bytes begin.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    Null,
    Bool(bool),
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Object>),
    Dict(Dict),
    /// Number of another object.
    Ref(u32),
    /// A word that is no value: an operator.
    Word(Vec<u8>),
}

/// A dictionary; the last of equal keys counts.
pub(super) type Dict = HashMap<Vec<u8>, Object>;

/// Deepest nesting of arrays and dictionaries.
const DEEPEST: usize = 64;

/// A cursor over bytes.
pub(super) struct Lexer<'a> {
    data: &'a [u8],
    pub(super) at: usize,
    /// Values that may still be read; at 0 everything ends.
    pub(super) left: u64,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(data: &'a [u8], at: usize, left: u64) -> Self {
        Self { data, at, left }
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    /// Passes white space and comments.
    pub(super) fn blank(&mut self) {
        while let Some(b) = self.peek() {
            match b {
                0 | 9 | 10 | 12 | 13 | 32 => self.at += 1,
                b'%' => {
                    self.at +=
                        self.rest().iter().position(|b| matches!(b, 10 | 13)).unwrap_or(self.rest().len());
                }
                _ => return,
            }
        }
    }

    /// The next value or word; `None` at the end, or when no more may be read.
    pub(super) fn object(&mut self) -> Option<Object> {
        self.nested(0)
    }

    fn nested(&mut self, depth: usize) -> Option<Object> {
        if depth > DEEPEST {
            return None;
        }
        self.blank();
        self.left = self.left.checked_sub(1)?;
        let b = self.peek()?;
        Some(match b {
            b'/' => {
                self.at += 1;
                Object::Name(self.name())
            }
            b'(' => Object::Text(self.literal()),
            b'<' if self.rest().starts_with(b"<<") => {
                self.at += 2;
                Object::Dict(self.dict(depth + 1)?)
            }
            b'<' => Object::Text(self.hex()),
            b'[' => {
                self.at += 1;
                Object::Array(self.array(depth + 1)?)
            }
            b'+' | b'-' | b'.' | b'0'..=b'9' => self.number(),
            b']' | b'>' | b')' | b'{' | b'}' => {
                self.at += if self.rest().starts_with(b">>") { 2 } else { 1 };
                Object::Word(vec![b])
            }
            _ => match self.word() {
                b"true" => Object::Bool(true),
                b"false" => Object::Bool(false),
                b"null" => Object::Null,
                word => Object::Word(word.to_vec()),
            },
        })
    }

    fn array(&mut self, depth: usize) -> Option<Vec<Object>> {
        let mut items = Vec::new();
        loop {
            match self.nested(depth)? {
                Object::Word(word) if word == b"]" => return Some(items),
                // another structure has begun: this one was never closed
                Object::Word(word) if word == b"obj" || word == b"endobj" || word == b"stream" => {
                    return None;
                }
                Object::Word(_) => {}
                item => items.push(item),
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Option<Dict> {
        let mut dict = Dict::new();
        loop {
            match self.nested(depth)? {
                Object::Name(key) => {
                    let value = self.nested(depth)?;
                    match value {
                        Object::Word(word) if word == b">" => return Some(dict),
                        Object::Word(_) => {}
                        value => {
                            dict.insert(key, value);
                        }
                    }
                }
                Object::Word(word) if word == b">" => return Some(dict),
                Object::Word(word) if word == b"obj" || word == b"endobj" || word == b"stream" => {
                    return None;
                }
                _ => {}
            }
        }
    }

    fn word(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let end = rest.iter().position(|b| is_delimiter(*b)).unwrap_or(rest.len()).max(1);
        self.at += end;
        &rest[..end]
    }

    fn name(&mut self) -> Vec<u8> {
        let rest = self.rest();
        let end = rest.iter().position(|b| is_delimiter(*b)).unwrap_or(rest.len());
        self.at += end;
        let (mut name, mut at) = (Vec::with_capacity(end), 0);
        while at < end {
            let escaped = (rest[at] == b'#').then(|| rest.get(at + 1..at + 3)).flatten();
            let code = escaped.and_then(|hex| Some(digit(hex[0])? << 4 | digit(hex[1])?));
            name.push(code.unwrap_or(rest[at]));
            at += if code.is_some() { 3 } else { 1 };
        }
        name
    }

    /// A number, or a reference when a generation and `R` follow.
    fn number(&mut self) -> Object {
        let word = self.word();
        let value = parse_number(word);
        if word.iter().all(u8::is_ascii_digit) && word.len() < 10 {
            let back = self.at;
            self.blank();
            let generation = self.rest();
            let digits = generation.iter().take(6).take_while(|b| b.is_ascii_digit()).count();
            if digits > 0 && digits < 6 {
                self.at += digits;
                self.blank();
                if self.peek() == Some(b'R') && self.rest().get(1).is_none_or(|b| is_delimiter(*b)) {
                    self.at += 1;
                    return Object::Ref(value as u32);
                }
            }
            self.at = back;
        }
        Object::Number(value)
    }

    fn literal(&mut self) -> Vec<u8> {
        let (mut text, mut depth) = (Vec::new(), 1);
        self.at += 1;
        while let Some(b) = self.peek() {
            self.at += 1;
            match b {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b'\\' => {
                    if let Some(code) = self.escape() {
                        text.push(code);
                    }
                    continue;
                }
                _ => {}
            }
            text.push(b);
        }
        text
    }

    fn escape(&mut self) -> Option<u8> {
        let b = self.peek()?;
        self.at += 1;
        Some(match b {
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'b' => 8,
            b'f' => 12,
            b'0'..=b'7' => {
                let mut code = u32::from(b - b'0');
                for _ in 0..2 {
                    let Some(next @ b'0'..=b'7') = self.peek() else { break };
                    code = code * 8 + u32::from(next - b'0');
                    self.at += 1;
                }
                (code & 0xff) as u8
            }
            13 => {
                self.at += usize::from(self.peek() == Some(10));
                return None;
            }
            10 => return None,
            other => other,
        })
    }

    fn hex(&mut self) -> Vec<u8> {
        let rest = &self.rest()[1..];
        let end = rest.iter().position(|b| *b == b'>').unwrap_or(rest.len());
        self.at += end + 2;
        unhex(&rest[..end])
    }
}

/// Bytes of hexadecimal digits; a missing last one is 0.
pub(super) fn unhex(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text.iter().filter_map(|b| digit(*b)).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)).collect()
}

const fn digit(b: u8) -> Option<u8> {
    match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    }
}

pub(super) const fn is_delimiter(b: u8) -> bool {
    matches!(
        b,
        0 | 9 | 10 | 12 | 13 | 32 | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

fn parse_number(word: &[u8]) -> f64 {
    let text = std::str::from_utf8(word).unwrap_or_default();
    // doubled signs and signs inside occur in the wild
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let body = text.trim_start_matches(['+', '-']);
    let body = body.split(['-', '+']).next().unwrap_or_default();
    let value: f64 = body.parse().unwrap_or(0.0);
    if value.is_finite() { sign * value.min(1e12) } else { 0.0 }
}

impl Object {
    pub(super) const fn number(&self) -> Option<f64> {
        if let Self::Number(n) = self { Some(*n) } else { None }
    }

    pub(super) fn name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    pub(super) const fn dict(&self) -> Option<&Dict> {
        if let Self::Dict(dict) = self { Some(dict) } else { None }
    }

    pub(super) fn array(&self) -> &[Self] {
        if let Self::Array(items) = self { items } else { &[] }
    }
}
