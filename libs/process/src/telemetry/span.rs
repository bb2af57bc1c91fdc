//! Spans at the edges of a service, and how they find their parents (W3C Trace Context).

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use opentelemetry::{
    Context, global,
    propagation::{Extractor, Injector},
    trace::TraceContextExt as _,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

struct From<'a>(&'a HeaderMap);

impl Extractor for From<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|v| v.to_str().ok())
    }
    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct Into<'a>(&'a mut HeaderMap);

impl Injector for Into<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

fn context_of(headers: &HeaderMap) -> Context {
    global::get_text_map_propagator(|p| p.extract(&From(headers)))
}

/// Server span of an HTTP request to `service`; `route` is the template (`/api/v1/tasks/{id}`), never the raw path.
#[must_use]
pub fn http_span(service: &'static str, method: &Method, route: &'static str, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        "http",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        service.name = service,
        http.request.method = %method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
    );
    // fails only when the span is disabled: then there is nothing to join
    let _ = span.set_parent(context_of(headers));
    span
}

/// Server span of a gRPC call to `service`.
#[must_use]
pub fn grpc_span(service: &'static str, path: &str, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        "grpc",
        otel.name = path.trim_start_matches('/'),
        otel.kind = "server",
        service.name = service,
        rpc.system = "grpc",
    );
    let _ = span.set_parent(context_of(headers));
    span
}

/// Makes `span` a child of the span that `traceparent` names. Call it before the span is entered. Text that is no
/// `traceparent` leaves the span as it is.
pub fn child_of(span: &Span, traceparent: &str) {
    if let Ok(value) = HeaderValue::try_from(traceparent) {
        let headers = HeaderMap::from_iter([(HeaderName::from_static("traceparent"), value)]);
        let _ = span.set_parent(context_of(&headers));
    }
}

/// The W3C `traceparent` of a span; `None` when it is not recorded.
#[must_use]
pub fn traceparent(span: &Span) -> Option<String> {
    let mut headers = HeaderMap::new();
    inject(span, &mut headers);
    headers.get("traceparent").and_then(|v| v.to_str().ok()).map(str::to_owned)
}

/// Puts the trace context of a span into request headers.
pub fn inject(span: &Span, headers: &mut HeaderMap) {
    let context = span.context();
    global::get_text_map_propagator(|p| p.inject_context(&context, &mut Into(headers)));
}

/// Id of the trace that a span belongs to, 32 hexadecimal digits; `None` when it is not recorded.
#[must_use]
pub fn trace_id(span: &Span) -> Option<String> {
    let context = span.context();
    let id = context.span().span_context().trace_id();
    (id != opentelemetry::TraceId::INVALID).then(|| id.to_string())
}
