//! Results of tasks: what is common to all kinds. A result is a document that is read and shown, or a file of its own.

pub(crate) mod document;
pub(crate) mod file;
pub(crate) mod transcript;

use domain::{Answer as Answered, ErrorKind, FileId, Lease, Response as Reply, Task, TaskKind, TaskState};
use futures_util::{StreamExt as _, pin_mut};
use http::{HeaderName, StatusCode};
use proto::client::{FilesClient, TasksClient};
use serde::de::DeserializeOwned;
use warp::reply::Response;

use super::{
    answer,
    call::Call,
    problem::Problem,
    tasks,
    types::{quality::is_provisional, result::Origin, task::TaskStatusView},
};

/// What these routes need.
#[derive(Clone)]
pub(crate) struct Results {
    pub(crate) tasks: TasksClient,
    pub(crate) files: FilesClient,
    /// Longest stored result document that is read into memory.
    pub(crate) transcript_bytes: u64,
}

/// A task of the right kind.
struct Found {
    task: Task,
}

/// The answer that is served.
#[derive(Clone, Copy)]
struct Ended<'a> {
    task: &'a Task,
    lease: &'a Lease,
    response: &'a Reply,
}

/// There while more answers are waited for.
const PROVISIONAL: HeaderName = HeaderName::from_static("x-violet-provisional");
/// How well the result agrees with the answers of other miners, 0 to 1.
const AGREEMENT: HeaderName = HeaderName::from_static("x-violet-agreement");

impl Found {
    /// The task that the path names.
    ///
    /// # Errors
    /// `NotFound` also for a task of another kind, with the way to its result.
    async fn of(call: &Call, tasks: &TasksClient, kind: TaskKind) -> Result<Self, Problem> {
        let task = tasks::get(call, tasks).await?;
        if task.spec.kind != kind {
            let way_out = format!(
                "this is a {0} task; its result is at /api/v1/{0}/{1}/result",
                task.spec.kind, task.spec.id
            );
            return Err(Problem::not_found(way_out));
        }
        Ok(Self { task })
    }

    /// The answer that is served: the chosen one, before the choice the first that came; `None` while there is none.
    ///
    /// # Errors
    /// `Gone` when it was cancelled, the failure when it failed.
    fn ended(&self) -> Result<Option<Ended<'_>>, Problem> {
        let task = &self.task;
        match &task.state {
            TaskState::Pending | TaskState::Assigned | TaskState::InProgress { .. } => {
                let offered = |Answered { lease, response, .. }| Ended { task, lease, response };
                Ok(task.provisional().map(offered))
            }
            TaskState::Cancelled { .. } => {
                Err(Problem::new(ErrorKind::Gone, "the task was cancelled: there is no result"))
            }
            TaskState::Failed { failure, .. } => Err(Problem::task_failed(failure)),
            TaskState::Completed { chosen, .. } | TaskState::Approved { chosen, .. } => {
                let lease = task.leases.iter().find(|l| l.id == *chosen);
                let found =
                    lease.and_then(|lease| lease.response().map(|response| Ended { task, lease, response }));
                found.map(Some).ok_or_else(|| {
                    Problem::internal(format!("task {}: no answer is the chosen one", task.spec.id))
                })
            }
        }
    }

    /// What is said while the task runs.
    fn running(&self) -> Response {
        answer::json(StatusCode::ACCEPTED, &TaskStatusView::from(&self.task))
    }
}

impl Ended<'_> {
    fn origin(self) -> Origin {
        Origin::new(self.task, self.lease, self.response)
    }

    /// Says of a result in what form ever how far it can be relied on.
    fn vouch(self, mut response: Response) -> Response {
        if is_provisional(self.task) {
            answer::set(&mut response, PROVISIONAL, "true");
        }
        if let Some(agreement) = self.task.agreement() {
            answer::set(&mut response, AGREEMENT, agreement.share().to_string());
        }
        response
    }
}

/// Reads the document that a miner stored.
async fn read<T: DeserializeOwned>(s: &Results, file: FileId) -> Result<T, Problem> {
    let reader = s.files.get(file, 0, None).await.map_err(expired)?;
    let size = reader.meta.size;
    if size > s.transcript_bytes {
        return Err(Problem::internal(format!("result {file} has {size} bytes, more than is read")));
    }
    let mut document = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    let chunks = reader.chunks();
    pin_mut!(chunks);
    while let Some(chunk) = chunks.next().await {
        document.extend_from_slice(&chunk?);
    }
    let parsed = serde_json::from_slice(&document);
    parsed.map_err(|e| Problem::internal(format!("result {file} is not of its kind: {e}")))
}

/// The file of a finished task was there once.
fn expired(e: proto::RpcError) -> Problem {
    match e.kind {
        ErrorKind::NotFound => Problem::new(ErrorKind::Gone, "the result has expired"),
        _ => e.into(),
    }
}

/// Takes `format=json`, the only form of most results, and refuses other parameters.
fn only_json(call: &mut Call) -> Result<(), Problem> {
    if call.query.text("format")?.is_some_and(|format| format != "json") {
        return Err(Problem::field("format", "this kind of result is had as json only"));
    }
    end(call)
}

/// Refuses parameters that were not taken.
fn end(call: &mut Call) -> Result<(), Problem> {
    std::mem::replace(&mut call.query, super::query::Query::new(String::new())).end()
}
