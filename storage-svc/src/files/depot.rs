//! The way in and out for files: bytes to the blobs, metadata to the store, and neither without the other for long.

use std::sync::Arc;
use std::time::Duration;

use domain::{ErrorKind, FileId, FileMeta, Sha256, Timestamp};
use futures_util::StreamExt as _;
use process::clock::Clock;
use proto::client::PutFile;
use tokio::sync::Mutex;

use super::{FileStore, name, sniff};
use crate::StoreError;
use crate::blob::{Blobs, ByteStream, Draft};

/// What a depot takes and for how long.
#[derive(Debug, Clone, Copy)]
pub struct DepotOptions {
    /// How long a file is kept that no task adopts.
    pub life: Duration,
    /// Longest file, whatever a sender asks for, in bytes.
    pub max_size: u64,
    /// Room that is left free: below it nothing is taken, in bytes.
    pub min_free: u64,
}

/// Bytes between two looks at the free room.
const ROOM_EVERY: u64 = 64 << 20;
/// Locks that stand for all digests.
const LOCKS: usize = 64;

/// Files with their bytes.
///
/// Guarantees: a row never speaks of bytes that are not durable; bytes without a row are removed by [`Depot::collect`],
/// never while a file with the same bytes is stored. Cheap to clone.
#[derive(Clone)]
pub struct Depot {
    files: Arc<dyn FileStore>,
    blobs: Arc<dyn Blobs>,
    clock: Clock,
    options: DepotOptions,
    /// Held over "name the bytes, then insert the row" and over "no row, so remove the bytes".
    locks: Arc<Vec<Arc<Mutex<()>>>>,
}

impl Depot {
    /// Of these parts. All users of one set of blobs must share one depot.
    #[must_use]
    pub fn new(
        files: Arc<dyn FileStore>,
        blobs: Arc<dyn Blobs>,
        clock: Clock,
        options: DepotOptions,
    ) -> Self {
        let locks = (0..LOCKS).map(|_| Arc::default()).collect();
        Self { files, blobs, clock, options, locks: Arc::new(locks) }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.micros())
    }

    fn lock(&self, sha256: Sha256) -> Arc<Mutex<()>> {
        self.locks[usize::from(sha256.0[0]) % LOCKS].clone()
    }

    /// Stores a file; durable and hashed when this returns. Its media type is found from its bytes. The same id with the
    /// same bytes is no error.
    ///
    /// # Errors
    /// `TooLarge` at the first byte too many; `Invalid` when the bytes are not the expected ones; `Conflict` when the id
    /// has other bytes; `StorageFull`; whatever `body` breaks off with. Nothing is stored then.
    pub async fn put(&self, file: PutFile, mut body: ByteStream) -> Result<FileMeta, StoreError> {
        let limit = file.max_size.min(self.options.max_size);
        self.room().await?;
        let mut draft = self.blobs.draft().await?;
        let (mut size, mut looked, mut head) = (0_u64, 0_u64, Vec::new());
        while let Some(bytes) = body.next().await {
            let bytes = bytes?;
            size += bytes.len() as u64;
            if size > limit {
                return Err(StoreError::new(
                    ErrorKind::TooLarge,
                    format!("the file is longer than {limit} bytes"),
                ));
            }
            if size - looked >= ROOM_EVERY {
                (looked, ()) = (size, self.room().await?);
            }
            let wanted = sniff::SNIFF - head.len();
            head.extend_from_slice(&bytes[..wanted.min(bytes.len())]);
            draft.write(bytes).await?;
        }
        let sha256 = draft.seal().await?;
        if file.expected.is_some_and(|expected| expected != sha256) {
            return Err(StoreError::new(
                ErrorKind::Invalid,
                "expected_sha256: the bytes that came have another digest",
            ));
        }
        let now = self.now();
        let meta = FileMeta {
            id: file.id,
            sha256,
            size,
            content_type: sniff::content_type(&head).to_owned(),
            file_name: name::clean(file.file_name.as_deref()),
            purpose: file.purpose,
            created_at: now,
            expires_at: now + self.options.life,
        };
        self.store(draft, meta).await
    }

    /// Names the bytes and inserts the row. On a task of its own: a caller that goes away must not leave the lock while
    /// either is still under way.
    async fn store(&self, draft: Box<dyn Draft>, meta: FileMeta) -> Result<FileMeta, StoreError> {
        let (files, lock) = (self.files.clone(), self.lock(meta.sha256));
        let stored = tokio::spawn(async move {
            let _held = lock.lock().await;
            draft.publish().await?;
            files.insert(meta).await
        });
        stored.await.map_err(|e| StoreError::away().because(e))?
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// `NotFound` when there is none, or when it has expired.
    pub async fn stat(&self, id: FileId) -> Result<FileMeta, StoreError> {
        self.files.stat(id, self.now()).await
    }

    /// What is known of a file, and its bytes from `offset`: `length` of them, or as many as there are.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the range begins past the end.
    pub async fn get(
        &self,
        id: FileId,
        offset: u64,
        length: Option<u64>,
    ) -> Result<(FileMeta, ByteStream), StoreError> {
        let meta = self.stat(id).await?;
        let Some(left) = meta.size.checked_sub(offset) else {
            return Err(StoreError::new(ErrorKind::Invalid, "offset: lies past the end of the file"));
        };
        let bytes = self.blobs.read(meta.sha256, offset, length.unwrap_or(left).min(left)).await?;
        Ok((meta, bytes))
    }

    /// Removes these bytes if no file has them. False when some file does, or when they were gone.
    ///
    /// # Errors
    /// Only when a store itself fails.
    pub async fn collect(&self, sha256: Sha256) -> Result<bool, StoreError> {
        let (files, blobs, lock) = (self.files.clone(), self.blobs.clone(), self.lock(sha256));
        let collected = tokio::spawn(async move {
            let _held = lock.lock().await;
            Ok(!files.uses(sha256).await? && blobs.remove(sha256).await?)
        });
        collected.await.map_err(|e| StoreError::away().because(e))?
    }

    /// Refuses when the disk is nearly full: a database that can't write is worse than a file that waits.
    async fn room(&self) -> Result<(), StoreError> {
        match self.blobs.free().await? {
            Some(free) if free < self.options.min_free => Err(StoreError::full()),
            _ => Ok(()),
        }
    }
}
