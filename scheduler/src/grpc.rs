//! The gRPC face: decode, call, encode.

use std::sync::Arc;

use domain::TaskId;
use futures_util::{StreamExt as _, stream::BoxStream};
use proto::{
    RpcError,
    client::{MinerView, idempotency},
    convert::{model_card_to_pb, new_task, offers_to_pb, parse, required, task_to_pb},
    pb::{self, scheduler_server as server},
    status,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming, async_trait, service::Routes};

use crate::{core::Core, pairing};

/// Messages waiting to be read by one miner; it is cut off beyond.
const OUTBOX: usize = 4096;

/// The routes of the scheduler.
pub(crate) fn routes(core: Arc<Core>) -> Routes {
    Routes::new(server::SchedulerServer::new(Grpc(core)))
}

struct Grpc(Arc<Core>);

fn refused(e: RpcError) -> Status {
    status(e.kind, e.message)
}

#[async_trait]
impl server::Scheduler for Grpc {
    async fn submit(
        &self,
        request: Request<pb::SubmitRequest>,
    ) -> Result<Response<pb::CreateTaskReply>, Status> {
        let request = request.into_inner();
        let mut asked = required("task", request.task)?;
        // the name is the scheduler's to give: whatever stands there need not be one
        asked.id = TaskId::from_random(0).to_string();
        let key = request.idempotency.as_ref().map(idempotency).transpose()?;
        let created = self.0.submit(new_task(&asked)?, key.as_ref()).await.map_err(refused)?;
        let reply = pb::CreateTaskReply { task: Some(task_to_pb(&created.task)), replayed: created.replayed };
        Ok(Response::new(reply))
    }

    async fn cancel(&self, request: Request<pb::CancelRequest>) -> Result<Response<pb::Task>, Status> {
        let task = self.0.cancel(parse("task", &request.get_ref().task)?).await.map_err(refused)?;
        Ok(Response::new(task_to_pb(&task)))
    }

    type PairStream = BoxStream<'static, Result<pb::SchedulerMessage, Status>>;

    async fn pair(
        &self,
        request: Request<Streaming<pb::MinerMessage>>,
    ) -> Result<Response<Self::PairStream>, Status> {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        tokio::spawn(pairing::serve(self.0.clone(), request.into_inner(), outbox));
        Ok(Response::new(ReceiverStream::new(inbox).boxed()))
    }

    async fn miners(&self, _: Request<pb::MinersRequest>) -> Result<Response<pb::MinersReply>, Status> {
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
