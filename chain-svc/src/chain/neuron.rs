//! A registered hotkey, and where it serves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Account;

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
}
