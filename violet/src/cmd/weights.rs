//! `violet weights`: sets a validator's weights through chain-svc, and shows what the chain stores.

use process::clock::Clock;
use proto::pb::{SetWeightsRequest, SubnetSnapshot, set_weights_request::Weight};
use serde_json::json;

use crate::{
    chain::{ChainService, short},
    cli::WeightsCommand,
};

/// Sets or shows.
///
/// # Errors
/// The refusal in one sentence; [`process::exit::BadSetup`] when no chain-svc answers.
pub async fn run(command: &WeightsCommand) -> anyhow::Result<()> {
    match command {
        WeightsCommand::Set { weights, round, version_key, service } => {
            let service = ChainService::of(service)?;
            let round = round.clone().unwrap_or_else(|| format!("by-hand-{}", Clock::system().micros()));
            set(&service, weights, round, *version_key).await
        }
        WeightsCommand::Show { uid, json, service } => show(&ChainService::of(service)?, *uid, *json).await,
    }
}

async fn set(
    service: &ChainService,
    weights: &[(u32, f64)],
    round: String,
    version_key: u64,
) -> anyhow::Result<()> {
    // whoever is cut off asks again by this name, and nothing is sent twice
    eprintln!("round {round}: waiting for the block that holds it");
    let weights = weights.iter().map(|(uid, weight)| Weight { uid: *uid, weight: *weight }).collect();
    let set = service.set_weights(SetWeightsRequest { round, weights, version_key }).await?;
    let sent = set.transaction.unwrap_or_default();
    let earlier = if set.replayed { ", by an earlier call" } else { "" };
    println!("set in block {}, transaction {}{earlier}", sent.number, sent.hash);
    if set.reveal_block > 0 {
        println!("they are sealed; the chain opens them about at block {}", set.reveal_block);
    } else {
        let stored: Vec<_> = set.stored.iter().map(|s| (s.uid, s.value)).collect();
        println!("the chain stores {}", shares(&stored));
    }
    Ok(())
}

async fn show(service: &ChainService, uid: Option<u32>, as_json: bool) -> anyhow::Result<()> {
    let read = service.snapshot().await?;
    let stored = service.weights(uid).await?;
    let weights: Vec<_> = stored.stored.iter().map(|s| (s.uid, s.value)).collect();
    let own = read.uid == Some(stored.uid);
    let sent = if own { service.submissions(20).await? } else { Vec::new() };
    let sent = sent.iter().filter(|s| s.name.starts_with("weights/"));
    let updated = read.neurons.iter().find(|n| n.uid == stored.uid).map_or(0, |n| n.last_update);
    let head = read.head.clone().unwrap_or_default();
    if as_json {
        let weights: Vec<_> =
            weights.iter().map(|(uid, value)| json!({ "uid": uid, "value": value })).collect();
        let sent = sent.map(|s| {
            json!({ "name": s.name, "call": s.call, "hash": s.hash, "outcome": s.outcome, "block": s.number,
                    "reason": s.reason })
        });
        let all = json!({
            "block": head.number, "stale": head.stale, "netuid": read.netuid, "uid": stored.uid,
            "last_update": updated, "weights": weights, "submissions": sent.collect::<Vec<_>>(),
        });
        println!("{all}");
        return Ok(());
    }
    println!("block {}, subnet {}, validator uid {}", head.number, read.netuid, stored.uid);
    if !head.stale.is_empty() {
        println!("stale: {}", head.stale);
    }
    if weights.is_empty() {
        println!("the chain stores no weights of it: `violet weights set UID=WEIGHT ..`");
    } else {
        println!("last set or registered at block {updated}; the chain stores {}", shares(&weights));
    }
    for (uid, value) in &weights {
        println!("  uid {uid:<6} {value:>5} of 65535   {}", hotkey(&read, *uid));
    }
    for s in sent {
        let outcome = if s.outcome.is_empty() { "not known yet" } else { &s.outcome };
        let reason = if s.reason.is_empty() { String::new() } else { format!(": {}", s.reason) };
        println!("  sent {} block {} {outcome}{reason} ({})", short(&s.hash), s.number, s.name);
    }
    Ok(())
}

fn hotkey(read: &SubnetSnapshot, uid: u32) -> &str {
    read.neurons.iter().find(|n| n.uid == uid).map_or("(not there any more)", |n| n.hotkey.as_str())
}

/// Weights as shares of their sum.
fn shares(weights: &[(u32, u32)]) -> String {
    let sum: f64 = weights.iter().map(|(_, value)| f64::from(*value)).sum();
    let one =
        |(uid, value): &(u32, u32)| format!("uid {uid} {:.1} %", 100.0 * f64::from(*value) / sum.max(1.0));
    weights.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_weights_read_as_shares() {
        assert_eq!(shares(&[(2, 65535), (3, 21845)]), "uid 2 75.0 %, uid 3 25.0 %");
    }
}
