//! The JSON form of OTLP traces, as far as the server writes it.

use serde::Deserialize;

use super::spans::TritonSpan;

/// Reads an OTLP `ExportTraceServiceRequest` in its JSON form. A span without valid ids is left out.
pub(super) fn parse(body: &[u8]) -> Result<Vec<TritonSpan>, serde_json::Error> {
    let request: Request = serde_json::from_slice(body)?;
    let scopes = request.resource_spans.into_iter().flat_map(|r| r.scope_spans);
    Ok(scopes.flat_map(|s| s.spans).filter_map(Span::into_ours).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    #[serde(default)]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Deserialize)]
struct ScopeSpans {
    #[serde(default)]
    spans: Vec<Span>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    trace_id: String,
    span_id: String,
    #[serde(default)]
    parent_span_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: u8,
    start_time_unix_nano: Number,
    end_time_unix_nano: Number,
    #[serde(default)]
    attributes: Vec<Attribute>,
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Attribute {
    key: String,
    #[serde(default)]
    value: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(default)]
    name: String,
    time_unix_nano: Number,
}

/// 64-bit numbers are text in OTLP's JSON; some writers send plain numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Text(String),
    Plain(u64),
}

impl Number {
    fn get(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Plain(number) => Some(*number),
        }
    }
}

impl Span {
    fn into_ours(self) -> Option<TritonSpan> {
        let hex = |id: &str, len| id.len() == len && id.bytes().all(|b| b.is_ascii_hexdigit());
        if !hex(&self.trace_id, 32) || !hex(&self.span_id, 16) {
            return None;
        }
        Some(TritonSpan {
            parent_id: hex(&self.parent_span_id, 16).then_some(self.parent_span_id),
            trace_id: self.trace_id,
            span_id: self.span_id,
            name: self.name,
            kind: self.kind,
            start_ns: self.start_time_unix_nano.get()?,
            end_ns: self.end_time_unix_nano.get()?,
            attributes: self.attributes.into_iter().map(|a| (a.key, plain(a.value))).collect(),
            events: self.events.into_iter().filter_map(|e| Some((e.time_unix_nano.get()?, e.name))).collect(),
        })
    }
}

/// The one value of an OTLP `AnyValue`, as text.
fn plain(value: serde_json::Map<String, serde_json::Value>) -> String {
    match value.into_iter().next() {
        Some((_, serde_json::Value::String(text))) => text,
        Some((_, other)) => other.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Triton 2.51 sent it for a request with `traceparent: 00-0af7..-b7ad..-01`, shortened.
    const SENT: &str = include_str!("spans.sample.json");

    #[test]
    fn a_span_of_the_server_becomes_ours() {
        let spans = parse(SENT.as_bytes()).unwrap();
        assert_eq!(
            spans.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(),
            ["compute", "echo", "InferRequest"]
        );
        let (compute, model, request) = (&spans[0], &spans[1], &spans[2]);
        assert_eq!(request.parent_id.as_deref(), Some("b7ad6b7169203331"));
        assert_eq!(model.parent_id.as_deref(), Some(request.span_id.as_str()));
        assert_eq!(compute.parent_id.as_deref(), Some(model.span_id.as_str()));
        assert_eq!(model.start_ns, 1_795_295_564_167_045_055);
        assert!(model.attributes.contains(&("triton.request_id".to_owned(), "task7".to_owned())));
        assert!(model.attributes.contains(&("triton.model_version".to_owned(), "1".to_owned())));
        assert!(model.events.contains(&(1_795_295_564_167_084_702, "QUEUE_START".to_owned())));
        assert_eq!(compute.kind, 2);
    }

    #[test]
    fn a_span_without_an_id_is_left_out_and_nonsense_is_an_error() {
        let broken = SENT.replace("9f8a003334bc08d8", "nonsense");
        assert_eq!(parse(broken.as_bytes()).unwrap().len(), 2);
        assert!(parse(b"{\"resourceSpans\":3}").is_err());
        assert_eq!(parse(b"{}").unwrap(), []);
    }
}
