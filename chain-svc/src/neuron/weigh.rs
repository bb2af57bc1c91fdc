//! Setting weights: in the open or sealed, as the subnet demands.

use ark_std::rand::{SeedableRng as _, rngs::StdRng};
use serde_json::json;

use super::{Neuron, NeuronError};
use crate::{
    chain::{Call, ChainError, Snapshot, Subnet, weight_rules},
    epoch,
    submit::{Outcome, Submitted},
    timelock::Payload,
    weights::{self, Wanted},
};

/// The one form of seal that this version makes.
const SEAL: u16 = 4;

/// Weights that were set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightsSet {
    /// The transaction.
    pub submitted: Submitted,
    /// They are sealed, and the chain opens them about at this block.
    pub reveal_block: Option<u64>,
    /// What the chain stores for this validator now.
    pub stored: Vec<(u16, u16)>,
}

/// What is asked beside the weights themselves.
struct Demand {
    version_key: u64,
    /// Sealed weights that wait.
    waiting: usize,
    /// Nothing was sent for this round yet, so everything is checked.
    fresh: bool,
}

impl Neuron {
    /// Sets weights as the subnet wants them: in the open, or sealed until the epochs it asks for have passed. `round` tells
    /// this setting from every other; the same round again answers with what became of it.
    ///
    /// # Errors
    /// A refusal found beforehand, or by the chain, with the block at which a limit of rate ends; [`NeuronError`].
    pub async fn set_weights(
        &self,
        round: &str,
        wanted: Vec<(u32, f64)>,
        version_key: u64,
    ) -> Result<WeightsSet, NeuronError> {
        let asked = Wanted::new(wanted.iter().copied())?;
        let Subnet { netuid, mecid } = self.subnet;
        let snapshot = self.chain.snapshot(self.subnet).await?;
        let name = format!("weights/{}/{netuid}/{mecid}/{round}", snapshot.genesis);
        let earlier = self.submitter.entry(&name).await;
        let is_over = |outcome: &_| !matches!(outcome, Outcome::Done { .. });
        // a round that is done or under way is answered before anything is checked: its own update is in the way
        let fresh = earlier.is_none_or(|e| e.outcome.as_ref().is_some_and(is_over));
        let waiting = if fresh { self.waiting(&snapshot).await? } else { 0 };
        let demand = Demand { version_key, waiting, fresh };
        let (call, reveal_block, sent) = self.call(&snapshot, &asked, &demand)?;
        let intended = json!({
            "weights": wanted, "version_key": version_key, "read_at_block": snapshot.head.number, "sent": sent,
        });
        let submitted = self.submit(&name, intended, &call).await?;
        let uid = snapshot.by_hotkey(&self.hotkey()).map(|me| me.uid);
        let stored = match uid {
            Some(uid) => self.chain.weights(self.subnet, uid).await?,
            None => Vec::new(),
        };
        Ok(WeightsSet { submitted, reveal_block, stored })
    }

    /// Sealed weights of this neuron that count against the next. An epoch that begins with the next block begins at zero.
    async fn waiting(&self, snapshot: &Snapshot) -> Result<usize, ChainError> {
        let next = snapshot.schedule().and_then(|schedule| schedule.next_epoch().ok());
        if !snapshot.rules.commit_reveal || next == Some(snapshot.head.number + 1) {
            return Ok(0);
        }
        self.chain.commits(self.subnet, &self.hotkey()).await
    }

    /// The call that sets these weights, the block that opens them, and what it carries as JSON.
    fn call(
        &self,
        snapshot: &Snapshot,
        wanted: &Wanted,
        demand: &Demand,
    ) -> Result<(Call, Option<u64>, serde_json::Value), NeuronError> {
        let Subnet { netuid, mecid } = self.subnet;
        let Demand { version_key, waiting, fresh } = *demand;
        let hotkey = self.hotkey();
        let (rules, setter) = weight_rules(snapshot, &hotkey);
        if !snapshot.rules.commit_reveal {
            let ready = if fresh {
                wanted.prepare(&rules, &setter, version_key)?
            } else {
                wanted.quantise(rules.max_weight)
            };
            let sent = json!({ "uids": ready.uids, "values": ready.values });
            let call =
                Call::SetWeights { netuid, mecid, uids: ready.uids, values: ready.values, version_key };
            return Ok((call, None, sent));
        }
        let commit = weights::Commit { version: snapshot.rules.commit_reveal_version, waiting };
        let ready = if fresh {
            wanted.prepare_commit(&rules, &setter, &commit, version_key)?
        } else {
            wanted.quantise(rules.max_weight)
        };
        let schedule = snapshot.schedule().ok_or_else(|| {
            ChainError::Unsupported(
                "the chain tells no state of epochs; weights can't be sealed for it".to_owned(),
            )
        })?;
        let block_ms = u64::try_from(snapshot.block_time.as_millis()).unwrap_or(u64::MAX);
        let reveal = schedule.reveal(snapshot.rules.reveal_period, snapshot.moment_ms, block_ms)?;
        let sent = json!({ "uids": ready.uids, "values": ready.values, "reveal_round": reveal.round });
        let payload = Payload::new(hotkey.bytes(), ready, version_key);
        let mut random = self.generator();
        let sealed = payload.seal(reveal.round, &mut random)?;
        let call =
            Call::CommitWeights { netuid, mecid, commit: sealed, reveal_round: reveal.round, version: SEAL };
        Ok((call, Some(reveal.block), sent))
    }

    /// A generator for one seal.
    fn generator(&self) -> StdRng {
        let mut seed = [0; 32];
        for half in seed.chunks_mut(16) {
            half.copy_from_slice(&(self.random)().to_le_bytes());
        }
        StdRng::from_seed(seed)
    }

    /// The first block at which weights may be set again, if the hotkey has a place.
    #[must_use]
    pub fn next_weights(&self, snapshot: &Snapshot) -> Option<u64> {
        let me = snapshot.by_hotkey(&self.hotkey())?;
        Some(epoch::next_weight_block(
            snapshot.head.number,
            me.last_update,
            snapshot.rules.weights_rate_limit,
        ))
    }
}
