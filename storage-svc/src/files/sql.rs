//! Metadata of files in an SQL database.

use async_trait::async_trait;
use domain::{FileId, FileMeta, Sha256, Timestamp};

use super::{FileStore, row};
use crate::StoreError;
use crate::sql::Sqlite;

/// [`FileStore`] on a database. Cheap to clone.
#[derive(Clone)]
pub struct SqlFiles(Sqlite);

impl SqlFiles {
    /// On `db`, which holds the tasks too.
    #[must_use]
    pub fn new(db: Sqlite) -> Self {
        Self(db)
    }
}

#[async_trait]
impl FileStore for SqlFiles {
    async fn insert(&self, file: FileMeta) -> Result<FileMeta, StoreError> {
        self.0.write(move |c| row::insert(c, &file), |_| {}).await
    }

    async fn stat(&self, id: FileId, now: Timestamp) -> Result<FileMeta, StoreError> {
        self.0.read(move |c| row::stat(c, id, now)?.ok_or_else(StoreError::no_file)).await
    }

    async fn uses(&self, sha256: Sha256) -> Result<bool, StoreError> {
        self.0.read(move |c| row::uses(c, sha256)).await
    }

    async fn forget(&self, now: Timestamp, limit: u32) -> Result<Vec<Sha256>, StoreError> {
        self.0.write(move |c| row::forget(c, now, limit), |_| {}).await
    }
}
