//! The rules of the chain in memory: those of `preflight`, and what they leave behind.

use super::state::World;
use crate::chain::{Account, Axon, Call, EpochState, Hash, Head, Neuron, Refusal, Snapshot, Subnet, check};

/// Applies a call of `who` in block `now`; answers with names of events.
pub(super) fn apply(world: &mut World, now: u64, who: Account, call: &Call) -> Result<Vec<String>, Refusal> {
    let (netuid, mecid) = match call {
        Call::SetWeights { netuid, mecid, .. } | Call::CommitWeights { netuid, mecid, .. } => {
            (*netuid, *mecid)
        }
        Call::ServeAxon { netuid, .. } | Call::Register { netuid, .. } => (*netuid, 0),
    };
    if netuid != world.netuid {
        return Err(Refusal::named("SubnetNotExists"));
    }
    let before = Snapshot {
        head: Head { number: now.saturating_sub(1), hash: Hash::default(), spec: world.spec },
        genesis: Hash::default(),
        subnet: Subnet { netuid, mecid },
        neurons: world.neurons.clone(),
        owner: world.owner,
        rules: world.rules,
        epoch: Some(EpochState::default()),
        next_epoch: None,
        block_time: std::time::Duration::ZERO,
        moment_ms: 0,
    };
    check(&before, &who, call)?;
    let mine = world.neurons.iter_mut().find(|n| n.hotkey == who);
    let event = match (call, mine) {
        (Call::ServeAxon { address, .. }, Some(me)) => {
            me.axon = Axon { block: now, version: 1, protocol: 4, ..crate::chain::call::axon(*address) };
            "AxonServed"
        }
        (Call::SetWeights { uids, values, .. }, Some(me)) => {
            me.last_update = now;
            let max = f64::from(values.iter().copied().max().unwrap_or(0).max(1));
            // the chain scales the largest up to 65535
            let scaled = values.iter().map(|v| scale(f64::from(*v) / max));
            let stored = uids.iter().copied().zip(scaled).collect();
            world.weights.insert((before.subnet.index(), me.uid), stored);
            "WeightsSet"
        }
        (Call::CommitWeights { .. }, Some(me)) => {
            let held = world.commits.entry((before.subnet.index(), world.epoch.index)).or_default();
            if held.iter().filter(|holder| **holder == who).count() >= crate::weights::MOST_COMMITS {
                return Err(Refusal::named("TooManyUnrevealedCommits"));
            }
            held.push(who);
            me.last_update = now;
            "TimelockedWeightsCommitted"
        }
        (Call::Register { hotkey, limit, .. }, _) => {
            register(world, now, who, *hotkey, *limit)?;
            "NeuronRegistered"
        }
        (_, None) => return Err(Refusal::named("HotKeyNotRegisteredInSubNet")),
    };
    Ok(vec![format!("SubtensorModule.{event}"), "System.ExtrinsicSuccess".to_owned()])
}

// a share of at most 1 of 65535 fits
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn scale(share: f64) -> u16 {
    (share * 65535.0).round() as u16
}

fn register(world: &mut World, now: u64, payer: Account, hotkey: Account, limit: u64) -> Result<(), Refusal> {
    if !world.rules.registration_allowed {
        return Err(Refusal::named("SubNetRegistrationDisabled"));
    }
    if world.neurons.iter().any(|n| n.hotkey == hotkey) {
        return Err(Refusal::named("HotKeyAlreadyRegisteredInSubNet"));
    }
    if world.rules.burn > limit {
        return Err(Refusal::named("RegistrationPriceLimitExceeded"));
    }
    let purse = world.balances.entry(payer).or_default();
    let Some(left) = purse.checked_sub(world.rules.burn) else {
        return Err(Refusal::named("NotEnoughBalanceToStake"));
    };
    let Ok(uid) = u16::try_from(world.neurons.len()) else {
        return Err(Refusal::named("NoNeuronIdAvailable"));
    };
    *purse = left;
    world.neurons.push(Neuron::new(uid, hotkey, payer, now));
    Ok(())
}
