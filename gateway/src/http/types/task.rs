//! Tasks as clients see them.

use domain::{Lease, Task};
use serde::Serialize;
use utoipa::ToSchema;

/// A task in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskSummary {
    /// 32 hexadecimal digits.
    task_id: String,
    /// The kind of work.
    #[schema(example = "transcription")]
    task_type: &'static str,
    /// `pending`, `assigned`, `in_progress`, `completed`, `approved`, `failed` or `cancelled`.
    #[schema(example = "in_progress")]
    status: &'static str,
    priority: &'static str,
    source_language: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_language: Option<&'static str>,
    /// RFC 3339, UTC.
    created_at: String,
    /// When it ended; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    required_miner_count: u8,
    /// Miners that work on it or have answered.
    assigned_miners: Vec<String>,
    /// Answers received.
    miner_responses: usize,
    /// Work done, 0 to 100.
    progress_percent: u8,
}

/// Why something failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailureView {
    #[schema(example = "broken_file")]
    reason: &'static str,
    detail: String,
}

/// The short answer for those who poll.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskStatusView {
    task_id: String,
    status: &'static str,
    task_type: &'static str,
    created_at: String,
    assigned_miners: Vec<String>,
    miner_responses: usize,
    required_miner_count: u8,
    progress_percent: u8,
}

/// One event of a task's stream.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskEvent {
    task_id: String,
    status: &'static str,
    progress_percent: u8,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureView>,
}

fn percent(task: &Task) -> u8 {
    match &task.state {
        domain::TaskState::InProgress { percent } => *percent,
        domain::TaskState::Completed { .. } | domain::TaskState::Approved { .. } => 100,
        domain::TaskState::Pending | domain::TaskState::Assigned => 0,
        // how far it came before it ended
        domain::TaskState::Failed { .. } | domain::TaskState::Cancelled { .. } => {
            task.leases.iter().filter_map(|l| l.percent).max().unwrap_or(0)
        }
    }
}

fn miners(task: &Task) -> Vec<String> {
    let counts = |l: &&Lease| l.is_live() || l.response().is_some();
    task.leases.iter().filter(counts).map(|l| l.miner.to_string()).collect()
}

pub(super) fn failure(task: &Task) -> Option<FailureView> {
    match &task.state {
        domain::TaskState::Failed { failure, .. } => Some(failure.into()),
        _ => None,
    }
}

impl From<&domain::Failure> for FailureView {
    fn from(f: &domain::Failure) -> Self {
        Self { reason: f.reason.name(), detail: f.detail.clone() }
    }
}

impl From<&Task> for TaskSummary {
    fn from(task: &Task) -> Self {
        let spec = &task.spec;
        Self {
            task_id: spec.id.to_string(),
            task_type: spec.kind.name(),
            status: task.state.name().name(),
            priority: spec.priority.name(),
            source_language: spec.source.name(),
            target_language: spec.target.map(|l| l.name()),
            created_at: spec.submitted_at.rfc3339(),
            ended_at: task.state.ended_at().map(|t| t.rfc3339()),
            required_miner_count: spec.wanted,
            assigned_miners: miners(task),
            miner_responses: task.responses(),
            progress_percent: percent(task),
        }
    }
}

impl From<&Task> for TaskStatusView {
    fn from(task: &Task) -> Self {
        let spec = &task.spec;
        Self {
            task_id: spec.id.to_string(),
            status: task.state.name().name(),
            task_type: spec.kind.name(),
            created_at: spec.submitted_at.rfc3339(),
            assigned_miners: miners(task),
            miner_responses: task.responses(),
            required_miner_count: spec.wanted,
            progress_percent: percent(task),
        }
    }
}

impl From<&Task> for TaskEvent {
    fn from(task: &Task) -> Self {
        Self {
            task_id: task.spec.id.to_string(),
            status: task.state.name().name(),
            progress_percent: percent(task),
            version: task.version,
            ended_at: task.state.ended_at().map(|t| t.rfc3339()),
            failure: failure(task),
        }
    }
}

/// The trace that a task belongs to: the second part of its `traceparent`.
pub(crate) fn trace_id(task: &Task) -> Option<&str> {
    task.spec.traceparent.as_deref()?.split('-').nth(1)
}
