//! What a file's own header says about its length, so that a file that was cut off is told from one that just ends.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use super::{Container, MediaError, mpeg, wav};

/// Most of a header that is read.
const MAX_HEADER: u64 = 8 * 1024 * 1024;

/// Lengths by the header. `None` where it says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Promise {
    /// Bytes of the file, or of its sound, that should be there and the ones that are.
    pub(super) bytes: Option<(u64, u64)>,
    /// Length of the sound in ms, where the header states it exactly.
    pub(super) millis: Option<u64>,
}

impl Promise {
    /// Reads the header of `file`. Refuses encrypted media. Never fails for a strange header: it then promises nothing.
    pub(super) fn read(file: &mut File, container: Container) -> Result<Self, MediaError> {
        let len = file.metadata().map_err(|_| MediaError::Internal)?.len();
        match container {
            Container::Wav => Ok(wav::Layout::read(file).map_or_else(Self::default, |l| l.promise())),
            Container::Mp3 => Ok(Self { bytes: mp3(file, len), millis: None }),
            Container::Flac => Ok(Self { bytes: None, millis: flac(&bytes_at(file, 0, 42)) }),
            Container::Mp4 => mp4(file, len),
            Container::Matroska => Ok(Self { bytes: matroska(&bytes_at(file, 0, 4096), len), millis: None }),
            Container::Avi | Container::Aiff => {
                Ok(Self { bytes: iff(&bytes_at(file, 0, 8), container, len), millis: None })
            }
            Container::Asf => asf(&bytes_at(file, 0, 64 * 1024)),
            _ => Ok(Self::default()),
        }
    }

    /// Holds what was decoded against the promise: more than a second and more than 2 % missing is a cut file.
    pub(super) fn check(&self, decoded_ms: u64) -> Result<(), MediaError> {
        let by_bytes = self.bytes.map_or(0, |(promised, there)| {
            let missing = promised.saturating_sub(there);
            u64::try_from(u128::from(decoded_ms) * u128::from(missing) / u128::from(there.max(1)))
                .unwrap_or(u64::MAX)
        });
        let by_time = self.millis.map_or(0, |promised| promised.saturating_sub(decoded_ms));
        let missing = by_bytes.max(by_time);
        if missing > 1_000 && missing > decoded_ms / 50 {
            return Err(MediaError::Broken { at_second: decoded_ms / 1000 });
        }
        Ok(())
    }
}

/// Up to `len` bytes from `at`; fewer where the file ends or can't be read.
fn bytes_at(file: &mut File, at: u64, len: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(at)).is_ok() && file.take(len).read_to_end(&mut bytes).is_err() {
        bytes.clear();
    }
    bytes
}

fn u32_be(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 4).map(|b| u64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]])))
}

fn mp3(file: &mut File, len: u64) -> Option<(u64, u64)> {
    let start = mpeg::id3_len(&bytes_at(file, 0, 10)).unwrap_or(0);
    let promised = mpeg::promised_bytes(&bytes_at(file, start, 4096))?;
    Some((promised, len.saturating_sub(start)))
}

/// STREAMINFO: 20 bits of rate, 3 of channels, 5 of width, 36 of samples.
fn flac(head: &[u8]) -> Option<u64> {
    let info = head.strip_prefix(b"fLaC")?.get(4..)?;
    let (high, low) = (u32_be(info, 10)?, u32_be(info, 14)?);
    let (rate, samples) = (high >> 12, (high & 0xf) << 32 | low);
    (rate > 0 && samples > 0).then(|| samples * 1000 / rate)
}

fn iff(head: &[u8], container: Container, len: u64) -> Option<(u64, u64)> {
    let size = match container {
        Container::Aiff => u32_be(head, 4)?,
        _ => u64::from(u32::from_le_bytes(head.get(4..8)?.try_into().ok()?)),
    };
    // 0 and the largest value are left by writers that never knew the length
    (size != 0 && size < 0x7fff_ffff).then_some((size + 8, len))
}

/// Walks the top level boxes: the end of the last one, and the sample entries inside `moov`.
fn mp4(file: &mut File, len: u64) -> Result<Promise, MediaError> {
    let mut at = 0;
    // a file of that many boxes is not worth reading on: it then promises nothing
    for _ in 0..10_000 {
        let head = bytes_at(file, at, 16);
        let (Some(size), Some(kind)) = (u32_be(&head, 0), head.get(4..8)) else {
            break;
        };
        let size = match size {
            0 => len.saturating_sub(at),
            1 => u32_be(&head, 8).zip(u32_be(&head, 12)).map_or(0, |(high, low)| high << 32 | low),
            n => n,
        };
        if size < 8 {
            break;
        }
        if kind == b"moov" && is_encrypted(&bytes_at(file, at, size.min(MAX_HEADER))) {
            return Err(MediaError::Encrypted);
        }
        let Some(end) = at.checked_add(size) else { break };
        if end > len {
            return Ok(Promise { bytes: (kind == b"mdat").then_some((end, len)), millis: None });
        }
        at = end;
    }
    Ok(Promise::default())
}

/// Whether the sound in a `moov` is under common encryption.
fn is_encrypted(moov: &[u8]) -> bool {
    moov.windows(20).any(|w| w.starts_with(b"stsd") && (w.ends_with(b"enca") || w.ends_with(b"drms")))
}

/// The size of the segment, which follows the EBML header.
fn matroska(head: &[u8], len: u64) -> Option<(u64, u64)> {
    let (header, at) = vint(head, 4)?;
    let segment = usize::try_from(header?).ok()?.checked_add(at)?;
    if !head.get(segment..)?.starts_with(&[0x18, 0x53, 0x80, 0x67]) {
        return None;
    }
    let (size, body) = vint(head, segment + 4)?;
    Some((size?.checked_add(body as u64)?, len))
}

/// A size of one to eight bytes (`None` when all its bits are set: unknown), and where it ends.
fn vint(bytes: &[u8], at: usize) -> Option<(Option<u64>, usize)> {
    let first = *bytes.get(at)?;
    let len = first.leading_zeros() as usize + 1;
    let raw = bytes.get(at..at + len).filter(|_| len <= 8)?;
    let mask = (1u64 << (7 * len)) - 1;
    let value = raw.iter().fold(0u64, |n, b| n << 8 | u64::from(*b)) & mask;
    Some(((value != mask).then_some(value), at + len))
}

/// ASF promises nothing that is exact, but says when it is locked.
fn asf(head: &[u8]) -> Result<Promise, MediaError> {
    const CONTENT_ENCRYPTION: [u8; 16] =
        [0xfb, 0xb3, 0x11, 0x22, 0x23, 0xbd, 0xd2, 0x11, 0xb4, 0xb7, 0x00, 0xa0, 0xc9, 0x55, 0xfc, 0x6e];
    const EXTENDED_ENCRYPTION: [u8; 16] =
        [0x14, 0xe6, 0x8a, 0x29, 0x22, 0x26, 0x17, 0x4c, 0xb9, 0x35, 0xda, 0xe0, 0x7e, 0xe9, 0x28, 0x9c];
    if head.windows(16).any(|w| w == CONTENT_ENCRYPTION || w == EXTENDED_ENCRYPTION) {
        return Err(MediaError::Encrypted);
    }
    Ok(Promise::default())
}
