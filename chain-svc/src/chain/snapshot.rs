//! One mechanism of one subnet at one block.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use super::{Account, Hash, Head};
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

/// One registered hotkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neuron {
    /// Its place in the subnet.
    pub uid: u16,
    /// What signs for it.
    pub hotkey: Account,
    /// What owns it.
    pub coldkey: Account,
    /// It counts in consensus.
    pub active: bool,
    /// It may set weights.
    pub permit: bool,
    /// The block of its last weights, or of its registration.
    pub last_update: u64,
    /// The block of its registration.
    pub registered_at: u64,
    /// Where it serves.
    pub axon: Axon,
    /// Stake in the subnet's own token, in rao of it.
    pub alpha: u64,
    /// Stake in TAO, in rao.
    pub tao: u64,
    /// What the chain weighs it by, in rao.
    pub stake: u64,
    /// Share of the miners' reward, of 65535.
    pub incentive: u16,
    /// Share of the validators' reward, of 65535.
    pub dividends: u16,
    /// Agreement of validators about it, of 65535.
    pub consensus: u16,
    /// Reward of the last epoch, in rao of the subnet's token.
    pub emission: u64,
}

/// Where a neuron says that it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Axon {
    /// The block at which it said so; 0: never.
    pub block: u64,
    /// Version of its software, as it tells.
    pub version: u32,
    /// The address as a number, big-endian reading.
    pub ip: u128,
    /// The port.
    pub port: u16,
    /// 4 or 6; 0 when never set.
    pub ip_type: u8,
    /// What it speaks, as it tells.
    pub protocol: u8,
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

impl Neuron {
    /// A newcomer, registered at block `now`: no permit, no stake, no axon.
    #[must_use]
    pub fn new(uid: u16, hotkey: Account, coldkey: Account, now: u64) -> Self {
        Self {
            uid,
            hotkey,
            coldkey,
            active: true,
            permit: false,
            last_update: now,
            registered_at: now,
            axon: Axon::default(),
            alpha: 0,
            tao: 0,
            stake: 0,
            incentive: 0,
            dividends: 0,
            consensus: 0,
            emission: 0,
        }
    }
}

impl Subnet {
    /// Subnets of a mechanism above the main one are keyed by this.
    #[must_use]
    pub fn index(self) -> u16 {
        u16::from(self.mecid).saturating_mul(4096).saturating_add(self.netuid)
    }
}

impl Axon {
    /// Where to connect; `None` when it serves nowhere.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        if self.ip == 0 || self.port == 0 {
            return None;
        }
        let ip = match self.ip_type {
            4 => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(self.ip).ok()?)),
            6 => IpAddr::V6(Ipv6Addr::from_bits(self.ip)),
            _ => return None,
        };
        Some(SocketAddr::new(ip, self.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axon_reads_as_the_address_it_stands_for() {
        let axon = |ip, port, ip_type| Axon { ip, port, ip_type, ..Axon::default() };
        assert_eq!(axon(0x0a00_0001, 8091, 4).address(), Some("10.0.0.1:8091".parse().unwrap()));
        assert_eq!(axon(1 << 64, 1, 6).address(), Some("[0:0:0:1::]:1".parse().unwrap()));
        assert_eq!(axon(0, 1, 4).address(), None, "un-served");
        assert_eq!(axon(1 << 40, 1, 4).address(), None, "no address of four bytes");
        assert_eq!(axon(1, 1, 9).address(), None, "no such type");
    }

    #[test]
    fn a_mechanism_above_the_main_one_has_an_index_of_its_own() {
        assert_eq!(Subnet { netuid: 49, mecid: 0 }.index(), 49);
        assert_eq!(Subnet { netuid: 49, mecid: 2 }.index(), 8241);
    }
}
