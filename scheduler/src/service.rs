//! What gateways ask of the scheduler.

use std::collections::BTreeSet;

use domain::{ErrorKind, Event, FileId, Need, NewTask, Offer, Task, TaskId, fanout::miners_wanted};
use proto::{
    RpcError,
    client::{Created, Idempotency},
};
use tracing::Instrument as _;

use crate::{core::Core, events};

impl Core {
    /// Makes the task durable and lets it be given to miners. The scheduler gives it its name, its times, and the trace
    /// of this very call. As many miners are asked as the client `wanted`, else as its kind and priority call for; at most
    /// as many as are paired that take such work, and at least one. A repetition under the same key answers with the task
    /// that is there.
    ///
    /// Work of a kind that miners here do, in a language or direction that none of them does, is refused, naming those
    /// that are done. A kind that nobody does now is taken: its miners may be away for a moment.
    pub(crate) async fn submit(
        &self,
        asked: NewTask,
        wanted: Option<u8>,
        key: Option<&Idempotency>,
    ) -> Result<Created, RpcError> {
        let id = TaskId::from_random(process::id::random());
        let span = tracing::info_span!("submit", task = %id, kind = %asked.kind);
        let now = self.now();
        let (paired, offers) = self.miners.covering(&asked);
        if paired == 0 && !offers.is_empty() {
            return Err(refusal(&asked, &offers));
        }
        let task = NewTask {
            id,
            wanted: miners_wanted(asked.kind, asked.priority, wanted, paired),
            window: self.config.fanout.window,
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

/// Why work in these languages, or in this way, is not taken, with those that are.
fn refusal(asked: &NewTask, offers: &[Offer]) -> RpcError {
    let what = asked.kind;
    let anyhow = Need { mode: None, ..asked.need() };
    let sentence = match asked.target {
        None if offers.iter().any(|o| o.covers(anyhow)) => {
            let known: BTreeSet<_> = offers.iter().flat_map(|o| &o.modes).map(|mode| mode.name()).collect();
            let (known, mode) = (Vec::from_iter(known), asked.options.summary_mode.map_or("", |m| m.name()));
            let known = if known.is_empty() { "none" } else { &known.join(", ") };
            format!("{what} in mode {mode} is not available here now: use mode {known}, or leave it out")
        }
        Some(target) => {
            let directions: BTreeSet<_> = offers.iter().flat_map(|o| &o.directions).collect();
            let known: Vec<String> = directions.iter().map(|(from, to)| format!("{from}-{to}")).collect();
            let (source, known) = (asked.source, known.join(", "));
            format!("{what} from {source} to {target} is not available here now: use one of {known}")
        }
        None => {
            let known: BTreeSet<_> = offers.iter().flat_map(|o| &o.languages).map(|l| l.name()).collect();
            let (source, known) = (asked.source, Vec::from_iter(known).join(", "));
            format!("{what} in {source} is not available here now: use one of {known}")
        }
    };
    RpcError::new(ErrorKind::Invalid, sentence)
}
