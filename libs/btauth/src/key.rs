//! An sr25519 key pair, as Substrate uses it.

use std::fmt;

use schnorrkel::{ExpansionMode, MiniSecretKey, SecretKey, signing_context};
use zeroize::Zeroizing;

use crate::Account;

/// The context of every Substrate signature.
const CONTEXT: &[u8] = b"substrate";

/// Signs. The secret is wiped from memory when the pair is dropped and is never printed.
#[derive(Clone)]
pub struct Keypair(schnorrkel::Keypair);

/// 64 bytes of an sr25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// Bytes that are not an sr25519 secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not an sr25519 secret")]
pub struct BadSecret;

impl Keypair {
    /// From 32 bytes of seed: the `secretSeed` of a keyfile.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        // every 32 bytes are a seed: the only error of the library is the length
        let mini = MiniSecretKey::from_bytes(seed).unwrap_or_else(|_| unreachable!("32 bytes are a seed"));
        Self(mini.expand_to_keypair(ExpansionMode::Ed25519))
    }

    /// From 64 bytes of expanded secret: the `privateKey` of a keyfile, key and nonce as schnorrkel writes them.
    ///
    /// # Errors
    /// When the first half is no scalar.
    pub fn from_secret(secret: &[u8; 64]) -> Result<Self, BadSecret> {
        Ok(Self(SecretKey::from_bytes(secret).map_err(|_| BadSecret)?.to_keypair()))
    }

    /// The 64 bytes that [`Keypair::from_secret`] reads.
    #[must_use]
    pub fn secret(&self) -> Zeroizing<[u8; 64]> {
        Zeroizing::new(self.0.secret.to_bytes())
    }

    /// Whom it signs for.
    #[must_use]
    pub fn account(&self) -> Account {
        Account::from_bytes(self.0.public.to_bytes())
    }

    /// Signs `message` in the context of Substrate. Two signatures of one message differ: they are salted with
    /// randomness of the machine, so that a repeated nonce can never give the key away.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(signing_context(CONTEXT).bytes(message)).to_bytes())
    }
}

impl Account {
    /// Whether the holder of this account signed exactly `message`.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        let key = schnorrkel::PublicKey::from_bytes(self.bytes());
        let signature = schnorrkel::Signature::from_bytes(&signature.0);
        match (key, signature) {
            (Ok(key), Ok(signature)) => {
                key.verify(signing_context(CONTEXT).bytes(message), &signature).is_ok()
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Keypair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keypair({})", self.account())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature(0x{})", hex::encode(self.0))
    }
}
