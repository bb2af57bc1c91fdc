//! What holds in every database: how long things live, which answers fit, what an event changes.

use std::time::Duration;

use domain::{ErrorKind, Event, FileMeta, LeaseId, NewTask, Response, Task, Timestamp};

use super::MAX_PAGE;
use crate::StoreError;

/// How long what belongs to tasks is kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// A task after its end; inputs and results with it.
    pub tasks: Duration,
    /// An idempotency key after its first use.
    pub keys: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 3_600);
        Self { tasks: 30 * DAY, keys: DAY }
    }
}

impl Retention {
    /// When the input of a new task may be deleted: never before the task had its time.
    pub(crate) fn input_until(&self, task: &NewTask) -> Timestamp {
        task.submitted_at.max(task.deadline) + self.tasks
    }

    /// When the task itself may be deleted; `None` while it runs.
    pub(crate) fn task_until(&self, task: &Task) -> Option<Timestamp> {
        task.state.ended_at().map(|at| at + self.tasks)
    }
}

/// What an event did.
pub(crate) struct Applied {
    /// The task after it.
    pub(crate) task: Task,
    /// False when the event repeats what is recorded.
    pub(crate) changed: bool,
    /// The answer that came with it, to be checked against its file.
    pub(crate) answer: Option<(LeaseId, Response)>,
}

/// The task after `event`.
pub(crate) fn applied(before: Task, event: Event, now: Timestamp) -> Result<Applied, StoreError> {
    let version = before.version;
    let answer = match &event {
        Event::Respond { lease, response, .. } => Some((*lease, response.clone())),
        _ => None,
    };
    let task = before.apply(event, now)?;
    let changed = task.version != version;
    Ok(Applied { task, changed, answer: answer.filter(|_| changed) })
}

/// Refuses an answer whose file is not the one the lease asked for, or not what the answer says it is, and one that is signed
/// as work on another input than the task's: a receipt would say it for ever.
pub(crate) fn check_answer(
    task: &Task,
    lease: LeaseId,
    response: &Response,
    file: Option<&FileMeta>,
    input: Option<&FileMeta>,
) -> Result<(), StoreError> {
    let refuse = |why: &str| Err(StoreError::new(ErrorKind::Invalid, why));
    let output = &response.output;
    if response.proof.as_ref().is_some_and(|p| input.map(|f| f.sha256) != Some(p.input_sha256)) {
        return refuse("response.proof.input_sha256: the input of the task has another digest");
    }
    if !task.leases.iter().any(|l| l.id == lease && l.output == output.file) {
        return refuse("response.file: the answer must be stored under the id that came with the lease");
    }
    match file {
        None => refuse("response.file: the answer is not stored"),
        Some(f) if f.sha256 != output.sha256 => {
            refuse("response.sha256: the stored answer has another digest")
        }
        Some(f) if f.size != output.size => refuse("response.size: the stored answer has another size"),
        Some(_) => Ok(()),
    }
}

/// Refuses a page size that no caller may ask for.
pub(crate) fn page_limit(limit: u32) -> Result<u32, StoreError> {
    if (1..=MAX_PAGE).contains(&limit) {
        Ok(limit)
    } else {
        Err(StoreError::new(ErrorKind::Invalid, format!("limit: must be from 1 to {MAX_PAGE}")))
    }
}

/// The refusal of a key that belongs to another request.
pub(crate) fn key_reused() -> StoreError {
    StoreError::new(ErrorKind::KeyReused, "this Idempotency-Key was used before with another request")
}

/// The refusal of a task without an input.
pub(crate) fn no_input() -> StoreError {
    StoreError::new(ErrorKind::NotFound, "input_file: there is no such file, or it has expired")
}
