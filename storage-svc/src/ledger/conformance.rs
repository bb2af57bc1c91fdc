//! What [`Ledger`] promises, clause by clause, of every implementation: in memory, in SQLite, and over the wire.

use std::sync::Arc;

use async_trait::async_trait;
use domain::ErrorKind;
use futures_util::future::join_all;

use super::{Entry, Ledger, MAX_BODY, SqlLedger, Written};
use crate::sql::Sqlite;
use crate::sql::tests::{database, options};
use crate::tasks::conformance::RETENTION;
use crate::tests::wire::{Served, serve_ledger};
use crate::{MemoryStore, StoreError};

struct Fixture {
    ledger: Arc<dyn Ledger>,
    _root: Option<tempfile::TempDir>,
}

async fn memory() -> Fixture {
    Fixture { ledger: Arc::new(MemoryStore::new(RETENTION)), _root: None }
}

async fn sqlite() -> Fixture {
    let (root, db) = database().await;
    Fixture { ledger: Arc::new(SqlLedger::new(db)), _root: Some(root) }
}

async fn grpc() -> Fixture {
    let inner = sqlite().await;
    Fixture { ledger: Arc::new(serve_ledger(inner.ledger.clone()).await), ..inner }
}

#[async_trait]
impl Ledger for Served {
    async fn put(&self, stream: &str, key: &str, body: Vec<u8>) -> Result<Written, StoreError> {
        Ok(self.ledger.put(stream, key, body).await?)
    }
    async fn get(&self, stream: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.ledger.get(stream, key).await?)
    }
    async fn after(&self, stream: &str, key: &str, limit: u32) -> Result<Vec<Entry>, StoreError> {
        Ok(self.ledger.after(stream, key, limit).await?)
    }
    async fn head(&self, stream: &str) -> Result<Option<String>, StoreError> {
        Ok(self.ledger.head(stream).await?)
    }
}

async fn a_document_is_written_once_and_stays(f: Fixture) {
    let put = async |body: &str| f.ledger.put("tasks", "a", body.into()).await.unwrap();
    assert_eq!(f.ledger.get("tasks", "a").await.unwrap(), None);
    assert_eq!(put("one").await, Written::Fresh);
    assert_eq!(put("one").await, Written::Same);
    assert_eq!(put("two").await, Written::Differs);
    assert_eq!(f.ledger.get("tasks", "a").await.unwrap().unwrap(), b"one");
}

async fn every_stream_has_keys_of_its_own(f: Fixture) {
    for stream in ["a", "b"] {
        assert_eq!(f.ledger.put(stream, "k", stream.into()).await.unwrap(), Written::Fresh);
    }
    assert_eq!(f.ledger.get("b", "k").await.unwrap().unwrap(), b"b");
    assert_eq!(f.ledger.get("a", "b").await.unwrap(), None);
    assert_eq!(f.ledger.head("c").await.unwrap(), None);
}

async fn documents_come_in_the_order_of_their_keys(f: Fixture) {
    for key in ["b", "a/10", "B", "a/2", "a:", "a"] {
        f.ledger.put("s", key, key.into()).await.unwrap();
    }
    f.ledger.put("t", "z", b"other".to_vec()).await.unwrap();
    let (mut met, mut last) = (Vec::new(), String::new());
    loop {
        let page = f.ledger.after("s", &last, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(end) = page.last() else { break };
        last.clone_from(&end.key);
        met.extend(page);
    }
    let keys: Vec<_> = met.iter().map(|e| e.key.as_str()).collect();
    assert_eq!(keys, ["B", "a", "a/10", "a/2", "a:", "b"]);
    assert!(met.iter().all(|e| e.body == e.key.as_bytes()));
    assert_eq!(f.ledger.head("s").await.unwrap().unwrap(), "b");
}

async fn of_many_writers_of_one_key_one_is_told_fresh(f: Fixture) {
    let all = join_all((0..30_u8).map(|i| f.ledger.put("s", "k", vec![i % 3]))).await;
    let all: Vec<Written> = all.into_iter().map(Result::unwrap).collect();
    assert_eq!(all.iter().filter(|w| **w == Written::Fresh).count(), 1);
    assert_eq!(all.iter().filter(|w| **w == Written::Differs).count(), 20);
}

async fn names_and_bodies_have_bounds(f: Fixture) {
    let kind = async |stream: &str, key: &str, body: usize| {
        f.ledger.put(stream, key, vec![0; body]).await.map_err(|e| e.kind)
    };
    for bad in ["", "a b", "é", "a\n", &"x".repeat(201)] {
        assert_eq!(kind("s", bad, 1).await, Err(ErrorKind::Invalid), "{bad}");
        assert_eq!(f.ledger.get("s", bad).await.unwrap_err().kind, ErrorKind::Invalid, "{bad}");
    }
    for bad in ["", "a b", &"x".repeat(65)] {
        assert_eq!(kind(bad, "k", 1).await, Err(ErrorKind::Invalid), "{bad}");
        assert_eq!(f.ledger.head(bad).await.unwrap_err().kind, ErrorKind::Invalid, "{bad}");
    }
    for limit in [0, 1_001] {
        assert_eq!(f.ledger.after("s", "", limit).await.unwrap_err().kind, ErrorKind::Invalid);
    }
    assert_eq!(kind("s", "long", MAX_BODY + 1).await, Err(ErrorKind::TooLarge));
    assert_eq!(kind("s", "long", MAX_BODY).await, Ok(Written::Fresh));
    assert_eq!(kind("s", "empty", 0).await, Ok(Written::Fresh));
    assert_eq!(f.ledger.get("s", "empty").await.unwrap().unwrap(), b"");
}

async fn a_page_of_long_documents_is_shorter_and_goes_on(f: Fixture) {
    for key in ["1", "2", "3", "4", "5"] {
        f.ledger.put("s", key, vec![7; MAX_BODY]).await.unwrap();
    }
    let (mut met, mut last) = (0, String::new());
    loop {
        let page = f.ledger.after("s", &last, 1_000).await.unwrap();
        let Some(end) = page.last() else { break };
        assert!(page.len() < 5, "{} documents of a megabyte at once", page.len());
        last.clone_from(&end.key);
        met += page.len();
    }
    assert_eq!(met, 5);
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
    a_document_is_written_once_and_stays,
    every_stream_has_keys_of_its_own,
    documents_come_in_the_order_of_their_keys,
    of_many_writers_of_one_key_one_is_told_fresh,
    names_and_bodies_have_bounds,
    a_page_of_long_documents_is_shorter_and_goes_on,
);

#[tokio::test]
async fn a_document_is_there_after_a_restart() {
    let (root, db) = database().await;
    let before = SqlLedger::new(db);
    before.put("s", "k", b"kept".to_vec()).await.unwrap();
    drop(before);
    let after = SqlLedger::new(Sqlite::open(options(root.path())).await.unwrap());
    assert_eq!(after.get("s", "k").await.unwrap().unwrap(), b"kept");
    assert_eq!(after.put("s", "k", b"else".to_vec()).await.unwrap(), Written::Differs);
}
