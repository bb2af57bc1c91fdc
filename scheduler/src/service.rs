//! What gateways ask of the scheduler.

use domain::{Event, FileId, NewTask, Task, TaskId};
use proto::{
    RpcError,
    client::{Created, Idempotency},
};
use tracing::Instrument as _;

use crate::{core::Core, events};

impl Core {
    /// Makes the task durable and lets it be given to miners. The scheduler gives it its name, its times, and the trace
    /// of this very call; the number of miners asked is at most the number of those paired that take such work, and at
    /// least one. A repetition under the same key answers with the task that is there.
    pub(crate) async fn submit(
        &self,
        asked: NewTask,
        key: Option<&Idempotency>,
    ) -> Result<Created, RpcError> {
        let id = TaskId::from_random(process::id::random());
        let span = tracing::info_span!("submit", task = %id, kind = %asked.kind);
        let now = self.now();
        let paired = self.miners.covering(asked.kind, asked.source);
        let most = u8::try_from(paired).unwrap_or(NewTask::MAX_WANTED);
        let task = NewTask {
            id,
            wanted: asked.wanted.min(most).max(1),
            submitted_at: now,
            deadline: now + self.config.total_timeout,
            traceparent: process::telemetry::traceparent(&span).or(asked.traceparent),
            ..asked
        };
        let created = self.tasks.create(&task, key).instrument(span).await?;
        if !created.replayed {
            events::TaskSubmitted(&created.task).emit();
        }
        self.learn(&created.task);
        Ok(created)
    }

    /// Ends the task; when this returns, the miners at work on it that are paired here were told to stop. Cancelling a
    /// cancelled task is no error.
    pub(crate) async fn cancel(&self, task: TaskId) -> Result<Task, RpcError> {
        let now = self.now();
        let after = self.apply(task, &Event::Cancel, now).await?;
        if after.state.ended_at() == Some(now) {
            events::TaskCancelled(&after).emit();
        }
        Ok(after)
    }

    /// Where a miner finds a file.
    pub(crate) fn file_url(&self, file: FileId, download: bool) -> String {
        let base = self.config.gateway_url.trim_end_matches('/');
        let end = if download { "/download" } else { "" };
        format!("{base}/api/v1/files/{file}{end}")
    }
}
