//! The keys that the settings name.

use std::{fmt, path::PathBuf};

use btauth::Keypair;
use process::exit::{self, BadSetup};
use serde::{Deserialize, Serialize};

use crate::wallet::{self, Wallet, WalletError};

/// Who signs.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WalletNames {
    /// The folder of wallets.
    pub path: String,
    /// The wallet.
    pub name: String,
    /// The hotkey of the wallet.
    pub hotkey: String,
    /// The hotkey's secret itself, for containers without files; empty: it is read from the wallet.
    pub secret: Secret,
}

/// Text that is never printed, and wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Secret(String);

impl WalletNames {
    /// The folder of wallets; `~/` is the user's home.
    ///
    /// # Errors
    /// When it is below a home that this user does not have.
    pub fn folder(&self) -> Result<PathBuf, BadSetup> {
        let Some(rest) = self.path.strip_prefix("~/") else { return Ok(PathBuf::from(&self.path)) };
        let home = std::env::home_dir().ok_or_else(|| {
            BadSetup("wallet.path: this user has no home folder; write the whole path".to_owned())
        })?;
        Ok(home.join(rest))
    }

    /// The wallet and the hotkey of these names; nothing is read yet.
    ///
    /// # Errors
    /// When a name is none.
    pub fn wallet(&self) -> Result<Wallet, BadSetup> {
        Wallet::new(&self.folder()?, &self.name, &self.hotkey).map_err(setup)
    }

    /// The hotkey: the secret where one is set, else the file.
    ///
    /// # Errors
    /// In one sentence with the path and the cause.
    pub fn hotkey(&self) -> Result<Keypair, BadSetup> {
        match self.secret.expose() {
            Some(secret) => wallet::hotkey_of_secret(secret).map_err(setup),
            None => self.wallet()?.hotkey(None).map_err(setup),
        }
    }
}

/// The whole sentence: what failed, and why.
fn setup(e: WalletError) -> BadSetup {
    BadSetup(exit::sentence(&e.into()))
}

impl Secret {
    /// The text; `None` when it is empty.
    #[must_use]
    pub fn expose(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
