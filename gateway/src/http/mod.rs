//! The route table. Every address the gateway answers stands here, once.

mod answer;
mod call;
mod disposition;
mod docs;
mod encoded;
mod files;
mod form;
mod health;
mod models;
mod problem;
mod put;
mod query;
mod range;
mod result;
mod route;
pub(crate) mod signed;
mod stages;
mod submit;
mod subnet;
mod tasks;
mod trace;
mod types;
mod upload;
mod watch;

#[cfg(test)]
mod tests;

use std::{convert::Infallible, sync::Arc};

use http::Method;
use process::{Stop, clock::Clock, telemetry::SpanRing};
use proto::ticket::TicketKey;
use tokio::sync::Semaphore;
use warp::{Filter, reply::Response};

use crate::{Config, Upstream, subnet::Subnet};
use route::{Route, on, quiet};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

/// Everything that the routes are made from. Each handler is given the part it uses.
pub(crate) struct Leaves {
    pub(crate) config: Config,
    pub(crate) upstream: Upstream,
    pub(crate) key: TicketKey,
    pub(crate) ring: Option<SpanRing>,
    pub(crate) clock: Clock,
    /// Unsigned requests are taken from whoever reaches it.
    pub(crate) open: bool,
    /// The subnet, where one is followed.
    pub(crate) subnet: Option<Subnet>,
    pub(crate) stop: Stop,
}

/// Answers every request: by the table, else with 404 or 405.
pub(crate) fn routes(
    leaves: &Leaves,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + Send + Sync + 'static + use<> {
    let groups = table(leaves);
    let any = |routes: &Vec<Route>| route::group(routes);
    let [health, tasks, results, files, submit, subnet, docs] = &groups;
    // those that are asked most often stand first
    let known = any(health).or(any(tasks)).unify().boxed().or(any(results)).unify().boxed();
    let known = known.or(any(files)).unify().boxed();
    let known = known.or(any(submit)).unify().boxed().or(any(subnet)).unify().boxed();
    let known = known.or(any(docs)).unify().boxed();
    let all: Vec<Route> = groups.into_iter().flatten().collect();
    known.or(route::otherwise(&all)).unify()
}

/// The table by groups. Within a group a literal stands before a parameter in the same place.
fn table(leaves: &Leaves) -> [Vec<Route>; 7] {
    let Leaves { config, upstream, key, ring, clock, stop, .. } = leaves;
    let room = |n: usize| Arc::new(Semaphore::new(n.min(Semaphore::MAX_PERMITS)));

    let probe = health::Probe::new(upstream, leaves.subnet.clone(), clock.clone());
    let health = vec![
        quiet(GET, "/livez", &(), health::livez),
        quiet(GET, "/readyz", &probe, health::readyz),
        quiet(GET, "/health", &probe, health::health_at_root),
        quiet(GET, "/api/v1/health", &probe, health::health),
        quiet(GET, "/api/v1/status", &probe, health::status),
        quiet(GET, "/metrics", &(), health::metrics),
    ];

    let reading = tasks::Tasks { tasks: upstream.tasks.clone(), scheduler: upstream.scheduler.clone() };
    let traces = trace::Traces { tasks: upstream.tasks.clone(), ring: ring.clone() };
    let watching = watch::Watch {
        tasks: upstream.tasks.clone(),
        room: room(config.http.max_event_streams),
        comment: config.http.event_comment,
        stop: stop.clone(),
    };
    let results = result::Results {
        tasks: upstream.tasks.clone(),
        files: upstream.files.clone(),
        transcript_bytes: config.limits.transcript_bytes,
    };
    let tasks = vec![
        on(GET, "/api/v1/tasks", &reading, tasks::list),
        on(GET, "/api/v1/tasks/completed", &reading, tasks::completed),
        on(GET, "/api/v1/tasks/{id}", &reading, tasks::show),
        on(DELETE, "/api/v1/tasks/{id}", &reading, tasks::cancel),
        on(GET, "/api/v1/tasks/{id}/trace", &traces, trace::show),
        on(GET, "/api/v1/tasks/{id}/events", &watching, watch::events),
        on(GET, "/api/v1/tasks/{id}/receipt", &reading, tasks::receipt),
        on(GET, "/api/v1/task/{id}/status", &reading, tasks::status),
        on(GET, "/api/v1/task/{id}/responses", &reading, tasks::responses),
        on(GET, "/api/v1/models", &upstream.scheduler, models::list),
    ];
    let results = vec![
        on(GET, "/api/v1/transcription/{id}/result", &results, result::transcript::transcription),
        on(GET, "/api/v1/video-transcription/{id}/result", &results, result::transcript::video_transcription),
        on(GET, "/api/v1/tts/{id}/result", &results, result::file::tts),
        on(GET, "/api/v1/summarization/{id}/result", &results, result::document::summarization),
        on(GET, "/api/v1/text-translation/{id}/result", &results, result::document::text_translation),
        on(GET, "/api/v1/document-translation/{id}/result", &results, result::file::document_translation),
        on(GET, "/api/v1/audio-enhancement/{id}/result", &results, result::file::audio_enhancement),
        on(GET, "/api/v1/audio-analysis/{id}/result", &results, result::document::audio_analysis),
    ];

    let stored = files::Files {
        files: upstream.files.clone(),
        key: key.clone(),
        clock: clock.clone(),
        result_bytes: config.limits.result_bytes,
        room: room(config.http.max_result_uploads),
        idle: config.http.upload_idle,
    };
    let downloads = result::file::Downloads { tasks: upstream.tasks.clone(), files: stored.clone() };
    let files = vec![
        on(GET, "/api/v1/files/{id}", &stored, files::show),
        on(GET, "/api/v1/files/{id}/download", &stored, files::download),
        on(PUT, "/api/v1/files/{id}", &stored, put::result),
        on(GET, "/api/v1/tts/audio/{id}", &stored, files::audio),
        on(GET, "/api/v1/document-translation/{id}/download", &downloads, result::file::download),
    ];

    let submitting = submit::Submit {
        files: upstream.files.clone(),
        scheduler: upstream.scheduler.clone(),
        clock: clock.clone(),
        limits: config.limits,
        models: config.transcription.models.clone().into(),
        room: room(config.http.max_uploads),
        idle: config.http.upload_idle,
    };
    let submit = vec![
        on(POST, "/api/v1/transcription", &submitting, submit::routes::transcription),
        on(POST, "/api/v1/video-transcription", &submitting, submit::routes::video_transcription),
        on(POST, "/api/v1/tts", &submitting, submit::routes::tts),
        on(POST, "/api/v1/summarization", &submitting, submit::routes::summarization),
        on(POST, "/api/v1/text-translation", &submitting, submit::routes::text_translation),
        on(POST, "/api/v1/document-translation", &submitting, submit::routes::document_translation),
        on(POST, "/api/v1/audio-enhancement", &submitting, submit::routes::audio_enhancement),
        on(POST, "/api/v1/audio-analysis", &submitting, submit::routes::audio_analysis),
    ];

    let docs = vec![
        quiet(GET, "/openapi.json", &(), docs::openapi),
        quiet(GET, "/docs", &(), docs::ui),
        quiet(GET, "/docs/", &(), docs::ui_index),
        quiet(GET, "/docs/{file}", &(), docs::ui_file),
    ];

    [health, tasks, results, files, submit, subnet::routes(leaves), docs]
}
