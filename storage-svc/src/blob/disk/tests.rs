//! What a crash or a fault of the disk leaves.

use std::fs::{self, File};

use bytes::Bytes;
use domain::ErrorKind;
use futures_util::StreamExt as _;

use super::{Blobs as _, DiskBlobs, PIECE};

fn blobs() -> (tempfile::TempDir, DiskBlobs) {
    let root = tempfile::tempdir().unwrap();
    let blobs = DiskBlobs::open(root.path()).unwrap();
    (root, blobs)
}

fn left(root: &tempfile::TempDir) -> usize {
    fs::read_dir(root.path().join("tmp")).unwrap().count()
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_no_blob_and_is_swept() {
    let (root, blobs) = blobs();
    let mut draft = blobs.draft().await.unwrap();
    draft.write(Bytes::from_static(b"half")).await.unwrap();
    let digest = draft.seal().await.unwrap();
    std::mem::forget(draft); // the process dies here
    assert_eq!(left(&root), 1);
    assert!(blobs.read(digest, 0, 4).await.is_err(), "sealed is not published");

    let again = DiskBlobs::open(root.path()).unwrap();
    assert_eq!(left(&root), 0);
    assert_eq!(again.read(digest, 0, 4).await.err().unwrap().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_sweep_spares_what_is_being_written() {
    let (root, blobs) = blobs();
    let mut draft = blobs.draft().await.unwrap();
    fs::write(root.path().join("tmp/stray"), b"x").unwrap();
    assert_eq!(blobs.sweep().await.unwrap(), 1);
    draft.write(Bytes::from_static(b"whole")).await.unwrap();
    let digest = draft.seal().await.unwrap();
    draft.publish().await.unwrap();
    assert_eq!(blobs.shelf(digest.0[0]).await.unwrap(), [digest]);
    assert_eq!(left(&root), 0);
}

#[tokio::test]
async fn a_dropped_draft_leaves_nothing() {
    let (root, blobs) = blobs();
    let mut draft = blobs.draft().await.unwrap();
    draft.write(Bytes::from(vec![1; 3 * PIECE])).await.unwrap();
    assert_eq!(left(&root), 1);
    drop(draft);
    assert_eq!(left(&root), 0);
}

#[tokio::test]
async fn a_damaged_blob_ends_in_an_error_not_in_short_bytes() {
    let (root, blobs) = blobs();
    let mut draft = blobs.draft().await.unwrap();
    draft.write(Bytes::from(vec![7; 1_000])).await.unwrap();
    let digest = draft.seal().await.unwrap();
    draft.publish().await.unwrap();
    let name = digest.to_string();
    let path = root.path().join("blobs").join(&name[..2]).join(&name[2..4]).join(&name);
    File::options().write(true).open(path).unwrap().set_len(10).unwrap();
    let read: Vec<_> = blobs.read(digest, 0, 1_000).await.unwrap().collect().await;
    assert_eq!(read.last().unwrap().as_ref().unwrap_err().kind, ErrorKind::Internal);
}
