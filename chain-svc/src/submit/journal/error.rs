//! Why a journal can't be used.

use std::{io, path::PathBuf};

/// Why a journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has it.
    #[error("another process writes to {}: stop it, or give this one a folder of its own", .0.display())]
    Taken(PathBuf),
    /// The disk failed.
    #[error("the journal {} can't be used: {source}", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line in the middle is none of ours.
    #[error("line {line} of the journal {} can't be read: put the file aside, but look up transactions that are under way first", path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
}
