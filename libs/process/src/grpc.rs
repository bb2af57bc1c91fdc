//! gRPC between services: connections that carry the trace, servers that drain.

use std::{task::Poll, time::Duration};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tonic::{
    body::Body,
    service::Routes,
    transport::{Endpoint, Server, server::TcpIncoming},
};
use tower::{Layer, Service, util::BoxCloneSyncService};

use crate::{Stop, telemetry};

/// A connection to a service. Connects at the first call and again whenever it is lost; every call carries the trace
/// context of the span that makes it.
pub type Wire = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, tonic::transport::Error>;

/// An address that is no `http://host:port`.
#[derive(Debug, thiserror::Error)]
#[error("\"{uri}\" is no service address: write http://host:port")]
pub struct BadUri {
    uri: String,
    #[source]
    source: tonic::transport::Error,
}

/// A connection to the service at `uri`.
///
/// # Errors
/// [`BadUri`]; a service that is away is no error here but of each call.
pub fn wire(uri: &str) -> Result<Wire, BadUri> {
    let endpoint =
        Endpoint::from_shared(uri.to_owned()).map_err(|source| BadUri { uri: uri.to_owned(), source })?;
    let channel = endpoint
        .tcp_nodelay(true)
        .connect_timeout(Duration::from_secs(3))
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .initial_stream_window_size(2 << 20)
        .initial_connection_window_size(8 << 20)
        .connect_lazy();
    Ok(BoxCloneSyncService::new(TraceLayer.layer(channel)))
}

struct TraceLayer;

impl<S> Layer<S> for TraceLayer {
    type Service = Traced<S>;
    fn layer(&self, inner: S) -> Traced<S> {
        Traced(inner)
    }
}

#[derive(Clone)]
struct Traced<S>(S);

impl<S: Service<http::Request<Body>>> Service<http::Request<Body>> for Traced<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> S::Future {
        telemetry::inject(&tracing::Span::current(), request.headers_mut());
        self.0.call(request)
    }
}

/// Serves `routes` until `stop`, then drains: calls in flight finish, and whatever is open after `drain` is cut.
/// Streams must end themselves when `stop` fires. Answers `grpc.health.v1` as well.
///
/// # Errors
/// When the listener breaks, or calls were cut at the deadline.
pub async fn serve(
    service: &'static str,
    listener: TcpListener,
    routes: Routes,
    stop: Stop,
    drain: Duration,
) -> anyhow::Result<()> {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("", tonic_health::ServingStatus::Serving).await;
    let stopped = stop.clone();
    // the builder's own setting does not reach a listener that was opened before: small answers would wait for an ACK
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = Server::builder()
        .trace_fn(move |r| telemetry::grpc_span(service, r.uri().path(), r.headers()))
        .http2_keepalive_interval(Some(Duration::from_secs(10)))
        .http2_keepalive_timeout(Some(Duration::from_secs(5)))
        .initial_stream_window_size(2 << 20)
        .initial_connection_window_size(8 << 20)
        .add_routes(routes.add_service(health))
        .serve_with_incoming_shutdown(incoming, async move {
            stopped.cancelled().await;
        });
    let cut = async {
        stop.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = serving => ended.with_context(|| format!("serve {service}")),
        () = cut => anyhow::bail!("{service}: calls were still open at the end of the drain time"),
    }
}
