//! Files: what is known of them, and the way in and out for their bytes.

#[cfg(test)]
pub(crate) mod conformance;
mod depot;
mod memory;
mod name;
pub(crate) mod row;
mod sniff;
mod sql;

use async_trait::async_trait;
use domain::{FileId, FileMeta, Sha256, Timestamp};

pub use depot::{Depot, DepotOptions};
pub use proto::client::PutFile;
pub use sql::SqlFiles;

use crate::StoreError;

/// Where the metadata of files lasts. The bytes are in [`Blobs`](crate::blob::Blobs), under their digest.
///
/// Guarantees, of every implementation:
/// - What was answered with `Ok` is durable, and every later read sees it.
/// - A file is gone from every answer the moment it expires, whether or not its row was deleted.
#[async_trait]
pub trait FileStore: Send + Sync + 'static {
    /// Stores a row. The same id with the same digest answers with the row that is there; an id whose file has expired
    /// is free again.
    ///
    /// # Errors
    /// `Conflict` when the id has other bytes.
    async fn insert(&self, file: FileMeta) -> Result<FileMeta, StoreError>;

    /// What is known of a file.
    ///
    /// # Errors
    /// `NotFound` when there is none, or when it has expired by `now`.
    async fn stat(&self, id: FileId, now: Timestamp) -> Result<FileMeta, StoreError>;

    /// Whether any row, expired or not, speaks of these bytes.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn uses(&self, sha256: Sha256) -> Result<bool, StoreError>;

    /// Deletes at most `limit` rows that expired by `now`, earliest first. Returns one digest for each.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn forget(&self, now: Timestamp, limit: u32) -> Result<Vec<Sha256>, StoreError>;
}

/// The refusal of an id that has other bytes.
pub(crate) fn other_bytes() -> StoreError {
    StoreError::new(domain::ErrorKind::Conflict, "a file of that id exists and has other bytes")
}
