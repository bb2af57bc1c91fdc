//! What [`Blobs`] promises, clause by clause, of every implementation.

use bytes::Bytes;
use domain::{ErrorKind, Sha256};
use futures_util::TryStreamExt as _;
use sha2::Digest as _;

use super::{Blobs, DiskBlobs, MemoryBlobs, PIECE};

async fn store(blobs: &dyn Blobs, bytes: &[u8]) -> Sha256 {
    let mut draft = blobs.draft().await.unwrap();
    for piece in bytes.chunks(100_000) {
        draft.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    let digest = draft.seal().await.unwrap();
    draft.publish().await.unwrap();
    digest
}

async fn read(
    blobs: &dyn Blobs,
    digest: Sha256,
    offset: u64,
    length: u64,
) -> Result<Vec<Bytes>, crate::StoreError> {
    blobs.read(digest, offset, length).await?.try_collect().await
}

/// Bytes that differ everywhere.
fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 + i / 251) as u8).collect()
}

async fn bytes_come_back_by_their_digest(blobs: impl Blobs) {
    // S18
    for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
        let bytes = sample(length);
        let digest = store(&blobs, &bytes).await;
        assert_eq!(digest, Sha256(sha2::Sha256::digest(&bytes).into()));
        assert_eq!(read(&blobs, digest, 0, length as u64).await.unwrap().concat(), bytes);
    }
}

async fn a_range_is_exact_and_comes_in_pieces(blobs: impl Blobs) {
    let bytes = sample(3 * PIECE);
    let digest = store(&blobs, &bytes).await;
    for (offset, length) in [(0, 1), (PIECE - 1, 2), (5, 2 * PIECE), (3 * PIECE - 1, 1), (3 * PIECE, 0)] {
        let pieces = read(&blobs, digest, offset as u64, length as u64).await.unwrap();
        assert!(pieces.iter().all(|p| p.len() <= PIECE));
        assert_eq!(pieces.concat(), bytes[offset..offset + length], "{offset} {length}");
    }
    let past = read(&blobs, digest, 1, 3 * PIECE as u64).await.unwrap_err();
    assert_eq!(past.kind, ErrorKind::Internal, "short bytes are never passed off as whole");
}

async fn a_blob_is_there_after_publish_and_not_before(blobs: impl Blobs) {
    let mut draft = blobs.draft().await.unwrap();
    draft.write(Bytes::from_static(b"abc")).await.unwrap();
    let digest = draft.seal().await.unwrap();
    assert_eq!(read(&blobs, digest, 0, 3).await.unwrap_err().kind, ErrorKind::NotFound);
    drop(draft);
    assert_eq!(read(&blobs, digest, 0, 3).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(store(&blobs, b"abc").await, digest);
    assert_eq!(read(&blobs, digest, 0, 3).await.unwrap().concat(), b"abc");
}

async fn a_draft_that_was_not_sealed_is_not_published(blobs: impl Blobs) {
    let draft = blobs.draft().await.unwrap();
    assert_eq!(draft.publish().await.unwrap_err().kind, ErrorKind::Internal);
}

async fn the_same_bytes_are_kept_once(blobs: impl Blobs) {
    let (first, second) = (store(&blobs, b"same").await, store(&blobs, b"same").await);
    assert_eq!(first, second);
    assert_eq!(blobs.shelf(first.0[0]).await.unwrap(), [first]);
    assert!(blobs.remove(first).await.unwrap());
    assert!(!blobs.remove(first).await.unwrap());
    assert_eq!(read(&blobs, first, 0, 4).await.unwrap_err().kind, ErrorKind::NotFound);
}

async fn the_shelves_hold_everything_once(blobs: impl Blobs) {
    let mut stored = Vec::new();
    for n in 0..40_u8 {
        stored.push(store(&blobs, &[n]).await);
    }
    let mut found = Vec::new();
    for shelf in 0..=u8::MAX {
        let on_it = blobs.shelf(shelf).await.unwrap();
        assert!(on_it.iter().all(|d| d.0[0] == shelf));
        found.extend(on_it);
    }
    found.sort_unstable();
    stored.sort_unstable();
    assert_eq!(found, stored);
}

macro_rules! conformance {
    ($($clause:ident),+ $(,)?) => {
        mod memory { $(#[tokio::test] async fn $clause() { super::$clause(super::MemoryBlobs::default()).await; })+ }
        mod disk {
            $(#[tokio::test] async fn $clause() {
                let root = tempfile::tempdir().unwrap();
                super::$clause(super::DiskBlobs::open(root.path()).unwrap()).await;
                assert_eq!(std::fs::read_dir(root.path().join("tmp")).unwrap().count(), 0, "a draft was left behind");
            })+
        }
    };
}

conformance!(
    bytes_come_back_by_their_digest,
    a_range_is_exact_and_comes_in_pieces,
    a_blob_is_there_after_publish_and_not_before,
    a_draft_that_was_not_sealed_is_not_published,
    the_same_bytes_are_kept_once,
    the_shelves_hold_everything_once,
);
