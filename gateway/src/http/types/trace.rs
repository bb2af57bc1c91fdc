//! The trace of a task.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// Everything recorded for one task, over all services.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceView {
    pub(crate) trace_id: String,
    pub(crate) task_id: String,
    /// Begin of the first span, RFC 3339, UTC: zero of `start_us`.
    pub(crate) started_at: String,
    /// In order of their beginning.
    pub(crate) spans: Vec<SpanView>,
    /// Where the time went, in the order of the work. A stage that was not seen is left out.
    pub(crate) stages: Vec<Stage>,
}

/// One span.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpanView {
    pub(crate) span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent_id: Option<String>,
    pub(crate) service: String,
    pub(crate) name: String,
    /// Microseconds after the begin of the trace.
    pub(crate) start_us: i64,
    pub(crate) duration_us: i64,
    pub(crate) error: bool,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// A part of the time a task took. Work done twice at once counts once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Stage {
    /// `upload`, `queued`, `fetch`, `decode`, `vad`, `inference`, `store`, `other` or `total`.
    pub(crate) name: &'static str,
    pub(crate) ms: f64,
}
