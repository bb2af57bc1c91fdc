//! Tasks: the seam between what the service promises and the databases that keep it.

mod changes;
#[cfg(test)]
pub(crate) mod conformance;
pub(crate) mod cursor;
mod memory;
pub(crate) mod rules;
pub(crate) mod sql;

use async_trait::async_trait;
use domain::{Event, MinerId, NewTask, Offer, Task, TaskId, Timestamp, task::StateName};
use futures_util::stream::BoxStream;
pub use proto::client::{Created, Due, Idempotency, Page, TaskFilter};

pub(crate) use changes::Changes;
pub use rules::Retention;
pub(crate) use rules::page_limit;
pub use sql::SqlTasks;
pub(crate) use sql::read;

use crate::StoreError;

/// Changes of tasks as they become durable; `None` means that some were missed.
pub type TaskChanges = BoxStream<'static, Result<Option<Task>, StoreError>>;

/// Most tasks that one answer holds.
pub const MAX_PAGE: u32 = 200;

/// Where tasks last.
///
/// Guarantees, of every implementation:
/// - What was answered with `Ok` is durable, and every later read sees it.
/// - A change is all or nothing: the task, its leases, the counters, the lives of files. `Unavailable` and `StorageFull`
///   alone leave open whether it happened.
/// - Changes of one task are in one order. Two callers never apply an event to the same version.
/// - No answer holds more than [`MAX_PAGE`] tasks, and none costs more than it holds.
#[async_trait]
pub trait TaskStore: Send + Sync + 'static {
    /// Stores a new task, its idempotency key and the longer life of its input, together. The same id again, or a key
    /// used in the last 24 hours (`submitted_at` tells the time) with the same fingerprint, answers with the task that
    /// is there and `replayed`; nothing is written then.
    ///
    /// # Errors
    /// `KeyReused` when the key belongs to another request; `NotFound` when the input does not exist or has expired.
    async fn create(&self, task: NewTask, key: Option<Idempotency>) -> Result<Created, StoreError>;

    /// One task with its whole history.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get(&self, id: TaskId) -> Result<Task, StoreError>;

    /// A page of tasks, newest first (by `submitted_at`, then id). A task that is there while the pages are read is on
    /// exactly one of them.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=[`MAX_PAGE`], or a cursor that no page gave.
    async fn list(&self, filter: &TaskFilter, limit: u32, cursor: Option<&str>) -> Result<Page, StoreError>;

    /// Tasks that can use another miner and fit one of `offers`, in order of their rank in the queue; without those that
    /// `not_given_to` holds or held. At most `limit`, and never more than [`MAX_PAGE`].
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn ready(
        &self,
        offers: &[Offer],
        not_given_to: Option<&MinerId>,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError>;

    /// Tasks that are due at `now`, earliest first, at most `limit` and never more than [`MAX_PAGE`]; and when the next
    /// one after these is due.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Due, StoreError>;

    /// Tasks of which `miner` holds a live lease.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn held_by(&self, miner: &MinerId) -> Result<Vec<Task>, StoreError>;

    /// Applies one event and returns the task after it. An answer also lengthens the life of its file.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with the words of [`domain::Refused`]; `Invalid` when an answer names a file that its lease
    /// did not ask for, that does not exist, or that has another digest or size. The task is unchanged then.
    async fn apply(&self, id: TaskId, event: Event, now: Timestamp) -> Result<Task, StoreError>;

    /// How many tasks are in each state; all states, in the order of their definition. Kept as counters.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn counts(&self) -> Result<Vec<(StateName, u64)>, StoreError>;

    /// Changes of one task, its present state first, never an older version after a newer one; a slow reader skips to
    /// the newest. Or changes of all tasks from now on, new ones included; a slow reader misses some and hears so by
    /// `None`.
    ///
    /// # Errors
    /// `NotFound`, for one task.
    async fn watch(&self, task: Option<TaskId>) -> Result<TaskChanges, StoreError>;
}

/// What becomes of tasks and keys that had their time. Apart from [`TaskStore`] because only the expiry loop may.
#[async_trait]
pub trait ForgetTasks: Send + Sync + 'static {
    /// Deletes at most `limit` tasks that ended longer ago than the retention, with their leases and answers. Returns
    /// how many.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn forget_tasks(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError>;

    /// Deletes at most `limit` idempotency keys older than their life. Returns how many.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn forget_keys(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError>;
}
