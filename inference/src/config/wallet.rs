//! The hotkey that pairings are signed with.

use std::path::PathBuf;

use btauth::{Account, Keypair, keyfile};
use process::exit::{self, BadSetup};
use serde::Deserialize;

use super::Config;

/// The variables of the official tools, and the settings that they stand for.
pub(super) const VARIABLES: [(&str, &str); 3] = [
    ("BT_WALLET_PATH", "INFERENCE__WALLET__PATH"),
    ("BT_WALLET_NAME", "INFERENCE__WALLET__NAME"),
    ("BT_WALLET_HOTKEY", "INFERENCE__WALLET__HOTKEY"),
];

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

impl Wallet {
    /// The hotkey, if one is given.
    pub(super) fn key(&self) -> Result<Option<Keypair>, BadSetup> {
        if self.name.is_empty() && self.hotkey.is_empty() {
            return Ok(None);
        }
        let or_default = |name: &'_ str| if name.is_empty() { "default".to_owned() } else { name.to_owned() };
        let setup = |e: keyfile::KeyfileError| BadSetup(exit::sentence(&e.into()));
        let path = keyfile::path(&self.folder()?, &or_default(&self.name), &or_default(&self.hotkey));
        keyfile::read(&path.map_err(setup)?).map(Some).map_err(setup)
    }

    fn folder(&self) -> Result<PathBuf, BadSetup> {
        let Some(rest) = self.path.strip_prefix("~/") else { return Ok(PathBuf::from(&self.path)) };
        let home = std::env::home_dir().ok_or_else(|| {
            BadSetup("wallet.path: this user has no home folder; write the whole path".to_owned())
        })?;
        Ok(home.join(rest))
    }
}

impl Config {
    /// Who signs pairings, and for whom; `None`: they are not signed.
    ///
    /// # Errors
    /// One without the other, an address that is none, a hotkey that can't be read.
    pub(crate) fn signing(&self) -> Result<Option<(Keypair, Account)>, BadSetup> {
        let receiver = match self.scheduler_hotkey.as_str() {
            "" => None,
            text => Some(text.parse::<Account>().map_err(|e| BadSetup(format!("scheduler_hotkey: {e}")))?),
        };
        match (self.wallet.key()?, receiver) {
            (Some(key), Some(receiver)) => Ok(Some((key, receiver))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(BadSetup(
                "a wallet is given and nobody to sign for: set scheduler_hotkey to the hotkey of the scheduler's operator"
                    .to_owned(),
            )),
            (None, Some(_)) => Err(BadSetup(
                "scheduler_hotkey is given and no wallet to sign with: set wallet.name and wallet.hotkey, or \
                 BT_WALLET_NAME and BT_WALLET_HOTKEY"
                    .to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Hotkeys that the official tool wrote.
    const OFFICIAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../chain-svc/golden/wallets/official");
    const OPERATOR: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

    fn signing(env: &[(&str, &str)]) -> Result<Option<(String, String)>, BadSetup> {
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let signing = Config::load(None, env).unwrap().signing()?;
        Ok(signing.map(|(key, receiver)| (key.account().to_string(), receiver.to_string())))
    }

    #[test]
    fn nothing_is_signed_without_a_wallet() {
        assert_eq!(signing(&[]).unwrap(), None);
        assert_eq!(signing(&[("BT_WALLET_NAME", ""), ("BT_WALLET_HOTKEY", "")]).unwrap(), None);
    }

    #[test]
    fn the_hotkey_is_named_as_by_the_official_tools() {
        let miner = "5CetZAg136bQM3BKzna41RQNZE31LGvDSf7TTXvCNeK3Z4md";
        let operator = ("INFERENCE__SCHEDULER_HOTKEY", OPERATOR);
        let expected = Some((miner.to_owned(), OPERATOR.to_owned()));
        let [path, name, hotkey] = VARIABLES.map(|(variable, _)| variable);
        let by_tools = [operator, (path, OFFICIAL), (name, "new"), (hotkey, "miner")];
        assert_eq!(signing(&by_tools).unwrap(), expected);
        let [path, name, hotkey] = VARIABLES.map(|(_, setting)| setting);
        let by_settings = [operator, (path, OFFICIAL), (name, "new"), (hotkey, "miner")];
        assert_eq!(signing(&by_settings).unwrap(), expected);
    }

    #[test]
    fn half_of_a_signature_is_told_with_the_other_half() {
        let said = signing(&[("INFERENCE__SCHEDULER_HOTKEY", OPERATOR)]).unwrap_err().0;
        assert!(said.contains("BT_WALLET_NAME"), "{said}");
        let wallet = [("BT_WALLET_PATH", OFFICIAL), ("BT_WALLET_NAME", "new"), ("BT_WALLET_HOTKEY", "miner")];
        let said = signing(&wallet).unwrap_err().0;
        assert!(said.contains("scheduler_hotkey"), "{said}");
        let said = signing(&[("INFERENCE__SCHEDULER_HOTKEY", "5FHneW")]).unwrap_err().0;
        assert!(said.contains("scheduler_hotkey"), "{said}");
    }

    #[test]
    fn a_hotkey_that_is_not_there_is_told_with_its_path() {
        let wallet = [("BT_WALLET_PATH", "/nowhere"), ("BT_WALLET_HOTKEY", "m")];
        let said = signing(&wallet).unwrap_err().0;
        let path = Path::new("/nowhere/default/hotkeys/m");
        assert!(said.contains(path.to_str().unwrap()), "{said}");
    }
}
