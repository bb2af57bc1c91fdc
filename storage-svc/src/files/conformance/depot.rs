//! Files with their bytes: in memory, on SQLite with a disk, and over the wire.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{ErrorKind, FileId, FileMeta, FilePurpose, Sha256};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use process::clock::{Clock, ManualClock};
use proto::client::PutFile;
use sha2::Digest as _;

use crate::blob::{Blobs, DiskBlobs, MemoryBlobs};
use crate::files::{Depot, DepotOptions, FileStore, SqlFiles};
use crate::sql::tests::database;
use crate::tasks::SqlTasks;
use crate::tasks::conformance::RETENTION;
use crate::tests::sample::at;
use crate::tests::wire::{Served, serve};
use crate::{MemoryStore, StoreError};

const OPTIONS: DepotOptions =
    DepotOptions { life: Duration::from_secs(24 * 3_600), max_size: 10_000_000, min_free: 0 };

/// A depot under test; with a wire in front of it, or not.
struct Fixture {
    depot: Depot,
    blobs: Arc<dyn Blobs>,
    files: Arc<dyn FileStore>,
    hand: ManualClock,
    wire: Option<Served>,
    _root: Option<tempfile::TempDir>,
}

impl Fixture {
    async fn put(
        &self,
        file: PutFile,
        pieces: Vec<Result<Bytes, StoreError>>,
    ) -> Result<FileMeta, StoreError> {
        match &self.wire {
            None => self.depot.put(file, stream::iter(pieces).boxed()).await,
            Some(served) => Ok(served.files.put(file, stream::iter(pieces)).await?),
        }
    }

    async fn stat(&self, id: FileId) -> Result<FileMeta, StoreError> {
        match &self.wire {
            None => self.depot.stat(id).await,
            Some(served) => Ok(served.files.stat(id).await?),
        }
    }

    async fn get(
        &self,
        id: FileId,
        offset: u64,
        length: Option<u64>,
    ) -> Result<(FileMeta, Vec<u8>), StoreError> {
        match &self.wire {
            None => {
                let (meta, bytes) = self.depot.get(id, offset, length).await?;
                Ok((meta, bytes.try_collect::<Vec<_>>().await?.concat()))
            }
            Some(served) => {
                let reader = served.files.get(id, offset, length).await?;
                let meta = reader.meta.clone();
                Ok((meta, reader.chunks().try_collect::<Vec<_>>().await?.concat()))
            }
        }
    }

    async fn blobs(&self) -> usize {
        let mut found = 0;
        for shelf in 0..=u8::MAX {
            found += self.blobs.shelf(shelf).await.unwrap().len();
        }
        found
    }

    async fn nothing_is_stored(&self, id: FileId) {
        assert_eq!(self.stat(id).await.unwrap_err().kind, ErrorKind::NotFound);
        assert_eq!(self.blobs().await, 0);
    }
}

fn of(files: Arc<dyn FileStore>, blobs: Arc<dyn Blobs>, root: Option<tempfile::TempDir>) -> Fixture {
    let (clock, hand) = Clock::manual(at(0).micros());
    let depot = Depot::new(files.clone(), blobs.clone(), clock, OPTIONS);
    Fixture { depot, blobs, files, hand, wire: None, _root: root }
}

async fn memory() -> Fixture {
    of(Arc::new(MemoryStore::new(RETENTION)), Arc::new(MemoryBlobs::default()), None)
}

async fn sqlite_and_disk() -> Fixture {
    let (root, db) = database().await;
    let blobs = Arc::new(DiskBlobs::open(root.path()).unwrap());
    of(Arc::new(SqlFiles::new(db)), blobs, Some(root))
}

async fn grpc() -> Fixture {
    let (root, db) = database().await;
    let blobs = Arc::new(DiskBlobs::open(root.path()).unwrap());
    let mut f = of(Arc::new(SqlFiles::new(db.clone())), blobs, Some(root));
    f.wire = Some(serve(Arc::new(SqlTasks::new(db, RETENTION)), f.depot.clone()).await);
    f
}

fn id(n: u128) -> FileId {
    FileId::from_random(n)
}

fn new(n: u128) -> PutFile {
    let file_name = Some("a\u{1}b.wav".into());
    PutFile { id: id(n), purpose: FilePurpose::UserAudio, file_name, max_size: 1_000_000, expected: None }
}

fn pieces(bytes: &[u8]) -> Vec<Result<Bytes, StoreError>> {
    bytes.chunks(70_000).map(|c| Ok(Bytes::copy_from_slice(c))).collect()
}

fn sample(length: usize) -> Vec<u8> {
    b"RIFF....WAVE".iter().copied().chain((0..).map(|i: u32| (i % 251) as u8)).take(length).collect()
}

async fn what_goes_in_comes_out_hashed_and_typed(f: Fixture) {
    // S17, S18
    let bytes = sample(700_001);
    let meta = f.put(new(1), pieces(&bytes)).await.unwrap();
    let expected = FileMeta {
        id: id(1),
        sha256: Sha256(sha2::Sha256::digest(&bytes).into()),
        size: 700_001,
        content_type: "audio/wav".into(),
        file_name: Some("ab.wav".into()),
        purpose: FilePurpose::UserAudio,
        created_at: at(0),
        expires_at: at(0) + OPTIONS.life,
    };
    assert_eq!(meta, expected);
    assert_eq!(f.stat(id(1)).await.unwrap(), expected);
    assert_eq!(f.get(id(1), 0, None).await.unwrap(), (expected, bytes.clone()));
    for (offset, length) in [(0, 1), (5, 300_000), (700_000, 1), (700_000, 99), (699_999, 1)] {
        let end = (offset + length).min(700_001) as usize;
        assert_eq!(f.get(id(1), offset, Some(length)).await.unwrap().1, bytes[offset as usize..end]);
    }
    assert!(f.get(id(1), 700_001, None).await.unwrap().1.is_empty());
    assert_eq!(f.get(id(1), 700_002, None).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(f.get(id(2), 0, None).await.unwrap_err().kind, ErrorKind::NotFound);
}

async fn the_first_byte_too_many_ends_an_upload(f: Fixture) {
    // C10
    let file = |max_size| PutFile { max_size, ..new(1) };
    assert_eq!(f.put(file(99), pieces(&sample(100))).await.unwrap_err().kind, ErrorKind::TooLarge);
    f.nothing_is_stored(id(1)).await;
    let asked_too_much = PutFile { max_size: u64::MAX, ..new(1) };
    let refused = f.put(asked_too_much, pieces(&sample(10_000_001))).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::TooLarge, "the depot has its own limit");
    f.nothing_is_stored(id(1)).await;
    assert_eq!(f.put(file(100), pieces(&sample(100))).await.unwrap().size, 100);
}

async fn an_upload_that_breaks_off_leaves_nothing(f: Fixture) {
    let mut broken = pieces(&sample(300_000));
    broken.push(Err(StoreError::new(ErrorKind::Cancelled, "gone")));
    assert_eq!(f.put(new(1), broken).await.unwrap_err().kind, ErrorKind::Cancelled);
    f.nothing_is_stored(id(1)).await;
}

async fn bytes_that_are_not_the_expected_ones_are_refused(f: Fixture) {
    let bytes = sample(100);
    let expecting =
        |bytes: &[u8]| PutFile { expected: Some(Sha256(sha2::Sha256::digest(bytes).into())), ..new(1) };
    assert_eq!(f.put(expecting(b"other"), pieces(&bytes)).await.unwrap_err().kind, ErrorKind::Invalid);
    f.nothing_is_stored(id(1)).await;
    assert!(f.put(expecting(&bytes), pieces(&bytes)).await.is_ok());
}

async fn the_same_file_again_is_no_error_and_another_one_is(f: Fixture) {
    let first = f.put(new(1), pieces(b"one")).await.unwrap();
    f.hand.advance(Duration::from_secs(5));
    assert_eq!(f.put(new(1), pieces(b"one")).await.unwrap(), first);
    assert_eq!(f.put(new(1), pieces(b"two")).await.unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(f.get(id(1), 0, None).await.unwrap().1, b"one");
    let other = f.put(new(2), pieces(b"one")).await.unwrap();
    assert_eq!((other.id, other.sha256), (id(2), first.sha256));
    assert_eq!(f.put(new(3), vec![]).await.unwrap().size, 0, "no bytes are bytes too");
    assert!(f.get(id(3), 0, None).await.unwrap().1.is_empty());
}

async fn bytes_live_as_long_as_some_file_has_them(f: Fixture) {
    // L10
    let sha256 = f.put(new(1), pieces(b"same")).await.unwrap().sha256;
    f.hand.advance(Duration::from_secs(60));
    f.put(new(2), pieces(b"same")).await.unwrap();
    f.files.forget(at(0) + OPTIONS.life, 9).await.unwrap();
    assert!(!f.depot.collect(sha256).await.unwrap(), "file 2 has them still");
    assert_eq!(f.get(id(2), 0, None).await.unwrap().1, b"same");
    f.files.forget(at(60) + OPTIONS.life, 9).await.unwrap();
    assert!(f.depot.collect(sha256).await.unwrap());
    assert_eq!(f.blobs().await, 0);
}

async fn no_put_loses_its_bytes_to_a_collector(f: Fixture) {
    let sha256 = Sha256(sha2::Sha256::digest(b"same").into());
    for round in 0..40 {
        let (put, _, _) = tokio::join!(
            f.put(new(round), pieces(b"same")),
            f.depot.collect(sha256),
            f.depot.collect(sha256)
        );
        put.unwrap();
        assert_eq!(f.get(id(round), 0, None).await.unwrap().1, b"same", "round {round}");
        f.files.forget(at(0) + OPTIONS.life, 9).await.unwrap();
    }
}

macro_rules! conformance {
    ($($clause:ident),+ $(,)?) => {
        conformance!(@ memory: $($clause),+);
        conformance!(@ sqlite_and_disk: $($clause),+);
        conformance!(@ grpc: $($clause),+);
    };
    (@ $way:ident: $($clause:ident),+) => {
        mod $way {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $clause() { super::$clause(super::$way().await).await; })+
        }
    };
}

conformance!(
    what_goes_in_comes_out_hashed_and_typed,
    the_first_byte_too_many_ends_an_upload,
    an_upload_that_breaks_off_leaves_nothing,
    bytes_that_are_not_the_expected_ones_are_refused,
    the_same_file_again_is_no_error_and_another_one_is,
    bytes_live_as_long_as_some_file_has_them,
    no_put_loses_its_bytes_to_a_collector,
);

#[tokio::test]
async fn nothing_is_taken_when_the_disk_is_nearly_full() {
    // R11
    let (root, db) = database().await;
    let blobs = Arc::new(DiskBlobs::open(root.path()).unwrap());
    let (clock, _) = Clock::manual(at(0).micros());
    let options = DepotOptions { min_free: u64::MAX, ..OPTIONS };
    let depot = Depot::new(Arc::new(SqlFiles::new(db)), blobs, clock, options);
    let refused = depot.put(new(1), stream::iter(pieces(b"x")).boxed()).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::StorageFull);
}
