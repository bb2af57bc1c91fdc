//! A guarded service on a free port, and a way to it that can be tampered with.

use std::pin::Pin;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::{Stream, StreamExt as _};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use proto::client::{Metagraph, Neuron, Wire};
use proto::pb::{self, scheduler_client::SchedulerClient, scheduler_message as told};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    transport::{Endpoint, Server},
};
use tower::{Service, util::BoxCloneSyncService};

use crate::grpc::{Guard, Registry, Role, Signing, Verified, signed};
use crate::tests::{NOW, alice, bob};
use crate::{Caller, Keypair, Nonces, Signer};

pub(super) const PAIR: &str = "/violet.v1.Scheduler/Pair";
pub(super) const MINERS: &str = "/violet.v1.Scheduler/Miners";

/// A service of `//Bob`, on whose subnet `//Alice` has uid 0, without a permit.
pub(super) struct Site {
    pub(super) registry: Arc<Registry>,
    /// Calls that reached a handler.
    pub(super) served: Arc<AtomicUsize>,
    uri: String,
    clock: Arc<AtomicU64>,
    serving: JoinHandle<Result<(), tonic::transport::Error>>,
}

pub(super) fn metagraph() -> Metagraph {
    let neuron = Neuron { uid: 0, hotkey: alice().account().to_string(), permit: false, stake: 5 };
    Metagraph { block: 7, stale: None, own: bob().account().to_string(), neurons: vec![neuron] }
}

impl Site {
    pub(super) async fn new(nonces: Arc<dyn Nonces>) -> Self {
        Self::with(nonces, Role::Registered).await
    }

    pub(super) async fn with(nonces: Arc<dyn Nonces>, role: Role) -> Self {
        let registry = Arc::new(Registry::default());
        registry.learn(&metagraph()).unwrap();
        let (clock, served) = (Arc::new(AtomicU64::new(NOW)), Arc::new(AtomicUsize::new(0)));
        let time = clock.clone();
        let now = Arc::new(move || time.load(Ordering::SeqCst));
        let guard = Arc::new(Guard { registry: registry.clone(), role, nonces, now });
        let inner = pb::scheduler_server::SchedulerServer::new(Handler(served.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::builder().add_service(Verified::new(inner, guard, &[PAIR, MINERS]));
        let serving = tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        Self { registry, served, uri, clock, serving }
    }

    /// The server's clock.
    pub(super) fn set_clock(&self, ns: u64) {
        self.clock.store(ns, Ordering::SeqCst);
    }

    pub(super) fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }

    /// A client without a signature.
    pub(super) fn unsigned(&self) -> SchedulerClient<Wire> {
        SchedulerClient::new(self.way(Change::None).0)
    }

    /// A client that signs as `key` for `//Bob` at [`NOW`], over a way with this change; and what passed on it.
    pub(super) fn client_as(&self, key: Keypair, change: Change) -> (SchedulerClient<Wire>, Seen) {
        self.client_for(key, bob().account(), change)
    }

    pub(super) fn client_for(
        &self,
        key: Keypair,
        receiver: crate::Account,
        change: Change,
    ) -> (SchedulerClient<Wire>, Seen) {
        let (way, seen) = self.way(change);
        let signing = Signing { signer: Signer::new(key, 1), receiver, now: Arc::new(|| NOW) };
        (SchedulerClient::new(signed(way, Arc::new(signing))), seen)
    }

    /// A client that signs as `//Alice`.
    pub(super) fn client(&self) -> SchedulerClient<Wire> {
        self.client_as(alice(), Change::None).0
    }

    fn way(&self, change: Change) -> (Wire, Seen) {
        let channel = Endpoint::from_shared(self.uri.clone()).unwrap().connect_lazy();
        let seen = Seen::default();
        let way = Way { inner: BoxCloneSyncService::new(channel), change, seen: seen.clone() };
        (BoxCloneSyncService::new(way), seen)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The headers of each call that passed.
pub(super) type Seen = Arc<Mutex<Vec<HeaderMap>>>;

/// What somebody on the way does to a call.
#[derive(Clone)]
pub(super) enum Change {
    None,
    Headers(Arc<dyn Fn(&mut HeaderMap) + Send + Sync>),
    Data(Arc<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>),
}

pub(super) fn headers(change: impl Fn(&mut HeaderMap) + Send + Sync + 'static) -> Change {
    Change::Headers(Arc::new(change))
}

pub(super) fn data(change: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> Change {
    Change::Data(Arc::new(change))
}

/// The headers of an earlier call in place of the new ones.
pub(super) fn copy(of: &Seen) -> Change {
    let old = of.lock().unwrap().last().unwrap().clone();
    headers(move |new| {
        for (name, value) in old.iter().filter(|(name, _)| name.as_str().starts_with("x-bittensor-")) {
            new.insert(name.clone(), value.clone());
        }
    })
}

#[derive(Clone)]
struct Way {
    inner: Wire,
    change: Change,
    seen: Seen,
}

impl Service<http::Request<Body>> for Way {
    type Response = http::Response<Body>;
    type Error = tonic::transport::Error;
    type Future = BoxFuture<'static, Result<http::Response<Body>, tonic::transport::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), tonic::transport::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let (mut head, mut body) = request.into_parts();
        match &self.change {
            Change::None => {}
            Change::Headers(change) => change(&mut head.headers),
            Change::Data(change) => {
                let change = change.clone();
                body =
                    Body::new(body.map_frame(move |frame| frame.map_data(|d| Bytes::from(change(d.into())))));
            }
        }
        self.seen.lock().unwrap().push(head.headers.clone());
        self.inner.call(http::Request::from_parts(head, body)).boxed()
    }
}

/// Answers with the hotkey of whoever calls, empty for nobody.
struct Handler(Arc<AtomicUsize>);

impl Handler {
    fn caller<T>(&self, request: &Request<T>) -> String {
        self.0.fetch_add(1, Ordering::SeqCst);
        request.extensions().get::<Caller>().map(|c| c.hotkey.to_string()).unwrap_or_default()
    }
}

#[tonic::async_trait]
impl pb::scheduler_server::Scheduler for Handler {
    async fn submit(&self, _: Request<pb::SubmitRequest>) -> Result<Response<pb::CreateTaskReply>, Status> {
        Err(Status::unimplemented("no tasks here"))
    }

    async fn cancel(&self, request: Request<pb::CancelRequest>) -> Result<Response<pb::Task>, Status> {
        Ok(Response::new(pb::Task { chosen: self.caller(&request), ..Default::default() }))
    }

    type PairStream = Pin<Box<dyn Stream<Item = Result<pb::SchedulerMessage, Status>> + Send>>;

    /// Says back each message, with the hotkey that the stream belongs to.
    async fn pair(
        &self,
        request: Request<Streaming<pb::MinerMessage>>,
    ) -> Result<Response<Self::PairStream>, Status> {
        let hotkey = self.caller(&request);
        let echo = request.into_inner().map(move |said| {
            let reason = format!("{:?}", said?.message);
            let revoke = told::Message::Revoke(told::Revoke { lease: hotkey.clone(), reason });
            Ok(pb::SchedulerMessage { message: Some(revoke) })
        });
        Ok(Response::new(echo.boxed()))
    }

    async fn receipt(&self, _: Request<pb::ReceiptRequest>) -> Result<Response<pb::ReceiptReply>, Status> {
        Err(Status::unimplemented("no tasks here"))
    }

    async fn miners(&self, request: Request<pb::MinersRequest>) -> Result<Response<pb::MinersReply>, Status> {
        let miner = pb::miners_reply::Miner { miner: self.caller(&request), ..Default::default() };
        Ok(Response::new(pb::MinersReply { miners: vec![miner] }))
    }
}
