//! `set_weights` and `set_mechanism_weights`: the twelve steps, in the chain's order.

use scale_value::Composite;

use crate::draft::Draft;
use crate::keys::Hash;
use crate::rules::stake::stake;
use crate::rules::{Args, Outcome, Refused, ensure, refuse};
use crate::state::SUBTENSOR;
use crate::value::num;

/// Mechanisms of a subnet share one number space of this width.
const MECHANISM_STRIDE: u16 = 4096;

/// Weights as a caller gives them.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) dests: Vec<u16>,
    pub(crate) values: Vec<u16>,
    pub(crate) version_key: u64,
}

/// Whether weights are set openly, or come out of a timelocked commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Call,
    Reveal,
}

/// The key under which weights, bonds, incentives and commits of a mechanism are kept.
pub(crate) fn index_of(net: u16, mecid: u8) -> u16 {
    u16::from(mecid).wrapping_mul(MECHANISM_STRIDE).wrapping_add(net)
}

pub(crate) fn set_weights(x: &mut Draft<'_>, hotkey: Hash, a: &Args) -> Outcome {
    set(x, hotkey, a, 0)
}

pub(crate) fn set_mechanism_weights(x: &mut Draft<'_>, hotkey: Hash, a: &Args) -> Outcome {
    set(x, hotkey, a, a.num("mecid")?)
}

fn set(x: &mut Draft<'_>, hotkey: Hash, a: &Args, mecid: u8) -> Outcome {
    let net: u16 = a.num("netuid")?;
    let given =
        Given { dests: a.nums("dests")?, values: a.nums("weights")?, version_key: a.num("version_key")? };
    ensure(!x.of::<bool>("CommitRevealWeightsEnabled", net)?, "CommitRevealEnabled")?;
    apply(x, hotkey, net, mecid, &given, By::Call)
}

/// Steps 1 to 12 for weights that are in the open.
pub(crate) fn apply(x: &mut Draft<'_>, hotkey: Hash, net: u16, mecid: u8, w: &Given, by: By) -> Outcome {
    let index = index_of(net, mecid);
    ensure(net != 0, "CanNotSetRootNetworkWeights")?;
    ensure(w.dests.len() == w.values.len(), "WeightVecNotEqualSize")?;
    ensure_mechanism(x, net, mecid)?;
    let n: u16 = x.of("SubnetworkN", net)?;
    ensure(w.dests.len() <= usize::from(n), "UidsLengthExceedUidsInSubNet")?;
    let Some(uid) = x.view().uid(net, &hotkey)? else { return refuse("HotKeyNotRegisteredInSubNet") };
    let owner = x.of::<Hash>("SubnetOwnerHotkey", net)? == hotkey;
    ensure_stake(x, net, &hotkey, owner)?;
    let wanted: u64 = x.of("WeightsVersionKey", net)?;
    ensure(wanted == 0 || w.version_key >= wanted, "IncorrectWeightVersionKey")?;
    if by == By::Call {
        ensure(may_update(x, net, index, uid)?, "SettingWeightsTooFast")?;
    }
    let own = w.dests == [uid];
    let permits: Vec<bool> = x.of("ValidatorPermit", net)?;
    let permit = permits.get(usize::from(uid)).copied().unwrap_or_default();
    ensure(own || owner || permit, "NeuronNoValidatorPermit")?;
    ensure((1..w.dests.len()).all(|i| !w.dests[..i].contains(&w.dests[i])), "DuplicateUids")?;
    ensure(w.dests.iter().all(|d| *d < n), "UidVecContainInvalidOne")?;
    let least: u16 = x.of("MinAllowedWeights", net)?;
    ensure(own || w.dests.len() >= usize::from(least.min(n)), "WeightVecLengthIsLow")?;
    let upscaled = upscale(&w.values);
    let limit: u16 = x.of("MaxWeightsLimit", net)?;
    ensure(own || within(&upscaled, limit), "MaxWeightExceeded")?;

    let pairs: Vec<(u16, u16)> = w.dests.iter().copied().zip(upscaled).collect();
    x.set("Weights", vec![num(index), num(uid)], &pairs)?;
    if by == By::Call {
        touch(x, index, uid)?;
    }
    x.event(SUBTENSOR, "WeightsSet", Composite::unnamed([num(index), num(uid)]));
    Ok(())
}

/// `MechanismDoesNotExist` covers a subnet that does not exist.
pub(crate) fn ensure_mechanism(x: &Draft<'_>, net: u16, mecid: u8) -> Outcome {
    let exists = x.of::<bool>("NetworksAdded", net)? && mecid < x.of::<u8>("MechanismCountCurrent", net)?;
    ensure(exists, "MechanismDoesNotExist")
}

fn ensure_stake(x: &Draft<'_>, net: u16, hotkey: &Hash, owner: bool) -> Outcome {
    let threshold: u64 = x.get("StakeThreshold", vec![])?;
    ensure(owner || stake(&x.view(), net, hotkey)?.total >= threshold, "NotEnoughStakeToSetWeights")
}

/// True where the rate limit of the subnet has passed since the neuron's last update.
pub(crate) fn may_update(x: &Draft<'_>, net: u16, index: u16, uid: u16) -> Result<bool, Refused> {
    let updated: Vec<u64> = x.of("LastUpdate", index)?;
    let last = updated.get(usize::from(uid)).copied().unwrap_or_default();
    Ok(last == 0 || x.number.saturating_sub(last) >= x.of("WeightsSetRateLimit", net)?)
}

/// The neuron's last update is now.
pub(crate) fn touch(x: &mut Draft<'_>, index: u16, uid: u16) -> Outcome {
    let now = x.number;
    Ok(x.set_at("LastUpdate", index, uid, now, &0)?)
}

/// v -> round(v * 65535 / max); all zeros stay.
pub(crate) fn upscale(values: &[u16]) -> Vec<u16> {
    let top = values.iter().copied().max().map_or(1, u64::from).max(1);
    let scale = |v: u16| u16::try_from((u64::from(v) * 65535 + top / 2) / top).unwrap_or(u16::MAX);
    values.iter().map(|v| scale(*v)).collect()
}

/// max/sum <= limit/65535, in whole numbers.
fn within(values: &[u16], limit: u16) -> bool {
    let sum: u64 = values.iter().map(|v| u64::from(*v)).sum();
    let top = values.iter().copied().max().map_or(0, u64::from);
    limit == u16::MAX || top * 65535 <= u64::from(limit) * sum
}
