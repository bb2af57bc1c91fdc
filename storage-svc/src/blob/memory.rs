//! Blobs in memory, for tests and for trying things out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{ErrorKind, Sha256};
use futures_util::{StreamExt as _, stream};
use sha2::Digest as _;

use super::{Blobs, ByteStream, Draft, PIECE, not_sealed};
use crate::StoreError;

type Shelves = Arc<Mutex<BTreeMap<Sha256, Bytes>>>;

/// [`Blobs`] that end with the process. Cheap to clone; clones share their bytes.
#[derive(Clone, Default)]
pub struct MemoryBlobs(Shelves);

fn lock(shelves: &Shelves) -> MutexGuard<'_, BTreeMap<Sha256, Bytes>> {
    // every change is one insert or remove: a panic leaves nothing half done
    shelves.lock().unwrap_or_else(PoisonError::into_inner)
}

struct MemoryDraft {
    shelves: Shelves,
    bytes: Vec<u8>,
    sealed: Option<Sha256>,
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn draft(&self) -> Result<Box<dyn Draft>, StoreError> {
        Ok(Box::new(MemoryDraft { shelves: self.0.clone(), bytes: Vec::new(), sealed: None }))
    }

    async fn read(&self, sha256: Sha256, offset: u64, length: u64) -> Result<ByteStream, StoreError> {
        let blob = lock(&self.0).get(&sha256).cloned().ok_or_else(StoreError::no_file)?;
        let range = usize::try_from(offset).ok().zip(usize::try_from(length).ok());
        let end = range.and_then(|(from, n)| from.checked_add(n)).filter(|end| *end <= blob.len());
        let (Some((from, _)), Some(end)) = (range, end) else {
            return Ok(stream::iter([Err(StoreError::new(
                ErrorKind::Internal,
                "the blob is shorter than asked for",
            ))])
            .boxed());
        };
        let cut = blob.slice(from..end);
        let pieces: Vec<_> = cut.chunks(PIECE).map(|p| Ok(cut.slice_ref(p))).collect();
        Ok(stream::iter(pieces).boxed())
    }

    async fn remove(&self, sha256: Sha256) -> Result<bool, StoreError> {
        Ok(lock(&self.0).remove(&sha256).is_some())
    }

    async fn shelf(&self, shelf: u8) -> Result<Vec<Sha256>, StoreError> {
        Ok(lock(&self.0).keys().filter(|k| k.0[0] == shelf).copied().collect())
    }

    async fn free(&self) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }

    async fn sweep(&self) -> Result<u32, StoreError> {
        Ok(0)
    }
}

#[async_trait]
impl Draft for MemoryDraft {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    async fn seal(&mut self) -> Result<Sha256, StoreError> {
        let digest = Sha256(sha2::Sha256::digest(&self.bytes).into());
        self.sealed = Some(digest);
        Ok(digest)
    }

    async fn publish(self: Box<Self>) -> Result<(), StoreError> {
        let digest = self.sealed.ok_or_else(not_sealed)?;
        lock(&self.shelves).insert(digest, self.bytes.into());
        Ok(())
    }
}
