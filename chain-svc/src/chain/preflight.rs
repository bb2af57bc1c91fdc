//! What the chain would refuse, found before anything is signed. The names and their order are the chain's; the chain
//! still decides.

use std::net::{IpAddr, Ipv4Addr};

use super::{Account, Call, Refusal, Snapshot};
use crate::weights;

/// Checks a call of `hotkey` that would be included right after the snapshot. Registrations are not looked at, nor what a
/// commit hides.
///
/// # Errors
/// The refusal that the chain would give; a limit of rate carries the block at which it ends.
pub fn check(snapshot: &Snapshot, hotkey: &Account, call: &Call) -> Result<(), Refusal> {
    match call {
        Call::ServeAxon { address, .. } => axon(snapshot, hotkey, address.map(|a| (a.ip(), a.port()))),
        Call::SetWeights { uids, values, version_key, .. } => {
            let (rules, setter) = weight_rules(snapshot, hotkey);
            Ok(weights::check(&rules, &setter, uids, values, *version_key)?)
        }
        Call::CommitWeights { version, .. } => commit(snapshot, hotkey, *version),
        Call::Register { .. } => Ok(()),
    }
}

/// What the subnet asks of weights, and of whom, as `weights` wants to know it.
#[must_use]
pub fn weight_rules(snapshot: &Snapshot, hotkey: &Account) -> (weights::Rules, weights::Setter) {
    let rules = weights::Rules {
        netuid: snapshot.subnet.netuid,
        mecid: snapshot.subnet.mecid,
        mechanisms: snapshot.rules.mechanisms,
        head: snapshot.head.number,
        neurons: u16::try_from(snapshot.neurons.len()).unwrap_or(u16::MAX),
        commit_reveal: snapshot.rules.commit_reveal,
        stake_threshold: snapshot.rules.stake_threshold,
        version_key: snapshot.rules.weights_version,
        rate_limit: snapshot.rules.weights_rate_limit,
        min_allowed: snapshot.rules.min_allowed_weights,
        max_weight: snapshot.rules.max_weights_limit,
    };
    let me = snapshot.by_hotkey(hotkey);
    let setter = weights::Setter {
        uid: me.map(|me| me.uid),
        stake: me.map_or(0, |me| me.stake),
        permit: me.is_some_and(|me| me.permit),
        owner: snapshot.owner.is_some_and(|owner| owner == *hotkey),
        last_update: me.map_or(0, |me| me.last_update),
    };
    (rules, setter)
}

fn refuse<T>(name: &str) -> Result<T, Refusal> {
    Err(Refusal::named(name))
}

/// A limit of `rate` blocks since `last`, seen from the block after the snapshot.
fn rate(snapshot: &Snapshot, last: u64, rate: u64, name: &str) -> Result<(), Refusal> {
    let next = snapshot.head.number.saturating_add(1);
    let free = crate::epoch::next_weight_block(snapshot.head.number, last, rate);
    if free > next { Err(Refusal::named(name).until(Some(free))) } else { Ok(()) }
}

fn axon(snapshot: &Snapshot, hotkey: &Account, address: Option<(IpAddr, u16)>) -> Result<(), Refusal> {
    let Some(me) = snapshot.by_hotkey(hotkey) else { return refuse("HotKeyNotRegisteredInNetwork") };
    let bad = address.is_some_and(|(ip, _)| match ip.to_canonical() {
        IpAddr::V4(ip) => ip == Ipv4Addr::LOCALHOST || ip == Ipv4Addr::BROADCAST,
        IpAddr::V6(ip) => ip.is_loopback() || ip.to_bits() == u128::MAX,
    });
    if bad {
        return refuse("InvalidIpAddress");
    }
    rate(snapshot, me.axon.block, snapshot.rules.serving_rate_limit, "ServingRateLimitExceeded")?;
    if address.is_some_and(|(_, port)| port == 0) {
        return refuse("InvalidPort");
    }
    Ok(())
}

fn commit(snapshot: &Snapshot, hotkey: &Account, version: u16) -> Result<(), Refusal> {
    let rules = &snapshot.rules;
    if !rules.commit_reveal {
        return refuse("CommitRevealDisabled");
    }
    if rules.commit_reveal_version != version {
        return refuse("IncorrectCommitRevealVersion");
    }
    let Some(me) = snapshot.by_hotkey(hotkey) else { return refuse("HotKeyNotRegisteredInSubNet") };
    rate(snapshot, me.last_update, rules.weights_rate_limit, "CommittingWeightsTooFast")
}

impl From<weights::Refusal> for Refusal {
    fn from(refusal: weights::Refusal) -> Self {
        use weights::Refusal::{CommittingWeightsTooFast, SettingWeightsTooFast};
        let until = match refusal {
            SettingWeightsTooFast { until } | CommittingWeightsTooFast { until } => Some(until),
            _ => None,
        };
        Self::new(refusal.name(), refusal.to_string()).until(until)
    }
}
