//! This service's own neuron: where it serves, and the weights it sets.

mod announce;
mod error;
mod weigh;

pub use announce::announce;
pub use error::NeuronError;
pub use weigh::WeightsSet;

use std::{net::SocketAddr, sync::Arc};

use domain::ErrorKind;
use serde_json::json;

use crate::{
    chain::{Account, Call, Chain, Refusal, Snapshot, Subnet, check},
    submit::{SubmitError, Submitted, Submitter},
};

/// The neuron of one hotkey on one mechanism of one subnet.
#[derive(Clone)]
pub struct Neuron {
    chain: Arc<dyn Chain>,
    submitter: Submitter,
    subnet: Subnet,
    /// 128 random bits at each call.
    random: fn() -> u128,
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

    /// Its place at a reading.
    ///
    /// # Errors
    /// When it has none.
    pub fn uid(&self, snapshot: &Snapshot) -> Result<u16, NeuronError> {
        let me = snapshot.by_hotkey(&self.hotkey());
        Ok(me.map(|me| me.uid).ok_or_else(|| Refusal::named("HotKeyNotRegisteredInSubNet"))?)
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
