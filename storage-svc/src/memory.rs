//! Everything that lasts, in memory, for tests and for trying things out. One lock stands for one transaction.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{FileId, FileMeta, MinerId, MinerRecord, Sha256, Task, TaskId, Timestamp};

use crate::evaluations::Books;
use crate::nonces::Nonce;
use crate::tasks::{Changes, Retention};

/// Everything that ends with the process. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    pub(crate) retention: Retention,
    pub(crate) changes: Changes,
}

/// What the tables of a database would hold.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) tasks: BTreeMap<TaskId, Task>,
    pub(crate) files: BTreeMap<FileId, FileMeta>,
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) nonces: BTreeMap<Nonce, Timestamp>,
    pub(crate) books: Books,
    /// By miner and the name of the kind.
    pub(crate) records: BTreeMap<(MinerId, &'static str), MinerRecord>,
    pub(crate) ledger: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
}

/// An idempotency key that was used.
pub(crate) struct Key {
    pub(crate) fingerprint: Sha256,
    pub(crate) task: TaskId,
    pub(crate) expires_at: Timestamp,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(retention: Retention) -> Self {
        Self { tables: Arc::default(), retention, changes: Changes::new() }
    }

    pub(crate) fn tables(&self) -> MutexGuard<'_, Tables> {
        // every verb checks first and changes last: a panic leaves nothing half done
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    /// A file that has not expired by `now`.
    pub(crate) fn file(&self, id: FileId, now: Timestamp) -> Option<&FileMeta> {
        self.files.get(&id).filter(|f| f.expires_at > now)
    }

    /// Keeps a file at least until `until`.
    pub(crate) fn keep_file(&mut self, id: FileId, until: Timestamp) {
        if let Some(f) = self.files.get_mut(&id) {
            f.expires_at = f.expires_at.max(until);
        }
    }
}
