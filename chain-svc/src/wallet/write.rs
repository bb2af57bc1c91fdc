//! New keys on the disk: made here, or made elsewhere and brought here. Nothing is ever overwritten.

use std::fmt;

use btauth::Account;
use zeroize::Zeroizing;

use super::keyfile::Keyfile;
use super::phrase::Phrase;
use super::sealed::Password;
use super::{BadKeyfile, Wallet, WalletError, file};

/// A key that was written for the first time.
pub struct Created {
    /// Its address.
    pub account: Account,
    /// Twelve words from which it can be made again; to be shown once and kept nowhere.
    pub phrase: Zeroizing<String>,
}

impl Wallet {
    /// Makes a new hotkey from 16 random bytes and writes it, readable for its owner only. Never overwrites.
    ///
    /// # Errors
    /// When a file is there already, or cannot be written.
    pub fn create_hotkey(&self, entropy: &Zeroizing<[u8; 16]>) -> Result<Created, WalletError> {
        let phrase = Phrase::from_entropy(entropy);
        let account = self.write_hotkey(&Keyfile::of_phrase(&phrase))?;
        Ok(Created { account, phrase: phrase.text() })
    }

    /// Makes a new coldkey from 16 random bytes and writes it under a password, with its public file. Never overwrites.
    /// `nonce` is random bytes. Takes 512 MiB of memory and seconds.
    ///
    /// # Errors
    /// As [`Wallet::create_hotkey`]; when there is not enough memory.
    pub fn create_coldkey(
        &self,
        entropy: &Zeroizing<[u8; 16]>,
        password: &Password,
        nonce: &[u8; 24],
    ) -> Result<Created, WalletError> {
        let phrase = Phrase::from_entropy(entropy);
        let account = self.write_coldkey(&Keyfile::of_phrase(&phrase), Some((password, nonce)))?;
        Ok(Created { account, phrase: phrase.text() })
    }

    /// Writes a hotkey made elsewhere, from its seed in hexadecimal digits or its words. Never overwrites.
    ///
    /// # Errors
    /// When the secret is none, a file is there already, or it cannot be written.
    pub fn import_hotkey(&self, secret: &str) -> Result<Account, WalletError> {
        let path = self.hotkey_path();
        let keyfile = Keyfile::read(secret.trim().as_bytes(), None)
            .map_err(|source| WalletError::Keyfile { path, source })?;
        self.write_hotkey(&keyfile)
    }

    /// Writes a coldkey made elsewhere under a password, and its public file. Never overwrites. `nonce` is random bytes.
    /// Takes 512 MiB of memory and seconds.
    ///
    /// # Errors
    /// As [`Wallet::import_hotkey`].
    pub fn import_coldkey(
        &self,
        secret: &str,
        password: &Password,
        nonce: &[u8; 24],
    ) -> Result<Account, WalletError> {
        let bad = |source| WalletError::Keyfile { path: self.coldkey_path(), source };
        let keyfile = Keyfile::plain(secret.trim().as_bytes()).map_err(bad)?;
        self.write_coldkey(&keyfile, Some((password, nonce)))
    }

    /// The same without a password: for a key of a development chain, whose money is worth nothing.
    ///
    /// # Errors
    /// As [`Wallet::import_hotkey`].
    pub fn import_worthless_coldkey(&self, secret: &str) -> Result<Account, WalletError> {
        let bad = |source| WalletError::Keyfile { path: self.coldkey_path(), source };
        self.write_coldkey(&Keyfile::plain(secret.trim().as_bytes()).map_err(bad)?, None)
    }

    fn write_coldkey(
        &self,
        keyfile: &Keyfile,
        under: Option<(&Password, &[u8; 24])>,
    ) -> Result<Account, WalletError> {
        let (path, public) = (self.coldkey_path(), self.coldkeypub_path());
        if let Some(there) = [&path, &public].into_iter().find(|file| file.exists()) {
            return Err(WalletError::Exists(there.clone()));
        }
        let bad = |source: BadKeyfile| WalletError::Keyfile { path: path.clone(), source };
        match under {
            Some((password, nonce)) => {
                let sealed = password.key().and_then(|key| key.seal(&keyfile.json(), nonce)).map_err(bad)?;
                file::write_new(&path, &sealed)?;
            }
            None => file::write_new(&path, &keyfile.json())?,
        }
        file::write_new(&public, &keyfile.public_json())?;
        Ok(keyfile.account())
    }

    fn write_hotkey(&self, keyfile: &Keyfile) -> Result<Account, WalletError> {
        let (key, public) = (self.hotkey_path(), self.hotkeypub_path());
        // a public file without its key belongs to a key that lies elsewhere
        if public.exists() {
            return Err(WalletError::Exists(public));
        }
        file::write_new(&key, &keyfile.json())?;
        file::write_new(&public, &keyfile.public_json())?;
        Ok(keyfile.account())
    }
}

impl fmt::Debug for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Created").field("account", &self.account).finish_non_exhaustive()
    }
}
