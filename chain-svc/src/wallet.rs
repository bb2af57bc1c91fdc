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
mod write;

use std::path::{Path, PathBuf};

use btauth::{Account, Keypair};

pub use environment::password_of;
pub use error::{BadKeyfile, WalletError};
pub use keyfile::hotkey_of_secret;
pub use list::{Listed, ListedHotkey, list};
pub use sealed::Password;
pub use write::Created;

use keyfile::Keyfile;

/// One hotkey of one wallet, by the names people use. Nothing is read before it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    folder: PathBuf,
    hotkey: String,
}

/// How a key is kept on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// No file.
    Nowhere,
    /// Readable by whoever reads the file.
    Plain,
    /// Under a password.
    Sealed,
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

    fn coldkeypub_path(&self) -> PathBuf {
        self.folder.join("coldkeypub.txt")
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
        public(&self.coldkeypub_path())
    }

    /// The address of the hotkey, from its public file, or else from the keyfile where that is plain.
    ///
    /// # Errors
    /// When neither names an address.
    pub fn hotkey_account(&self) -> Result<Account, WalletError> {
        public(&self.hotkeypub_path()).or_else(|_| public(&self.hotkey_path()))
    }

    /// How the coldkey is kept, and whether it is there at all.
    ///
    /// # Errors
    /// When the file can't be read, or is sealed in a form that is not.
    pub fn coldkey_kept(&self) -> Result<Kept, WalletError> {
        kept(&self.coldkey_path())
    }

    /// The same of the hotkey.
    ///
    /// # Errors
    /// As [`Wallet::coldkey_kept`].
    pub fn hotkey_kept(&self) -> Result<Kept, WalletError> {
        kept(&self.hotkey_path())
    }
}

fn kept(path: &Path) -> Result<Kept, WalletError> {
    match file::read(path) {
        Ok(data) => match sealed::sealed(&data) {
            Ok(true) => Ok(Kept::Sealed),
            Ok(false) => Ok(Kept::Plain),
            Err(source) => Err(WalletError::Keyfile { path: path.to_owned(), source }),
        },
        Err(WalletError::Missing(_)) => Ok(Kept::Nowhere),
        Err(e) => Err(e),
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

#[cfg(test)]
mod tests;
