//! The wallets of btcli: its folders and files, read and written.
//!
//! `PATH/NAME/{coldkey, coldkeypub.txt, hotkeys/HOTKEY, hotkeys/HOTKEYpub.txt}`. A miner or validator needs its hotkey
//! and `coldkeypub.txt` only; the coldkey is opened for a registration and for nothing else. Secrets are wiped from
//! memory when they are dropped, and nothing here prints one.
//!
//! Compared both ways with bittensor 11.3.0 and bittensor-wallet 4.1.1 (`oracles/wallets.py`).

mod environment;
mod error;
mod file;
mod keyfile;
mod list;
mod phrase;
mod sealed;

use std::path::{Path, PathBuf};

use btauth::{Account, Keypair};
use zeroize::Zeroizing;

pub use environment::password_of;
pub use error::{BadKeyfile, WalletError};
pub use keyfile::hotkey_of_secret;
pub use list::{Listed, ListedHotkey, list};
pub use sealed::Password;

use keyfile::Keyfile;
use phrase::Phrase;

/// One hotkey of one wallet, by the names people use. Nothing is read before it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    folder: PathBuf,
    hotkey: String,
}

/// A hotkey that was written for the first time.
pub struct Created {
    /// Its address.
    pub account: Account,
    /// Twelve words from which it can be made again; to be shown once and kept nowhere.
    pub phrase: Zeroizing<String>,
}

impl Wallet {
    /// The hotkey `hotkey` of the wallet `name` in the folder `path`, usually `~/.bittensor/wallets`.
    ///
    /// # Errors
    /// When a name is empty, longer than 64 bytes, starts with a dot or has letters other than `A-Z a-z 0-9 . _ -`.
    pub fn new(path: &Path, name: &str, hotkey: &str) -> Result<Self, WalletError> {
        for name in [name, hotkey] {
            let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
            if !(1..=64).contains(&name.len()) || name.starts_with('.') || !name.bytes().all(fits) {
                return Err(WalletError::Name(name.to_owned()));
            }
        }
        Ok(Self { folder: path.join(name), hotkey: hotkey.to_owned() })
    }

    /// Where the hotkey lies.
    #[must_use]
    pub fn hotkey_path(&self) -> PathBuf {
        self.folder.join("hotkeys").join(&self.hotkey)
    }

    /// Where the coldkey lies.
    #[must_use]
    pub fn coldkey_path(&self) -> PathBuf {
        self.folder.join("coldkey")
    }

    fn hotkeypub_path(&self) -> PathBuf {
        self.folder.join("hotkeys").join(format!("{}pub.txt", self.hotkey))
    }

    /// The hotkey. `password` is asked for only by the rare file that is encrypted, which then takes 512 MiB of
    /// memory and seconds.
    ///
    /// # Errors
    /// When the file is missing, not a keyfile, of a kind that is not read, or contradicts its own address.
    pub fn hotkey(&self, password: Option<&Password>) -> Result<Keypair, WalletError> {
        open(&self.hotkey_path(), password)
    }

    /// The coldkey, for a registration. Takes 512 MiB of memory and seconds when it is encrypted, as it should be.
    ///
    /// # Errors
    /// As [`Wallet::hotkey`], and when the password is wrong.
    pub fn coldkey(&self, password: Option<&Password>) -> Result<Keypair, WalletError> {
        open(&self.coldkey_path(), password)
    }

    /// The address of the coldkey, from `coldkeypub.txt`.
    ///
    /// # Errors
    /// When the file is missing or names no address.
    pub fn coldkey_account(&self) -> Result<Account, WalletError> {
        public(&self.folder.join("coldkeypub.txt"))
    }

    /// The address of the hotkey, from its public file, or else from the keyfile where that is plain.
    ///
    /// # Errors
    /// When neither names an address.
    pub fn hotkey_account(&self) -> Result<Account, WalletError> {
        public(&self.hotkeypub_path()).or_else(|_| public(&self.hotkey_path()))
    }

    /// Makes a new hotkey from 16 random bytes and writes it, readable for its owner only. Never overwrites.
    ///
    /// # Errors
    /// When a file is there already, or cannot be written.
    pub fn create_hotkey(&self, entropy: &Zeroizing<[u8; 16]>) -> Result<Created, WalletError> {
        let phrase = Phrase::from_entropy(entropy);
        let account = self.write_hotkey(&Keyfile::of_phrase(&phrase))?;
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
        let (path, public) = (self.coldkey_path(), self.folder.join("coldkeypub.txt"));
        let bad = |source| WalletError::Keyfile { path: path.clone(), source };
        let keyfile = Keyfile::plain(secret.trim().as_bytes()).map_err(bad)?;
        if public.exists() || path.exists() {
            return Err(WalletError::Exists(if path.exists() { path } else { public }));
        }
        let sealed = password.key().and_then(|key| key.seal(&keyfile.json(), nonce)).map_err(bad)?;
        file::write_new(&path, &sealed)?;
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

fn open(path: &Path, password: Option<&Password>) -> Result<Keypair, WalletError> {
    let data = file::read(path)?;
    let keyfile = Keyfile::read(&data, password);
    keyfile
        .map(Keyfile::into_keypair)
        .map_err(|source| WalletError::Keyfile { path: path.to_owned(), source })
}

fn public(path: &Path) -> Result<Account, WalletError> {
    let data = file::read(path)?;
    keyfile::account_of(&data).map_err(|source| WalletError::Keyfile { path: path.to_owned(), source })
}

impl std::fmt::Debug for Created {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Created").field("account", &self.account).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
