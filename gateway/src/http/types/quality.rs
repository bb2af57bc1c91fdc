//! How far a result can be relied on.

use domain::Task;
use serde::Serialize;
use utoipa::ToSchema;

/// What the choice of a result rests on.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Quality {
    /// How well the result agrees with the answers of other miners, 0 to 1; null for a single answer.
    agreement: Option<f64>,
    /// Answers that it was chosen from.
    responses: usize,
    /// Miners that were asked.
    wanted: u8,
}

impl Quality {
    /// Of a task whose result was chosen; `None` for any other.
    pub(crate) fn of(task: &Task) -> Option<Self> {
        task.result()?;
        let agreement = task.agreement().map(domain::Score::share);
        Some(Self { agreement, responses: task.responses(), wanted: task.spec.wanted })
    }
}

/// Whether the answer that is offered is one for the time being: more are waited for.
pub(crate) fn is_provisional(task: &Task) -> bool {
    task.provisional().is_some()
}
