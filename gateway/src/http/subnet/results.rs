//! What validators agreed on, and what one of them sent.

use http::StatusCode;

use super::{
    board::{Board, paged},
    door::Entered,
    types::{EvaluatedTask, EvaluatedTasks, FinalResultView, FinalResults},
};
use crate::http::{
    answer::{self, Answer},
    problem::{Problem, ProblemBody},
};

const MOST: u32 = 50;

/// Lists what validators agreed on, the first approval first. For validators; signed by btauth/1.
///
/// Who goes on where a page ended misses none, and reads none twice.
#[utoipa::path(
    get, path = "/api/v1/validator/final_results", tag = "validators", operation_id = "listFinalResults",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 50, description = "1 to 50, default 50"),
        ("after" = Option<String>, Query, description = "As the page before gave it"),
    ),
    security(("btauth" = [])),
    responses(
        (status = 200, description = "A page", body = FinalResults),
        (status = 400, description = "A cursor that no page gave", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "No validator", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(mut call: Entered, board: Board) -> Answer {
    let limit = call.query.number("limit", 1, MOST)?.unwrap_or(MOST);
    let after = call.query.text("after")?;
    call.query.end()?;
    let page = call.about.wait("storage", board.evaluations.final_results(limit, after.as_deref())).await?;
    let results = page.results.iter().map(FinalResultView::from).collect();
    Ok(answer::json(StatusCode::OK, &FinalResults { results, next: page.next }))
}

/// Lists what a validator evaluated, newest first. For that validator; signed by btauth/1.
#[utoipa::path(
    get, path = "/api/v1/validator/{uid}/evaluated_tasks", tag = "validators", operation_id = "listEvaluatedTasks",
    params(
        ("uid" = u16, Path, description = "The place of the validator that asks"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "1 to 200, default 100"),
        ("cursor" = Option<String>, Query, description = "As the page before gave it"),
    ),
    security(("btauth" = [])),
    responses(
        (status = 200, description = "A page", body = EvaluatedTasks),
        (status = 403, description = "No validator, or another one", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn evaluated(call: Entered, board: Board) -> Answer {
    let uid = call.params.first().and_then(|uid| uid.parse::<u16>().ok());
    let uid = uid.ok_or_else(|| Problem::not_found("a validator has a uid from 0 to 65535"))?;
    let (limit, cursor) = paged(call.query)?;
    let validator = board.door.validator(call.who, uid)?;
    let sent = board.evaluations.evaluated_by(&validator.id, limit, cursor.as_deref());
    let page = call.about.wait("storage", sent).await?;
    let evaluated_tasks = page.evaluations.iter().map(EvaluatedTask::from).collect();
    let answer = EvaluatedTasks { validator_uid: uid, evaluated_tasks, next_cursor: page.next };
    Ok(answer::json(StatusCode::OK, &answer))
}
