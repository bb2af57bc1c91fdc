//! What this deployment serves.

use http::StatusCode;
use proto::client::SchedulerClient;

use super::{
    answer::{self, Answer},
    call::Call,
    problem::ProblemBody,
    types::models::Models,
};

/// Shows what can be asked for now: kinds of work with their languages, and the models of the paired miners.
///
/// A language whose voice is a stopgap says so.
#[utoipa::path(
    get, path = "/api/v1/models", tag = "health", operation_id = "listModels",
    responses(
        (status = 200, description = "What is served now", body = Models),
        (status = 503, description = "The scheduler is away", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(call: Call, scheduler: SchedulerClient) -> Answer {
    call.query.end()?;
    let miners = call.about.wait("scheduler", scheduler.miners()).await?;
    Ok(answer::json(StatusCode::OK, &Models::of(&miners)))
}
