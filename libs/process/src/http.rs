//! Serving a warp filter with what warp's own server lacks: a cap on connections, a limit on header time, a deadline for
//! draining, and the address of the peer.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt as _;
use warp::{Filter, Reply};

use crate::Stop;

/// Limits of a listener.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Connections at once; further ones wait in the kernel's backlog.
    pub max_connections: usize,
    /// Time for a client to send its headers, counted from the first byte or the end of the last request.
    pub header_timeout: Duration,
    /// Time for requests in flight to finish after the stop.
    pub drain: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            max_connections: 4_096,
            header_timeout: Duration::from_secs(10),
            drain: Duration::from_secs(10),
        }
    }
}

/// The address of the client, found among the extensions of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Serves `filter` until `stop`, then drains. The filter must be infallible: take it after `.recover(..)`.
///
/// # Errors
/// When requests were still open at the drain deadline and were cut.
pub async fn serve<F>(
    listener: TcpListener,
    filter: F,
    options: HttpOptions,
    stop: Stop,
) -> anyhow::Result<()>
where
    F: Filter<Error = Infallible> + Clone + Send + Sync + 'static,
    F::Extract: Reply,
    F::Future: Send,
{
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(options.header_timeout);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(20)))
        .max_concurrent_streams(128)
        .max_header_list_size(64 << 10);
    let (server, open) = (Arc::new(server), GracefulShutdown::new());
    let room = Arc::new(Semaphore::new(options.max_connections));
    let service = warp::service(filter);
    loop {
        // no permit, no accept: the kernel's backlog is the queue
        let accept = async {
            let permit = room.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, (tcp, peer)) = tokio::select! {
            (permit, accepted) = accept => match accepted {
                Ok(accepted) => (permit, accepted),
                // out of file descriptors, or a peer that is gone already: wait a little, go on
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        let _ = tcp.set_nodelay(true);
        let with_peer = service.clone().map_request(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            request
        });
        let (server, watcher) = (server.clone(), open.watcher());
        tokio::spawn(async move {
            let _permit = permit;
            let connection = server
                .serve_connection_with_upgrades(TokioIo::new(tcp), TowerToHyperService::new(with_peer))
                .into_owned();
            let _ = watcher.watch(connection).await;
        });
    }
    drop(listener);
    tokio::select! {
        () = open.shutdown() => Ok(()),
        () = tokio::time::sleep(options.drain) => anyhow::bail!("requests were still open at the end of the drain time"),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn start(options: HttpOptions) -> (SocketAddr, Stop, tokio::task::JoinHandle<anyhow::Result<()>>) {
        let listener = crate::net::bind("test", ([127, 0, 0, 1], 0).into()).await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), Stop::new());
        let peer = warp::ext::get::<Peer>().map(|p: Peer| p.0.ip().to_string());
        let routes = peer.or(warp::any().map(String::new)).unify();
        (address, stop.clone(), tokio::spawn(serve(listener, routes, options, stop)))
    }

    #[tokio::test]
    async fn a_request_knows_its_peer() {
        let (address, stop, served) = start(HttpOptions::default()).await;
        let mut tcp = tokio::net::TcpStream::connect(address).await.unwrap();
        tcp.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("127.0.0.1"), "{answer}");
        stop.cancel();
        served.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_client_that_never_ends_its_headers_is_cut_off() {
        // H6
        let header_timeout = Duration::from_millis(200);
        let (address, _stop, _served) = start(HttpOptions { header_timeout, ..HttpOptions::default() }).await;
        let mut tcp = tokio::net::TcpStream::connect(address).await.unwrap();
        tcp.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(10), tcp.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "the connection was kept open");
    }
}
