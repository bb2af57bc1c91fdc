//! Unpacking streams, never beyond a limit.

use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};

use super::lexer::unhex;

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    Flate,
    Lzw { early: bool },
    Ascii85,
    AsciiHex,
    RunLength,
}

/// How rows were made easier to pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Predictor {
    pub(super) kind: u32,
    pub(super) columns: usize,
    pub(super) colors: usize,
    pub(super) bits: usize,
}

/// More bytes than are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMuch;

impl Filter {
    /// Unpacks. Damage ends the output early, as other readers have it.
    pub(super) fn apply(self, data: &[u8], most: usize) -> Result<Vec<u8>, TooMuch> {
        let out = match self {
            Self::Flate => {
                let whole = inflate(ZlibDecoder::new(data), most);
                // without the header that should be there
                if whole.is_empty() { inflate(DeflateDecoder::new(data), most) } else { whole }
            }
            Self::Lzw { early } => lzw(data, early, most),
            Self::Ascii85 => ascii85(data, most),
            Self::AsciiHex => unhex(data.split(|b| *b == b'>').next().unwrap_or_default()),
            Self::RunLength => run_length(data, most),
        };
        if out.len() > most { Err(TooMuch) } else { Ok(out) }
    }
}

fn inflate(decoder: impl Read, most: usize) -> Vec<u8> {
    let (mut out, mut limited) = (Vec::new(), decoder.take(most as u64 + 1));
    let mut block = vec![0; 32 << 10];
    while let Ok(n @ 1..) = limited.read(&mut block) {
        out.extend_from_slice(&block[..n]);
    }
    out
}

fn lzw(data: &[u8], early: bool, most: usize) -> Vec<u8> {
    const CLEAR: usize = 256;
    const END: usize = 257;
    let mut out: Vec<u8> = Vec::new();
    // each entry is a range of the output
    let mut table: Vec<(usize, usize)> = Vec::new();
    let (mut width, mut bits, mut held) = (9, 0u32, 0u32);
    let mut previous: Option<(usize, usize)> = None;
    for byte in data {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= width {
            bits -= width;
            let code = (held >> bits & ((1 << width) - 1)) as usize;
            held &= (1 << bits) - 1;
            if code == CLEAR {
                (table, width, previous) = (Vec::new(), 9, None);
                continue;
            }
            if code == END || out.len() > most {
                return out;
            }
            let start = out.len();
            match (code, table.get(code.wrapping_sub(258)).copied(), previous) {
                (0..=255, ..) => out.push(code as u8),
                (_, Some((from, to)), _) => out.extend_from_within(from..to),
                (_, None, Some((from, to))) if code == table.len() + 258 => {
                    out.extend_from_within(from..to);
                    out.push(out[from]);
                }
                _ => return out,
            }
            if let Some((from, to)) = previous
                && table.len() < 4096 - 258
            {
                // the one before, and the first byte of this one, which follows it
                table.push((from, to + 1));
            }
            previous = Some((start, out.len()));
            let next = table.len()
                + 258
                + usize::from(early)
                + usize::from(previous.is_some() && table.len() < 4096 - 258);
            width = match next {
                0..=512 => 9,
                513..=1024 => 10,
                1025..=2048 => 11,
                _ => 12,
            };
        }
    }
    out
}

fn ascii85(data: &[u8], most: usize) -> Vec<u8> {
    let (mut out, mut group) = (Vec::new(), Vec::with_capacity(5));
    let body = data.strip_prefix(b"<~").unwrap_or(data);
    for b in body {
        match b {
            b'z' if group.is_empty() => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => group.push(b - b'!'),
            b'~' => break,
            _ => continue,
        }
        if group.len() == 5 {
            out.extend_from_slice(&base85(&group));
            group.clear();
        }
        if out.len() > most {
            return out;
        }
    }
    if group.len() > 1 {
        let bytes = group.len() - 1;
        group.resize(5, 84);
        out.extend_from_slice(&base85(&group)[..bytes]);
    }
    out
}

fn base85(group: &[u8]) -> [u8; 4] {
    group.iter().fold(0u32, |sum, digit| sum.wrapping_mul(85).wrapping_add(u32::from(*digit))).to_be_bytes()
}

fn run_length(data: &[u8], most: usize) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(length) = data.get(at) {
        at += 1;
        match length {
            0..=127 => {
                let end = (at + usize::from(*length) + 1).min(data.len());
                out.extend_from_slice(&data[at..end]);
                at = end;
            }
            128 => break,
            _ => {
                let Some(b) = data.get(at) else { break };
                out.extend(std::iter::repeat_n(*b, 257 - usize::from(*length)));
                at += 1;
            }
        }
        if out.len() > most {
            break;
        }
    }
    out
}

impl Predictor {
    /// Turns differences back into values.
    pub(super) fn undo(self, data: &[u8]) -> Vec<u8> {
        let pixel = (self.colors * self.bits).div_ceil(8).max(1);
        let row = (self.columns * self.colors * self.bits).div_ceil(8).max(1);
        if self.kind < 10 {
            let mut out = data.to_vec();
            if self.kind == 2 && self.bits == 8 {
                for line in out.chunks_mut(row) {
                    for at in pixel..line.len() {
                        line[at] = line[at].wrapping_add(line[at - pixel]);
                    }
                }
            }
            return out;
        }
        let (mut out, mut above) = (Vec::with_capacity(data.len()), vec![0u8; row]);
        for line in data.chunks(row + 1) {
            let (kind, mut line) = (line[0], line[1..].to_vec());
            for at in 0..line.len() {
                let left = if at < pixel { 0 } else { line[at - pixel] };
                let corner = if at < pixel { 0 } else { above[at - pixel] };
                let guess = match kind {
                    1 => left,
                    2 => above[at],
                    3 => ((u16::from(left) + u16::from(above[at])) / 2) as u8,
                    4 => paeth(left, above[at], corner),
                    _ => 0,
                };
                line[at] = line[at].wrapping_add(guess);
            }
            out.extend_from_slice(&line);
            above[..line.len()].copy_from_slice(&line);
        }
        out
    }
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(above), i16::from(corner));
    let guess = a + b - c;
    let (da, db, dc) = ((guess - a).abs(), (guess - b).abs(), (guess - c).abs());
    if da <= db && da <= dc {
        left
    } else if db <= dc {
        above
    } else {
        corner
    }
}
