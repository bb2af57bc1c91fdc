//! Keeping the chain's word of where this neuron serves.

use std::net::SocketAddr;

use process::Stop;

use super::{Neuron, NeuronError};
use crate::{cache::Cache, chain::Refusal, submit::SubmitError};

/// Blocks between two tries to announce an axon.
const PAUSE_BLOCKS: u64 = 10;

/// Announces `address`, again whenever the chain says something else, until `stop`. A limit of rate is waited for.
pub async fn announce(neuron: Neuron, mut cache: Cache, address: SocketAddr, stop: Stop) {
    let work = async {
        let mut not_before = 0;
        loop {
            if let Some(seen) = cache.seen().filter(|seen| seen.stale.is_none()) {
                let (now, me) = (seen.snapshot.head.number, seen.snapshot.by_hotkey(&neuron.hotkey()));
                let differs = me.is_some_and(|me| me.axon.address() != Some(address));
                if differs && now >= not_before {
                    // a refusal is not asked for again in every block
                    not_before = now + PAUSE_BLOCKS;
                    if let Err(e) = neuron.serve(Some(address)).await {
                        if let NeuronError::Submit(SubmitError::Refused(Refusal {
                            until: Some(until), ..
                        })) = &e
                        {
                            not_before = until.saturating_sub(1);
                        }
                        tracing::warn!(%address, error = %e, "axon not announced");
                    }
                }
            }
            if !cache.changed().await {
                return;
            }
        }
    };
    stop.run_until_cancelled(work).await;
}
