//! `violet wallet`: keys in the files of btcli. Secrets are printed by `new` alone, and once.

mod list;
mod make;
mod sign;

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use chain_svc::{
    Flags, KeyNames, Names, WalletNames,
    wallet::{Wallet, WalletError},
};
use process::exit::{self, BadSetup};

use crate::cli::WalletCommand;

/// Makes, lists, shows, imports; signs and verifies.
///
/// # Errors
/// [`BadSetup`] with the way out; when a signature is not of the address.
pub async fn run(command: &WalletCommand) -> anyhow::Result<()> {
    let command = command.clone();
    // a password costs seconds of computing
    tokio::task::spawn_blocking(move || match &command {
        WalletCommand::New { keys, hotkey_only, password, json } => {
            make::new(&Named::of(keys)?, *hotkey_only, password, *json)
        }
        WalletCommand::Import { keys, coldkey, secret, password, json } => {
            make::import(&Named::of(keys)?, *coldkey, secret, password, *json)
        }
        WalletCommand::List { path, json } => {
            list::list(&Named::of(&KeyNames { path: path.clone(), ..KeyNames::default() })?, *json)
        }
        WalletCommand::Show { keys, json } => list::show(&Named::of(keys)?, *json),
        WalletCommand::Sign { keys, text, coldkey, password, json } => {
            sign::sign(&Named::of(keys)?, text, *coldkey, password, *json)
        }
        WalletCommand::Verify { keys, text, signature, address, json } => {
            sign::verify(&Named::of(keys)?, text, signature, address.as_deref(), *json)
        }
    })
    .await?
}

/// A wallet by its names.
struct Named {
    names: WalletNames,
    wallet: Wallet,
}

impl Named {
    /// By flags and BT_ variables, else the names that chain-svc has.
    fn of(keys: &KeyNames) -> Result<Self, BadSetup> {
        let names = Names { netuid: None, wallet: keys.clone() };
        let names = Flags { names, ..Flags::default() }.load(std::env::vars())?.wallet;
        Ok(Self { wallet: names.wallet()?, names })
    }
}

/// The whole sentence: what failed, and why.
pub(crate) fn setup(e: WalletError) -> BadSetup {
    BadSetup(exit::sentence(&e.into()))
}

/// What is wrong with who may read a file of keys, if anything is.
fn exposed(path: &Path) -> Option<String> {
    let mode = path.metadata().ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        format!("others may read {} (mode {mode:03o}): chmod 600 {}", path.display(), path.display())
    })
}
