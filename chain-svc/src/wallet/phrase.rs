//! Words that stand for a key.

use std::str::FromStr;

use bip39::Mnemonic;
use pbkdf2::pbkdf2_hmac;
use sha2::Sha512;
use zeroize::Zeroizing;

use super::BadKeyfile;

/// Rounds and salt of BIP-39, which Substrate applies to the entropy, not to the words.
const ROUNDS: u32 = 2_048;
const SALT: &[u8] = b"mnemonic";

/// 12 to 24 English words of BIP-39. Wiped from memory when dropped.
pub(super) struct Phrase(Mnemonic);

impl Phrase {
    /// Twelve words.
    pub(super) fn from_entropy(entropy: &[u8; 16]) -> Self {
        // the library refuses other lengths only
        Self(Mnemonic::from_entropy(entropy).unwrap_or_else(|_| unreachable!("16 bytes are twelve words")))
    }

    /// The words, with single spaces.
    pub(super) fn text(&self) -> Zeroizing<String> {
        // room for the longest words at once: a text that grows leaves copies of the secret behind
        let mut text = Zeroizing::new(String::with_capacity(24 * 9));
        for word in self.0.words() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }

    /// The seed of the key, without a password, as every wallet of this network has it.
    pub(super) fn seed(&self) -> Zeroizing<[u8; 32]> {
        let (entropy, length) = self.0.to_entropy_array();
        let entropy = Zeroizing::new(entropy);
        let mut long = Zeroizing::new([0; 64]);
        pbkdf2_hmac::<Sha512>(&entropy[..length], SALT, ROUNDS, &mut *long);
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(&long[..32]);
        seed
    }
}

impl FromStr for Phrase {
    type Err = BadKeyfile;

    fn from_str(text: &str) -> Result<Self, BadKeyfile> {
        Mnemonic::from_str(text).map(Self).map_err(|_| BadKeyfile::Field("secretPhrase"))
    }
}
