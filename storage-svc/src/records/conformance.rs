//! What [`MinerRecords`] promises, clause by clause, of every implementation: in memory, in SQLite, and over the wire.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{ErrorKind, MinerId, MinerRecord, Score, Tally, TaskKind};

use super::{ForgetRecords, MAX_RECORDS, MinerRecords, SqlRecords};
use crate::sql::Sqlite;
use crate::sql::tests::{database, options};
use crate::tasks::conformance::RETENTION;
use crate::tests::sample::{at, record};
use crate::tests::wire::{Served, serve_records};
use crate::{MemoryStore, StoreError};

struct Fixture {
    records: Arc<dyn MinerRecords>,
    forget: Arc<dyn ForgetRecords>,
    _root: Option<tempfile::TempDir>,
}

async fn memory() -> Fixture {
    let store = Arc::new(MemoryStore::new(RETENTION));
    Fixture { records: store.clone(), forget: store, _root: None }
}

async fn sqlite() -> Fixture {
    let (root, db) = database().await;
    let store = Arc::new(SqlRecords::new(db));
    Fixture { records: store.clone(), forget: store, _root: Some(root) }
}

async fn grpc() -> Fixture {
    let inner = sqlite().await;
    let served = serve_records(inner.records.clone()).await;
    Fixture { records: Arc::new(served), ..inner }
}

#[async_trait]
impl MinerRecords for Served {
    async fn put(&self, records: Vec<MinerRecord>) -> Result<(), StoreError> {
        Ok(self.records.put(&records).await?)
    }

    async fn list(
        &self,
        after: Option<(MinerId, TaskKind)>,
        limit: u32,
    ) -> Result<Vec<MinerRecord>, StoreError> {
        Ok(self.records.list(after.as_ref(), limit).await?)
    }
}

async fn all(f: &Fixture) -> Vec<MinerRecord> {
    f.records.list(None, 200).await.unwrap()
}

async fn what_is_written_is_read_and_written_over(f: Fixture) {
    assert_eq!(all(&f).await, []);
    let full = Tally {
        answered: u64::MAX,
        failed: 1,
        dropped: 2,
        late: 3,
        success: Score::percent(7),
        pace: Some(Score::ZERO),
        agreement: Some(Score::ONE),
        last_seen: at(9),
    };
    let first = MinerRecord { tally: full, hotkey: Some([7; 32]), ..record("a", TaskKind::Tts, 1) };
    let other = record("b", TaskKind::Tts, 2);
    f.records.put(vec![first.clone(), other.clone()]).await.unwrap();
    assert_eq!(all(&f).await, [first.clone(), other.clone()]);
    let newer = MinerRecord { tally: Tally { pace: None, ..full }, ..first };
    for _ in 0..2 {
        f.records.put(vec![newer.clone()]).await.unwrap();
        assert_eq!(all(&f).await, [newer.clone(), other.clone()]);
    }
}

async fn records_come_by_pages_in_one_order(f: Fixture) {
    let miners = ["10", "9", "B", "a"];
    let kinds = [TaskKind::AudioAnalysis, TaskKind::Transcription, TaskKind::Tts];
    let records: Vec<_> = miners.iter().flat_map(|m| kinds.map(|k| record(m, k, 1))).collect();
    f.records.put(records.iter().rev().cloned().collect()).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = f.records.list(after.clone(), 5).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.miner.clone(), last.kind));
        seen.extend(page);
    }
    assert_eq!(seen, records);
}

async fn what_was_done_under_another_hotkey_is_forgotten(f: Fixture) {
    let of =
        |key: Option<u8>, miner, kind| MinerRecord { hotkey: key.map(|k| [k; 32]), ..record(miner, kind, 1) };
    let (tts, spoken) = (TaskKind::Tts, TaskKind::Transcription);
    let old = vec![of(Some(1), "3", tts), of(Some(1), "3", spoken), of(Some(1), "4", tts)];
    f.records.put(old.clone()).await.unwrap();
    f.records.put(vec![of(Some(2), "3", tts)]).await.unwrap();
    assert_eq!(all(&f).await, [of(Some(2), "3", tts), of(Some(1), "4", tts)], "of every kind, of that name");
    f.records.put(vec![of(Some(2), "3", spoken)]).await.unwrap();
    assert_eq!(all(&f).await.len(), 3, "the same key keeps its other kinds");
    f.records.put(vec![of(None, "4", spoken)]).await.unwrap();
    assert_eq!(all(&f).await.len(), 3, "no key is another one");
}

async fn more_than_fits_is_refused_whole(f: Fixture) {
    let many = |n: usize| (0..n).map(|i| record(&format!("m{i}"), TaskKind::Tts, 1)).collect::<Vec<_>>();
    let refused = f.records.put(many(MAX_RECORDS + 1)).await.unwrap_err();
    assert_eq!((refused.kind, all(&f).await.len()), (ErrorKind::Invalid, 0));
    f.records.put(many(MAX_RECORDS)).await.unwrap();
    assert_eq!(all(&f).await.len(), MAX_RECORDS);
    for limit in [0, 201] {
        assert_eq!(f.records.list(None, limit).await.unwrap_err().kind, ErrorKind::Invalid);
    }
}

async fn the_longest_unseen_are_forgotten_first(f: Fixture) {
    for (miner, seen) in [("a", 30), ("b", 10), ("c", 20)] {
        f.records.put(vec![record(miner, TaskKind::Tts, seen)]).await.unwrap();
    }
    assert_eq!(f.forget.forget_records(at(9), 9).await.unwrap(), 0);
    assert_eq!(f.forget.forget_records(at(20), 1).await.unwrap(), 1);
    let names: Vec<_> = all(&f).await.into_iter().map(|r| r.miner.to_string()).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(f.forget.forget_records(at(20), 9).await.unwrap(), 1);
}

/// One test for each clause and each implementation.
macro_rules! conformance {
    ($($clause:ident),+ $(,)?) => {
        mod in_memory { $(#[tokio::test] async fn $clause() { super::$clause(super::memory().await).await; })+ }
        mod in_sqlite { $(#[tokio::test] async fn $clause() { super::$clause(super::sqlite().await).await; })+ }
        mod over_grpc {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $clause() { super::$clause(super::grpc().await).await; })+
        }
    };
}

conformance!(
    what_is_written_is_read_and_written_over,
    records_come_by_pages_in_one_order,
    what_was_done_under_another_hotkey_is_forgotten,
    more_than_fits_is_refused_whole,
    the_longest_unseen_are_forgotten_first,
);

#[tokio::test]
async fn records_are_there_after_a_restart() {
    let (root, db) = database().await;
    let before = SqlRecords::new(db);
    before.put(vec![record("a", TaskKind::Tts, 1)]).await.unwrap();
    drop(before);
    let after = SqlRecords::new(Sqlite::open(options(root.path())).await.unwrap());
    assert_eq!(after.list(None, 9).await.unwrap(), [record("a", TaskKind::Tts, 1)]);
}
