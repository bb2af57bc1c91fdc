//! A scheduler that says what the test tells it to.

use std::{net::SocketAddr, time::Duration};

use process::Stop;
use proto::pb::{
    self,
    miner_message::{Complete, Declare, Fail, Message},
    scheduler_message as said,
    scheduler_server::{Scheduler, SchedulerServer},
};
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Request, Response, Status, Streaming};

/// Longest wait for anything.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

type Said = Result<pb::SchedulerMessage, Status>;

/// Its listener, and the miners that call.
pub(super) struct FakeScheduler {
    pub(super) address: SocketAddr,
    calls: mpsc::Receiver<Miner>,
    _stop: tokio_util::sync::DropGuard,
}

/// One stream of one miner. Dropping it cuts the stream.
pub(super) struct Miner {
    from: Streaming<pb::MinerMessage>,
    to: mpsc::Sender<Said>,
}

/// How a miner answered.
#[derive(Debug)]
pub(super) enum Answered {
    Complete(Complete),
    Fail(Fail),
}

struct Desk(mpsc::Sender<Miner>);

#[tonic::async_trait]
impl Scheduler for Desk {
    type PairStream = ReceiverStream<Said>;

    async fn pair(
        &self,
        call: Request<Streaming<pb::MinerMessage>>,
    ) -> Result<Response<Self::PairStream>, Status> {
        let (to, outbound) = mpsc::channel(64);
        let miner = Miner { from: call.into_inner(), to };
        self.0.send(miner).await.map_err(|_| Status::unavailable("closed"))?;
        Ok(Response::new(ReceiverStream::new(outbound)))
    }

    async fn submit(&self, _: Request<pb::SubmitRequest>) -> Result<Response<pb::CreateTaskReply>, Status> {
        Err(Status::unimplemented("not of miners"))
    }

    async fn cancel(&self, _: Request<pb::CancelRequest>) -> Result<Response<pb::Task>, Status> {
        Err(Status::unimplemented("not of miners"))
    }

    async fn receipt(&self, _: Request<pb::ReceiptRequest>) -> Result<Response<pb::ReceiptReply>, Status> {
        Err(Status::unimplemented("not of miners"))
    }

    async fn miners(&self, _: Request<pb::MinersRequest>) -> Result<Response<pb::MinersReply>, Status> {
        Err(Status::unimplemented("not of miners"))
    }
}

impl FakeScheduler {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (calls_to, calls) = mpsc::channel(8);
        let stop = Stop::new();
        let server = tonic::transport::Server::builder().add_service(SchedulerServer::new(Desk(calls_to)));
        let stopped = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                served = server.serve_with_incoming(TcpListenerStream::new(listener)) => served.unwrap(),
                () = stopped.cancelled() => {}
            }
        });
        Self { address, calls, _stop: stop.drop_guard() }
    }

    /// The next stream, with its first message; greeted.
    pub(super) async fn pair(&mut self) -> (Miner, Declare) {
        let mut miner = timeout(LIMIT, self.calls.recv()).await.expect("a miner calls").unwrap();
        let Message::Declare(declare) = miner.message().await else {
            panic!("the first message is no Declare")
        };
        miner.say(said::Message::Paired(said::Paired { heartbeat_ms: 100 })).await;
        (miner, declare)
    }
}

impl Miner {
    pub(super) async fn say(&self, message: said::Message) {
        self.to.send(Ok(pb::SchedulerMessage { message: Some(message) })).await.unwrap();
    }

    pub(super) async fn settle(&self, lease: &str) {
        self.say(said::Message::Settled(said::Settled { lease: lease.to_owned() })).await;
    }

    pub(super) async fn revoke(&self, lease: &str) {
        self.say(said::Message::Revoke(said::Revoke {
            lease: lease.to_owned(),
            reason: "cancelled".to_owned(),
        }))
        .await;
    }

    async fn message(&mut self) -> Message {
        self.from.message().await.unwrap().expect("the miner is still there").message.unwrap()
    }

    /// Waits until the miner says something that `wanted` knows; the rest is passed over.
    pub(super) async fn hear<T>(&mut self, what: &str, mut wanted: impl FnMut(Message) -> Option<T>) -> T {
        let heard = async {
            loop {
                if let Some(found) = wanted(self.message().await) {
                    return found;
                }
            }
        };
        timeout(LIMIT, heard).await.unwrap_or_else(|_| panic!("waited {LIMIT:?} for {what}"))
    }

    /// The next answer, whatever it is.
    pub(super) async fn answer(&mut self) -> Answered {
        self.hear("an answer", |m| match m {
            Message::Complete(c) => Some(Answered::Complete(c)),
            Message::Fail(f) => Some(Answered::Fail(f)),
            _ => None,
        })
        .await
    }

    pub(super) async fn complete(&mut self) -> Complete {
        match self.answer().await {
            Answered::Complete(complete) => complete,
            Answered::Fail(fail) => panic!("{fail:?}"),
        }
    }

    /// The next answer, which is a failure: its reason and its sentence.
    pub(super) async fn failure(&mut self) -> (pb::FailReason, String) {
        match self.answer().await {
            Answered::Complete(complete) => panic!("{complete:?}"),
            Answered::Fail(fail) => {
                let failure = fail.failure.unwrap();
                (failure.reason(), failure.detail)
            }
        }
    }

    pub(super) async fn stopped(&mut self) -> String {
        self.hear("Stopped", |m| match m {
            Message::Stopped(s) => Some(s.lease),
            Message::Complete(_) | Message::Fail(_) => panic!("an answer that nobody wants: {m:?}"),
            _ => None,
        })
        .await
    }

    /// Waits for a heartbeat that holds exactly so many leases.
    pub(super) async fn holds(&mut self, leases: usize) {
        let wanted = |m| matches!(m, Message::Heartbeat(h) if h.held.len() == leases).then_some(());
        self.hear("a heartbeat", wanted).await;
    }

    /// Waits until the miner has left.
    pub(super) async fn left(mut self) {
        // an error is an end too: the connection may be gone before the stream is
        let end = async { while let Ok(Some(_)) = self.from.message().await {} };
        timeout(LIMIT, end).await.expect("the miner leaves");
    }
}
