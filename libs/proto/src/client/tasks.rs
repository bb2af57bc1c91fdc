//! The task store of storage-svc.

use domain::{Event, MinerId, NewTask, Offer, Sha256, Task, TaskId, TaskKind, Timestamp, task::StateName};
use futures_util::{Stream, StreamExt as _};

use super::{Wire, unary};
use crate::{RpcError, convert, convert::BadField, pb};

/// A client's promise that a repeated request is the same request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// As the client sent it: 1 to 255 printable ASCII characters.
    pub key: String,
    /// Digest of everything the request said.
    pub fingerprint: Sha256,
}

/// From the wire.
///
/// # Errors
/// [`BadField`] for a key that is empty, too long or not printable ASCII, or a fingerprint that is no digest.
pub fn idempotency(i: &pb::Idempotency) -> Result<Idempotency, BadField> {
    if i.key.is_empty() || i.key.len() > 255 || !i.key.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Err(BadField::new("Idempotency-Key", "must be 1 to 255 printable ASCII characters"));
    }
    Ok(Idempotency { key: i.key.clone(), fingerprint: convert::digest("fingerprint", &i.fingerprint)? })
}

/// To the wire.
#[must_use]
pub fn idempotency_to_pb(i: &Idempotency) -> pb::Idempotency {
    pb::Idempotency { key: i.key.clone(), fingerprint: i.fingerprint.0.to_vec() }
}

/// The answer to a submit.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// The task.
    pub task: Task,
    /// It was there before: the request was a repetition.
    pub replayed: bool,
}

impl Created {
    pub(super) fn from_pb(r: &pb::CreateTaskReply) -> Result<Self, RpcError> {
        let task = convert::task(&convert::required("task", r.task.clone())?)?;
        Ok(Self { task, replayed: r.replayed })
    }
}

/// Which tasks a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// States; empty for any.
    pub statuses: Vec<StateName>,
    /// Kind; `None` for any.
    pub kind: Option<TaskKind>,
}

/// A page of tasks, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The tasks.
    pub tasks: Vec<Task>,
    /// Opaque; `None` on the last page.
    pub next: Option<String>,
}

/// Tasks that time has something to do with.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// Due now, earliest first.
    pub tasks: Vec<Task>,
    /// When the next one after these is due.
    pub next: Option<Timestamp>,
}

/// Client of `violet.v1.Tasks`.
#[derive(Clone)]
pub struct TasksClient(pb::tasks_client::TasksClient<Wire>);

fn all(tasks: &[pb::Task]) -> Result<Vec<Task>, RpcError> {
    Ok(tasks.iter().map(convert::task).collect::<Result<_, _>>()?)
}

impl TasksClient {
    /// Over this connection.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        Self(pb::tasks_client::TasksClient::new(wire).max_decoding_message_size(64 << 20))
    }

    /// Stores a new task. See `TaskStore::create` of storage-svc for the guarantee.
    ///
    /// # Errors
    /// `KeyReused` when the idempotency key belongs to another request; `NotFound` when the input does not exist.
    pub async fn create(&self, task: &NewTask, key: Option<&Idempotency>) -> Result<Created, RpcError> {
        let (task, idempotency) = (Some(convert::new_task_to_pb(task)), key.map(idempotency_to_pb));
        let reply = self.0.clone().create(unary(pb::CreateTaskRequest { task, idempotency })).await?;
        Created::from_pb(reply.get_ref())
    }

    /// One task.
    ///
    /// # Errors
    /// `NotFound` when there is none of that name.
    pub async fn get(&self, id: TaskId) -> Result<Task, RpcError> {
        let reply = self.0.clone().get(unary(pb::GetTaskRequest { id: id.to_string() })).await?;
        Ok(convert::task(reply.get_ref())?)
    }

    /// A page of tasks, newest first; `limit` 1..=200, `cursor` as a previous page gave it.
    ///
    /// # Errors
    /// `Invalid` for a limit or cursor that no page gave.
    pub async fn list(
        &self,
        filter: &TaskFilter,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page, RpcError> {
        let request = pb::ListTasksRequest {
            statuses: filter.statuses.iter().map(|s| convert::status_to_pb(*s)).collect(),
            kind: filter.kind.map(convert::kind_to_pb).unwrap_or_default(),
            limit,
            cursor: cursor.unwrap_or_default().to_owned(),
        };
        let reply = self.0.clone().list(unary(request)).await?.into_inner();
        Ok(Page { tasks: all(&reply.tasks)?, next: convert::optional(&reply.next_cursor).map(str::to_owned) })
    }

    /// Tasks that can use another miner under one of `offers`, first in the queue first; without those that
    /// `not_given_to` held before.
    ///
    /// # Errors
    /// `Unavailable` when the store is away.
    pub async fn ready(
        &self,
        offers: &[Offer],
        not_given_to: Option<&MinerId>,
        limit: u32,
    ) -> Result<Vec<Task>, RpcError> {
        let not_given_to = not_given_to.map(ToString::to_string).unwrap_or_default();
        let request = pb::ReadyTasksRequest { offers: convert::offers_to_pb(offers), not_given_to, limit };
        all(&self.0.clone().ready(unary(request)).await?.get_ref().tasks)
    }

    /// Tasks due at `now`, and when the next one is.
    ///
    /// # Errors
    /// `Unavailable` when the store is away.
    pub async fn due(&self, now: Timestamp, limit: u32) -> Result<Due, RpcError> {
        let reply =
            self.0.clone().due(unary(pb::DueTasksRequest { now: now.micros(), limit })).await?.into_inner();
        let next = (reply.next_due != 0).then(|| Timestamp::from_micros(reply.next_due));
        Ok(Due { tasks: all(&reply.tasks)?, next })
    }

    /// Tasks of which `miner` holds a live lease.
    ///
    /// # Errors
    /// `Unavailable` when the store is away.
    pub async fn held_by(&self, miner: &MinerId) -> Result<Vec<Task>, RpcError> {
        let request = pb::HeldByRequest { miner: miner.to_string() };
        all(&self.0.clone().held_by(unary(request)).await?.get_ref().tasks)
    }

    /// Applies one event to one task and returns the task after it.
    ///
    /// # Errors
    /// `Conflict` with the words of [`domain::Refused`]; `NotFound`.
    pub async fn apply(&self, task: TaskId, event: &Event, now: Timestamp) -> Result<Task, RpcError> {
        let reply = self.0.clone().apply(unary(convert::apply_request(task, event, now))).await?;
        Ok(convert::task(reply.get_ref())?)
    }

    /// How many tasks are in each state.
    ///
    /// # Errors
    /// `Unavailable` when the store is away.
    pub async fn counts(&self) -> Result<Vec<(StateName, u64)>, RpcError> {
        let reply = self.0.clone().counts(unary(pb::CountsRequest {})).await?.into_inner();
        let one = |c: &pb::counts_reply::Count| Ok((convert::status_name(c.status)?, c.tasks));
        Ok(reply.counts.iter().map(one).collect::<Result<_, BadField>>()?)
    }

    /// Changes of one task (its present state first), or of all tasks; `None` in the stream means that some were missed.
    ///
    /// # Errors
    /// `NotFound`; in the stream, `Unavailable` when the store goes away.
    pub async fn watch(
        &self,
        task: Option<TaskId>,
    ) -> Result<impl Stream<Item = Result<Option<Task>, RpcError>> + Send + 'static, RpcError> {
        let task = task.map(|t| t.to_string()).unwrap_or_default();
        let changes = self.0.clone().watch(pb::WatchRequest { task }).await?.into_inner();
        Ok(changes.map(|c| Ok(c?.task.as_ref().map(convert::task).transpose()?)))
    }
}
