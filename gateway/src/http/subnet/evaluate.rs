//! What validators tell of tasks.

use domain::{
    ErrorKind, TaskId,
    consensus::{Evaluation, Finding},
};
use http::StatusCode;
use proto::client::Fate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    board::Board,
    door::Entered,
    fields::{Fields, unprocessable},
    types::EvaluationTaken,
};
use crate::http::{
    answer::{self, Answer},
    problem::{Problem, ProblemBody},
};

/// The layout of `evaluation_data`.
const VERSION: u8 = 1;

/// What `evaluation_data` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grades {
    version: u8,
    #[serde(default)]
    units: Option<u32>,
    grades: Vec<Finding>,
}

/// A validator's evaluation of one task.
#[derive(ToSchema)]
#[allow(dead_code)] // for the document alone: bodies are read field by field
pub(crate) struct EvaluationForm {
    task_id: String,
    validator_uid: u16,
    /// JSON, or JSON in a text: `{"version":1,"units":25,"grades":[{"lease_id":"..","accuracy":987654321,
    /// "completeness":1000000000,"fault":null,"basis":"truth"}]}`, in billionths. Every answer that came in time, and no
    /// other. `units` is the size of the work: seconds of sound or video, words of text, rounded up; it may be left out.
    evaluation_data: String,
}

/// Takes an evaluation of a completed task. For validators; signed by btauth/1.
///
/// The very same again is no error. When it makes enough validators agree, the task is approved.
#[utoipa::path(
    post, path = "/api/v1/validator/evaluation", tag = "validators", operation_id = "submitEvaluation",
    request_body(content((EvaluationForm = "application/json"), (EvaluationForm = "application/x-www-form-urlencoded"))),
    security(("btauth" = [])),
    responses(
        (status = 200, description = "It is durable", body = EvaluationTaken),
        (status = 401, description = "Not signed, or not believed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "No validator, or another one", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The task is not completed, or was evaluated differently by this validator",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field is not accepted", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "This gateway follows no chain", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn evaluation(call: Entered, board: Board) -> Answer {
    let fields = Fields::read(&call.headers, &call.body)?;
    let task: TaskId = fields.take("task_id")?;
    let uid: u16 = fields.take("validator_uid")?;
    let validator = board.door.validator(call.who, uid)?;
    let Grades { version, units, grades } = fields.data("evaluation_data")?;
    if version != VERSION {
        let what = format!("has version {version}, and {VERSION} is taken");
        return Err(Problem::unprocessable("evaluation_data", what));
    }
    let evaluation = Evaluation {
        task,
        validator: validator.id,
        uid,
        stake: validator.stake,
        at: board.now(),
        units,
        findings: grades,
    };
    // who answered it does not change any more
    let graded = call.about.wait("storage", board.tasks.get(task)).await?;
    let electorate = board.door.electorate(&graded);
    let told = call.about.wait("storage", board.evaluations.record(&evaluation, &electorate)).await;
    let told = told.map_err(unprocessable("evaluation_data"))?;
    if told.fate == Fate::Differs {
        let why = "this validator evaluated the task before, and differently: the first evaluation stands";
        return Err(Problem::new(ErrorKind::Conflict, why));
    }
    let recorded = told.fate == Fate::Recorded;
    Ok(answer::json(StatusCode::OK, &EvaluationTaken::of(task, recorded, told)))
}

/// The same as `/api/v1/validator/evaluation`.
#[utoipa::path(
    post, path = "/api/v1/validator/evaluate", tag = "validators", operation_id = "evaluate",
    request_body(content((EvaluationForm = "application/json"), (EvaluationForm = "application/x-www-form-urlencoded"))),
    security(("btauth" = [])),
    responses((status = 200, description = "It is durable", body = EvaluationTaken))
)]
pub(crate) async fn evaluate(call: Entered, board: Board) -> Answer {
    evaluation(call, board).await
}

/// The same as `/api/v1/validator/evaluation`.
#[utoipa::path(
    post, path = "/api/v1/validator/submit_result", tag = "validators", operation_id = "submitValidatorResult",
    request_body(content((EvaluationForm = "application/json"), (EvaluationForm = "application/x-www-form-urlencoded"))),
    security(("btauth" = [])),
    responses((status = 200, description = "It is durable", body = EvaluationTaken))
)]
pub(crate) async fn submit_result(call: Entered, board: Board) -> Answer {
    evaluation(call, board).await
}

/// A task that a validator will not evaluate.
#[derive(ToSchema)]
#[allow(dead_code)] // for the document alone: bodies are read field by field
pub(crate) struct SeenForm {
    task_id: String,
    validator_uid: u16,
}

/// A task was left out for a validator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MarkedSeen {
    success: bool,
    task_id: String,
    validator_uid: u16,
    /// Whether it was marked before.
    already_seen: bool,
}

/// Leaves a task out of this validator's list. For validators; signed by btauth/1.
#[utoipa::path(
    post, path = "/api/v1/validators/mark-task-seen", tag = "validators", operation_id = "markTaskSeen",
    request_body(content((SeenForm = "application/json"), (SeenForm = "application/x-www-form-urlencoded"))),
    security(("btauth" = [])),
    responses(
        (status = 200, description = "It is left out", body = MarkedSeen),
        (status = 403, description = "No validator, or another one", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field is not accepted", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn mark_seen(call: Entered, board: Board) -> Answer {
    let fields = Fields::read(&call.headers, &call.body)?;
    let task: TaskId = fields.take("task_id")?;
    let validator = board.door.validator(call.who, fields.take("validator_uid")?)?;
    let marked = board.evaluations.mark_seen(&validator.id, validator.uid, validator.stake, task);
    let fresh = call.about.wait("storage", marked).await?;
    let (success, task_id, validator_uid) = (true, task.to_string(), validator.uid);
    let marked = MarkedSeen { success, task_id, validator_uid, already_seen: !fresh };
    Ok(answer::json(StatusCode::OK, &marked))
}
