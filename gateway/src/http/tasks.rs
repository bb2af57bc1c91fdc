//! Reading and cancelling tasks.

use domain::{Task, TaskId, TaskKind, task::StateName};
use http::{StatusCode, header};
use proto::client::{SchedulerClient, TaskFilter, TasksClient};

use super::{
    answer::{self, Answer},
    call::Call,
    problem::{Problem, ProblemBody},
    query,
    types::{
        detail::TaskDetail,
        responses::TaskResponses,
        task::{TaskStatusView, TaskSummary},
    },
};

/// What these routes need.
#[derive(Clone)]
pub(crate) struct Tasks {
    pub(crate) tasks: TasksClient,
    pub(crate) scheduler: SchedulerClient,
}

const DEFAULT_PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 200;

/// Lists tasks, newest first.
///
/// The header `X-Next-Cursor` and `Link: ..; rel="next"` lead to the next page; without them it is the last.
#[utoipa::path(
    get, path = "/api/v1/tasks", tag = "tasks", operation_id = "listTasks",
    params(
        ("status" = Option<String>, Query,
            description = "pending, assigned, in_progress, completed, approved, failed or cancelled"),
        ("task_type" = Option<String>, Query, description = "A kind of work, such as transcription"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "1 to 200, default 100"),
        ("cursor" = Option<String>, Query, description = "As the page before gave it"),
    ),
    responses(
        (status = 200, description = "A page", body = [TaskSummary],
            headers(("X-Next-Cursor" = String), ("Link" = String))),
        (status = 400, description = "An unknown status or kind, a limit out of bounds, a cursor that no page gave",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(mut call: Call, s: Tasks) -> Answer {
    let statuses = call.query.take::<StateName>("status")?.into_iter().collect();
    page(call, &s, statuses, "/api/v1/tasks").await
}

/// Lists tasks with a result, newest first.
#[utoipa::path(
    get, path = "/api/v1/tasks/completed", tag = "tasks", operation_id = "listCompletedTasks",
    params(
        ("task_type" = Option<String>, Query, description = "A kind of work, such as transcription"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "1 to 200, default 100"),
        ("cursor" = Option<String>, Query, description = "As the page before gave it"),
    ),
    responses(
        (status = 200, description = "A page", body = [TaskSummary],
            headers(("X-Next-Cursor" = String), ("Link" = String))),
        (status = 400, description = "A parameter is not accepted",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn completed(call: Call, s: Tasks) -> Answer {
    page(call, &s, vec![StateName::Completed, StateName::Approved], "/api/v1/tasks/completed").await
}

async fn page(mut call: Call, s: &Tasks, statuses: Vec<StateName>, path: &str) -> Answer {
    let kind = call.query.take::<TaskKind>("task_type")?;
    let limit = call.query.number("limit", 1, LARGEST_PAGE)?.unwrap_or(DEFAULT_PAGE);
    let cursor = call.query.text("cursor")?;
    call.query.end()?;
    // only the plain list filters by one state; the path says the others
    let status = match statuses.as_slice() {
        [one] => Some(one.name()),
        _ => None,
    };
    let filter = TaskFilter { statuses, kind };
    let page = call.about.wait("storage", s.tasks.list(&filter, limit, cursor.as_deref())).await?;
    let tasks: Vec<TaskSummary> = page.tasks.iter().map(TaskSummary::from).collect();
    let mut response = answer::json(StatusCode::OK, &tasks);
    if let Some(next) = page.next {
        let limit = limit.to_string();
        let parameters = [
            ("status", status),
            ("task_type", kind.map(TaskKind::name)),
            ("limit", Some(limit.as_str())),
            ("cursor", Some(next.as_str())),
        ];
        let link = format!("<{path}?{}>; rel=\"next\"", query::write(&parameters));
        answer::set(&mut response, header::LINK, link);
        answer::set(&mut response, http::HeaderName::from_static("x-next-cursor"), next);
    }
    Ok(response)
}

/// Shows everything about a task.
#[utoipa::path(
    get, path = "/api/v1/tasks/{id}", tag = "tasks", operation_id = "getTask",
    params(("id" = String, Path, description = "The task")),
    responses(
        (status = 200, description = "The task", body = TaskDetail),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(call: Call, s: Tasks) -> Answer {
    Ok(answer::json(StatusCode::OK, &TaskDetail::from(&get(&call, &s.tasks).await?)))
}

/// Shows the state of a task in few words, always fresh.
#[utoipa::path(
    get, path = "/api/v1/task/{id}/status", tag = "tasks", operation_id = "getTaskStatus",
    params(("id" = String, Path, description = "The task")),
    responses(
        (status = 200, description = "Its state", body = TaskStatusView),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn status(call: Call, s: Tasks) -> Answer {
    Ok(answer::json(StatusCode::OK, &TaskStatusView::from(&get(&call, &s.tasks).await?)))
}

/// Shows who did the work of a completed task, signed by the miner and countersigned by the operator.
#[utoipa::path(
    get, path = "/api/v1/tasks/{id}/receipt", tag = "tasks", operation_id = "getTaskReceipt",
    params(("id" = String, Path, description = "The task")),
    responses(
        (status = 200, description = "Canonical JSON; check it with `violet verify`", body = serde_json::Value),
        (status = 404, description = "No such task, or its miner signed nothing",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is not completed",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn receipt(call: Call, s: Tasks) -> Answer {
    let id: TaskId = call.id()?;
    let json = call.about.wait("scheduler", s.scheduler.receipt(id)).await?;
    Ok(answer::bytes(StatusCode::OK, "application/json", json))
}

/// Shows the answers that came to a task, and which of them is served.
#[utoipa::path(
    get, path = "/api/v1/task/{id}/responses", tag = "tasks", operation_id = "getTaskResponses",
    params(("id" = String, Path, description = "The task")),
    responses(
        (status = 200, description = "Its answers", body = TaskResponses),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn responses(call: Call, s: Tasks) -> Answer {
    Ok(answer::json(StatusCode::OK, &TaskResponses::from(&get(&call, &s.tasks).await?)))
}

/// Cancels a task, down to the inference that runs for it. Cancelling a cancelled task again is no error.
#[utoipa::path(
    delete, path = "/api/v1/tasks/{id}", tag = "tasks", operation_id = "cancelTask",
    params(("id" = String, Path, description = "The task")),
    responses(
        (status = 200, description = "The task in its final state", body = TaskDetail),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It ended before", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(call: Call, s: Tasks) -> Answer {
    let id: TaskId = call.id()?;
    let ended = match call.about.wait("scheduler", s.scheduler.cancel(id)).await {
        Err(e) if e.kind == domain::ErrorKind::Conflict => {
            // a client that repeats its DELETE asks for what is the case already
            let task = call.about.wait("storage", s.tasks.get(id)).await?;
            if task.state.name() != StateName::Cancelled {
                return Err(e.into());
            }
            task
        }
        other => other?,
    };
    Ok(answer::json(StatusCode::OK, &TaskDetail::from(&ended)))
}

/// The task that the path names.
///
/// # Errors
/// `NotFound`, also for what is no id at all.
pub(crate) async fn get(call: &Call, tasks: &TasksClient) -> Result<Task, Problem> {
    let id: TaskId = call.id()?;
    Ok(call.about.wait("storage", tasks.get(id)).await?)
}
