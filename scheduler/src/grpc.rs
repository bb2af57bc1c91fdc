//! The gRPC face: decode, call, encode.

use std::sync::Arc;

use btauth::{Caller, grpc::Verified};
use domain::{ErrorKind, TaskId};
use futures_util::{StreamExt as _, stream::BoxStream};
use proto::{
    RpcError,
    client::{MinerView, idempotency},
    convert::{asked_task, model_card_to_pb, offers_to_pb, parse, required, task_to_pb},
    pb::{self, scheduler_server as server},
    status, ticket,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming, async_trait, service::Routes};

use crate::{core::Core, pairing};

/// Messages waiting to be read by one miner; it is cut off beyond.
const OUTBOX: usize = 4096;
/// What is for signed callers alone where miners must be registered.
const SIGNED: &[&str] = &["/violet.v1.Scheduler/Pair"];

/// The routes of the scheduler.
pub(crate) fn routes(core: Arc<Core>) -> Routes {
    let guard = core.members.as_ref().map(|m| m.guard(core.nanoseconds()));
    let service = server::SchedulerServer::new(Grpc(core));
    match guard {
        Some(guard) => Routes::new(Verified::new(service, guard, SIGNED)),
        None => Routes::new(service),
    }
}

struct Grpc(Arc<Core>);

impl Grpc {
    /// Where miners reach it from elsewhere, everything but pairing is for the services of its operator: they call from this
    /// machine, or show a pass.
    fn inside<T>(&self, request: &Request<T>) -> Result<(), Status> {
        let near = request.remote_addr().is_some_and(|a| a.ip().to_canonical().is_loopback());
        if self.0.members.is_none() || near {
            return Ok(());
        }
        let shown = request.metadata().get("authorization").and_then(|v| v.to_str().ok());
        let pass = shown.and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default();
        ticket::check_pass(&self.0.ticket_key, pass, self.0.now())
            .map_err(|_| status(ErrorKind::Unauthenticated, "this is for the services of the operator"))
    }
}

fn refused(e: RpcError) -> Status {
    status(e.kind, e.message)
}

#[async_trait]
impl server::Scheduler for Grpc {
    async fn submit(
        &self,
        request: Request<pb::SubmitRequest>,
    ) -> Result<Response<pb::CreateTaskReply>, Status> {
        self.inside(&request)?;
        let request = request.into_inner();
        let mut asked = required("task", request.task)?;
        // the name is the scheduler's to give: whatever stands there need not be one
        asked.id = TaskId::from_random(0).to_string();
        let key = request.idempotency.as_ref().map(idempotency).transpose()?;
        let (task, wanted) = asked_task(&asked)?;
        let created = self.0.submit(task, wanted, key.as_ref()).await.map_err(refused)?;
        let reply = pb::CreateTaskReply { task: Some(task_to_pb(&created.task)), replayed: created.replayed };
        Ok(Response::new(reply))
    }

    async fn cancel(&self, request: Request<pb::CancelRequest>) -> Result<Response<pb::Task>, Status> {
        self.inside(&request)?;
        let task = self.0.cancel(parse("task", &request.get_ref().task)?).await.map_err(refused)?;
        Ok(Response::new(task_to_pb(&task)))
    }

    async fn receipt(
        &self,
        request: Request<pb::ReceiptRequest>,
    ) -> Result<Response<pb::ReceiptReply>, Status> {
        self.inside(&request)?;
        let json = self.0.receipt(parse("task", &request.get_ref().task)?).await.map_err(refused)?;
        Ok(Response::new(pb::ReceiptReply { json }))
    }

    type PairStream = BoxStream<'static, Result<pb::SchedulerMessage, Status>>;

    async fn pair(
        &self,
        request: Request<Streaming<pb::MinerMessage>>,
    ) -> Result<Response<Self::PairStream>, Status> {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let hotkey = request.extensions().get::<Caller>().map(|caller| caller.hotkey);
        tokio::spawn(pairing::serve(self.0.clone(), hotkey, request.into_inner(), outbox));
        Ok(Response::new(ReceiverStream::new(inbox).boxed()))
    }

    async fn miners(&self, request: Request<pb::MinersRequest>) -> Result<Response<pb::MinersReply>, Status> {
        self.inside(&request)?;
        let one = |m: MinerView| pb::miners_reply::Miner {
            miner: m.miner.to_string(),
            offers: offers_to_pb(&m.offers),
            capacity: m.capacity,
            busy: m.busy,
            draining: m.draining,
            last_seen: m.last_seen.micros(),
            models: m.models.iter().map(model_card_to_pb).collect(),
        };
        let miners = self.0.miners.view().into_iter().map(one).collect();
        Ok(Response::new(pb::MinersReply { miners }))
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use tonic::{Code, transport::server::TcpConnectInfo};

    use super::*;
    use crate::tests::members::core;

    fn asked(from: &str, pass: Option<String>) -> Request<pb::MinersRequest> {
        let mut request = Request::new(pb::MinersRequest {});
        let remote_addr = Some(from.parse().unwrap());
        request.extensions_mut().insert(TcpConnectInfo { local_addr: None, remote_addr });
        if let Some(pass) = pass {
            request.metadata_mut().insert("authorization", format!("Bearer {pass}").parse().unwrap());
        }
        request
    }

    #[tokio::test]
    async fn where_miners_come_from_elsewhere_the_rest_is_for_the_operators_services() {
        use server::Scheduler as _;

        let far = "10.0.0.7:5";
        let open = Grpc(core(false));
        assert!(open.miners(asked(far, None)).await.is_ok(), "it listens on the loopback alone");
        let grpc = Grpc(core(true));
        let key = &grpc.0.ticket_key;
        let pass = |seconds: i64| Some(ticket::pass(key, Timestamp::from_micros(seconds * 1_000_000)));
        assert!(grpc.miners(asked("127.0.0.1:5", None)).await.is_ok());
        assert!(grpc.miners(asked(far, pass(4_000_000_000))).await.is_ok());
        for bad in [None, Some("s.4000000000.AAAA".to_owned()), pass(1)] {
            let refused = grpc.miners(asked(far, bad)).await.unwrap_err();
            assert_eq!(refused.code(), Code::Unauthenticated);
            assert_eq!(refused.message(), "this is for the services of the operator");
        }
        let task = TaskId::from_random(1).to_string();
        let mut cancel = Request::new(pb::CancelRequest { task });
        *cancel.extensions_mut() = asked(far, None).extensions().clone();
        assert_eq!(grpc.cancel(cancel).await.unwrap_err().code(), Code::Unauthenticated);
        let mut submit = Request::new(pb::SubmitRequest::default());
        *submit.extensions_mut() = asked(far, None).extensions().clone();
        assert_eq!(grpc.submit(submit).await.unwrap_err().code(), Code::Unauthenticated);
    }
}
