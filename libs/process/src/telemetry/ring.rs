//! The newest traces in memory, so that a laptop needs no collector to look at one.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use opentelemetry::{
    Context, KeyValue, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, SpanKind, Status, TraceState},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

/// Most spans kept of one trace; more are counted out, never kept.
const SPANS_OF_A_TRACE: usize = 4_000;

/// One finished span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanRecord {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// Its parent, which may lie in another process; `None` for a root.
    pub parent_id: Option<String>,
    /// What was done.
    pub name: String,
    /// The service it belongs to, where the span says so itself; else its parent's.
    pub service: Option<String>,
    /// Begin, microseconds since the epoch.
    pub start_us: i64,
    /// End, microseconds since the epoch.
    pub end_us: i64,
    /// Whether it ended in an error.
    pub error: bool,
    /// Its attributes as text.
    pub attributes: BTreeMap<String, String>,
    /// Things that happened during it: when, and what.
    pub events: Vec<(i64, String)>,
}

#[derive(Default)]
struct Traces {
    spans: HashMap<String, Vec<SpanRecord>>,
    order: VecDeque<String>,
}

/// The newest traces, oldest thrown out first. Cheap to clone; memory is bounded.
#[derive(Clone)]
pub struct SpanRing {
    keep: usize,
    traces: Arc<Mutex<Traces>>,
}

impl std::fmt::Debug for SpanRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SpanRing(keep {})", self.keep)
    }
}

impl SpanRing {
    /// Keeps at most `keep` traces.
    #[must_use]
    pub fn new(keep: usize) -> Self {
        Self { keep, traces: Arc::default() }
    }

    /// The spans of a trace seen so far, in order of their beginning; empty when the trace is unknown or forgotten.
    #[must_use]
    pub fn get(&self, trace_id: &str) -> Vec<SpanRecord> {
        let traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut spans = traces.spans.get(trace_id).cloned().unwrap_or_default();
        spans.sort_by(|a, b| (a.start_us, &a.span_id).cmp(&(b.start_us, &b.span_id)));
        spans
    }

    /// Adds a finished span.
    pub fn push(&self, span: SpanRecord) {
        if self.keep == 0 {
            return;
        }
        let mut guard = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        let traces = &mut *guard;
        if !traces.spans.contains_key(&span.trace_id) {
            traces.order.push_back(span.trace_id.clone());
            if traces.order.len() > self.keep
                && let Some(oldest) = traces.order.pop_front()
            {
                traces.spans.remove(&oldest);
            }
        }
        let spans = traces.spans.entry(span.trace_id.clone()).or_default();
        if spans.len() < SPANS_OF_A_TRACE {
            spans.push(span);
        }
    }
}

impl SpanProcessor for SpanRing {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.keep > 0 {
            self.push(SpanRecord::from_otel(&span));
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn micros(t: SystemTime) -> i64 {
    t.duration_since(UNIX_EPOCH).ok().and_then(|d| i64::try_from(d.as_micros()).ok()).unwrap_or_default()
}

fn time(micros: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

impl SpanRecord {
    fn from_otel(span: &SpanData) -> Self {
        let attributes: BTreeMap<String, String> =
            span.attributes.iter().map(|kv| (kv.key.to_string(), kv.value.to_string())).collect();
        Self {
            trace_id: span.span_context.trace_id().to_string(),
            span_id: span.span_context.span_id().to_string(),
            parent_id: (span.parent_span_id != SpanId::INVALID).then(|| span.parent_span_id.to_string()),
            name: span.name.to_string(),
            service: attributes.get("service.name").cloned(),
            start_us: micros(span.start_time),
            end_us: micros(span.end_time),
            error: matches!(span.status, Status::Error { .. }),
            attributes,
            events: span.events.iter().map(|e| (micros(e.timestamp), e.name.to_string())).collect(),
        }
    }

    /// The span as the exporter takes it; `None` when an id is not hexadecimal.
    pub(super) fn to_otel(&self) -> Option<SpanData> {
        let span_id = |hex: &str| SpanId::from_hex(hex).ok();
        let trace = TraceId::from_hex(&self.trace_id).ok()?;
        let context = SpanContext::new(
            trace,
            span_id(&self.span_id)?,
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        );
        Some(SpanData {
            span_context: context,
            parent_span_id: self.parent_id.as_deref().and_then(span_id).unwrap_or(SpanId::INVALID),
            parent_span_is_remote: true,
            span_kind: SpanKind::Server,
            name: self.name.clone().into(),
            start_time: time(self.start_us),
            end_time: time(self.end_us),
            attributes: self.attributes.iter().map(|(k, v)| KeyValue::new(k.clone(), v.clone())).collect(),
            dropped_attributes_count: 0,
            events: opentelemetry_sdk::trace::SpanEvents::default(),
            links: opentelemetry_sdk::trace::SpanLinks::default(),
            status: if self.error { Status::error("") } else { Status::Unset },
            instrumentation_scope: opentelemetry::InstrumentationScope::builder("triton").build(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(trace: u32, id: u32) -> SpanRecord {
        SpanRecord {
            trace_id: format!("{trace:032x}"),
            span_id: format!("{id:016x}"),
            parent_id: None,
            name: "n".into(),
            service: None,
            start_us: i64::from(id),
            end_us: i64::from(id) + 1,
            error: false,
            attributes: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    #[test]
    fn the_oldest_trace_is_forgotten_first() {
        let ring = SpanRing::new(2);
        for trace in 1..=3 {
            ring.push(span(trace, 9));
            ring.push(span(trace, 4));
        }
        assert!(ring.get(&format!("{:032x}", 1)).is_empty());
        let starts: Vec<i64> = ring.get(&format!("{:032x}", 3)).iter().map(|s| s.start_us).collect();
        assert_eq!(starts, [4, 9]);
    }

    #[test]
    fn a_foreign_span_keeps_its_place_in_the_trace() {
        let mut s = span(1, 2);
        s.parent_id = Some(format!("{:016x}", 7));
        let otel = s.to_otel().unwrap();
        assert_eq!(otel.parent_span_id.to_string(), s.parent_id.clone().unwrap());
        assert_eq!(SpanRecord::from_otel(&otel).trace_id, s.trace_id);
        s.span_id = "nonsense".into();
        assert!(s.to_otel().is_none());
    }
}
