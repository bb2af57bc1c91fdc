//! The service over a real connection, and its clients as stores.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Event, MinerId, NewTask, Offer, Task, TaskId, Timestamp, task::StateName};
use futures_util::StreamExt as _;
use process::Stop;
use process::clock::Clock;
use proto::RpcError;
use proto::client::{
    EvaluationsClient, FilesClient, LedgerClient, NoncesClient, RecordsClient, TasksClient, Wire,
};
use tokio::task::JoinHandle;

use crate::blob::MemoryBlobs;
use crate::evaluations::Evaluations;
use crate::files::{Depot, DepotOptions};
use crate::grpc::Stores;
use crate::ledger::Ledger;
use crate::nonces::Nonces;
use crate::records::MinerRecords;
use crate::tasks::conformance::RETENTION;
use crate::tasks::{Created, Due, Idempotency, Page, TaskChanges, TaskFilter, TaskStore};
use crate::tests::sample::at;
use crate::{MemoryStore, StoreError};

/// A served store; stops when dropped.
pub(crate) struct Served {
    pub(crate) tasks: TasksClient,
    pub(crate) evaluations: EvaluationsClient,
    pub(crate) files: FilesClient,
    pub(crate) nonces: NoncesClient,
    pub(crate) records: RecordsClient,
    pub(crate) ledger: LedgerClient,
    pub(crate) wire: Wire,
    pub(crate) uri: String,
    pub(crate) stop: Stop,
    pub(crate) serving: JoinHandle<anyhow::Result<()>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Serves these tasks and files; the rest is kept in memory.
pub(crate) async fn serve(tasks: Arc<dyn TaskStore>, depot: Depot) -> Served {
    let store = Arc::new(MemoryStore::new(RETENTION));
    serve_all(Stores {
        tasks,
        evaluations: store.clone(),
        files: depot,
        nonces: store.clone(),
        records: store.clone(),
        ledger: store,
    })
    .await
}

/// Serves these nonces; the rest is kept in memory.
pub(crate) async fn serve_nonces(nonces: Arc<dyn Nonces>) -> Served {
    let store = Arc::new(MemoryStore::new(RETENTION));
    serve_all(Stores { nonces, ..in_memory(&store) }).await
}

/// Serves this ledger; the rest is kept in memory.
pub(crate) async fn serve_ledger(ledger: Arc<dyn Ledger>) -> Served {
    let store = Arc::new(MemoryStore::new(RETENTION));
    serve_all(Stores { ledger, ..in_memory(&store) }).await
}

/// Serves these records; the rest is kept in memory.
pub(crate) async fn serve_records(records: Arc<dyn MinerRecords>) -> Served {
    let store = Arc::new(MemoryStore::new(RETENTION));
    serve_all(Stores { records, ..in_memory(&store) }).await
}

/// Serves these evaluations; the rest is kept in memory.
pub(crate) async fn serve_evaluations(evaluations: Arc<dyn Evaluations>) -> Served {
    let store = Arc::new(MemoryStore::new(RETENTION));
    serve_all(Stores { evaluations, ..in_memory(&store) }).await
}

fn in_memory(store: &Arc<MemoryStore>) -> Stores {
    let (clock, _) = Clock::manual(at(0).micros());
    let options = DepotOptions { life: RETENTION.keys, max_size: 1_000, min_free: 0 };
    let files = Depot::new(store.clone(), Arc::new(MemoryBlobs::default()), clock, options);
    Stores {
        tasks: store.clone(),
        evaluations: store.clone(),
        files,
        nonces: store.clone(),
        records: store.clone(),
        ledger: store.clone(),
    }
}

async fn serve_all(stores: Stores) -> Served {
    let listener = process::net::bind("storage-svc", ([127, 0, 0, 1], 0).into()).await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let wire = process::grpc::wire(&uri).unwrap();
    let stop = Stop::new();
    let routes = crate::grpc::routes(stores, stop.clone());
    let drain = std::time::Duration::from_secs(10);
    let serving = tokio::spawn(process::grpc::serve("storage-svc", listener, routes, stop.clone(), drain));
    Served {
        tasks: TasksClient::new(wire.clone()),
        evaluations: EvaluationsClient::new(wire.clone()),
        files: FilesClient::new(wire.clone()),
        nonces: NoncesClient::new(wire.clone()),
        records: RecordsClient::new(wire.clone()),
        ledger: LedgerClient::new(wire.clone()),
        wire,
        uri,
        stop,
        serving,
    }
}

impl From<RpcError> for StoreError {
    fn from(e: RpcError) -> Self {
        Self::new(e.kind, e.message)
    }
}

#[async_trait]
impl TaskStore for Served {
    async fn create(&self, task: NewTask, key: Option<Idempotency>) -> Result<Created, StoreError> {
        Ok(self.tasks.create(&task, key.as_ref()).await?)
    }
    async fn get(&self, id: TaskId) -> Result<Task, StoreError> {
        Ok(self.tasks.get(id).await?)
    }
    async fn list(&self, filter: &TaskFilter, limit: u32, cursor: Option<&str>) -> Result<Page, StoreError> {
        Ok(self.tasks.list(filter, limit, cursor).await?)
    }
    async fn ready(
        &self,
        offers: &[Offer],
        not: Option<&MinerId>,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        Ok(self.tasks.ready(offers, not, limit).await?)
    }
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Due, StoreError> {
        Ok(self.tasks.due(now, limit).await?)
    }
    async fn held_by(&self, miner: &MinerId) -> Result<Vec<Task>, StoreError> {
        Ok(self.tasks.held_by(miner).await?)
    }
    async fn apply(&self, id: TaskId, event: Event, now: Timestamp) -> Result<Task, StoreError> {
        Ok(self.tasks.apply(id, &event, now).await?)
    }
    async fn counts(&self) -> Result<Vec<(StateName, u64)>, StoreError> {
        Ok(self.tasks.counts().await?)
    }
    async fn watch(&self, task: Option<TaskId>) -> Result<TaskChanges, StoreError> {
        let changes = self.tasks.watch(task).await?;
        Ok(changes.map(|c| c.map_err(StoreError::from)).boxed())
    }
}
