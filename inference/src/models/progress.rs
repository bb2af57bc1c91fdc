//! What a fetch tells while it runs.

/// Receives the events of a fetch. Called from several downloads at once; must not block for long.
///
/// A download is named by what is fetched. `started` may come twice for one name: it was begun anew from the first byte.
pub trait Progress: Send + Sync {
    /// A download begins; `total` is its size in bytes.
    fn started(&self, name: &str, total: u64);
    /// `bytes` more of it are here (bytes found from an earlier attempt count too).
    fn advanced(&self, name: &str, bytes: u64);
    /// It is complete and its hash is right.
    fn finished(&self, name: &str);
    /// It was begun and will not be finished: its source was given up. A note says why.
    fn abandoned(&self, name: &str) {
        let _ = name;
    }
    /// A sentence for the reader: a source was given up, another process is waited for, a damaged file is replaced.
    fn note(&self, text: &str);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

/// Tells the log: one event when a download begins, one when it ends, one per note.
#[derive(Debug, Clone, Copy, Default)]
pub struct Logged;

impl Progress for Silent {
    fn started(&self, _name: &str, _total: u64) {}
    fn advanced(&self, _name: &str, _bytes: u64) {}
    fn finished(&self, _name: &str) {}
    fn note(&self, _text: &str) {}
}

impl Progress for Logged {
    fn started(&self, name: &str, total: u64) {
        tracing::info!(name, bytes = total, "download started");
    }

    fn advanced(&self, _name: &str, _bytes: u64) {}

    fn finished(&self, name: &str) {
        tracing::info!(name, "download finished");
    }

    fn note(&self, text: &str) {
        tracing::info!(note = text, "preparing models");
    }
}
