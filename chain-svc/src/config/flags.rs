//! The command line and the variables that people know from the official tools.

use std::path::PathBuf;

use clap::{Args, Parser};
use process::exit::BadSetup;

use super::{Config, DEFAULT};

/// chain-svc: reads a subnet of Bittensor and writes to it with a hotkey.
///
/// Settings come from the built-in defaults, then a file, then CHAIN_SVC__ variables, then BT_ variables and flags.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "chain-svc", version)]
pub struct Flags {
    /// A configuration file; `config.default.toml` is the reference
    pub config: Option<PathBuf>,
    /// finney, test, local, or addresses such as ws://127.0.0.1:9944, separated by commas
    #[arg(long = "subtensor.network", visible_alias = "network", env = "BT_NETWORK")]
    pub network: Option<String>,
    /// Whose neuron
    #[command(flatten)]
    pub names: Names,
    /// Where it serves
    #[command(flatten)]
    pub axon: AxonNames,
}

/// A neuron, by the names that the official tools use.
#[derive(Debug, Clone, Default, Args)]
pub struct Names {
    /// The subnet
    #[arg(long, env = "BT_NETUID")]
    pub netuid: Option<String>,
    /// With which keys
    #[command(flatten)]
    pub wallet: KeyNames,
}

/// The keys of a wallet, by the names that the official tools use.
#[derive(Debug, Clone, Default, Args)]
pub struct KeyNames {
    /// The folder of wallets [default: ~/.bittensor/wallets]
    #[arg(long = "wallet.path", env = "BT_WALLET_PATH")]
    pub path: Option<String>,
    /// The wallet [default: default]
    #[arg(long = "wallet.name", env = "BT_WALLET_NAME")]
    pub name: Option<String>,
    /// The hotkey of the wallet [default: default]
    #[arg(long = "wallet.hotkey", env = "BT_WALLET_HOTKEY")]
    pub hotkey: Option<String>,
}

/// Where a neuron serves, by the names that the official tools use.
#[derive(Debug, Clone, Default, Args)]
pub struct AxonNames {
    /// Where this neuron listens
    #[arg(long = "axon.ip", env = "BT_AXON_IP")]
    pub axon_ip: Option<String>,
    /// The port it listens on
    #[arg(long = "axon.port", env = "BT_AXON_PORT")]
    pub axon_port: Option<String>,
    /// The address that is announced on the chain
    #[arg(long = "axon.external_ip", env = "BT_AXON_EXTERNAL_IP")]
    pub axon_external_ip: Option<String>,
    /// The port that is announced
    #[arg(long = "axon.external_port", env = "BT_AXON_EXTERNAL_PORT")]
    pub axon_external_port: Option<String>,
}

impl Names {
    /// What was given, as flag, setting and value.
    fn given(&self) -> Vec<Given> {
        let Self { netuid, wallet } = self;
        given(&[
            ("--netuid", "NETUID", netuid),
            ("--wallet.path", "WALLET__PATH", &wallet.path),
            ("--wallet.name", "WALLET__NAME", &wallet.name),
            ("--wallet.hotkey", "WALLET__HOTKEY", &wallet.hotkey),
        ])
    }

    /// The same as a command line.
    #[must_use]
    pub fn args(&self) -> Vec<String> {
        as_args(self.given())
    }
}

impl AxonNames {
    fn given(&self) -> Vec<Given> {
        given(&[
            ("--axon.ip", "AXON__IP", &self.axon_ip),
            ("--axon.port", "AXON__PORT", &self.axon_port),
            ("--axon.external_ip", "AXON__EXTERNAL_IP", &self.axon_external_ip),
            ("--axon.external_port", "AXON__EXTERNAL_PORT", &self.axon_external_port),
        ])
    }

    /// What was given, as a command line.
    #[must_use]
    pub fn args(&self) -> Vec<String> {
        as_args(self.given())
    }
}

/// A flag, the setting it stands for, and its value.
type Given = (&'static str, &'static str, String);

fn given(all: &[(&'static str, &'static str, &Option<String>)]) -> Vec<Given> {
    all.iter().filter_map(|(flag, name, value)| Some((*flag, *name, value.as_ref()?.clone()))).collect()
}

fn as_args(given: Vec<Given>) -> Vec<String> {
    given.into_iter().map(|(flag, _, value)| format!("{flag}={value}")).collect()
}

impl Flags {
    /// The settings that these flags, the file they name and `env` come to.
    ///
    /// # Errors
    /// Every fault at once; one of a flag is told by the flag's name.
    pub fn load(&self, env: impl IntoIterator<Item = (String, String)>) -> Result<Config, BadSetup> {
        let network = given(&[("--subtensor.network", "SUBTENSOR__NETWORK", &self.network)]);
        let given = network.into_iter().chain(self.names.given()).chain(self.axon.given());
        let (mut layers, mut flags): (Vec<_>, Vec<_>) = (env.into_iter().collect(), Vec::new());
        for (flag, name, value) in given {
            let variable = format!("CHAIN_SVC__{name}");
            // a flag replaces the variable: a fault in what is not used is no fault
            layers.retain(|(known, _)| *known != variable);
            layers.push((variable.clone(), value));
            flags.push((variable, flag));
        }
        let loaded = process::config::load("chain-svc", DEFAULT, self.config.as_deref(), layers);
        loaded.map_err(|e| {
            let said =
                flags.iter().fold(e.to_string(), |text, (variable, flag)| text.replace(variable, flag));
            BadSetup(said)
        })
    }
}
