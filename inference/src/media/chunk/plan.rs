//! One window: which parts of the file it is made of, and where its moments lie in the file.

use super::SECOND;

/// A stretch of the file, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First sample.
    pub start: u64,
    /// One past the last sample.
    pub end: u64,
}

/// The parts of the file that make one window, in order. Parts do not overlap; two windows overlap only where a cut
/// fell inside speech.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Never empty, nor is any of them.
    pub spans: Vec<Span>,
}

impl Plan {
    /// Samples of the window.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.spans.iter().map(|s| s.end - s.start).sum()
    }

    /// Whether there is nothing in it: never so for a plan that a planner made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// First sample in the file.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.spans.first().map_or(0, |s| s.start)
    }

    /// One past the last sample in the file.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.spans.last().map_or(0, |s| s.end)
    }

    /// Time in the file, in ms, at which something begins that begins `ms` into the window. Times past the end of the
    /// window mean its end.
    #[must_use]
    pub fn begin_in_file(&self, ms: u64) -> u64 {
        self.locate(ms, |at, length| at < length)
    }

    /// The same for something that ends there: on the joint of two parts it ends in the first, where a beginning would
    /// be in the second.
    #[must_use]
    pub fn end_in_file(&self, ms: u64) -> u64 {
        self.locate(ms, |at, length| at <= length)
    }

    fn locate(&self, ms: u64, lies_within: impl Fn(u64, u64) -> bool) -> u64 {
        let mut at = ms.saturating_mul(SECOND) / 1000;
        for span in &self.spans {
            let length = span.end - span.start;
            if lies_within(at, length) {
                return (span.start + at) * 1000 / SECOND;
            }
            at -= length;
        }
        self.end() * 1000 / SECOND
    }
}
