//! Settings of the chain service; `config.default.toml` is the reference.

mod axon;
mod flags;
mod network;
mod wallet;

pub use flags::{AxonNames, Flags, KeyNames, Names};
pub(crate) use network::Network;
pub use wallet::{Secret, WalletNames};

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use process::exit::BadSetup;
use serde::{Deserialize, Serialize};

use crate::chain::{Hash, subtensor};

/// The built-in defaults: the first layer of every configuration.
pub const DEFAULT: &str = include_str!("../config.default.toml");

/// Settings of the chain service.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where others reach it, gRPC.
    pub listen: SocketAddr,
    /// Where operators reach `/livez`, `/readyz` and `/metrics`; `None` (empty text): nowhere.
    #[serde(with = "optional")]
    pub admin: Option<SocketAddr>,
    /// The subnet.
    pub netuid: u16,
    /// The mechanism of the subnet.
    pub mecid: u8,
    /// The folder of the journal of transactions.
    pub data: PathBuf,
    /// Without a block for this long the last reading is marked stale.
    #[serde(with = "process::config::duration")]
    pub stale_after: Duration,
    /// The outcome of a transaction is waited for this long.
    #[serde(with = "process::config::duration")]
    pub patience: Duration,
    /// Calls in flight when the service stops may take this long to finish.
    #[serde(with = "process::config::duration")]
    pub drain: Duration,
    /// How the chain is reached.
    pub subtensor: Subtensor,
    /// Who signs.
    pub wallet: WalletNames,
    /// Where this neuron serves.
    pub axon: Axon,
}

/// How the chain is reached.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Subtensor {
    /// `finney`, `test`, `local`, or addresses separated by commas.
    pub network: String,
    /// The first block that every endpoint must have; empty: the first endpoint that answers decides.
    pub genesis: String,
    /// Time allowed for one request.
    #[serde(with = "process::config::duration")]
    pub request: Duration,
    /// Time allowed from sending a transaction to its final block.
    #[serde(with = "process::config::duration")]
    pub finality: Duration,
    /// A head older than this by its own moment is refused; zero: any age is taken.
    #[serde(with = "process::config::duration")]
    pub max_age: Duration,
    /// Heads are asked for at least this often.
    #[serde(with = "process::config::duration")]
    pub poll: Duration,
    /// First pause after an endpoint failed.
    #[serde(with = "process::config::duration")]
    pub backoff: Duration,
}

/// Where this neuron serves.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Axon {
    /// Where it listens.
    pub ip: String,
    /// The port it listens on.
    pub port: u16,
    /// The address that is announced; empty: nothing is announced.
    pub external_ip: String,
    /// The port that is announced; 0: `port`.
    pub external_port: u16,
}

/// What the settings come to.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    /// How the chain is reached.
    pub(crate) reach: subtensor::Options,
    /// The address that is announced, if any.
    pub(crate) axon: Option<SocketAddr>,
}

impl Config {
    /// Checks what no single field can tell.
    ///
    /// # Errors
    /// [`BadSetup`] naming every fault.
    pub(crate) fn check(&self) -> Result<Checked, BadSetup> {
        let mut faults = Vec::new();
        let network: Result<Network, _> = self.subtensor.network.parse();
        if let Err(e) = &network {
            faults.push(format!("subtensor.network: {e}"));
        }
        let genesis: Result<Option<Hash>, _> =
            Some(&self.subtensor.genesis).filter(|g| !g.is_empty()).map(|g| g.parse()).transpose();
        if let Err(e) = &genesis {
            faults.push(format!("subtensor.genesis: {e}"));
        }
        for (name, time) in [
            ("subtensor.request", self.subtensor.request),
            ("subtensor.finality", self.subtensor.finality),
            ("subtensor.poll", self.subtensor.poll),
            ("subtensor.backoff", self.subtensor.backoff),
            ("stale_after", self.stale_after),
            ("patience", self.patience),
        ] {
            if time.is_zero() {
                faults.push(format!("{name}: must be more than zero"));
            }
        }
        let axon = self.axon.announced();
        if let Err(e) = &axon {
            faults.push(e.clone());
        }
        match (network, genesis, axon) {
            (Ok(network), Ok(genesis), Ok(axon)) if faults.is_empty() => {
                Ok(Checked { reach: self.subtensor.options(network.endpoints, genesis), axon })
            }
            _ => Err(BadSetup(format!("the configuration of chain-svc has faults: {}", faults.join("; ")))),
        }
    }
}

impl Subtensor {
    fn options(&self, endpoints: Vec<String>, genesis: Option<Hash>) -> subtensor::Options {
        let Self { request, finality, max_age, poll, backoff, .. } = *self;
        subtensor::Options { endpoints, genesis, request, finality, max_age, poll, backoff }
    }
}

/// An address, or empty text for none.
mod optional {
    use std::net::SocketAddr;

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<SocketAddr>, D::Error> {
        let text = String::deserialize(d)?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| D::Error::custom(format!("\"{text}\" is no address; write 127.0.0.1:7194")))
    }

    // serde's `with` hands over a reference to the field
    #[allow(clippy::ref_option)]
    pub(super) fn serialize<S: Serializer>(address: &Option<SocketAddr>, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&address.map(|a| a.to_string()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
