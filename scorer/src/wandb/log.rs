//! The file of a run: the log format of LevelDB with a header of its own and CRC-32 (IEEE) in place of CRC-32C.
//!
//! Blocks of 32 KiB; a record is one chunk, or several that end at the ends of blocks; a chunk is checksum (4 bytes, little
//! endian, of type and data), length (2), type (1), data. What is too short for a chunk's head at a block's end is zero.

use std::{
    fs::File,
    io::{self, Read, Seek as _, SeekFrom, Write as _},
    path::Path,
};

const BLOCK: usize = 32 * 1024;
const HEAD: usize = 7;
/// `:W&B`, a magic number and version 0.
const HEADER: [u8; HEAD] = [b':', b'W', b'&', b'B', 0xe1, 0xbe, 0];

const FULL: u8 = 1;
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;
const LAST: u8 = 4;

/// A file that records are appended to. Each append is one write, so that a killed process leaves whole records; after a
/// failed one the file is cut back to the last whole record, so that a later one can succeed.
pub(super) struct Log {
    file: File,
    at: u64,
}

/// Reads the records of a file that may still grow.
pub(super) struct Reader<R> {
    source: R,
    at: u64,
}

/// Why there is no next record.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadLog {
    /// The file can't be read.
    #[error("read the run file")]
    Io(#[source] io::Error),
    /// It is no run file.
    #[error("the run file has another header")]
    Header,
    /// A chunk is not what was written.
    #[error("the run file is corrupt at byte {0}")]
    Corrupt(u64),
}

impl Log {
    /// Makes the file at `path`, which must not exist, with its header.
    ///
    /// # Errors
    /// When it is there already or can't be written.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut file = File::options().write(true).create_new(true).open(path)?;
        file.write_all(&HEADER)?;
        Ok(Self { file, at: HEAD as u64 })
    }

    /// Appends `records` together.
    ///
    /// # Errors
    /// When they can't be written; then none of them is there.
    pub(super) fn append(&mut self, records: &[Vec<u8>]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for record in records {
            frame(self.at, record, &mut bytes);
        }
        if let Err(e) = self.file.write_all(&bytes) {
            self.file.set_len(self.at)?;
            self.file.seek(SeekFrom::Start(self.at))?;
            return Err(e);
        }
        self.at += bytes.len() as u64;
        Ok(())
    }
}

/// Adds `record` to `bytes`, which will lie at `start` of the file.
fn frame(start: u64, record: &[u8], bytes: &mut Vec<u8>) {
    let mut rest = record;
    let mut first = true;
    loop {
        let room = room(start + bytes.len() as u64);
        if room < HEAD {
            bytes.resize(bytes.len() + room, 0);
            continue;
        }
        let (data, after) = rest.split_at(rest.len().min(room - HEAD));
        rest = after;
        let kind = match (first, rest.is_empty()) {
            (true, true) => FULL,
            (true, false) => FIRST,
            (false, false) => MIDDLE,
            (false, true) => LAST,
        };
        bytes.extend(checksum(kind, data).to_le_bytes());
        // below the length of a block
        bytes.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_le_bytes());
        bytes.push(kind);
        bytes.extend(data);
        if rest.is_empty() {
            return;
        }
        first = false;
    }
}

/// What is left of the block at `at`; a whole one at its beginning.
fn room(at: u64) -> usize {
    BLOCK - usize::try_from(at % BLOCK as u64).unwrap_or_default()
}

fn checksum(kind: u8, data: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&[kind]);
    crc.update(data);
    crc.finalize()
}

impl<R: Read + io::Seek> Reader<R> {
    /// Checks the header of `source`, from its beginning.
    ///
    /// # Errors
    /// When it can't be read or is none.
    pub(super) fn open(mut source: R) -> Result<Self, ReadLog> {
        let mut header = [0; HEAD];
        match source.read_exact(&mut header) {
            Ok(()) if header == HEADER => Ok(Self { source, at: HEAD as u64 }),
            Ok(()) => Err(ReadLog::Header),
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Err(ReadLog::Header),
            Err(e) => Err(ReadLog::Io(e)),
        }
    }

    /// The next record; `None` when no further whole one is there yet.
    ///
    /// # Errors
    /// When it can't be read, or is corrupt.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, ReadLog> {
        let start = self.at;
        match self.whole() {
            Ok(record) => Ok(Some(record)),
            Err(ReadLog::Io(e)) if e.kind() == io::ErrorKind::UnexpectedEof => {
                self.at = start;
                self.source.seek(SeekFrom::Start(start)).map_err(ReadLog::Io)?;
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    fn whole(&mut self) -> Result<Vec<u8>, ReadLog> {
        let (mut record, mut begun) = (Vec::new(), false);
        loop {
            let mut head = [0; HEAD];
            let spare = room(self.at);
            if spare < HEAD {
                self.take(&mut head[..spare])?;
                continue;
            }
            let at = self.at;
            self.take(&mut head)?;
            let [a, b, c, d, low, high, kind] = head;
            let length = usize::from(u16::from_le_bytes([low, high]));
            let in_order = if begun { matches!(kind, MIDDLE | LAST) } else { matches!(kind, FULL | FIRST) };
            if !in_order || length > spare - HEAD {
                return Err(ReadLog::Corrupt(at));
            }
            begun = true;
            let from = record.len();
            record.resize(from + length, 0);
            self.take(&mut record[from..])?;
            if checksum(kind, &record[from..]) != u32::from_le_bytes([a, b, c, d]) {
                return Err(ReadLog::Corrupt(at));
            }
            if matches!(kind, FULL | LAST) {
                return Ok(record);
            }
        }
    }

    fn take(&mut self, bytes: &mut [u8]) -> Result<(), ReadLog> {
        self.source.read_exact(bytes).map_err(ReadLog::Io)?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests/log.rs"]
mod tests;
