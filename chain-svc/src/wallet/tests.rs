//! Wallets: what the official tools wrote, what we write, and what is refused.

mod disk;
mod forms;
mod official;
mod secrecy;

use std::error::Error;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{BadKeyfile, Wallet, WalletError};

/// The password of every encrypted fixture.
pub(super) const PASSWORD: &str = "correct horse battery staple";

pub(super) fn golden(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "golden", name].iter().collect()
}

pub(super) fn recorded() -> serde_json::Value {
    let all: serde_json::Value =
        serde_json::from_slice(&std::fs::read(golden("wallets.json")).unwrap()).unwrap();
    all[0].clone()
}

/// A wallet of the official tools.
pub(super) fn theirs(name: &str, hotkey: &str) -> Wallet {
    Wallet::new(&golden("wallets/official"), name, hotkey).unwrap()
}

pub(super) fn entropy() -> Zeroizing<[u8; 16]> {
    Zeroizing::new(*b"sixteen bytes..!")
}

/// Why a keyfile gave no key.
pub(super) fn bad<T: std::fmt::Debug>(result: Result<T, WalletError>) -> BadKeyfile {
    let error = result.unwrap_err();
    *error.source().and_then(|e| e.downcast_ref()).unwrap_or_else(|| panic!("{error}"))
}
