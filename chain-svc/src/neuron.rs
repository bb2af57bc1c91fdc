//! This service's own neuron: where it serves, and the weights it sets.

mod announce;
mod error;

pub use announce::announce;
pub use error::NeuronError;

use std::{net::SocketAddr, sync::Arc};

use ark_std::rand::{SeedableRng as _, rngs::StdRng};
use domain::ErrorKind;
use serde_json::json;

use crate::{
    chain::{Account, Call, Chain, ChainError, Snapshot, Subnet, check, weight_rules},
    epoch,
    submit::{SubmitError, Submitted, Submitter},
    timelock::Payload,
    weights::{self, Wanted},
};

/// The one form of seal that this version makes.
const SEAL: u16 = 4;

/// The neuron of one hotkey on one mechanism of one subnet.
#[derive(Clone)]
pub struct Neuron {
    chain: Arc<dyn Chain>,
    submitter: Submitter,
    subnet: Subnet,
    /// 128 random bits at each call.
    random: fn() -> u128,
}

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

impl Neuron {
    /// Of the hotkey that `submitter` signs with. `random` gives 128 random bits.
    #[must_use]
    pub fn new(chain: Arc<dyn Chain>, submitter: Submitter, subnet: Subnet, random: fn() -> u128) -> Self {
        Self { chain, submitter, subnet, random }
    }

    /// Whose it is.
    #[must_use]
    pub fn hotkey(&self) -> Account {
        self.submitter.account()
    }

    /// Where it is.
    #[must_use]
    pub const fn subnet(&self) -> Subnet {
        self.subnet
    }

    /// What was sent for it, and what became of it.
    #[must_use]
    pub const fn submitter(&self) -> &Submitter {
        &self.submitter
    }

    /// Says where it serves, or (`None`) that it serves no more. `None`: the chain says the same already, nothing was sent.
    ///
    /// # Errors
    /// A refusal found beforehand, or by the chain; [`NeuronError`].
    pub async fn serve(&self, address: Option<SocketAddr>) -> Result<Option<Submitted>, NeuronError> {
        let snapshot = self.chain.snapshot(self.subnet).await?;
        let hotkey = self.hotkey();
        let stored = snapshot.by_hotkey(&hotkey).map(|me| me.axon).unwrap_or_default();
        let canonical = address.map(|a| SocketAddr::new(a.ip().to_canonical(), a.port()));
        if snapshot.by_hotkey(&hotkey).is_some() && stored.address() == canonical {
            return Ok(None);
        }
        let call = Call::ServeAxon { netuid: self.subnet.netuid, address: canonical };
        check(&snapshot, &hotkey, &call)?;
        // what it replaces is part of the name: the same address may be announced again later
        let said = canonical.map_or_else(|| "none".to_owned(), |a| a.to_string());
        let name = format!("axon/{}/{}/{said}/after-{}", snapshot.genesis, self.subnet.netuid, stored.block);
        let intended = json!({ "address": said, "read_at_block": snapshot.head.number });
        Ok(Some(self.submit(&name, intended, &call).await?))
    }

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
        let is_over = |outcome: &_| !matches!(outcome, crate::submit::Outcome::Done { .. });
        // a round that is done or under way is answered before anything is checked: its own update is in the way
        let fresh = earlier.is_none_or(|e| e.outcome.as_ref().is_some_and(is_over));
        let (call, reveal_block, sent) = self.call(&snapshot, &asked, version_key, fresh)?;
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

    /// The call that sets these weights, the block that opens them, and what it carries as JSON.
    fn call(
        &self,
        snapshot: &Snapshot,
        wanted: &Wanted,
        version_key: u64,
        fresh: bool,
    ) -> Result<(Call, Option<u64>, serde_json::Value), NeuronError> {
        let Subnet { netuid, mecid } = self.subnet;
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
        // the chain counts the commits that wait, and refuses by itself
        let commit = weights::Commit { version: snapshot.rules.commit_reveal_version, waiting: 0 };
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

    async fn submit(
        &self,
        name: &str,
        intended: serde_json::Value,
        call: &Call,
    ) -> Result<Submitted, NeuronError> {
        let refused = match self.submitter.submit(name, intended, call).await {
            Err(SubmitError::Refused(refusal)) => refusal,
            other => return Ok(other?),
        };
        // the chain tells no block with a limit of rate; the subnet as it is now does
        if refused.kind() == ErrorKind::RateLimited
            && refused.until.is_none()
            && let Ok(now) = self.chain.snapshot(self.subnet).await
            && let Err(foreseen) = check(&now, &self.hotkey(), call)
            && foreseen.name == refused.name
        {
            return Err(refused.until(foreseen.until).into());
        }
        Err(refused.into())
    }
}

#[cfg(test)]
mod tests;
