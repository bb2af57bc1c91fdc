//! What reading one document may use up.

use super::DocumentError;

/// Bounds of one document. Whatever a file claims or unpacks to, memory stays within a small multiple of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of the file itself.
    pub file_bytes: u64,
    /// Most characters of text.
    pub chars: usize,
    /// Most pieces of text that are translated on their own.
    pub units: usize,
    /// Most files inside an archive.
    pub entries: usize,
    /// Most bytes that all files of an archive may claim to unpack to. Only those that hold text are unpacked.
    pub claimed_bytes: u64,
    /// Most bytes that are unpacked in all.
    pub unpacked_bytes: u64,
    /// Deepest nesting of elements or objects.
    pub depth: usize,
    /// Most pages.
    pub pages: usize,
    /// Most drawing operators of all pages, forms counted as often as they are drawn.
    pub operators: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 50 << 20,
            chars: 2_000_000,
            units: 200_000,
            entries: 10_000,
            claimed_bytes: 1 << 30,
            unpacked_bytes: 128 << 20,
            depth: 200,
            pages: 5_000,
            operators: 50_000_000,
        }
    }
}

/// Limits with a way to stop early; what every reader is given.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    pub(super) limits: &'a Limits,
    /// Asked often; `true` ends the work.
    pub(super) stop: &'a dyn Fn() -> bool,
}

impl Watch<'_> {
    /// Fails when the work was told to stop.
    pub(super) fn check(&self) -> Result<(), DocumentError> {
        if (self.stop)() { Err(DocumentError::Stopped) } else { Ok(()) }
    }
}

/// Refuses `amount` above `most`.
pub(super) fn within(amount: u64, most: u64, unit: &'static str) -> Result<(), DocumentError> {
    if amount > most { Err(DocumentError::TooLarge { most, unit }) } else { Ok(()) }
}
