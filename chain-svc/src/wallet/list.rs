//! The wallets of a folder.

use std::io;
use std::path::Path;

use btauth::Account;

use super::{Wallet, WalletError};

/// A wallet, by what its public files say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its coldkey, where `coldkeypub.txt` names one.
    pub coldkey: Option<Account>,
    /// Its hotkeys, by name.
    pub hotkeys: Vec<ListedHotkey>,
}

/// A hotkey of a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedHotkey {
    /// Its name.
    pub name: String,
    /// Its address, where a file names it.
    pub account: Option<Account>,
}

/// The wallets in the folder `path`, by name. None when there is no such folder; what is no wallet is passed over.
///
/// # Errors
/// When a folder cannot be read.
pub fn list(path: &Path) -> Result<Vec<Listed>, WalletError> {
    let mut wallets = Vec::new();
    for name in names(path, true)? {
        let mut hotkeys = Vec::new();
        for hotkey in names(&path.join(&name).join("hotkeys"), false)? {
            let Ok(wallet) = Wallet::new(path, &name, &hotkey) else { continue };
            if !hotkey.ends_with("pub.txt") {
                hotkeys.push(ListedHotkey { account: wallet.hotkey_account().ok(), name: hotkey });
            }
        }
        let Ok(wallet) = Wallet::new(path, &name, "default") else { continue };
        let coldkey = wallet.coldkey_account().ok();
        if coldkey.is_some() || !hotkeys.is_empty() || wallet.coldkey_path().exists() {
            wallets.push(Listed { name, coldkey, hotkeys });
        }
    }
    Ok(wallets)
}

// names of folders or of files, sorted
fn names(path: &Path, folders: bool) -> Result<Vec<String>, WalletError> {
    let failed = |source| WalletError::Read { path: path.to_owned(), source };
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(vec![]);
        }
        Err(e) => return Err(failed(e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        // through links, as people keep keys on other disks
        let fits = entry.path().metadata().is_ok_and(|meta| meta.is_dir() == folders);
        names.extend(entry.file_name().into_string().ok().filter(|_| fits));
    }
    names.sort();
    Ok(names)
}
