//! The gRPC face: decode, call, encode.

mod local;
mod view;

use std::sync::Arc;

use btauth::{Request as Signing, Signer};
use domain::{ErrorKind, Sha256, receipt::Signature};
use futures_util::{StreamExt as _, stream, stream::BoxStream};
use process::{Stop, clock::Clock};
use proto::{
    convert::{BadField, parse},
    pb::{self, chain_server as server},
    status,
};
use tonic::{Request, Response, Status, async_trait, service::Routes};

use crate::{
    cache::{Cache, Seen},
    chain::{Account, Chain, ChainError},
    neuron::{Neuron, NeuronError},
};

/// Submissions in one answer.
const MOST: usize = 1000;

/// What the face needs.
pub(crate) struct Face {
    pub(crate) chain: Arc<dyn Chain>,
    pub(crate) neuron: Neuron,
    pub(crate) cache: Cache,
    pub(crate) signer: Arc<Signer>,
    pub(crate) clock: Clock,
    pub(crate) stop: Stop,
}

/// The routes of the chain service.
pub(crate) fn routes(face: Face) -> Routes {
    Routes::new(server::ChainServer::new(Grpc(face)))
}

struct Grpc(Face);

// an error by value is what `map_err` hands over
#[allow(clippy::needless_pass_by_value)]
fn failed(e: NeuronError) -> Status {
    let kind = e.kind();
    if kind == ErrorKind::Internal {
        tracing::error!(error = %e, "a call of the neuron failed");
    }
    status(kind, e.to_string())
}

#[allow(clippy::needless_pass_by_value)]
fn unread(e: ChainError) -> Status {
    status(e.kind(), e.to_string())
}

impl Grpc {
    fn seen(&self) -> Result<Seen, Status> {
        let none = || status(ErrorKind::Unavailable, "the subnet has not been read yet; try again");
        self.0.cache.seen().ok_or_else(none)
    }
}

#[async_trait]
impl server::Chain for Grpc {
    async fn snapshot(
        &self,
        _: Request<pb::SnapshotRequest>,
    ) -> Result<Response<pb::SubnetSnapshot>, Status> {
        Ok(Response::new(view::snapshot(&self.seen()?, &self.0.neuron)))
    }

    type HeadsStream = BoxStream<'static, Result<pb::ChainHead, Status>>;

    async fn heads(&self, _: Request<pb::HeadsRequest>) -> Result<Response<Self::HeadsStream>, Status> {
        let (cache, stop) = (self.0.cache.clone(), self.0.stop.clone());
        // what was read before the call is told first
        let heads = stream::unfold((cache, false), |(mut cache, waited)| async move {
            let mut wait = waited;
            loop {
                if wait && !cache.changed().await {
                    return None;
                }
                if let Some(seen) = cache.seen() {
                    return Some((Ok(view::head(&seen)), (cache, true)));
                }
                wait = true;
            }
        });
        Ok(Response::new(heads.take_until(stop.cancelled_owned()).boxed()))
    }

    async fn registration(
        &self,
        request: Request<pb::RegistrationRequest>,
    ) -> Result<Response<pb::RegistrationReply>, Status> {
        let hotkey: Account = match request.get_ref().hotkey.as_str() {
            "" => self.0.neuron.hotkey(),
            text => parse("hotkey", text)?,
        };
        let netuid = self.0.neuron.subnet().netuid;
        let now = self.0.chain.registration(netuid, &hotkey).await.map_err(unread)?;
        Ok(Response::new(pb::RegistrationReply {
            head: Some(view::fresh(now.head)),
            hotkey: hotkey.to_string(),
            uid: now.uid.map(u32::from),
            burn: now.burn,
            allowed: now.allowed,
        }))
    }

    async fn serve_axon(
        &self,
        request: Request<pb::ServeAxonRequest>,
    ) -> Result<Response<pb::ServeAxonReply>, Status> {
        local::only(&request)?;
        let address = match request.get_ref().address.as_str() {
            "" => None,
            text => Some(parse("address", text)?),
        };
        let sent = self.0.neuron.serve(address).await.map_err(failed)?;
        Ok(Response::new(pb::ServeAxonReply { transaction: sent.as_ref().map(view::transaction) }))
    }

    async fn set_weights(
        &self,
        request: Request<pb::SetWeightsRequest>,
    ) -> Result<Response<pb::SetWeightsReply>, Status> {
        local::only(&request)?;
        let pb::SetWeightsRequest { round, weights, version_key } = request.into_inner();
        if round.is_empty() || round.len() > 100 || round.chars().any(char::is_control) {
            return Err(BadField::new("round", "must be of 1 to 100 printable bytes").into());
        }
        let wanted = weights.into_iter().map(|w| (w.uid, w.weight)).collect();
        let set = self.0.neuron.set_weights(&round, wanted, version_key).await.map_err(failed)?;
        let stored = set.stored.iter().map(|(uid, value)| pb::set_weights_reply::Stored {
            uid: u32::from(*uid),
            value: u32::from(*value),
        });
        Ok(Response::new(pb::SetWeightsReply {
            transaction: Some(view::transaction(&set.submitted)),
            reveal_block: set.reveal_block.unwrap_or(0),
            stored: stored.collect(),
            replayed: set.submitted.replayed,
        }))
    }

    async fn weights(
        &self,
        request: Request<pb::WeightsRequest>,
    ) -> Result<Response<pb::WeightsReply>, Status> {
        let neuron = &self.0.neuron;
        let uid = match request.get_ref().uid {
            Some(uid) => u16::try_from(uid).map_err(|_| BadField::new("uid", "must be of 0 to 65535"))?,
            None => neuron.uid(&self.seen()?.snapshot).map_err(failed)?,
        };
        let stored = self.0.chain.weights(neuron.subnet(), uid).await.map_err(unread)?;
        Ok(Response::new(view::stored(uid, &stored)))
    }

    async fn submissions(
        &self,
        request: Request<pb::SubmissionsRequest>,
    ) -> Result<Response<pb::SubmissionsReply>, Status> {
        let most = match usize::try_from(request.get_ref().most) {
            Ok(0) | Err(_) => 100,
            Ok(most) => most.min(MOST),
        };
        let entries = self.0.neuron.submitter().entries(most).await;
        let submissions = entries.iter().map(view::submission).collect();
        Ok(Response::new(pb::SubmissionsReply { submissions }))
    }

    async fn sign_request(
        &self,
        request: Request<pb::SignRequestRequest>,
    ) -> Result<Response<pb::SignRequestReply>, Status> {
        local::only(&request)?;
        let pb::SignRequestRequest { method, target, body_sha256, receiver } = request.into_inner();
        let body = <[u8; 32]>::try_from(body_sha256)
            .map_err(|_| BadField::new("body_sha256", "must be of 32 bytes"))?;
        let receiver: Account = parse("receiver", &receiver)?;
        let signing =
            Signing::hashed(&method, &target, body).map_err(|e| BadField::new("target", e.to_string()))?;
        let now = u64::try_from(self.0.clock.micros()).unwrap_or(0).saturating_mul(1000);
        let headers = self.0.signer.sign(&signing, receiver, now).write();
        let headers = headers.into_iter();
        let headers =
            headers.map(|(name, value)| pb::sign_request_reply::Header { name: name.to_owned(), value });
        Ok(Response::new(pb::SignRequestReply { headers: headers.collect() }))
    }

    async fn sign_receipt(
        &self,
        request: Request<pb::SignReceiptRequest>,
    ) -> Result<Response<pb::SignReceiptReply>, Status> {
        local::only(&request)?;
        let pb::SignReceiptRequest { receipt_sha256, miner_signature } = request.into_inner();
        let receipt = <[u8; 32]>::try_from(receipt_sha256)
            .map_err(|_| BadField::new("receipt_sha256", "must be of 32 bytes"))?;
        let miner = <[u8; 64]>::try_from(miner_signature)
            .map_err(|_| BadField::new("miner_signature", "must be of 64 bytes"))?;
        let signature = self.0.signer.countersign(&Sha256(receipt), &Signature(miner));
        Ok(Response::new(pb::SignReceiptReply { signature: signature.0.to_vec() }))
    }
}
