//! What [`Nonces`] promises, clause by clause, of every implementation: in memory, in SQLite, and over the wire.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Timestamp;
use futures_util::future::join_all;

use super::{ForgetNonces, Nonce, Nonces, Spent, SqlNonces};
use crate::sql::tests::{database, options};
use crate::sql::{Sqlite, tests::stranger};
use crate::tasks::conformance::RETENTION;
use crate::tests::sample::at;
use crate::tests::wire::{Served, serve_nonces};
use crate::{MemoryStore, StoreError};

struct Fixture {
    nonces: Arc<dyn Nonces>,
    forget: Arc<dyn ForgetNonces>,
    _root: Option<tempfile::TempDir>,
}

async fn memory() -> Fixture {
    let store = Arc::new(MemoryStore::new(RETENTION));
    Fixture { nonces: store.clone(), forget: store, _root: None }
}

async fn sqlite() -> Fixture {
    let (root, db) = database().await;
    let store = Arc::new(SqlNonces::new(db));
    Fixture { nonces: store.clone(), forget: store, _root: Some(root) }
}

async fn grpc() -> Fixture {
    let inner = sqlite().await;
    let served = serve_nonces(inner.nonces.clone()).await;
    Fixture { nonces: Arc::new(served), ..inner }
}

#[async_trait]
impl Nonces for Served {
    async fn spend(&self, nonce: Nonce, expires: Timestamp) -> Result<Spent, StoreError> {
        Ok(self.nonces.spend(nonce, expires).await?)
    }
}

fn nonce(key: u8, number: u64) -> Nonce {
    Nonce { hotkey: [key; 32], number }
}

async fn a_nonce_is_fresh_once(f: Fixture) {
    // S13
    assert_eq!(f.nonces.spend(nonce(1, 7), at(12)).await.unwrap(), Spent::Fresh);
    for expires in [at(12), at(0), at(99)] {
        assert_eq!(f.nonces.spend(nonce(1, 7), expires).await.unwrap(), Spent::Seen);
    }
}

async fn every_hotkey_has_nonces_of_its_own(f: Fixture) {
    for number in [0, 1, u64::MAX, u64::MAX / 2, u64::MAX / 2 + 1] {
        for key in [0, 1, 255] {
            let first = f.nonces.spend(nonce(key, number), at(12)).await.unwrap();
            let again = f.nonces.spend(nonce(key, number), at(12)).await.unwrap();
            assert_eq!((first, again), (Spent::Fresh, Spent::Seen), "{key} {number}");
        }
    }
}

async fn of_many_calls_at_once_one_is_told_fresh(f: Fixture) {
    let all = join_all((0..50).map(|i| f.nonces.spend(nonce(1, i % 2), at(12)))).await;
    let fresh = all.into_iter().filter(|s| *s.as_ref().unwrap() == Spent::Fresh).count();
    assert_eq!(fresh, 2);
}

async fn a_nonce_is_kept_until_it_is_forgotten_and_no_sooner(f: Fixture) {
    for (number, expires) in [(1, 30), (2, 10), (3, 20)] {
        f.nonces.spend(nonce(1, number), at(expires)).await.unwrap();
    }
    assert_eq!(f.forget.forget_nonces(at(9), 9).await.unwrap(), 0);
    assert_eq!(f.nonces.spend(nonce(1, 2), at(11)).await.unwrap(), Spent::Seen, "a copy prolongs nothing");
    assert_eq!(f.forget.forget_nonces(at(20), 1).await.unwrap(), 1, "the earliest, as many as were asked");
    assert_eq!(f.nonces.spend(nonce(1, 2), at(40)).await.unwrap(), Spent::Fresh);
    assert_eq!(f.forget.forget_nonces(at(20), 9).await.unwrap(), 1);
    assert_eq!(f.nonces.spend(nonce(1, 1), at(40)).await.unwrap(), Spent::Seen);
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
    a_nonce_is_fresh_once,
    every_hotkey_has_nonces_of_its_own,
    of_many_calls_at_once_one_is_told_fresh,
    a_nonce_is_kept_until_it_is_forgotten_and_no_sooner,
);

#[tokio::test]
async fn a_spent_nonce_is_remembered_across_a_restart() {
    // S13
    let (root, db) = database().await;
    let before = SqlNonces::new(db);
    assert_eq!(before.spend(nonce(1, 7), at(12)).await.unwrap(), Spent::Fresh);
    drop(before);
    let after = SqlNonces::new(Sqlite::open(options(root.path())).await.unwrap());
    assert_eq!(after.spend(nonce(1, 7), at(12)).await.unwrap(), Spent::Seen);
    assert_eq!(after.spend(nonce(1, 8), at(12)).await.unwrap(), Spent::Fresh);
}

#[tokio::test]
async fn nonces_spent_at_once_share_their_commits() {
    let (_root, db) = database().await;
    let store = SqlNonces::new(db.clone());
    // while somebody else holds the file, all of them queue up behind the first
    let mut other = stranger(_root.path());
    diesel::connection::SimpleConnection::batch_execute(&mut other, "BEGIN IMMEDIATE").unwrap();
    let before = db.commits();
    let spending: Vec<_> = (0..40)
        .map(|i| {
            let store = store.clone();
            tokio::spawn(async move { store.spend(nonce(1, i), at(12)).await.unwrap() })
        })
        .collect();
    tokio::task::yield_now().await;
    diesel::connection::SimpleConnection::batch_execute(&mut other, "COMMIT").unwrap();
    for spent in spending {
        assert_eq!(spent.await.unwrap(), Spent::Fresh);
    }
    assert!(db.commits() - before <= 10, "{} commits for 40 nonces", db.commits() - before);
}
