//! A file that reads a little differently from what is on disk, so that a strict parser gets through.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use symphonia::core::io::MediaSource;

/// A file some of whose four-byte words read differently, and that may claim to be longer than it is: reading past its
/// end is then the end of the data, where a parser that knew would not have begun.
pub(super) struct Mended {
    file: File,
    at: u64,
    len: u64,
    patches: Vec<(u64, [u8; 4])>,
}

impl Mended {
    /// `file` from its start, said to be `len` bytes long, with other words at some positions.
    pub(super) const fn new(file: File, len: u64, patches: Vec<(u64, [u8; 4])>) -> Self {
        Self { file, at: 0, len, patches }
    }
}

impl Read for Mended {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(into)?;
        for (at, bytes) in &self.patches {
            for (i, byte) in bytes.iter().enumerate() {
                let place = (at + i as u64).checked_sub(self.at).and_then(|p| usize::try_from(p).ok());
                if let Some(slot) = place.and_then(|p| into[..n].get_mut(p)) {
                    *slot = *byte;
                }
            }
        }
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Mended {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::End(n) => {
                SeekFrom::Start(self.len.checked_add_signed(n).ok_or(io::ErrorKind::InvalidInput)?)
            }
            other => other,
        };
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

impl MediaSource for Mended {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len)
    }
}
