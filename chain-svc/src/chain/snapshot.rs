//! One mechanism of one subnet at one block.

use std::time::Duration;

use super::{Account, Hash, Head, Neuron};
use crate::epoch::Schedule;

/// Which mechanism of which subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subnet {
    /// The subnet.
    pub netuid: u16,
    /// The mechanism; 0 is the main one.
    pub mecid: u8,
}

/// Everything that scheduler and scorer need to know, of one block.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The block that all of it was read at.
    pub head: Head,
    /// The chain's first block: it tells one chain from another.
    pub genesis: Hash,
    /// What was read.
    pub subnet: Subnet,
    /// Everybody registered; the uid is the index.
    pub neurons: Vec<Neuron>,
    /// The hotkey of the subnet's owner, where the chain tells it.
    pub owner: Option<Account>,
    /// The subnet's settings.
    pub rules: Rules,
    /// Where in its epoch the subnet is; `None` on chains whose epochs keep no state.
    pub epoch: Option<EpochState>,
    /// The chain's own answer to when the next epoch starts, if it gives one.
    pub next_epoch: Option<u64>,
    /// Target time between blocks.
    pub block_time: Duration,
    /// Moment of the block by its author's clock, in milliseconds since the Unix epoch; 0 when the chain tells none.
    pub moment_ms: u64,
}

/// Settings of a subnet. Any of them may change with any block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// Blocks in an epoch.
    pub tempo: u16,
    /// Places.
    pub max_uids: u16,
    /// Places with a permit.
    pub max_validators: u16,
    /// Blocks between two settings of weights.
    pub weights_rate_limit: u64,
    /// The least version key that is taken; 0: any.
    pub weights_version: u64,
    /// The least number of uids in one setting of weights.
    pub min_allowed_weights: u16,
    /// The largest share of one uid, of 65535.
    pub max_weights_limit: u16,
    /// Weights are committed in secret and revealed later.
    pub commit_reveal: bool,
    /// The form of commit that the chain takes; 0 when it tells none.
    pub commit_reveal_version: u16,
    /// Epochs between commit and reveal; 0 when the chain tells none.
    pub reveal_period: u64,
    /// Blocks between two announcements of an axon.
    pub serving_rate_limit: u64,
    /// Blocks during which a newcomer is not removed.
    pub immunity_period: u16,
    /// Blocks without weights after which a validator no longer counts.
    pub activity_cutoff: u16,
    /// New hotkeys are taken.
    pub registration_allowed: bool,
    /// The least stake that may set weights, in rao.
    pub stake_threshold: u64,
    /// Price of registering, in rao.
    pub burn: u64,
    /// The least price, in rao.
    pub min_burn: u64,
    /// The highest price, in rao.
    pub max_burn: u64,
    /// Mechanisms of the subnet.
    pub mechanisms: u8,
}

/// What decides when the next epoch fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EpochState {
    /// The block of the last epoch.
    pub last: u64,
    /// The block that an epoch was put off to; 0: none was.
    pub pending: u64,
    /// Epochs so far.
    pub index: u64,
    /// Blocks since the last step.
    pub since: u64,
}

impl Snapshot {
    /// What decides the subnet's epochs, as `epoch` wants to know it.
    #[must_use]
    pub fn schedule(&self) -> Option<Schedule> {
        let EpochState { last, pending, index, since } = self.epoch?;
        Some(Schedule { head: self.head.number, tempo: self.rules.tempo, last, pending, index, since })
    }

    /// The neuron of a hotkey, if it is registered.
    #[must_use]
    pub fn by_hotkey(&self, hotkey: &Account) -> Option<&Neuron> {
        self.neurons.iter().find(|n| n.hotkey == *hotkey)
    }
}

impl Subnet {
    /// Subnets of a mechanism above the main one are keyed by this.
    #[must_use]
    pub fn index(self) -> u16 {
        u16::from(self.mecid).saturating_mul(4096).saturating_add(self.netuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mechanism_above_the_main_one_has_an_index_of_its_own() {
        assert_eq!(Subnet { netuid: 49, mecid: 0 }.index(), 49);
        assert_eq!(Subnet { netuid: 49, mecid: 2 }.index(), 8241);
    }
}
