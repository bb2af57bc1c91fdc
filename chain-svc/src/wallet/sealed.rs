//! Keyfiles under a password: `$NACL`, the form of the official tools since 2022.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use crypto_secretbox::aead::Aead;
use crypto_secretbox::{KeyInit, XSalsa20Poly1305};
use zeroize::Zeroizing;

use super::BadKeyfile;

/// What such a file starts with; then 24 bytes of nonce, then the sealed box.
const MARK: &[u8] = b"$NACL";
const NONCE: usize = 24;
/// Fixed by the format, the same in every file.
const SALT: &[u8; 16] = b"\x13q\x83\xdf\xf1Z\t\xbc\x9c\x90\xb5Q\x879\xe9\xb1";
/// "Sensitive" of libsodium: eight passes over 512 MiB.
const PASSES: u32 = 8;
const KIB: u32 = 524_288;

/// A password. Wiped from memory when dropped, never printed.
pub struct Password(Zeroizing<String>);

/// What a password becomes.
pub(super) struct Key(Zeroizing<[u8; 32]>);

impl Password {
    /// Takes it over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    #[cfg(test)]
    pub(super) fn is(&self, text: &str) -> bool {
        *self.0 == text
    }

    /// Takes 512 MiB and seconds, so that guessing does too.
    pub(super) fn key(&self) -> Result<Key, BadKeyfile> {
        let params = Params::new(KIB, PASSES, 1, Some(32)).map_err(|_| BadKeyfile::Memory)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2i, Version::V0x13, params)
            .hash_password_into(self.0.as_bytes(), SALT, &mut *key)
            .map_err(|_| BadKeyfile::Memory)?;
        Ok(Key(key))
    }
}

impl Key {
    /// Opens a file.
    pub(super) fn open(&self, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadKeyfile> {
        let rest = data.strip_prefix(MARK).ok_or(BadKeyfile::NotKeyfile)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(BadKeyfile::NotKeyfile)?;
        let plain = self.cipher().decrypt(nonce.into(), sealed).map_err(|_| BadKeyfile::Password)?;
        Ok(Zeroizing::new(plain))
    }

    /// Seals a file. A nonce must never be used twice with one password: take random bytes.
    pub(super) fn seal(&self, plain: &[u8], nonce: &[u8; NONCE]) -> Result<Vec<u8>, BadKeyfile> {
        let sealed = self.cipher().encrypt(nonce.into(), plain).map_err(|_| BadKeyfile::Memory)?;
        Ok([MARK, nonce, &sealed].concat())
    }

    fn cipher(&self) -> XSalsa20Poly1305 {
        XSalsa20Poly1305::new((&*self.0).into())
    }
}

/// Whether a file is under a password.
///
/// # Errors
/// When it is in a form that is not read.
pub(super) fn sealed(data: &[u8]) -> Result<bool, BadKeyfile> {
    if data.starts_with(b"$ANSIBLE_VAULT") {
        return Err(BadKeyfile::OldEncryption("Ansible vault"));
    }
    if data.starts_with(b"gAAAAA") {
        return Err(BadKeyfile::OldEncryption("Fernet"));
    }
    Ok(data.starts_with(MARK))
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}
