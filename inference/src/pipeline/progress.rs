//! How far a task is.

use std::sync::Arc;

/// Called with a percentage that only grows; 100 comes last and only with a result.
pub type Progress = Arc<dyn Fn(u8) + Send + Sync>;

/// Turns positions into calls that are worth making.
pub(super) struct Meter {
    report: Progress,
    last: u8,
}

impl Meter {
    pub(super) const fn new(report: Progress) -> Self {
        Self { report, last: 0 }
    }

    /// `done` of `total`; says nothing when the percentage has not grown, and 99 until the end.
    pub(super) fn reached(&mut self, done: u64, total: u64) {
        let percent = u8::try_from(done.saturating_mul(100) / total.max(1)).unwrap_or(99).min(99);
        if percent > self.last {
            self.last = percent;
            (self.report)(percent);
        }
    }

    /// There is a result.
    pub(super) fn complete(&mut self) {
        if self.last < 100 {
            self.last = 100;
            (self.report)(100);
        }
    }
}
