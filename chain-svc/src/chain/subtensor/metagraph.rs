//! Neurons: from the runtime's metagraph, or put together from storage where the runtime has none.

use scale_decode::DecodeAsType;
use subxt::{dynamic, error::RuntimeApiError};

use super::{
    link::{At, Link},
    names,
    storage::{Batch, account, number},
};
use crate::chain::{Account, Axon, ChainError, Neuron, Subnet};

/// The fields we read of the runtime's answer; it has many more.
#[derive(DecodeAsType)]
struct Metagraph {
    hotkeys: Vec<[u8; 32]>,
    coldkeys: Vec<[u8; 32]>,
    axons: Vec<RawAxon>,
    active: Vec<bool>,
    validator_permit: Vec<bool>,
    last_update: Vec<u64>,
    block_at_registration: Vec<u64>,
    emission: Vec<u64>,
    dividends: Vec<u16>,
    incentives: Vec<u16>,
    consensus: Vec<u16>,
    alpha_stake: Vec<u64>,
    tao_stake: Vec<u64>,
    total_stake: Vec<u64>,
}

#[derive(DecodeAsType, Clone, Copy)]
struct RawAxon {
    block: u64,
    version: u32,
    ip: u128,
    port: u16,
    ip_type: u8,
    protocol: u8,
}

impl From<RawAxon> for Axon {
    fn from(raw: RawAxon) -> Self {
        let RawAxon { block, version, ip, port, ip_type, protocol } = raw;
        Self { block, version, ip, port, ip_type, protocol }
    }
}

/// A node that does not answer, or an answer that can't be read.
pub(super) fn api_error(e: RuntimeApiError) -> ChainError {
    match e {
        RuntimeApiError::CannotCallApi(e) => ChainError::away(e),
        e => ChainError::garbage(e),
    }
}

/// Every neuron of a mechanism as the runtime tells them; `None` when it has no such answer.
pub(super) async fn from_runtime(at: &At, subnet: Subnet) -> Result<Option<Vec<Neuron>>, ChainError> {
    if !names::has_metagraph(at.client.metadata_ref()) {
        return Ok(None);
    }
    let (method, args) = match subnet.mecid {
        0 => ("get_metagraph", vec![number(subnet.netuid)]),
        mecid => ("get_mechagraph", vec![number(subnet.netuid), number(mecid)]),
    };
    let call = dynamic::runtime_api_call::<_, Option<Metagraph>>("SubnetInfoRuntimeApi", method, args);
    let read = at.client.runtime_apis().call(call).await.map_err(api_error)?;
    read.as_ref().map(neurons).transpose()
}

/// Lists of one length as neurons.
fn neurons(graph: &Metagraph) -> Result<Vec<Neuron>, ChainError> {
    let n = graph.hotkeys.len();
    for (what, len) in [
        ("coldkeys", graph.coldkeys.len()),
        ("axons", graph.axons.len()),
        ("active", graph.active.len()),
        ("validator_permit", graph.validator_permit.len()),
        ("last_update", graph.last_update.len()),
        ("block_at_registration", graph.block_at_registration.len()),
        ("emission", graph.emission.len()),
        ("dividends", graph.dividends.len()),
        ("incentives", graph.incentives.len()),
        ("consensus", graph.consensus.len()),
        ("alpha_stake", graph.alpha_stake.len()),
        ("tao_stake", graph.tao_stake.len()),
        ("total_stake", graph.total_stake.len()),
    ] {
        if len != n {
            return Err(ChainError::garbage(format!("{len} of {what} for {n} neurons")));
        }
    }
    let one = |i: usize| {
        Some(Neuron {
            uid: u16::try_from(i).ok()?,
            hotkey: Account::from_bytes(graph.hotkeys[i]),
            coldkey: Account::from_bytes(graph.coldkeys[i]),
            active: graph.active[i],
            permit: graph.validator_permit[i],
            last_update: graph.last_update[i],
            registered_at: graph.block_at_registration[i],
            axon: graph.axons[i].into(),
            alpha: graph.alpha_stake[i],
            tao: graph.tao_stake[i],
            stake: graph.total_stake[i],
            incentive: graph.incentives[i],
            dividends: graph.dividends[i],
            consensus: graph.consensus[i],
            emission: graph.emission[i],
        })
    };
    (0..n).map(|i| one(i).ok_or_else(|| ChainError::garbage("more neurons than uids"))).collect()
}

/// Two rounds of reading: the keys, then what is known of each. Stake is the subnet's own token alone: what the runtime
/// adds to it is not stored.
pub(super) async fn from_storage(
    link: &Link,
    at: &At,
    subnet: Subnet,
    places: u16,
) -> Result<Vec<Neuron>, ChainError> {
    let (netuid, index) = (subnet.netuid, subnet.index());
    let mut batch = Batch::new(at);
    let keys: Vec<_> = (0..places)
        .map(|uid| batch.want("Keys", vec![number(netuid), number(uid)]))
        .collect::<Result<_, _>>()?;
    let mut list = |item: &str, key: u16| batch.want(item, vec![number(key)]);
    let (active, permit) = (list("Active", netuid)?, list("ValidatorPermit", netuid)?);
    let (emission, dividends) = (list("Emission", netuid)?, list("Dividends", netuid)?);
    let (incentive, consensus) = (list("Incentive", index)?, list("Consensus", netuid)?);
    let updated = list("LastUpdate", index)?;
    let first = batch.read(link).await?;
    let hotkeys: Vec<[u8; 32]> = keys.iter().map(|slot| first.get(*slot)).collect::<Result<_, _>>()?;

    let mut batch = Batch::new(at);
    let mut slots = Vec::with_capacity(hotkeys.len());
    for (uid, hotkey) in (0..places).zip(&hotkeys) {
        let hotkey = Account::from_bytes(*hotkey);
        slots.push((
            batch.want("Axons", vec![number(netuid), account(&hotkey)])?,
            batch.want("Owner", vec![account(&hotkey)])?,
            batch.want("BlockAtRegistration", vec![number(netuid), number(uid)])?,
            batch.want_if("TotalHotkeyAlpha", vec![account(&hotkey), number(netuid)])?,
        ));
    }
    let second = batch.read(link).await?;
    let (active, permit): (Vec<bool>, Vec<bool>) = (first.get(active)?, first.get(permit)?);
    let (emission, updated): (Vec<u64>, Vec<u64>) = (first.get(emission)?, first.get(updated)?);
    let (dividends, incentive): (Vec<u16>, Vec<u16>) = (first.get(dividends)?, first.get(incentive)?);
    let consensus: Vec<u16> = first.get(consensus)?;
    let mut neurons = Vec::with_capacity(hotkeys.len());
    for ((uid, hotkey), (axon, owner, registered, alpha)) in (0..places).zip(hotkeys).zip(slots) {
        let i = usize::from(uid);
        let alpha: u64 = second.or(alpha, 0)?;
        neurons.push(Neuron {
            uid,
            hotkey: Account::from_bytes(hotkey),
            coldkey: Account::from_bytes(second.get(owner)?),
            // the lists grow with the next epoch: a newcomer may not be in all of them yet
            active: active.get(i).copied().unwrap_or_default(),
            permit: permit.get(i).copied().unwrap_or_default(),
            last_update: updated.get(i).copied().unwrap_or_default(),
            registered_at: second.get(registered)?,
            axon: second.maybe::<RawAxon>(axon)?.map(Axon::from).unwrap_or_default(),
            alpha,
            tao: 0,
            stake: alpha,
            incentive: incentive.get(i).copied().unwrap_or_default(),
            dividends: dividends.get(i).copied().unwrap_or_default(),
            consensus: consensus.get(i).copied().unwrap_or_default(),
            emission: emission.get(i).copied().unwrap_or_default(),
        });
    }
    Ok(neurons)
}
