//! Names of networks, as people use them.

use std::str::FromStr;

/// Where a network is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Network {
    /// Addresses, in the order in which they are tried.
    pub(crate) endpoints: Vec<String>,
}

/// Text that names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no network: use finney, test, local, or addresses such as ws://127.0.0.1:9944, separated by commas"
)]
pub(crate) struct BadNetwork(String);

/// The public entry points that the official tools use under these names.
fn known(name: &str) -> Option<&'static str> {
    match name {
        "finney" => Some("wss://entrypoint-finney.opentensor.ai:443"),
        "test" => Some("wss://test.finney.opentensor.ai:443"),
        "local" => Some("ws://127.0.0.1:9944"),
        _ => None,
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let one = |part: &str| match known(part) {
            Some(address) => Ok(address.to_owned()),
            None if is_address(part) => Ok(part.to_owned()),
            // what is repeated to the user is cut: it may be anything
            None => Err(BadNetwork(part.chars().filter(|c| !c.is_control()).take(80).collect())),
        };
        let endpoints = text.split(',').map(|part| one(part.trim())).collect::<Result<_, _>>()?;
        Ok(Self { endpoints })
    }
}

fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("ws://").or_else(|| text.strip_prefix("wss://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}
