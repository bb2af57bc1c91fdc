//! Blobs as files of a folder: `blobs/ab/cd/<digest>`, written as `tmp/<random>` first.

mod draft;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{ErrorKind, Sha256};
use futures_util::{StreamExt as _, stream};

use super::{Blobs, ByteStream, Draft, PIECE};
use crate::StoreError;
use draft::DiskDraft;

/// [`Blobs`] in a folder that belongs to this process alone. Cheap to clone.
#[derive(Clone)]
pub struct DiskBlobs(Arc<Folder>);

struct Folder {
    blobs: PathBuf,
    tmp: PathBuf,
    /// Drafts that somebody still writes.
    live: Mutex<HashSet<String>>,
}

impl DiskBlobs {
    /// Uses `root`, which is made if need be. What drafts of a former process left behind is removed.
    ///
    /// # Errors
    /// What the operating system says of the folder.
    pub fn open(root: &Path) -> io::Result<Self> {
        let folder = Folder { blobs: root.join("blobs"), tmp: root.join("tmp"), live: Mutex::default() };
        fs::create_dir_all(&folder.blobs)?;
        fs::create_dir_all(&folder.tmp)?;
        sync_folder(root)?;
        folder.sweep()?;
        Ok(Self(Arc::new(folder)))
    }
}

impl Folder {
    fn path(&self, sha256: Sha256) -> PathBuf {
        let name = sha256.to_string();
        self.blobs.join(&name[..2]).join(&name[2..4]).join(&name)
    }

    fn live(&self) -> MutexGuard<'_, HashSet<String>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sweep(&self) -> io::Result<u32> {
        let mut removed = 0;
        for entry in fs::read_dir(&self.tmp)? {
            let entry = entry?;
            // held over the removal: a draft that begins meanwhile has another name
            let live = self.live();
            if entry.file_name().to_str().is_none_or(|name| !live.contains(name)) {
                removed += u32::from(gone_is_fine(fs::remove_file(entry.path()))?);
            }
        }
        Ok(removed)
    }

    /// Moves a file of `tmp` to its name. Every folder on the way is on the disk before its entries count.
    fn publish(&self, draft: &Path, sha256: Sha256) -> io::Result<()> {
        let path = self.path(sha256);
        let shelf = path.parent().unwrap_or(&self.blobs);
        if !shelf.is_dir() {
            fs::create_dir_all(shelf)?;
            shelf.parent().map_or(Ok(()), sync_folder)?;
            sync_folder(&self.blobs)?;
        }
        fs::rename(draft, &path)?;
        sync_folder(shelf)
    }

    fn shelf(&self, shelf: u8) -> io::Result<Vec<Sha256>> {
        let mut found = Vec::new();
        for inner in entries(&self.blobs.join(format!("{shelf:02x}")))? {
            for name in entries(&inner)? {
                // what is not named by a digest was not put there by us
                found
                    .extend(name.file_name().and_then(|n| n.to_str()).and_then(|n| n.parse::<Sha256>().ok()));
            }
        }
        Ok(found)
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|e| Ok(e?.path())).collect(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Whether there was something to remove.
fn gone_is_fine(removed: io::Result<()>) -> io::Result<bool> {
    match removed {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

/// Runs on the pool of blocking threads: nothing async ever waits for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|e| StoreError::away().because(e))??)
}

#[async_trait]
impl Blobs for DiskBlobs {
    async fn draft(&self) -> Result<Box<dyn Draft>, StoreError> {
        let folder = self.0.clone();
        let draft = blocking(move || DiskDraft::begin(folder));
        Ok(Box::new(draft.await?))
    }

    async fn read(&self, sha256: Sha256, offset: u64, length: u64) -> Result<ByteStream, StoreError> {
        let path = self.0.path(sha256);
        let file = blocking(move || match File::open(path) {
            Ok(file) => Ok(Some(file)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        });
        let file = Arc::new(file.await?.ok_or_else(StoreError::no_file)?);
        let pieces = stream::try_unfold((offset, length), move |(at, left)| {
            let file = file.clone();
            async move {
                if left == 0 {
                    return Ok(None);
                }
                let piece = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
                let bytes = blocking(move || {
                    let mut bytes = vec![0; piece];
                    file.read_exact_at(&mut bytes, at).map(|()| Bytes::from(bytes))
                });
                let bytes = bytes.await.map_err(|e| {
                    StoreError::new(ErrorKind::Internal, "the blob is shorter than asked for").because(e)
                })?;
                Ok(Some((bytes, (at + piece as u64, left - piece as u64))))
            }
        });
        Ok(pieces.boxed())
    }

    async fn remove(&self, sha256: Sha256) -> Result<bool, StoreError> {
        let path = self.0.path(sha256);
        blocking(move || gone_is_fine(fs::remove_file(path))).await
    }

    async fn shelf(&self, shelf: u8) -> Result<Vec<Sha256>, StoreError> {
        let folder = self.0.clone();
        blocking(move || folder.shelf(shelf)).await
    }

    async fn free(&self) -> Result<Option<u64>, StoreError> {
        let folder = self.0.clone();
        let disk = blocking(move || Ok(rustix::fs::statvfs(&folder.tmp)?)).await?;
        Ok(Some(disk.f_bavail.saturating_mul(disk.f_frsize)))
    }

    async fn sweep(&self) -> Result<u32, StoreError> {
        let folder = self.0.clone();
        blocking(move || folder.sweep()).await
    }
}
