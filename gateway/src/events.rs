//! What the gateway tells about itself: each event once, as a log line and a count together.

use std::{sync::LazyLock, time::Duration};

use domain::{TaskId, TaskKind};
use http::{Method, StatusCode};
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram},
};

/// A request was answered; for a streamed body, its head was.
#[derive(Debug)]
pub(crate) struct Answered<'a> {
    pub(crate) method: &'a Method,
    /// The template, never the raw path: it is a label.
    pub(crate) route: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) took: Duration,
    pub(crate) request_id: &'a str,
}

static ANSWERED: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("gateway")
        .f64_histogram("violet_http_request_duration")
        .with_unit("s")
        .with_description("Time from the head of a request to the head of its answer.")
        .with_boundaries(vec![
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0,
        ])
        .build()
});

impl Answered<'_> {
    pub(crate) fn emit(&self) {
        // methods outside the known set would make the label open-ended
        let method = match *self.method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            _ => "OTHER",
        };
        let labels = [
            KeyValue::new("method", method),
            KeyValue::new("route", self.route),
            KeyValue::new("status", i64::from(self.status.as_u16())),
        ];
        ANSWERED.record(self.took.as_secs_f64(), &labels);
        let (status, ms, request_id) = (self.status.as_u16(), self.took.as_millis(), self.request_id);
        if self.status.is_server_error() {
            tracing::warn!(method, route = self.route, status, ms, request_id, "request failed");
        } else {
            tracing::debug!(method, route = self.route, status, ms, request_id, "request answered");
        }
    }
}

/// A client's task is durable.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) task: TaskId,
    pub(crate) kind: TaskKind,
    pub(crate) bytes: u64,
    /// An idempotent repetition of an earlier request.
    pub(crate) replayed: bool,
}

static SUBMITTED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    global::meter("gateway")
        .u64_counter("violet_tasks_submitted")
        .with_description("Tasks that clients submitted and that are durable.")
        .build()
});
static RECEIVED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    global::meter("gateway")
        .u64_counter("violet_upload_bytes")
        .with_description("Bytes of inputs of submitted tasks.")
        .build()
});

impl Submitted {
    pub(crate) fn emit(&self) {
        let labels = [KeyValue::new("kind", self.kind.name()), KeyValue::new("replayed", self.replayed)];
        SUBMITTED.add(1, &labels);
        RECEIVED.add(self.bytes, &labels[..1]);
        tracing::info!(task = %self.task, kind = %self.kind, bytes = self.bytes, replayed = self.replayed, "task submitted");
    }
}
