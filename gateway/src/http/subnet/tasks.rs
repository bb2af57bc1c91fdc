//! The tasks that wait for a validator.

use domain::{Facts, FileMeta, Response, TaskKind, consensus::asked};
use http::StatusCode;
use proto::client::Pending;

use super::{
    board::{Board, behind},
    door::Entered,
    types::{MinerResponse, TicketedFile, ValidatorTask, ValidatorTasks},
};
use crate::http::{
    answer::{self, Answer},
    problem::{Problem, ProblemBody},
};

const MOST: u32 = 20;

/// Lists completed tasks that this validator has neither evaluated nor marked as seen, with tickets for their files. For
/// validators; signed by btauth/1.
#[utoipa::path(
    get, path = "/api/v1/validator/tasks", tag = "validators", operation_id = "listValidatorTasks",
    params(
        ("validator_uid" = u16, Query, description = "The place of the validator that asks"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 20, description = "1 to 20, default 20"),
        ("after" = Option<String>, Query, description = "As the page before gave it"),
    ),
    security(("btauth" = [])),
    responses(
        (status = 200, description = "A page", body = ValidatorTasks),
        (status = 401, description = "Not signed, or not believed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "No validator, or another one", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "This gateway follows no chain", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(mut call: Entered, board: Board) -> Answer {
    let uid = call.query.take::<u16>("validator_uid")?;
    let limit = call.query.number("limit", 1, MOST)?.unwrap_or(MOST);
    let after = call.query.text("after")?;
    call.query.end()?;
    let uid = uid.ok_or_else(|| Problem::field("validator_uid", "is missing"))?;
    let validator = board.door.validator(call.who, uid)?;
    let waiting = board.evaluations.pending(&validator.id, limit, after.as_deref());
    let page = call.about.wait("storage", waiting).await?;
    let base = board.base(&call.headers);
    let holders = board.holders();
    let tasks = page.tasks.iter().map(|pending| task(&board, &base, &holders, pending)).collect();
    Ok(answer::json(StatusCode::OK, &ValidatorTasks { tasks, next: page.next }))
}

fn task(
    board: &Board,
    base: &str,
    holders: &[domain::consensus::Holder],
    pending: &Pending,
) -> ValidatorTask {
    let Pending { task, input } = pending;
    let spec = &task.spec;
    let chosen = task.result().map(|r| r.output.file);
    let response = |lease: &domain::Lease| {
        let result = lease.response().map(|r| result(board, base, spec.kind, r));
        let served = chosen.is_some() && chosen == lease.response().map(|r| r.output.file);
        MinerResponse::of(lease, behind(holders, &lease.miner), served, result)
    };
    ValidatorTask {
        task_id: spec.id.to_string(),
        task_type: spec.kind.name(),
        status: task.state.name().name(),
        source_language: spec.source.name(),
        target_language: spec.target.map(|l| l.name()),
        options: (&spec.options).into(),
        submitted_at: spec.submitted_at.micros(),
        completed_at: task.state.ended_at().map(domain::Timestamp::micros),
        input: stored(board, base, input),
        responses: asked(task).into_iter().map(response).collect(),
    }
}

fn stored(board: &Board, base: &str, file: &FileMeta) -> TicketedFile {
    TicketedFile {
        file_id: file.id.to_string(),
        sha256: file.sha256.to_string(),
        size: file.size,
        content_type: file.content_type.clone(),
        url: format!("{base}/api/v1/files/{}/download", file.id),
        ticket: board.ticket(file.id),
        facts: None,
    }
}

fn result(board: &Board, base: &str, kind: TaskKind, response: &Response) -> TicketedFile {
    let output = &response.output;
    let content_type = match &response.facts {
        Some(Facts::Audio(facts)) => facts.format.content_type(),
        Some(Facts::Document(facts)) => facts.format.content_type(),
        None if Facts::fit(kind, None) => "application/json",
        None => "application/octet-stream",
    };
    TicketedFile {
        file_id: output.file.to_string(),
        sha256: output.sha256.to_string(),
        size: output.size,
        content_type: content_type.to_owned(),
        url: format!("{base}/api/v1/files/{}/download", output.file),
        ticket: board.ticket(output.file),
        facts: response.facts.clone(),
    }
}
