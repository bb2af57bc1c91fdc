//! Blobs: bytes under the name of their digest.

#[cfg(test)]
mod conformance;
mod disk;
mod memory;

use async_trait::async_trait;
use bytes::Bytes;
use domain::Sha256;
use futures_util::stream::BoxStream;

pub use disk::DiskBlobs;
pub use memory::MemoryBlobs;

use crate::StoreError;

/// Bytes in order, in pieces of at most [`PIECE`].
pub type ByteStream = BoxStream<'static, Result<Bytes, StoreError>>;

/// Length of the pieces that blobs are read and written in.
pub const PIECE: usize = 256 << 10;

/// Where bytes last, by their sha256.
///
/// Guarantees, of every implementation:
/// - A blob is there whole or not at all: its name says what its bytes are.
/// - After [`Draft::publish`] it is durable.
/// - Memory use does not depend on the size of a blob (the implementation in memory apart).
/// - No name or path ever holds anything that a client said.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Begins a new blob; its bytes are hashed as they come. Dropping the draft leaves nothing behind.
    ///
    /// # Errors
    /// `StorageFull`; `Unavailable`.
    async fn draft(&self) -> Result<Box<dyn Draft>, StoreError>;

    /// Reads `length` bytes from `offset`. A blob removed while it is read may still be read to its end.
    ///
    /// # Errors
    /// `NotFound` when there is no such blob; in the stream, `Internal` when it ends before `offset + length`.
    async fn read(&self, sha256: Sha256, offset: u64, length: u64) -> Result<ByteStream, StoreError>;

    /// Removes a blob. False when there was none.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn remove(&self, sha256: Sha256) -> Result<bool, StoreError>;

    /// Digests of blobs whose first byte is `shelf`: 256 shelves hold everything.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn shelf(&self, shelf: u8) -> Result<Vec<Sha256>, StoreError>;

    /// Bytes that can still be stored; `None` where nobody knows.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn free(&self) -> Result<Option<u64>, StoreError>;

    /// Removes what drafts left behind that nobody writes any more. Returns how many.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn sweep(&self) -> Result<u32, StoreError>;
}

/// A blob being written.
#[async_trait]
pub trait Draft: Send {
    /// Adds bytes.
    ///
    /// # Errors
    /// `StorageFull`; `Unavailable`. The draft is of no use then.
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError>;

    /// Ends the bytes: they are on the disk when this returns their digest, but under no name yet.
    ///
    /// # Errors
    /// As [`Draft::write`].
    async fn seal(&mut self) -> Result<Sha256, StoreError>;

    /// Gives a sealed draft its name; durable when this returns. The same bytes published before are no error.
    ///
    /// # Errors
    /// As [`Draft::write`]; `Internal` for a draft that was not sealed.
    async fn publish(self: Box<Self>) -> Result<(), StoreError>;
}

/// A draft used out of order: a fault of ours.
fn not_sealed() -> StoreError {
    StoreError::new(domain::ErrorKind::Internal, "a blob was published before it was sealed")
}
