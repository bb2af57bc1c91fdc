//! The scheduler, as its callers see it. The pairing stream is the miner's: it uses the generated client.

use std::sync::Arc;

use domain::{MinerId, ModelCard, NewTask, Offer, Task, TaskId, Timestamp};

use super::{Created, Idempotency, Wire, idempotency_to_pb, unary};
use crate::{RpcError, convert, pb};

/// A paired miner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinerView {
    /// Who.
    pub miner: MinerId,
    /// What it takes.
    pub offers: Vec<Offer>,
    /// With which models.
    pub models: Vec<ModelCard>,
    /// Leases it can work on at once.
    pub capacity: u32,
    /// Leases it works on.
    pub busy: u32,
    /// It takes no more.
    pub draining: bool,
    /// Its last sign of life.
    pub last_seen: Timestamp,
}

/// Client of `violet.v1.Scheduler`.
#[derive(Clone)]
pub struct SchedulerClient {
    inner: pb::scheduler_client::SchedulerClient<Wire>,
    pass: Option<Arc<Pass>>,
}

/// Makes a pass for one call.
type Pass = dyn Fn() -> String + Send + Sync;

impl SchedulerClient {
    /// Over this connection.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        let inner = pb::scheduler_client::SchedulerClient::new(wire).max_decoding_message_size(64 << 20);
        Self { inner, pass: None }
    }

    /// The same, which shows a pass with every call: a scheduler that miners reach from elsewhere asks for one. `pass` is
    /// asked for each call anew; see [`crate::ticket::pass`].
    #[must_use]
    pub fn passing(self, pass: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self { pass: Some(Arc::new(pass)), ..self }
    }

    fn request<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = unary(message);
        // a pass is plain text, so that it always fits
        if let Some(value) = self.pass.as_ref().and_then(|pass| format!("Bearer {}", pass()).parse().ok()) {
            request.metadata_mut().insert("authorization", value);
        }
        request
    }

    /// Submits a task; its times are the scheduler's to give, and so is the number of miners where none is `asked` for.
    ///
    /// # Errors
    /// `KeyReused`, `NotFound` (the input), `Unavailable`.
    pub async fn submit(
        &self,
        task: &NewTask,
        asked: Option<u8>,
        key: Option<&Idempotency>,
    ) -> Result<Created, RpcError> {
        let wanted = asked.unwrap_or_default().into();
        let task = Some(pb::NewTask { wanted, ..convert::new_task_to_pb(task) });
        let idempotency = key.map(idempotency_to_pb);
        let reply = self.inner.clone().submit(self.request(pb::SubmitRequest { task, idempotency })).await?;
        Created::from_pb(reply.get_ref())
    }

    /// Cancels a task and returns its final state.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it ended otherwise before.
    pub async fn cancel(&self, task: TaskId) -> Result<Task, RpcError> {
        let reply =
            self.inner.clone().cancel(self.request(pb::CancelRequest { task: task.to_string() })).await?;
        Ok(convert::task(reply.get_ref())?)
    }

    /// The receipt of a completed task, in canonical JSON.
    ///
    /// # Errors
    /// `NotFound` for no such task, or one whose miner signed nothing; `Conflict` while it is not completed.
    pub async fn receipt(&self, task: TaskId) -> Result<Vec<u8>, RpcError> {
        let asked = self.request(pb::ReceiptRequest { task: task.to_string() });
        Ok(self.inner.clone().receipt(asked).await?.into_inner().json)
    }

    /// The miners paired now.
    ///
    /// # Errors
    /// `Unavailable` when the scheduler is away.
    pub async fn miners(&self) -> Result<Vec<MinerView>, RpcError> {
        let reply = self.inner.clone().miners(self.request(pb::MinersRequest {})).await?.into_inner();
        let one = |m: &pb::miners_reply::Miner| {
            Ok(MinerView {
                miner: convert::parse("miner", &m.miner)?,
                offers: convert::offers(&m.offers)?,
                models: m.models.iter().map(convert::model_card).collect::<Result<_, _>>()?,
                capacity: m.capacity,
                busy: m.busy,
                draining: m.draining,
                last_seen: Timestamp::from_micros(m.last_seen),
            })
        };
        Ok(reply.miners.iter().map(one).collect::<Result<_, convert::BadField>>()?)
    }
}
