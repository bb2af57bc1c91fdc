//! chain-svc, as the services that ask who is registered see it.

use domain::{Sha256, receipt::Signature};
use futures_util::{Stream, TryStreamExt as _};

use super::{Wire, unary};
use crate::{BadField, RpcError, convert, pb};

/// Who is registered on the subnet, at one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metagraph {
    /// The block.
    pub block: u64,
    /// Why it is no longer fresh, for operators; `None`: it is fresh.
    pub stale: Option<String>,
    /// The hotkey of this operator, ss58.
    pub own: String,
    /// Everybody registered.
    pub neurons: Vec<Neuron>,
}

/// One registered hotkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neuron {
    /// Its place in the subnet.
    pub uid: u16,
    /// ss58.
    pub hotkey: String,
    /// It may set weights.
    pub permit: bool,
    /// What the chain weighs it by, in rao.
    pub stake: u64,
}

/// Client of `violet.v1.Chain`.
#[derive(Clone)]
pub struct ChainClient(pb::chain_client::ChainClient<Wire>);

impl ChainClient {
    /// Over this connection.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        Self(pb::chain_client::ChainClient::new(wire).max_decoding_message_size(64 << 20))
    }

    /// The subnet as it was last read.
    ///
    /// # Errors
    /// `Unavailable` when chain-svc is away or has not read it yet.
    pub async fn metagraph(&self) -> Result<Metagraph, RpcError> {
        let reply = self.0.clone().snapshot(unary(pb::SnapshotRequest {})).await?.into_inner();
        Ok(metagraph(reply)?)
    }

    /// Countersigns the receipt with this digest and this signature of a miner, by the hotkey that [`Metagraph::own`] names.
    ///
    /// # Errors
    /// `Unavailable` when chain-svc is away; `Forbidden` from another machine.
    pub async fn sign_receipt(&self, receipt: &Sha256, miner: &Signature) -> Result<Signature, RpcError> {
        let asked =
            pb::SignReceiptRequest { receipt_sha256: receipt.0.to_vec(), miner_signature: miner.0.to_vec() };
        let reply = self.0.clone().sign_receipt(unary(asked)).await?.into_inner();
        let signature = <[u8; 64]>::try_from(reply.signature.as_slice());
        Ok(Signature(signature.map_err(|_| BadField::new("signature", "must be of 64 bytes"))?))
    }

    /// The same with all that chain-svc knows of it.
    ///
    /// # Errors
    /// `Unavailable` when chain-svc is away or has not read it yet.
    pub async fn snapshot(&self) -> Result<pb::SubnetSnapshot, RpcError> {
        Ok(self.0.clone().snapshot(unary(pb::SnapshotRequest {})).await?.into_inner())
    }

    /// The number of the last block that was read: at once, at every reading, and when the last becomes stale.
    ///
    /// # Errors
    /// `Unavailable` when chain-svc is away.
    pub async fn blocks(&self) -> Result<impl Stream<Item = Result<u64, RpcError>> + Send + use<>, RpcError> {
        let heads = self.0.clone().heads(pb::HeadsRequest {}).await?.into_inner();
        Ok(heads.map_ok(|head| head.number).map_err(RpcError::from))
    }
}

fn metagraph(read: pb::SubnetSnapshot) -> Result<Metagraph, BadField> {
    let head = convert::required("head", read.head)?;
    let one = |n: pb::subnet_snapshot::Neuron| {
        let uid = u16::try_from(n.uid).map_err(|_| BadField::new("neurons.uid", "must be below 65536"))?;
        Ok(Neuron { uid, hotkey: n.hotkey, permit: n.permit, stake: n.stake })
    };
    Ok(Metagraph {
        block: head.number,
        stale: (!head.stale.is_empty()).then_some(head.stale),
        own: read.hotkey,
        neurons: read.neurons.into_iter().map(one).collect::<Result<_, BadField>>()?,
    })
}
