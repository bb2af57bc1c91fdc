//! Takes the server's own spans. It can send them over HTTP as JSON only, so a small receiver on loopback stands
//! between it and the telemetry of this process.

use std::{io, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warp::{Filter, http::StatusCode};

use super::otlp::parse;

/// Longest body taken.
const LIMIT: u64 = 8 << 20;

/// A finished span of the server: `InferRequest` > the model's name > `compute`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TritonSpan {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// Span it belongs to: ours, when the request carried a sampled `traceparent`.
    pub parent_id: Option<String>,
    /// Name.
    pub name: String,
    /// OTLP's number of the kind; the server says 2, "server".
    pub kind: u8,
    /// Nanoseconds since the epoch.
    pub start_ns: u64,
    /// Nanoseconds since the epoch.
    pub end_ns: u64,
    /// Attributes as text, such as `triton.model_name`.
    pub attributes: Vec<(String, String)>,
    /// Events: nanoseconds since the epoch and name, such as `QUEUE_START`.
    pub events: Vec<(u64, String)>,
}

/// Where spans go. Called from the receiver's task: must not block.
pub type SpanSink = Arc<dyn Fn(TritonSpan) + Send + Sync>;

/// Serves `POST /v1/traces` on a port of loopback until `stop`. Returns where.
pub(super) async fn receive(sink: SpanSink, stop: CancellationToken) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let take = move |body: Bytes| match parse(&body) {
        Ok(spans) => {
            spans.into_iter().for_each(|span| sink(span));
            warp::reply::with_status("{}", StatusCode::OK)
        }
        Err(error) => {
            tracing::warn!(%error, "cannot read the server's spans");
            warp::reply::with_status("{}", StatusCode::BAD_REQUEST)
        }
    };
    let traces = warp::post()
        .and(warp::path!("v1" / "traces"))
        .and(warp::body::content_length_limit(LIMIT))
        .and(warp::body::bytes())
        .map(take);
    tokio::spawn(warp::serve(traces).incoming(listener).graceful(stop.cancelled_owned()).run());
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_receiver_hands_spans_on() {
        let (sent, mut got) = tokio::sync::mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let at = receive(Arc::new(move |span| drop(sent.send(span))), stop.clone()).await.unwrap();
        let client = reqwest::Client::new();
        let post = |body: &'static str| client.post(format!("http://{at}/v1/traces")).body(body).send();
        assert_eq!(post(include_str!("spans.sample.json")).await.unwrap().status(), 200);
        assert_eq!(got.recv().await.unwrap().name, "compute");
        assert_eq!(post("nonsense").await.unwrap().status(), 400);
        stop.cancel();
    }
}
