//! Submitting a task: one way for all kinds; [`routes`] has the address and the answer of each.

mod document;
mod fields;
mod intake;
mod receive;
pub(crate) mod routes;

use std::{sync::Arc, time::Duration};

use domain::{FileMeta, Task, TaskKind};
use http::{StatusCode, header};
use language::Detected;
use process::clock::Clock;
use proto::client::{FilesClient, Idempotency, SchedulerClient};
use serde::Serialize;
use tokio::sync::Semaphore;
use tracing::Instrument as _;
use warp::reply::Response;

use super::{
    answer,
    call::Call,
    encoded,
    form::{self, Form},
    problem::Problem,
    upload,
};
use crate::{Limits, events};
use fields::idempotency_key;
use intake::Intake;
use receive::{Received, TextSize};

/// What submitting needs.
#[derive(Clone)]
pub(crate) struct Submit {
    pub(crate) files: FilesClient,
    pub(crate) scheduler: SchedulerClient,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) models: Arc<[String]>,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) idle: Duration,
}

/// A task that is durable, with what is told of it.
pub(crate) struct Accepted {
    pub(crate) task: Task,
    pub(crate) input: FileMeta,
    pub(crate) detected: Option<Detected>,
    pub(crate) size: Option<TextSize>,
    pub(crate) message: String,
}

/// Takes a request in, stores its input and hands the task to the scheduler.
///
/// # Errors
/// What is wrong with the request, named with what would be right; what the store or the scheduler say.
async fn submit(call: Call, s: &Submit, kind: TaskKind) -> Result<Accepted, Problem> {
    let intake = Intake::of(kind);
    let key = idempotency_key(&call.headers)?;
    let encoded = intake.text && encoded::announced(&call.headers);
    let (most, overhead) = match encoded {
        true => (s.limits.text_bytes, encoded::room(s.limits.text_bytes) - s.limits.text_bytes),
        false => (intake.most_bytes(&s.limits), form::OVERHEAD),
    };
    upload::check_length(&call.headers, &intake.input(), most, overhead)?;
    let _permit = upload::admit(&s.room)?;
    let span = tracing::info_span!("upload", bytes = tracing::field::Empty);
    let received = if encoded {
        receive::pairs(call.body, s, &call.about, intake).instrument(span.clone()).await?
    } else {
        let mut form = Form::open(&call.headers, call.body, s.idle)?;
        let received = receive::parts(&mut form, s, &call.about, intake).instrument(span.clone()).await;
        match received {
            Ok(received) => received,
            Err(problem) => {
                form.drain().await;
                return Err(problem);
            }
        }
    };
    let Received { fields, input, source, detected, size } = received;
    span.record("bytes", input.size);
    drop(span);
    let task = fields.task(&input, source, &s.clock, &call.about)?;
    let key = key.map(|key| Idempotency { key, fingerprint: fields.fingerprint(&input) });
    let created =
        call.about.wait("scheduler", s.scheduler.submit(&task, fields.wanted(), key.as_ref())).await?;
    let spec = &created.task.spec;
    let (id, kind, bytes, replayed) = (spec.id, spec.kind, input.size, created.replayed);
    events::Submitted { task: id, kind, bytes, replayed }.emit();
    let message = format!("{} task submitted successfully", intake.title);
    Ok(Accepted { task: created.task, input, detected, size, message })
}

impl Accepted {
    /// The response with this body and the address of the task.
    fn answer<T: Serialize>(&self, body: &T) -> Response {
        let mut response = answer::json(StatusCode::OK, body);
        answer::set(&mut response, header::LOCATION, format!("/api/v1/tasks/{}", self.task.spec.id));
        response
    }
}

/// The fields that a kind takes.
#[cfg(test)]
pub(crate) fn names(kind: TaskKind) -> Vec<&'static str> {
    Intake::of(kind).names()
}
