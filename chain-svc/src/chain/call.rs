//! What is asked of a chain, and how it ended.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::{Account, Axon, Hash, Head, Refusal};

/// A change that is asked of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Says where a neuron serves, or (`None`) that it serves no more. Signed by the hotkey.
    ServeAxon {
        /// On this subnet.
        netuid: u16,
        /// Where.
        address: Option<SocketAddr>,
    },
    /// Sets weights in the open. Signed by the hotkey.
    SetWeights {
        /// On this subnet.
        netuid: u16,
        /// Of this mechanism.
        mecid: u8,
        /// For these neurons,
        uids: Vec<u16>,
        /// this much each.
        values: Vec<u16>,
        /// The version of the rules that made them.
        version_key: u64,
    },
    /// Commits weights that everybody can open from a round of the beacon on. Signed by the hotkey.
    CommitWeights {
        /// On this subnet.
        netuid: u16,
        /// Of this mechanism.
        mecid: u8,
        /// The sealed weights, at most 5000 bytes.
        commit: Vec<u8>,
        /// The round that opens them.
        reveal_round: u64,
        /// The form of the seal.
        version: u16,
    },
    /// Registers a hotkey. Signed by the coldkey, which pays.
    Register {
        /// On this subnet.
        netuid: u16,
        /// Whom.
        hotkey: Account,
        /// For at most this many rao.
        limit: u64,
    },
}

/// A transaction that is signed and bound to a stretch of blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Its name: the blake2 hash of its bytes.
    pub hash: Hash,
    /// What is sent.
    #[serde(with = "bytes")]
    pub bytes: Vec<u8>,
    /// Who signed.
    #[serde(with = "account")]
    pub account: Account,
    /// The signer's count of transactions before it.
    pub nonce: u64,
    /// The block it was signed at.
    pub born: u64,
    /// The last block that may hold it.
    pub dies: u64,
}

/// A transaction in a final block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    /// Which transaction.
    pub hash: Hash,
    /// The block's height.
    pub number: u64,
    /// The block's name.
    pub block: Hash,
    /// Names of the events it caused, `Pallet.Event`.
    pub events: Vec<String>,
    /// `Some`: the chain took it, took its fee, and refused the change.
    pub refused: Option<Refusal>,
}

/// What a search for a transaction found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is in this block.
    In(Included),
    /// It is in no block up to this one, and can still get into one.
    NotYet(Head),
    /// It is in no block and never will be: its life is over or its nonce was used by another.
    Never,
}

/// Why a transaction that was sent is not known to be in a block.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The pool did not take it: it is in no block because of this sending.
    #[error("{0}")]
    Refused(Refusal),
    /// Its nonce was used before: by an earlier sending of the same bytes, or by another transaction.
    #[error("the account's count of transactions went on: look whether this one is in a block")]
    Stale,
    /// Nobody knows: it may be in a block or get into one.
    #[error("the transaction was sent and its outcome is not known ({0})")]
    Unknown(String),
    /// It was not sent at all.
    #[error("the transaction was not sent: {0}")]
    Unsent(#[source] super::ChainError),
}

/// Whether a hotkey is on a subnet, and what that costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The block that this is of.
    pub head: Head,
    /// Its place, if it has one.
    pub uid: Option<u16>,
    /// Price of registering at this moment, in rao. It changes with every block.
    pub burn: u64,
    /// New hotkeys are taken.
    pub allowed: bool,
}

/// An address as the chain writes it; `None` is how it is taken back.
pub(super) fn axon(address: Option<SocketAddr>) -> Axon {
    let Some(address) = address else {
        // ip 0 says "nowhere"; the chain refuses port 0
        return Axon { port: 1, ip_type: 4, ..Axon::default() };
    };
    let (ip, ip_type) = match address.ip().to_canonical() {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()), 4),
        IpAddr::V6(ip) => (ip.to_bits(), 6),
    };
    Axon { ip, ip_type, port: address.port(), ..Axon::default() }
}

impl Call {
    /// A short name for logs and the journal.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ServeAxon { address: Some(_), .. } => "serve_axon",
            Self::ServeAxon { address: None, .. } => "unserve_axon",
            Self::SetWeights { .. } => "set_weights",
            Self::CommitWeights { .. } => "commit_weights",
            Self::Register { .. } => "register",
        }
    }
}

/// An account as its ss58 address.
mod account {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::Account;

    pub(super) fn serialize<S: Serializer>(account: &Account, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&account.to_string())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Account, D::Error> {
        let text = String::deserialize(d)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Bytes as hex digits.
mod bytes {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        hex::decode(String::deserialize(d)?).map_err(D::Error::custom)
    }
}
