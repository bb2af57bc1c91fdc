//! The stores as the scheduler uses them: storage-svc over gRPC, or a fake in tests.

use async_trait::async_trait;
use domain::{
    Event, MinerId, MinerRecord, NewTask, Offer, Task, TaskId, TaskKind, Timestamp, consensus::FinalResult,
};
use futures_util::{StreamExt as _, stream::BoxStream};
use proto::{
    RpcError,
    client::{Created, Due, EvaluationsClient, Idempotency, RecordsClient, TasksClient},
};

/// Changes of all tasks from the moment of asking; `None` says that some were missed.
pub(crate) type Changes = BoxStream<'static, Result<Option<Task>, RpcError>>;

/// What the scheduler asks of the task store. Every call that changes something answers after the change is durable, and
/// two callers never apply an event to the same version of a task.
#[async_trait]
pub(crate) trait Tasks: Send + Sync + 'static {
    /// Stores a new task, or finds the one that this key made before.
    async fn create(&self, task: &NewTask, key: Option<&Idempotency>) -> Result<Created, RpcError>;
    /// One task.
    async fn get(&self, task: TaskId) -> Result<Task, RpcError>;
    /// Tasks that can use another miner under `offers`, first in the queue first; without those that `not_given_to`
    /// held before.
    async fn ready(
        &self,
        offers: &[Offer],
        not_given_to: Option<&MinerId>,
        limit: u32,
    ) -> Result<Vec<Task>, RpcError>;
    /// Tasks that are due at `now`, and when the next one will be.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Due, RpcError>;
    /// Tasks of which `miner` holds a live lease.
    async fn held_by(&self, miner: &MinerId) -> Result<Vec<Task>, RpcError>;
    /// Applies one event; `Conflict` carries the words of [`domain::Refused`].
    async fn apply(&self, task: TaskId, event: &Event, now: Timestamp) -> Result<Task, RpcError>;
    /// Follows the changes of all tasks.
    async fn watch(&self) -> Result<Changes, RpcError>;
}

/// What the scheduler asks of whoever remembers the work of miners.
#[async_trait]
pub(crate) trait Past: Send + Sync + 'static {
    /// Writes at most 200 records over those that are there.
    async fn put(&self, records: &[MinerRecord]) -> Result<(), RpcError>;
    /// The records after that one, by miner and kind; at most `limit`, which is at most 200.
    async fn list(
        &self,
        after: Option<&(MinerId, TaskKind)>,
        limit: u32,
    ) -> Result<Vec<MinerRecord>, RpcError>;
}

/// What the scheduler asks of whoever keeps what validators found.
#[async_trait]
pub(crate) trait Verdicts: Send + Sync + 'static {
    /// What they agreed on of a task; `None` while they did not.
    async fn of(&self, task: TaskId) -> Result<Option<FinalResult>, RpcError>;
}

#[async_trait]
impl Verdicts for EvaluationsClient {
    async fn of(&self, task: TaskId) -> Result<Option<FinalResult>, RpcError> {
        self.final_result(task).await
    }
}

#[async_trait]
impl Past for RecordsClient {
    async fn put(&self, records: &[MinerRecord]) -> Result<(), RpcError> {
        Self::put(self, records).await
    }

    async fn list(
        &self,
        after: Option<&(MinerId, TaskKind)>,
        limit: u32,
    ) -> Result<Vec<MinerRecord>, RpcError> {
        Self::list(self, after, limit).await
    }
}

#[async_trait]
impl Tasks for TasksClient {
    async fn create(&self, task: &NewTask, key: Option<&Idempotency>) -> Result<Created, RpcError> {
        Self::create(self, task, key).await
    }

    async fn ready(
        &self,
        offers: &[Offer],
        not_given_to: Option<&MinerId>,
        limit: u32,
    ) -> Result<Vec<Task>, RpcError> {
        Self::ready(self, offers, not_given_to, limit).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Due, RpcError> {
        Self::due(self, now, limit).await
    }

    async fn held_by(&self, miner: &MinerId) -> Result<Vec<Task>, RpcError> {
        Self::held_by(self, miner).await
    }

    async fn get(&self, task: TaskId) -> Result<Task, RpcError> {
        Self::get(self, task).await
    }

    async fn apply(&self, task: TaskId, event: &Event, now: Timestamp) -> Result<Task, RpcError> {
        Self::apply(self, task, event, now).await
    }

    async fn watch(&self) -> Result<Changes, RpcError> {
        Ok(Self::watch(self, None).await?.boxed())
    }
}
