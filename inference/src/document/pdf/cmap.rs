//! Maps from codes to letters that a pdf carries.

use std::collections::HashMap;

use super::lexer::{Lexer, Object};

/// Most entries of one map.
const MOST: usize = 200_000;

/// What a map says: the letters of codes, and how many bytes codes have.
#[derive(Debug, Default)]
pub(super) struct Cmap {
    letters: HashMap<u32, String>,
    /// Entries that were read, the same code counted again.
    written: usize,
    /// First and last code, and their length in bytes.
    spaces: Vec<(u32, u32, usize)>,
}

impl Cmap {
    /// Reads a map; what is malformed is left out.
    pub(super) fn read(data: &[u8]) -> Self {
        let mut map = Self::default();
        let mut lexer = Lexer::new(data, 0, 4_000_000);
        let mut stack: Vec<Object> = Vec::new();
        while let Some(object) = lexer.object() {
            let Object::Word(word) = &object else {
                if stack.len() < 2 * MOST {
                    stack.push(object);
                }
                continue;
            };
            match &word[..] {
                b"endcodespacerange" => {
                    for pair in stack.chunks_exact(2).take(64) {
                        if let (Object::Text(from), Object::Text(to)) = (&pair[0], &pair[1]) {
                            map.spaces.push((code(from), code(to), from.len().clamp(1, 4)));
                        }
                    }
                }
                b"endbfchar" => {
                    for pair in stack.chunks_exact(2) {
                        if let (Object::Text(from), Object::Text(to)) = (&pair[0], &pair[1]) {
                            map.set(code(from), utf16(to));
                        }
                    }
                }
                b"endbfrange" => {
                    for range in stack.chunks_exact(3) {
                        if let (Object::Text(from), Object::Text(to)) = (&range[0], &range[1]) {
                            map.range(code(from), code(to), &range[2]);
                        }
                    }
                }
                _ => {}
            }
            stack.clear();
        }
        map
    }

    fn set(&mut self, code: u32, text: String) {
        if self.written < MOST {
            self.written += 1;
            self.letters.insert(code, text);
        }
    }

    fn range(&mut self, from: u32, to: u32, target: &Object) {
        let codes = from..=to.min(from.saturating_add(0xffff));
        match target {
            Object::Array(items) => {
                for (code, item) in codes.zip(items) {
                    if let Object::Text(text) = item {
                        self.set(code, utf16(text));
                    }
                }
            }
            Object::Text(first) => {
                for code in codes {
                    if self.written >= MOST {
                        return;
                    }
                    // the last byte counts on
                    let mut text = first.clone();
                    let step = code - from;
                    if let [.., high, low] = &mut text[..] {
                        let sum = (u32::from(*high) << 8 | u32::from(*low)).wrapping_add(step);
                        [*high, *low] = [(sum >> 8) as u8, sum as u8];
                    } else if let [only] = &mut text[..] {
                        *only = only.wrapping_add(step as u8);
                    }
                    self.set(code, utf16(&text));
                }
            }
            _ => {}
        }
    }

    /// The letters of a code.
    pub(super) fn letters(&self, code: u32) -> Option<&str> {
        self.letters.get(&code).map(String::as_str)
    }

    /// Length in bytes of the code at the start of `text`; `None` when no range has it.
    pub(super) fn code_length(&self, text: &[u8]) -> Option<usize> {
        (1..=text.len().min(4)).find(|length| {
            let this = code(&text[..*length]);
            self.spaces.iter().any(|(from, to, bytes)| bytes == length && (*from..=*to).contains(&this))
        })
    }
}

/// Bytes as a number.
pub(super) fn code(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |sum, b| sum << 8 | u32::from(*b))
}

fn utf16(bytes: &[u8]) -> String {
    if let [one] = bytes {
        return char::from(*one).to_string();
    }
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units).chars().filter(|c| *c != '\0').collect()
}
