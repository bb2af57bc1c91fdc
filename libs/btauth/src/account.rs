//! An account: the public half of an sr25519 key, and the text that names it.

use std::fmt;
use std::str::FromStr;

use blake2::{Blake2b512, Digest};

/// The network's own address prefix; the registry's "any Substrate chain".
const PREFIX: u8 = 42;
/// What the checksum covers before prefix and key.
const CONTEXT: &[u8] = b"SS58PRE";
/// One byte of prefix, 32 of key, two of checksum.
const LENGTH: usize = 35;

/// 32 bytes of public key. Prints as its ss58 address with prefix 42, and reads back only from exactly that text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account([u8; 32]);

/// Text that is not an address of this network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Letters that base58 does not have.
    #[error("an ss58 address is base58 text")]
    NotBase58,
    /// Not 35 bytes: cut off, or of another kind of key.
    #[error("an ss58 address of this network holds 35 bytes")]
    Length,
    /// An address of another network.
    #[error("the address is of network {0}, not of 42")]
    Network(u8),
    /// A letter was changed.
    #[error("the checksum of the address does not hold")]
    Checksum,
}

impl Account {
    /// From the 32 bytes of a public key; whether they are a point of the curve shows at verification.
    #[must_use]
    pub const fn from_bytes(public: [u8; 32]) -> Self {
        Self(public)
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn checksum(body: &[u8]) -> [u8; 2] {
    let hash = Blake2b512::new().chain_update(CONTEXT).chain_update(body).finalize();
    [hash[0], hash[1]]
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut whole = [0; LENGTH];
        whole[0] = PREFIX;
        whole[1..33].copy_from_slice(&self.0);
        let sum = checksum(&whole[..33]);
        whole[33..].copy_from_slice(&sum);
        f.write_str(&bs58::encode(whole).into_string())
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({self})")
    }
}

impl FromStr for Account {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        // one byte more than an address, so that a longer text shows as such and costs nothing
        let mut whole = [0; LENGTH + 1];
        let read = bs58::decode(text).onto(&mut whole).map_err(|e| match e {
            bs58::decode::Error::BufferTooSmall => BadAddress::Length,
            _ => BadAddress::NotBase58,
        })?;
        if read != LENGTH {
            return Err(BadAddress::Length);
        }
        if whole[0] != PREFIX {
            return Err(BadAddress::Network(whole[0]));
        }
        if checksum(&whole[..33]) != whole[33..35] {
            return Err(BadAddress::Checksum);
        }
        let mut key = [0; 32];
        key.copy_from_slice(&whole[1..33]);
        Ok(Self(key))
    }
}
