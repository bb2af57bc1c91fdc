//! A task's changes as server-sent events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use domain::Task;
use futures_util::{Stream, StreamExt as _, future, stream};
use http::{HeaderMap, HeaderName, StatusCode, header};
use process::Stop;
use proto::{RpcError, client::TasksClient};
use tokio::sync::Semaphore;
use warp::{Reply as _, sse::Event};

use super::{
    answer::{self, Answer},
    call::Call,
    problem::{Problem, ProblemBody},
    tasks,
    types::task::TaskEvent,
};

/// What this route needs.
#[derive(Clone)]
pub(crate) struct Watch {
    pub(crate) tasks: TasksClient,
    /// Leaves for open streams.
    pub(crate) room: Arc<Semaphore>,
    /// Time between comments on a quiet stream.
    pub(crate) comment: Duration,
    pub(crate) stop: Stop,
}

/// Streams the changes of a task until it ends.
///
/// Each event is named `task`, its data is the state, its id the version of the task. A client that reconnects with
/// `Last-Event-ID` is not told again what it knows; when the task has ended and it knows that, it gets 204. A comment
/// keeps the stream open while nothing happens.
#[utoipa::path(
    get, path = "/api/v1/tasks/{id}/events", tag = "tasks", operation_id = "watchTask",
    params(
        ("id" = String, Path, description = "The task"),
        ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event that was seen"),
    ),
    responses(
        (status = 200, description = "Events, each with a TaskEvent as its data", body = TaskEvent,
            content_type = "text/event-stream"),
        (status = 204, description = "The task has ended and the client knows it"),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Too many open streams", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn events(call: Call, s: Watch) -> Answer {
    let known = last_event_id(&call.headers)?;
    let permit = s.room.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Problem::busy("too many event streams are open; try again shortly"))?;
    let task = tasks::get(&call, &s.tasks).await?;
    if task.state.is_over() && known.is_some_and(|known| known >= task.version) {
        return Ok(answer::empty(StatusCode::NO_CONTENT));
    }
    let changes = call.about.wait("storage", s.tasks.watch(Some(task.spec.id))).await?;
    let events = until_over(changes, known)
        .map(|task| event(&task))
        .take_until(s.stop.cancelled_owned())
        // the permit is held as long as the stream is
        .inspect(move |_| {
            let _ = &permit;
        });
    let mut response =
        warp::sse::reply(warp::sse::keep_alive().interval(s.comment).stream(events)).into_response();
    answer::set(&mut response, header::CACHE_CONTROL, "no-cache");
    // proxies of one family gather answers unless told not to
    answer::set(&mut response, HeaderName::from_static("x-accel-buffering"), "no");
    Ok(response)
}

/// The states newer than `known`, up to and with the one that ends the task. A stream that breaks ends: the client
/// comes back with the last id it saw.
fn until_over(
    changes: impl Stream<Item = Result<Option<Task>, RpcError>> + Send + 'static,
    known: Option<u64>,
) -> impl Stream<Item = Task> + Send + 'static {
    let states =
        changes.take_while(|c| future::ready(c.is_ok())).filter_map(|c| future::ready(c.ok().flatten()));
    stream::unfold((Box::pin(states), known, false), |(mut states, known, over)| async move {
        if over {
            return None;
        }
        loop {
            let task = states.next().await?;
            let over = task.state.is_over();
            if known.is_none_or(|known| task.version > known) {
                let version = task.version;
                return Some((task, (states, Some(version), over)));
            }
            if over {
                return None;
            }
        }
    })
}

fn event(task: &Task) -> Result<Event, Infallible> {
    let data = serde_json::to_string(&TaskEvent::from(task)).unwrap_or_default();
    Ok(Event::default().event("task").id(task.version.to_string()).data(data))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or("?");
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| Problem::field("Last-Event-ID", "must be the id of an event of this stream"))
}
