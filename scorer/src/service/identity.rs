//! Who this validator is, and for whom it signs: what it was told, held against what the chain says.

use btauth::Account;
use process::exit::BadSetup;

use super::chain::Subnet;
use crate::config::Config;

/// The first blocks of the networks that have a name of their own everywhere.
const NETWORKS: [(&str, &str); 2] = [
    ("finney", "0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03"),
    ("test", "0x8f9cf856bf558a14440e75569c9e58594757048d7b3a84b5d25f6bd978263105"),
];

/// This validator on its subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Me {
    /// Its place.
    pub uid: u16,
    /// The hotkey of the gateway's operator.
    pub operator: Account,
}

/// What it was told.
#[derive(Debug, Clone)]
pub struct Expected {
    netuid: Option<u16>,
    genesis: Option<&'static str>,
    hotkey: Option<String>,
    operator: Option<Account>,
}

/// Why nothing is signed. Each is for the operator, with the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// The chain was not read for a while.
    #[error("what chain-svc knows is stale: {0}")]
    Stale(String),
    /// Another subnet.
    #[error("chain-svc reads subnet {0}, not {1}: give both the same --netuid")]
    Subnet(u16, u16),
    /// Another network.
    #[error("chain-svc reads another network (first block {0}): give both the same --subtensor.network")]
    Network(String),
    /// Another hotkey.
    #[error("chain-svc holds the hotkey {0}, not {1}: give both the same wallet")]
    Hotkey(String, String),
    /// No place.
    #[error("the hotkey {0} is not registered on the subnet: violet register")]
    Unregistered(String),
    /// Nobody to sign for.
    #[error(
        "the chain tells no owner of the subnet: set proxy.hotkey to the hotkey of the gateway's operator"
    )]
    NoOperator,
    /// An operator who is nobody on the subnet.
    #[error("proxy.hotkey: {0} is neither registered on the subnet nor its owner's")]
    Operator(String),
}

impl Expected {
    /// From the settings.
    ///
    /// # Errors
    /// An address that is none, a wallet that can't be read.
    pub fn new(config: &Config) -> Result<Self, BadSetup> {
        let operator = Some(&config.proxy.hotkey).filter(|text| !text.is_empty());
        let operator = operator.map(|text| text.parse::<Account>()).transpose();
        let known = NETWORKS.iter().find(|(name, _)| *name == config.chain.network);
        Ok(Self {
            netuid: config.chain.netuid,
            genesis: known.map(|(_, genesis)| *genesis),
            hotkey: config.wallet.address()?,
            operator: operator.map_err(|e| BadSetup(format!("proxy.hotkey: {e}")))?,
        })
    }

    /// Who this validator is on that subnet.
    ///
    /// # Errors
    /// [`Stranger`], the first thing that is not as it was told.
    pub fn recognise(&self, subnet: &Subnet) -> Result<Me, Stranger> {
        if let Some(why) = &subnet.stale {
            return Err(Stranger::Stale(why.clone()));
        }
        if let Some(wanted) = self.netuid.filter(|netuid| *netuid != subnet.netuid) {
            return Err(Stranger::Subnet(subnet.netuid, wanted));
        }
        if self.genesis.is_some_and(|genesis| genesis != subnet.genesis) {
            return Err(Stranger::Network(subnet.genesis.clone()));
        }
        let held = subnet.hotkey.to_string();
        if let Some(wanted) = self.hotkey.clone().filter(|hotkey| *hotkey != held) {
            return Err(Stranger::Hotkey(held, wanted));
        }
        let uid = subnet.uid.ok_or(Stranger::Unregistered(held))?;
        let owner = subnet.owner.as_deref().and_then(|o| o.parse::<Account>().ok());
        let operator = match self.operator {
            None => owner.ok_or(Stranger::NoOperator)?,
            Some(operator) if Some(operator) == owner => operator,
            Some(operator) => {
                let name = operator.to_string();
                let registered = subnet.seats.iter().any(|s| s.neuron.miner.as_str() == name);
                if !registered {
                    return Err(Stranger::Operator(name));
                }
                operator
            }
        };
        Ok(Me { uid, operator })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::tests::subnet;

    fn expected(change: impl FnOnce(&mut Expected)) -> Expected {
        let mut expected = Expected { netuid: None, genesis: None, hotkey: None, operator: None };
        change(&mut expected);
        expected
    }

    #[test]
    fn whoever_is_told_nothing_signs_for_the_owner_of_the_subnet() {
        let subnet = subnet();
        let me = expected(|_| {}).recognise(&subnet).unwrap();
        assert_eq!((me.uid, me.operator.to_string()), (subnet.uid.unwrap(), subnet.owner.unwrap()));
    }

    #[test]
    fn nothing_is_signed_on_another_subnet_network_or_hotkey() {
        let subnet = subnet();
        let refused =
            |change: fn(&mut Expected)| expected(change).recognise(&subnet).unwrap_err().to_string();
        assert!(refused(|e| e.netuid = Some(7)).contains("--netuid"));
        assert!(refused(|e| e.genesis = Some(NETWORKS[0].1)).contains("--subtensor.network"));
        assert!(refused(|e| e.hotkey = Some("5F".into())).contains("wallet"));
        let stranger = "5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy".parse().unwrap();
        let operator = Expected { operator: Some(stranger), ..expected(|_| {}) };
        assert!(matches!(operator.recognise(&subnet), Err(Stranger::Operator(_))));
        let stale = Subnet { stale: Some("no block for a minute".into()), ..subnet.clone() };
        assert!(matches!(expected(|_| {}).recognise(&stale), Err(Stranger::Stale(_))));
        let away = Subnet { uid: None, ..subnet.clone() };
        assert!(matches!(expected(|_| {}).recognise(&away), Err(Stranger::Unregistered(_))));
        let ownerless = Subnet { owner: None, ..subnet };
        assert_eq!(expected(|_| {}).recognise(&ownerless), Err(Stranger::NoOperator));
    }
}
