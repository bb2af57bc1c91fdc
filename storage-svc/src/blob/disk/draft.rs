//! A blob on its way to the disk.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use domain::Sha256;
use sha2::Digest as _;

use super::{Folder, blocking};
use crate::StoreError;
use crate::blob::{Draft, PIECE, not_sealed};

/// A file of `tmp` that is being written.
pub(super) struct DiskDraft {
    folder: Arc<Folder>,
    name: String,
    path: PathBuf,
    /// The file and the digest so far; with a blocking thread while it writes.
    open: Option<(File, sha2::Sha256)>,
    /// Bytes too few to be worth a write.
    rest: BytesMut,
    sealed: Option<Sha256>,
}

impl DiskDraft {
    /// Begins a file under a random name.
    pub(super) fn begin(folder: Arc<Folder>) -> io::Result<Self> {
        let name = format!("{:032x}", process::id::random());
        let path = folder.tmp.join(&name);
        folder.live().insert(name.clone());
        // from here on dropping it cleans up, also when the file can't be made
        let mut draft = Self { folder, name, path, open: None, rest: BytesMut::new(), sealed: None };
        draft.open = Some((File::create_new(&draft.path)?, sha2::Sha256::new()));
        Ok(draft)
    }

    async fn append(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let (mut file, mut digest) = self.open.take().ok_or_else(StoreError::away)?;
        let written = blocking(move || {
            file.write_all(&bytes)?;
            digest.update(&bytes);
            Ok((file, digest))
        });
        self.open = Some(written.await?);
        Ok(())
    }
}

#[async_trait]
impl Draft for DiskDraft {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        if self.rest.is_empty() && bytes.len() >= PIECE {
            return self.append(bytes).await;
        }
        self.rest.extend_from_slice(&bytes);
        if self.rest.len() < PIECE {
            return Ok(());
        }
        let full = self.rest.split().freeze();
        self.append(full).await
    }

    async fn seal(&mut self) -> Result<Sha256, StoreError> {
        let last = self.rest.split().freeze();
        self.append(last).await?;
        let (file, digest) = self.open.take().ok_or_else(StoreError::away)?;
        blocking(move || file.sync_all()).await?;
        let digest = Sha256(digest.finalize().into());
        self.sealed = Some(digest);
        Ok(digest)
    }

    async fn publish(self: Box<Self>) -> Result<(), StoreError> {
        let digest = self.sealed.ok_or_else(not_sealed)?;
        blocking(move || self.folder.publish(&self.path, digest)).await
    }
}

impl Drop for DiskDraft {
    fn drop(&mut self) {
        // a published draft has no file under this name any more; one that can't be removed is swept later
        let _ = fs::remove_file(&self.path);
        self.folder.live().remove(&self.name);
    }
}
