//! The answers to one task.

use domain::Task;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    detail::ResponseSummary,
    quality::{Quality, is_provisional},
};

/// The answers to one task.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskResponses {
    task_id: String,
    task_type: &'static str,
    status: &'static str,
    created_at: String,
    /// The answer that is served; null until there is one.
    best_response: Option<ResponseSummary>,
    /// True while more answers are waited for: another one may be the best.
    provisional: bool,
    /// What the choice rests on; absent until it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Quality>,
    /// All of them, in the order in which they came.
    responses: Vec<ResponseSummary>,
    task_summary: ResponsesSummary,
}

/// The answers to one task in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResponsesSummary {
    total_responses_received: usize,
    required_miner_count: u8,
    task_priority: &'static str,
}

impl From<&Task> for TaskResponses {
    fn from(task: &Task) -> Self {
        let spec = &task.spec;
        let responses = ResponseSummary::all(task);
        Self {
            task_id: spec.id.to_string(),
            task_type: spec.kind.name(),
            status: task.state.name().name(),
            created_at: spec.submitted_at.rfc3339(),
            best_response: ResponseSummary::all(task).into_iter().find(ResponseSummary::is_served),
            provisional: is_provisional(task),
            quality: Quality::of(task),
            task_summary: ResponsesSummary {
                total_responses_received: responses.len(),
                required_miner_count: spec.wanted,
                task_priority: spec.priority.name(),
            },
            responses,
        }
    }
}
