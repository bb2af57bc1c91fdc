//! Wave files as they occur: sizes that were never filled in, RF64, and files that were cut.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use super::{mended::Mended, promise::Promise};

/// Where the sound of a wave file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// How it is coded.
    pub(super) format: Format,
    /// Position of the size field of the data chunk.
    size_at: u64,
    /// Size by the header; `None` when its writer never knew it.
    promised: Option<u64>,
    /// Bytes of sound that are there, in whole blocks.
    there: u64,
    /// Length of the file.
    len: u64,
}

/// The fixed part of a format chunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Format {
    /// Registered coding; an extensible header is looked through.
    pub(super) tag: u16,
    pub(super) channels: u16,
    pub(super) rate: u32,
    /// Bytes of one sample of all channels, or of one block.
    pub(super) block: u16,
}

impl Layout {
    /// Walks the chunks up to `data`. `None` for a file without one, or whose format chunk does not come first.
    pub(super) fn read(file: &mut File) -> Option<Self> {
        let len = file.metadata().ok()?.len();
        let (mut at, mut format, mut long_size) = (12u64, None, None);
        // chunks before the sound are few; a file with more is made to waste time
        for _ in 0..1_000 {
            let mut head = [0u8; 8];
            read_exact_at(file, at, &mut head)?;
            let size = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
            let body = at + 8;
            match &head[..4] {
                b"fmt " => {
                    let mut raw = [0u8; 26];
                    let known = usize::try_from(size.min(26)).ok()?;
                    read_exact_at(file, body, raw.get_mut(..known)?)?;
                    format = Some(Format::parse(&raw));
                }
                b"ds64" => {
                    let mut sizes = [0u8; 16];
                    read_exact_at(file, body, &mut sizes)?;
                    long_size = sizes[8..].try_into().ok().map(u64::from_le_bytes);
                }
                b"data" => {
                    let rest = len - body;
                    let promised = match size {
                        0xffff_ffff => long_size.filter(|n| *n != 0 && *n != u64::MAX),
                        // 0 with sound behind it is a stream whose size was never written back
                        0 if rest > 8 => None,
                        n if n >= 0xffff_ff00 => None,
                        n => Some(n),
                    };
                    let there = promised.unwrap_or(rest).min(rest);
                    let format = format?;
                    let there = there - there % u64::from(format.block.max(1));
                    return Some(Self { format, size_at: at + 4, promised, there, len });
                }
                _ => {}
            }
            at = body + size + size % 2;
        }
        None
    }

    /// What the header says of the length.
    pub(super) fn promise(&self) -> Promise {
        Promise { bytes: self.promised.map(|p| (p, self.there.max(1))), millis: None }
    }

    /// Where the sound starts, and how many bytes of it there are, in whole blocks.
    pub(super) const fn sound(&self) -> (u64, u64) {
        (self.size_at + 4, self.there)
    }

    /// The file as a plain RIFF whose sizes are true, so that its last samples are read too.
    pub(super) fn mended(self, file: File) -> Mended {
        let short = |n: u64| u32::try_from(n).unwrap_or(u32::MAX - 1).to_le_bytes();
        let patches =
            [(0, *b"RIFF"), (4, short(self.len.saturating_sub(8))), (self.size_at, short(self.there))];
        Mended::new(file, self.len, patches.to_vec())
    }
}

impl Format {
    fn parse(raw: &[u8; 26]) -> Self {
        let word = |at: usize| u16::from_le_bytes([raw[at], raw[at + 1]]);
        let tag = if word(0) == 0xfffe { word(24) } else { word(0) };
        let rate = u32::from(word(4)) | u32::from(word(6)) << 16;
        Self { tag, channels: word(2), rate, block: word(12) }
    }
}

fn read_exact_at(file: &mut File, at: u64, into: &mut [u8]) -> Option<()> {
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(into).ok()
}
