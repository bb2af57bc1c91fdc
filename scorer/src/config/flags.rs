//! The command line and the variables that people know from the official tools.

use std::path::PathBuf;

use clap::Parser;
use process::exit::BadSetup;

use super::{Config, DEFAULT};

/// scorer: a validator. It grades what miners answer, agrees with other validators, and sets weights.
///
/// Settings come from the built-in defaults, then a file, then SCORER__ variables, then flags and the variables of the
/// official tools. Subnet, network and wallet are those of chain-svc: what is given here is compared with them.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "scorer", version)]
pub struct Flags {
    /// A configuration file; `config.default.toml` is the reference
    pub config: Option<PathBuf>,
    /// The gateway whose tasks are graded
    #[arg(long = "proxy_server_url", visible_alias = "proxy-server-url", env = "PROXY_SERVER_URL")]
    pub proxy: Option<String>,
    /// The subnet
    #[arg(long, env = "BT_NETUID")]
    pub netuid: Option<String>,
    /// finney, test, local, or addresses
    #[arg(long = "subtensor.network", visible_alias = "network", env = "BT_NETWORK")]
    pub network: Option<String>,
    /// The folder of wallets [default: ~/.bittensor/wallets]
    #[arg(long = "wallet.path", env = "BT_WALLET_PATH")]
    pub path: Option<String>,
    /// The wallet
    #[arg(long = "wallet.name", env = "BT_WALLET_NAME")]
    pub name: Option<String>,
    /// The hotkey of the wallet
    #[arg(long = "wallet.hotkey", env = "BT_WALLET_HOTKEY")]
    pub hotkey: Option<String>,
}

impl Flags {
    /// The defaults, under a file, under the `SCORER__` variables of `env`, under what these flags say.
    ///
    /// # Errors
    /// Every fault at once; one of a flag is told by the flag's name.
    pub fn load(&self, env: impl IntoIterator<Item = (String, String)>) -> Result<Config, BadSetup> {
        let given = [
            ("--proxy_server_url", "SCORER__PROXY__URL", &self.proxy),
            ("--netuid", "SCORER__CHAIN__NETUID", &self.netuid),
            ("--subtensor.network", "SCORER__CHAIN__NETWORK", &self.network),
            ("--wallet.path", "SCORER__WALLET__PATH", &self.path),
            ("--wallet.name", "SCORER__WALLET__NAME", &self.name),
            ("--wallet.hotkey", "SCORER__WALLET__HOTKEY", &self.hotkey),
        ];
        let (mut layers, mut flags): (Vec<_>, Vec<_>) = (env.into_iter().collect(), Vec::new());
        for (flag, variable, value) in given {
            // an empty variable, as compose files leave them, says nothing
            if let Some(value) = value.as_ref().filter(|v| !v.is_empty()) {
                // a flag replaces the variable: a fault in what is not used is no fault
                layers.retain(|(known, _)| known != variable);
                layers.push((variable.to_owned(), value.clone()));
                flags.push((variable, flag));
            }
        }
        let loaded = process::config::load("scorer", DEFAULT, self.config.as_deref(), layers);
        loaded.map_err(|e| {
            let said =
                flags.iter().fold(e.to_string(), |text, (variable, flag)| text.replace(variable, flag));
            BadSetup(said)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Flags {
        Flags::try_parse_from(std::iter::once(&"scorer").chain(args)).unwrap()
    }

    #[test]
    fn a_validator_is_started_as_people_know_it() {
        let flags = parse(&[
            "--proxy_server_url",
            "http://gateway:8000",
            "--netuid",
            "49",
            "--subtensor.network",
            "finney",
            "--wallet.name",
            "v",
            "--wallet.hotkey",
            "h",
        ]);
        let over = [("SCORER__CHAIN__NETUID".to_owned(), "no number".to_owned())];
        let config = flags.load(over).unwrap();
        assert_eq!(config.proxy.url, "http://gateway:8000");
        assert_eq!((config.chain.netuid, config.chain.network.as_str()), (Some(49), "finney"));
        assert_eq!((config.wallet.name.as_str(), config.wallet.hotkey.as_str()), ("v", "h"));
    }

    #[test]
    fn a_fault_of_a_flag_is_told_by_its_name() {
        let said = parse(&["--netuid", "many"]).load([]).unwrap_err().0;
        assert!(said.contains("--netuid") && !said.contains("SCORER__"), "{said}");
    }
}
