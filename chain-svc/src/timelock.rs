//! Weights sealed until a round of the drand beacon: commit-reveal version 4. Pure but for the randomness handed in.
//!
//! The chain opens a commit by itself when the beacon has published the round; nobody can before, and nobody needs us
//! then. Compared both ways with bittensor-core 0.1.5 (`oracles/timelock.py`).

use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::{CryptoRng, Rng};
use parity_scale_codec::{Decode, Encode};
use sha2::{Digest, Sha256};
use timelock::block_ciphers::AESGCMBlockCipherProvider;
use timelock::engines::{EngineBLS, drand::TinyBLS381};
use timelock::ibe::fullident::Identity;
use timelock::tlock::tle;
use zeroize::Zeroizing;

use crate::weights::Quantised;

/// Public key of the drand beacon "quicknet", whose rounds subtensor stores.
const QUICKNET: &str = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a";
/// Bytes of the point of the curve that a sealed text starts with.
const POINT: usize = 96;
/// Length of the fields v and w after it, as the chain's revision writes it before each.
const LEN_32: [u8; 8] = 32u64.to_le_bytes();
/// What the chain takes of one commit, bytes.
const LONGEST: usize = 5_000;

/// What the chain finds in a commit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Payload {
    hotkey: Vec<u8>,
    uids: Vec<u16>,
    values: Vec<u16>,
    version_key: u64,
}

/// Why weights were not sealed.
#[derive(Debug, thiserror::Error)]
pub enum NotSealed {
    /// The beacon's key or the library do not fit each other.
    #[error("seal the weights: {0}")]
    Library(String),
    /// The chain takes 5,000 bytes.
    #[error("the sealed weights are {0} bytes long, and the chain takes 5000: give weight to fewer neurons")]
    TooLong(usize),
}

impl Payload {
    /// Weights of the neuron with this public key.
    #[must_use]
    pub fn new(hotkey: &[u8; 32], weights: Quantised, version_key: u64) -> Self {
        Self { hotkey: hotkey.to_vec(), uids: weights.uids, values: weights.values, version_key }
    }

    /// Seals it until `round`: the bytes of `commit` in `commit_timelocked_mechanism_weights`.
    ///
    /// # Errors
    /// When the result is longer than the chain takes.
    pub fn seal(&self, round: u64, random: &mut (impl Rng + CryptoRng)) -> Result<Vec<u8>, NotSealed> {
        let sealed = seal(&self.encode(), round, random)?;
        if sealed.len() > LONGEST { Err(NotSealed::TooLong(sealed.len())) } else { Ok(sealed) }
    }
}

fn seal(plain: &[u8], round: u64, random: &mut (impl Rng + CryptoRng)) -> Result<Vec<u8>, NotSealed> {
    let library = |what: String| NotSealed::Library(what);
    let key = hex::decode(QUICKNET).map_err(|e| library(e.to_string()))?;
    let key = <TinyBLS381 as EngineBLS>::PublicKeyGroup::deserialize_compressed(&key[..])
        .map_err(|e| library(e.to_string()))?;
    let mut secret = Zeroizing::new([0; 32]);
    random.fill_bytes(&mut *secret);
    let sealed =
        tle::<TinyBLS381, AESGCMBlockCipherProvider, _>(key, *secret, plain, identity(round), random)
            .map_err(|e| library(format!("{e:?}")))?;
    let mut out = Vec::new();
    sealed.serialize_compressed(&mut out).map_err(|e| library(e.to_string()))?;
    Ok(framed(&out))
}

/// Whom a text is sealed for: the round, big-endian, hashed as the beacon hashes what it signs.
fn identity(round: u64) -> Identity {
    Identity::new(b"", &Sha256::digest(round.to_be_bytes()))
}

/// The crate writes the fields v and w as bare 32 bytes; the chain's revision of it reads vectors, each after its length.
fn framed(bare: &[u8]) -> Vec<u8> {
    let (point, rest) = bare.split_at(POINT);
    let (v, rest) = rest.split_at(32);
    [point, &LEN_32, v, &LEN_32, rest].concat()
}

#[cfg(test)]
mod tests;
