//! Metadata of files in memory.

use async_trait::async_trait;
use domain::{FileId, FileMeta, Sha256, Timestamp};

use super::{FileStore, other_bytes};
use crate::{MemoryStore, StoreError};

#[async_trait]
impl FileStore for MemoryStore {
    async fn insert(&self, file: FileMeta) -> Result<FileMeta, StoreError> {
        let mut tables = self.tables();
        match tables.file(file.id, file.created_at) {
            Some(there) if there.sha256 == file.sha256 => return Ok(there.clone()),
            Some(_) => return Err(other_bytes()),
            None => {}
        }
        tables.files.insert(file.id, file.clone());
        Ok(file)
    }

    async fn stat(&self, id: FileId, now: Timestamp) -> Result<FileMeta, StoreError> {
        self.tables().file(id, now).cloned().ok_or_else(StoreError::no_file)
    }

    async fn uses(&self, sha256: Sha256) -> Result<bool, StoreError> {
        Ok(self.tables().files.values().any(|f| f.sha256 == sha256))
    }

    async fn forget(&self, now: Timestamp, limit: u32) -> Result<Vec<Sha256>, StoreError> {
        let mut tables = self.tables();
        let mut over: Vec<_> = tables.files.values().filter(|f| f.expires_at <= now).cloned().collect();
        over.sort_unstable_by_key(|f| f.expires_at);
        over.truncate(limit as usize);
        tables.files.retain(|_, f| !over.iter().any(|o| o.id == f.id));
        Ok(over.into_iter().map(|f| f.sha256).collect())
    }
}
