//! The hotkey that is expected, by its name in the files of btcli.

use std::path::PathBuf;

use process::exit::BadSetup;
use serde::Deserialize;

/// A hotkey in the folder of wallets. Given when one of its names is; the other is `default` then.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Wallet {
    /// The folder of wallets.
    pub path: String,
    /// The wallet.
    pub name: String,
    /// The hotkey of the wallet.
    pub hotkey: String,
}

/// What is read of a file: nothing that is secret.
#[derive(Deserialize)]
struct Public {
    #[serde(rename = "ss58Address")]
    address: String,
}

impl Wallet {
    /// The address of the hotkey that is named; `None` when none is, or when this process may not see the file: then what
    /// chain-svc holds is taken.
    ///
    /// # Errors
    /// A name that leads out of the folder of wallets, a file that tells no address.
    pub(crate) fn address(&self) -> Result<Option<String>, BadSetup> {
        if self.name.is_empty() && self.hotkey.is_empty() {
            return Ok(None);
        }
        let name = |field, given: &str| match given {
            "" => Ok("default".to_owned()),
            "." | ".." => Err(BadSetup(format!("{field}: \"{given}\" is no name"))),
            _ if given.contains(['/', '\0']) => Err(BadSetup(format!("{field}: a name has no \"/\""))),
            _ => Ok(given.to_owned()),
        };
        let (wallet, hotkey) = (name("wallet.name", &self.name)?, name("wallet.hotkey", &self.hotkey)?);
        let folder = self.folder()?.join(wallet).join("hotkeys");
        // the public half beside it, where the official tool wrote one, else the file of the key itself
        for file in [folder.join(format!("{hotkey}pub.txt")), folder.join(&hotkey)] {
            let Ok(bytes) = std::fs::read(&file) else { continue };
            return match serde_json::from_slice::<Public>(&bytes) {
                Ok(public) => Ok(Some(public.address)),
                Err(_) => Err(BadSetup(format!("{} tells no address (ss58Address)", file.display()))),
            };
        }
        tracing::info!(hotkey, "the hotkey's file is not here: whichever chain-svc holds is taken");
        Ok(None)
    }

    fn folder(&self) -> Result<PathBuf, BadSetup> {
        let Some(rest) = self.path.strip_prefix("~/") else { return Ok(PathBuf::from(&self.path)) };
        let home = std::env::home_dir().ok_or_else(|| {
            BadSetup("wallet.path: this user has no home folder; write the whole path".to_owned())
        })?;
        Ok(home.join(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hotkeys that the official tool wrote.
    const OFFICIAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../chain-svc/golden/wallets/official");

    fn wallet(path: &str, name: &str, hotkey: &str) -> Wallet {
        Wallet { path: path.to_owned(), name: name.to_owned(), hotkey: hotkey.to_owned() }
    }

    #[test]
    fn the_address_of_a_named_hotkey_is_read_from_its_file() {
        let address = wallet(OFFICIAL, "new", "miner").address().unwrap();
        assert_eq!(address.as_deref(), Some("5CetZAg136bQM3BKzna41RQNZE31LGvDSf7TTXvCNeK3Z4md"));
        assert_eq!(wallet(OFFICIAL, "", "").address().unwrap(), None);
        assert_eq!(wallet("/nowhere", "a", "b").address().unwrap(), None);
    }

    #[test]
    fn a_name_never_leads_elsewhere() {
        // H5
        for bad in ["..", "a/b", "../../etc"] {
            assert!(wallet(OFFICIAL, bad, "miner").address().is_err(), "{bad}");
            assert!(wallet(OFFICIAL, "new", bad).address().is_err(), "{bad}");
        }
    }
}
