//! What has a date is gone after it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{ErrorKind, Event, FileId, FileMeta, FilePurpose, NewTask, Sha256};
use futures_util::{StreamExt as _, stream};
use process::Stop;
use process::clock::{Clock, ManualClock};
use proto::client::{Idempotency, PutFile};
use testkit::eventually::eventually;

use super::{Options, Service, Walk};
use crate::blob::{Blobs, DiskBlobs};
use crate::events::Expired;
use crate::files::{Depot, DepotOptions, FileStore, SqlFiles};
use crate::nonces::{Nonce, Nonces, Spent, SqlNonces};
use crate::records::{MinerRecords as _, SqlRecords};
use crate::sql::tests::database;
use crate::tasks::conformance::RETENTION;
use crate::tasks::{SqlTasks, TaskStore};
use crate::tests::sample::{at, grant, new_task, output, record, respond, task_id};

const LIFE: Duration = Duration::from_secs(24 * 3_600);

struct Fixture {
    tasks: Arc<SqlTasks>,
    files: Arc<SqlFiles>,
    nonces: Arc<SqlNonces>,
    records: Arc<SqlRecords>,
    blobs: Arc<DiskBlobs>,
    depot: Depot,
    clock: Clock,
    hand: ManualClock,
    _root: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let (root, db) = database().await;
        let (clock, hand) = Clock::manual(at(0).micros());
        let tasks = Arc::new(SqlTasks::new(db.clone(), RETENTION));
        let nonces = Arc::new(SqlNonces::new(db.clone()));
        let records = Arc::new(SqlRecords::new(db.clone()));
        let files = Arc::new(SqlFiles::new(db));
        let blobs = Arc::new(DiskBlobs::open(root.path()).unwrap());
        let options = DepotOptions { life: LIFE, max_size: 1_000, min_free: 0 };
        let depot = Depot::new(files.clone(), blobs.clone(), clock.clone(), options);
        Self { tasks, files, nonces, records, blobs, depot, clock, hand, _root: root }
    }

    fn service(&self, batch: u32) -> Service {
        Service {
            tasks: self.tasks.clone(),
            nonces: self.nonces.clone(),
            records: self.records.clone(),
            files: self.files.clone(),
            blobs: self.blobs.clone(),
            depot: self.depot.clone(),
            clock: self.clock.clone(),
            options: Options {
                every: Duration::from_millis(1),
                batch,
                keep_nonces: LIFE,
                keep_records: 2 * LIFE,
            },
            walk: Walk::default(),
        }
    }

    async fn pass(&self, batch: u32) -> Expired {
        self.service(batch).pass(&Stop::new()).await.unwrap()
    }

    async fn put(&self, id: FileId, bytes: &'static [u8]) -> FileMeta {
        let file =
            PutFile { id, purpose: FilePurpose::Temp, file_name: None, max_size: 1_000, expected: None };
        self.depot.put(file, stream::iter([Ok(Bytes::from_static(bytes))]).boxed()).await.unwrap()
    }

    async fn blob(&self, sha256: Sha256) -> bool {
        self.blobs.read(sha256, 0, 0).await.is_ok()
    }
}

#[tokio::test]
async fn what_no_task_adopts_is_gone_after_a_day() {
    // L9, L10
    let f = Fixture::new().await;
    let orphan = f.put(FileId::from_random(1), b"orphan").await;
    let adopted = f.put(new_task(1).input, b"adopted").await;
    f.tasks.create(new_task(1), None).await.unwrap();
    f.hand.advance(LIFE - Duration::from_secs(1));
    assert_eq!(f.pass(100).await, Expired::default());
    f.hand.advance(Duration::from_secs(1));
    assert_eq!(f.pass(100).await, Expired { files: 1, blobs: 1, ..Expired::default() });
    assert!(!f.blob(orphan.sha256).await && f.blob(adopted.sha256).await);
    assert_eq!(f.depot.stat(orphan.id).await.unwrap_err().kind, ErrorKind::NotFound);
    assert!(f.depot.get(adopted.id, 0, None).await.is_ok());
}

#[tokio::test]
async fn a_task_goes_with_its_input_its_result_and_its_key() {
    // L10
    let f = Fixture::new().await;
    let given = f.put(new_task(1).input, b"in").await;
    let key = Some(Idempotency { key: "k".into(), fingerprint: Sha256([1; 32]) });
    f.tasks.create(new_task(1), key).await.unwrap();
    f.tasks.apply(task_id(1), grant(1, "a", at(2)), at(2)).await.unwrap();
    let out = f.put(output(1), b"out").await;
    let mut event = respond(1, 1, 0);
    if let Event::Respond { response, .. } = &mut event {
        (response.output.sha256, response.output.size) = (out.sha256, out.size);
        response.proof.as_mut().unwrap().input_sha256 = given.sha256;
    }
    f.tasks.apply(task_id(1), event, at(3)).await.unwrap();

    f.hand.set((at(1) + RETENTION.keys).micros());
    assert_eq!(f.pass(100).await, Expired { keys: 1, ..Expired::default() });
    f.hand.set((at(3) + RETENTION.tasks).micros() - 1);
    assert_eq!(f.pass(100).await, Expired::default(), "all of it is there to the last moment");
    assert!(f.depot.get(out.id, 0, None).await.is_ok());
    f.hand.set((at(3) + RETENTION.tasks).micros());
    assert_eq!(f.pass(100).await, Expired { tasks: 1, files: 1, blobs: 1, ..Expired::default() });
    assert_eq!(f.tasks.get(task_id(1)).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(f.tasks.counts().await.unwrap().iter().map(|(_, n)| n).sum::<u64>(), 0);
    f.hand.set((new_task(1).deadline + RETENTION.tasks).micros());
    assert_eq!(
        f.pass(100).await,
        Expired { files: 1, blobs: 1, ..Expired::default() },
        "the input had a longer life"
    );
}

#[tokio::test]
async fn a_task_that_runs_is_never_forgotten() {
    let f = Fixture::new().await;
    f.put(new_task(1).input, b"in").await;
    f.tasks.create(NewTask { deadline: at(i64::from(i32::MAX)), ..new_task(1) }, None).await.unwrap();
    f.hand.advance(100 * RETENTION.tasks);
    assert_eq!(f.pass(100).await, Expired::default());
    assert!(f.depot.get(new_task(1).input, 0, None).await.is_ok(), "nor is its input");
}

#[tokio::test]
async fn a_blob_that_a_crash_left_without_a_row_is_found() {
    // L9
    let f = Fixture::new().await;
    let kept = f.put(FileId::from_random(1), b"kept").await;
    for bytes in [b"a", b"b", b"c"] {
        let mut draft = f.blobs.draft().await.unwrap();
        draft.write(Bytes::from_static(bytes)).await.unwrap();
        draft.seal().await.unwrap();
        draft.publish().await.unwrap(); // and the process dies before the row
    }
    let mut service = f.service(2);
    let mut found = 0;
    for _ in 0..3 {
        found += service.pass(&Stop::new()).await.unwrap().blobs; // two blobs looked at in each
    }
    assert_eq!(found, 3);
    assert!(f.blob(kept.sha256).await);
}

#[tokio::test]
async fn small_batches_delete_all_of_it_in_the_end() {
    let f = Fixture::new().await;
    for n in 0..9 {
        f.put(FileId::from_random(n), [b"0", b"1", b"2"][n as usize % 3]).await;
    }
    f.hand.advance(LIFE);
    assert_eq!(f.pass(2).await, Expired { files: 9, blobs: 3, ..Expired::default() });
}

#[tokio::test]
async fn the_loop_runs_by_itself_and_ends_when_told() {
    let f = Fixture::new().await;
    let sha256 = f.put(FileId::from_random(1), b"x").await.sha256;
    let running = f.service(100).start(Stop::new());
    f.hand.advance(LIFE);
    eventually("the file to be deleted", Duration::from_secs(20), async || {
        (!f.blob(sha256).await).then_some(())
    })
    .await;
    running.stop().await;
    assert!(!f.files.uses(sha256).await.unwrap());
}

#[tokio::test]
async fn a_nonce_is_gone_a_day_after_its_request_was_too_old() {
    let f = Fixture::new().await;
    let nonce = Nonce { hotkey: [1; 32], number: 7 };
    f.nonces.spend(nonce, at(12)).await.unwrap();
    f.hand.set((at(12) + LIFE).micros() - 1);
    assert_eq!(f.pass(9).await.nonces, 0);
    assert_eq!(f.nonces.spend(nonce, at(12)).await.unwrap(), Spent::Seen);
    f.hand.set((at(12) + LIFE).micros());
    assert_eq!(f.pass(9).await, Expired { nonces: 1, ..Expired::default() });
}

#[tokio::test]
async fn the_record_of_a_miner_that_is_gone_is_forgotten() {
    let f = Fixture::new().await;
    for (miner, seen) in [("gone", 12), ("here", 13)] {
        f.records.put(vec![record(miner, domain::TaskKind::Tts, seen)]).await.unwrap();
    }
    f.hand.set((at(12) + 2 * LIFE).micros());
    assert_eq!(f.pass(9).await, Expired { records: 1, ..Expired::default() });
    assert_eq!(f.records.list(None, 9).await.unwrap(), [record("here", domain::TaskKind::Tts, 13)]);
}
