//! What [`TaskStore`] promises, clause by clause, of every implementation: in memory, in SQLite, and over the wire.

mod create;
mod events;
mod find;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use process::clock::Clock;

use super::{Retention, SqlTasks, TaskStore};
use crate::MemoryStore;
use crate::blob::MemoryBlobs;
use crate::files::{Depot, DepotOptions, FileStore, SqlFiles};
use crate::sql::tests::database;
use crate::tests::sample::at;
use crate::tests::wire::{Served, serve};

/// A store under test with the files that belong to it.
pub(super) struct Fixture {
    pub(super) store: Arc<dyn TaskStore>,
    pub(super) files: Arc<dyn FileStore>,
    _root: Option<tempfile::TempDir>,
}

/// Kept for 30 days; keys for one.
pub(crate) const RETENTION: Retention =
    Retention { tasks: Duration::from_secs(30 * 24 * 3_600), keys: Duration::from_secs(24 * 3_600) };

pub(super) async fn memory() -> Fixture {
    let store = Arc::new(MemoryStore::new(RETENTION));
    Fixture { store: store.clone(), files: store, _root: None }
}

pub(super) async fn sqlite() -> Fixture {
    let (root, db) = database().await;
    let store = Arc::new(SqlTasks::new(db.clone(), RETENTION));
    Fixture { store, files: Arc::new(SqlFiles::new(db)), _root: Some(root) }
}

pub(super) async fn grpc() -> Fixture {
    let inner = sqlite().await;
    let (clock, _) = Clock::manual(at(0).micros());
    let options = DepotOptions { life: RETENTION.keys, max_size: 1_000_000, min_free: 0 };
    let depot = Depot::new(inner.files.clone(), Arc::new(MemoryBlobs::default()), clock, options);
    let served: Served = serve(inner.store.clone(), depot).await;
    Fixture { store: Arc::new(served), ..inner }
}

/// One test for each clause and each implementation.
macro_rules! conformance {
    ($($clause:ident),+ $(,)?) => {
        mod memory { $(#[tokio::test] async fn $clause() { super::$clause(super::super::memory().await).await; })+ }
        mod sqlite { $(#[tokio::test] async fn $clause() { super::$clause(super::super::sqlite().await).await; })+ }
        mod grpc {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $clause() { super::$clause(super::super::grpc().await).await; })+
        }
    };
}
pub(super) use conformance;
