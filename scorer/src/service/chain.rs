//! The subnet and the hotkey, as chain-svc has them.

use async_trait::async_trait;
use btauth::Account;
use domain::{MinerId, ValidatorId};
use proto::{BadField, RpcError, client::Wire, convert, pb};
use tonic::Request;

use crate::standing::Neuron;

/// Largest answer that is taken: a snapshot of the largest subnet has some hundred kilobytes.
const MOST: usize = 64 << 20;
/// Rao in one unit of stake as records count it: the largest stakes fit into the integers that JSON keeps exact.
const RAO: u64 = 1_000;

/// The subnet at one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// The block.
    pub block: u64,
    /// Why it is no longer fresh; `None`: it is.
    pub stale: Option<String>,
    /// The first block of the chain, `0x` and 64 hexadecimal digits.
    pub genesis: String,
    /// Which subnet.
    pub netuid: u16,
    /// The hotkey of chain-svc, which is this validator's.
    pub hotkey: ValidatorId,
    /// Its place, if it has one.
    pub uid: Option<u16>,
    /// The hotkey of the subnet's owner.
    pub owner: Option<String>,
    /// The first block at which the next epoch fires, if one does.
    pub epoch: Option<u64>,
    /// The first block at which this validator may set weights again.
    pub next_weights: u64,
    /// The version of the rules that weights have to name.
    pub weights_version: u64,
    /// Everybody registered.
    pub seats: Vec<Seat>,
}

/// One registered hotkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// As records have it; stake in millionths.
    pub neuron: Neuron,
    /// It may set weights.
    pub permit: bool,
}

impl Subnet {
    /// The validators with stake, and how much.
    pub fn validators(&self) -> impl Iterator<Item = (&str, u64)> {
        let with_stake = self.seats.iter().filter(|s| s.permit && s.neuron.stake > 0);
        with_stake.map(|s| (s.neuron.miner.as_str(), s.neuron.stake))
    }

    /// The place of a hotkey.
    #[must_use]
    pub fn place(&self, hotkey: &MinerId) -> Option<u16> {
        self.seats.iter().find(|s| s.neuron.miner == *hotkey).map(|s| s.neuron.uid)
    }
}

/// The chain and the hotkey, as a validator uses them.
#[async_trait]
pub trait Chain: Send + Sync + 'static {
    /// The subnet as it was last read.
    ///
    /// # Errors
    /// When chain-svc is away or has read nothing yet.
    async fn subnet(&self) -> Result<Subnet, RpcError>;

    /// Headers that prove the validator's hotkey for a request to `receiver`. Good once, and for some seconds.
    ///
    /// # Errors
    /// When chain-svc is away or refuses.
    async fn sign(
        &self,
        method: &str,
        target: &str,
        body: [u8; 32],
        receiver: Account,
    ) -> Result<Vec<(String, String)>, RpcError>;

    /// Sets weights; answers when the transaction is final. The same round again answers with what became of it.
    ///
    /// # Errors
    /// What the chain refused and why; or that nobody knows, after which the same round may be tried again.
    async fn set_weights(
        &self,
        round: &str,
        weights: &[(u16, f64)],
        version_key: u64,
    ) -> Result<(), RpcError>;
}

/// [`Chain`] over gRPC.
#[derive(Clone)]
pub struct ChainSvc(pb::chain_client::ChainClient<Wire>);

impl ChainSvc {
    /// Over this connection.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        Self(pb::chain_client::ChainClient::new(wire).max_decoding_message_size(MOST))
    }
}

/// A call that chain-svc answers from memory.
fn short<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(std::time::Duration::from_secs(15));
    request
}

#[async_trait]
impl Chain for ChainSvc {
    async fn subnet(&self) -> Result<Subnet, RpcError> {
        let read = self.0.clone().snapshot(short(pb::SnapshotRequest {})).await?.into_inner();
        Ok(subnet(read)?)
    }

    async fn sign(
        &self,
        method: &str,
        target: &str,
        body: [u8; 32],
        receiver: Account,
    ) -> Result<Vec<(String, String)>, RpcError> {
        let request = pb::SignRequestRequest {
            method: method.to_owned(),
            target: target.to_owned(),
            body_sha256: body.to_vec(),
            receiver: receiver.to_string(),
        };
        let reply = self.0.clone().sign_request(short(request)).await?.into_inner();
        Ok(reply.headers.into_iter().map(|h| (h.name, h.value)).collect())
    }

    async fn set_weights(
        &self,
        round: &str,
        weights: &[(u16, f64)],
        version_key: u64,
    ) -> Result<(), RpcError> {
        let weight = |(uid, weight): &(u16, f64)| pb::set_weights_request::Weight {
            uid: u32::from(*uid),
            weight: *weight,
        };
        let weights = weights.iter().map(weight).collect();
        let request = pb::SetWeightsRequest { round: round.to_owned(), weights, version_key };
        // it waits for the chain, which chain-svc bounds
        self.0.clone().set_weights(request).await?;
        Ok(())
    }
}

fn subnet(read: pb::SubnetSnapshot) -> Result<Subnet, BadField> {
    let head = convert::required("head", read.head)?;
    let rules = convert::required("rules", read.rules)?;
    let small = |field, n: u32| u16::try_from(n).map_err(|_| BadField::new(field, "must be below 65536"));
    let seat = |n: pb::subnet_snapshot::Neuron| {
        let neuron = Neuron {
            uid: small("neurons.uid", n.uid)?,
            miner: convert::parse("neurons.hotkey", &n.hotkey)?,
            registered_at: n.registered_at,
            stake: n.stake / RAO,
        };
        Ok(Seat { neuron, permit: n.permit })
    };
    Ok(Subnet {
        block: head.number,
        stale: (!head.stale.is_empty()).then_some(head.stale),
        genesis: read.genesis,
        netuid: small("netuid", read.netuid)?,
        hotkey: convert::parse("hotkey", &read.hotkey)?,
        uid: read.uid.map(|uid| small("uid", uid)).transpose()?,
        owner: (!read.owner.is_empty()).then_some(read.owner),
        epoch: read.epoch.map(|e| e.next).filter(|next| *next > 0),
        next_weights: read.next_weights,
        weights_version: rules.weights_version,
        seats: read.neurons.into_iter().map(seat).collect::<Result<_, BadField>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neuron(uid: u32, hotkey: &str, stake: u64, permit: bool) -> pb::subnet_snapshot::Neuron {
        let hotkey = hotkey.to_owned();
        pb::subnet_snapshot::Neuron { uid, hotkey, stake, permit, ..Default::default() }
    }

    #[test]
    fn a_snapshot_is_read_and_a_broken_one_refused_by_field() {
        let read = pb::SubnetSnapshot {
            head: Some(pb::ChainHead { number: 7, ..Default::default() }),
            rules: Some(pb::subnet_snapshot::Rules { weights_version: 3, ..Default::default() }),
            netuid: 49,
            hotkey: "v".into(),
            neurons: vec![
                neuron(0, "v", 21_000_000_000_000_000, true),
                neuron(1, "m", 5_000, false),
                neuron(2, "n", 0, true),
            ],
            ..Default::default()
        };
        let found = subnet(read.clone()).unwrap();
        assert_eq!(found.validators().collect::<Vec<_>>(), [("v", 21_000_000_000_000)]);
        assert_eq!(found.place(&"m".parse().unwrap()), Some(1));
        assert_eq!((found.uid, found.epoch, found.stale), (None, None, None));
        // every stake there can be has a canonical form
        assert!(domain::canonical::bytes(&found.seats[0].neuron).is_ok());
        let bad = pb::SubnetSnapshot { neurons: vec![neuron(70_000, "v", 1, true)], ..read.clone() };
        assert_eq!(subnet(bad).unwrap_err().field, "neurons.uid");
        assert_eq!(subnet(pb::SubnetSnapshot { head: None, ..read }).unwrap_err().field, "head");
    }
}
