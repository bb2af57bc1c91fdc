//! The trace of a task, for deployments that keep recent ones in memory.

use domain::Timestamp;
use http::StatusCode;
use process::telemetry::{SpanRecord, SpanRing};
use proto::client::TasksClient;

use super::{
    answer::{self, Answer},
    call::Call,
    problem::{Problem, ProblemBody},
    stages::{self, Tree},
    tasks,
    types::{
        task::trace_id,
        trace::{SpanView, TraceView},
    },
};

/// What this route needs.
#[derive(Clone)]
pub(crate) struct Traces {
    pub(crate) tasks: TasksClient,
    pub(crate) ring: Option<SpanRing>,
}

/// Shows what every service did for a task, and where the time went.
#[utoipa::path(
    get, path = "/api/v1/tasks/{id}/trace", tag = "tasks", operation_id = "getTaskTrace",
    params(("id" = String, Path, description = "The task")),
    responses(
        (status = 200, description = "Spans and stages", body = TraceView),
        (status = 404, description = "No such task, or its spans are not kept here",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(call: Call, s: Traces) -> Answer {
    let task = tasks::get(&call, &s.tasks).await?;
    let Some(trace_id) = trace_id(&task) else {
        return Err(Problem::not_found("the request that submitted this task was not traced"));
    };
    let Some(ring) = &s.ring else {
        return Err(Problem::not_found(format!(
            "this deployment keeps no traces; look for trace {trace_id} in the collector that its services export to"
        )));
    };
    let spans = ring.get(trace_id);
    let Some(zero) = spans.first().map(|s| s.start_us) else {
        return Err(Problem::not_found(format!(
            "the spans of trace {trace_id} are no longer in memory; a collector keeps them longer"
        )));
    };
    let tree = Tree::new(&spans);
    let view = TraceView {
        trace_id: trace_id.to_owned(),
        task_id: task.spec.id.to_string(),
        started_at: Timestamp::from_micros(zero).rfc3339(),
        spans: spans.iter().map(|s| view(&tree, s, zero)).collect(),
        stages: stages::stages(&spans, task.state.ended_at().map(Timestamp::micros)),
    };
    Ok(answer::json(StatusCode::OK, &view))
}

fn view<'a>(tree: &Tree<'a>, span: &'a SpanRecord, zero: i64) -> SpanView {
    // where in our source a span was made is nobody's business outside (S16)
    let inner = |key: &str| {
        ["code.", "thread."].iter().any(|p| key.starts_with(p))
            || matches!(key, "service.name" | "busy_ns" | "idle_ns" | "target" | "level")
    };
    SpanView {
        span_id: span.span_id.clone(),
        parent_id: span.parent_id.clone(),
        service: tree.service(span).to_owned(),
        name: span.name.clone(),
        start_us: span.start_us - zero,
        duration_us: (span.end_us - span.start_us).max(0),
        error: span.error,
        attributes: span
            .attributes
            .iter()
            .filter(|(k, _)| !inner(k))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
    }
}
