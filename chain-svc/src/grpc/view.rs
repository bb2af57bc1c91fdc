//! Values of the chain as messages.

use proto::pb::{self, submissions_reply as listed, subnet_snapshot as view};

use crate::{
    cache::Seen,
    chain::{Head, Rules},
    neuron::Neuron,
    submit::{Entry, Outcome, Submitted},
};

/// A block that was read just now.
pub(super) fn fresh(head: Head) -> pb::ChainHead {
    pb::ChainHead { number: head.number, hash: head.hash.to_string(), spec: head.spec, stale: String::new() }
}

/// The block of the last reading.
pub(super) fn head(seen: &Seen) -> pb::ChainHead {
    pb::ChainHead { stale: seen.stale.clone().unwrap_or_default(), ..fresh(seen.snapshot.head) }
}

/// The subnet as `neuron` sees it.
pub(super) fn snapshot(seen: &Seen, neuron: &Neuron) -> pb::SubnetSnapshot {
    let read = &seen.snapshot;
    let neurons = read.neurons.iter().map(|n| view::Neuron {
        uid: u32::from(n.uid),
        hotkey: n.hotkey.to_string(),
        coldkey: n.coldkey.to_string(),
        active: n.active,
        permit: n.permit,
        last_update: n.last_update,
        registered_at: n.registered_at,
        axon: Some(view::Axon {
            block: n.axon.block,
            address: n.axon.address().map(|a| a.to_string()).unwrap_or_default(),
            version: n.axon.version,
            protocol: u32::from(n.axon.protocol),
        }),
        alpha: n.alpha,
        tao: n.tao,
        stake: n.stake,
        incentive: u32::from(n.incentive),
        dividends: u32::from(n.dividends),
        consensus: u32::from(n.consensus),
        emission: n.emission,
    });
    let epoch = read.epoch.map(|e| view::Epoch {
        last: e.last,
        pending: e.pending,
        index: e.index,
        since: e.since,
        next: read.schedule().and_then(|s| s.next_epoch().ok()).unwrap_or(0),
    });
    pb::SubnetSnapshot {
        head: Some(head(seen)),
        genesis: read.genesis.to_string(),
        netuid: u32::from(read.subnet.netuid),
        mecid: u32::from(read.subnet.mecid),
        neurons: neurons.collect(),
        owner: read.owner.map(|o| o.to_string()).unwrap_or_default(),
        rules: Some(rules(&read.rules)),
        epoch,
        block_time_ms: u64::try_from(read.block_time.as_millis()).unwrap_or(u64::MAX),
        read_at: seen.at.micros(),
        hotkey: neuron.hotkey().to_string(),
        uid: read.by_hotkey(&neuron.hotkey()).map(|me| u32::from(me.uid)),
        next_weights: neuron.next_weights(read).unwrap_or(0),
    }
}

fn rules(rules: &Rules) -> view::Rules {
    view::Rules {
        tempo: u32::from(rules.tempo),
        max_uids: u32::from(rules.max_uids),
        max_validators: u32::from(rules.max_validators),
        weights_rate_limit: rules.weights_rate_limit,
        weights_version: rules.weights_version,
        min_allowed_weights: u32::from(rules.min_allowed_weights),
        max_weights_limit: u32::from(rules.max_weights_limit),
        commit_reveal: rules.commit_reveal,
        commit_reveal_version: u32::from(rules.commit_reveal_version),
        reveal_period: rules.reveal_period,
        serving_rate_limit: rules.serving_rate_limit,
        immunity_period: u32::from(rules.immunity_period),
        activity_cutoff: u32::from(rules.activity_cutoff),
        registration_allowed: rules.registration_allowed,
        stake_threshold: rules.stake_threshold,
        burn: rules.burn,
        min_burn: rules.min_burn,
        max_burn: rules.max_burn,
        mechanisms: u32::from(rules.mechanisms),
    }
}

/// A transaction in its block.
pub(super) fn transaction(sent: &Submitted) -> pb::ChainTransaction {
    pb::ChainTransaction {
        hash: sent.hash.to_string(),
        number: sent.number,
        block: sent.block.to_string(),
        events: sent.events.clone(),
    }
}

/// Weights as the chain stores them.
pub(super) fn stored(uid: u16, weights: &[(u16, u16)]) -> pb::WeightsReply {
    let stored = weights
        .iter()
        .map(|(uid, value)| pb::weights_reply::Stored { uid: u32::from(*uid), value: u32::from(*value) });
    pb::WeightsReply { uid: u32::from(uid), stored: stored.collect() }
}

/// An entry of the journal.
pub(super) fn submission(entry: &Entry) -> listed::Submission {
    let (outcome, number, reason) = match &entry.outcome {
        None => ("", 0, String::new()),
        Some(Outcome::Done { number, .. }) => ("done", *number, String::new()),
        Some(Outcome::Refused { number, refusal, .. }) => ("refused", *number, refusal.to_string()),
        Some(Outcome::NotTaken(refusal)) => ("not_taken", 0, refusal.to_string()),
        Some(Outcome::Never) => ("never", 0, String::new()),
    };
    listed::Submission {
        name: entry.name.clone(),
        call: entry.call.clone(),
        intended: entry.intended.to_string(),
        at: entry.at,
        hash: entry.signed.hash.to_string(),
        outcome: outcome.to_owned(),
        number,
        reason,
    }
}
