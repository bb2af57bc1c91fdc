//! A chain by the name that people give it, as settings of chain-svc.

use chain_svc::{AxonNames, Config, Flags, Names};
use process::exit::BadSetup;

/// The product's subnet on the test network; everywhere else it is chain-svc's default.
const TEST: &str = "424";

/// The settings of chain-svc for `network`, by flags and BT_ variables over `env`.
///
/// # Errors
/// Every fault at once, by the name of its flag.
pub fn config(
    network: &str,
    names: &Names,
    axon: &AxonNames,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, BadSetup> {
    let env: Vec<_> = env.into_iter().collect();
    let mut names = names.clone();
    let named = env.iter().any(|(name, _)| name == "CHAIN_SVC__NETUID");
    if network == "test" && names.netuid.is_none() && !named {
        names.netuid = Some(TEST.to_owned());
    }
    Flags { network: Some(network.to_owned()), names, axon: axon.clone(), config: None }.load(env)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn netuid(network: &str, given: Option<&str>, env: &[(&str, &str)]) -> u16 {
        let names = Names { netuid: given.map(str::to_owned), ..Names::default() };
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        config(network, &names, &AxonNames::default(), env).unwrap().netuid
    }

    #[test]
    fn the_subnet_is_49_on_finney_and_424_on_test_unless_one_is_named() {
        assert_eq!(netuid("finney", None, &[]), 49);
        assert_eq!(netuid("test", None, &[]), 424);
        assert_eq!(netuid("test", Some("7"), &[]), 7);
        assert_eq!(netuid("test", None, &[("CHAIN_SVC__NETUID", "8")]), 8);
    }

    #[test]
    fn a_network_that_is_none_is_told_with_those_that_are() {
        let config = config("moon", &Names::default(), &AxonNames::default(), []).unwrap();
        let clock = process::clock::Clock::manual(0).0;
        let said = chain_svc::connect(&config, clock).err().unwrap().to_string();
        assert!(said.contains("moon") && said.contains("finney, test, local"), "{said}");
    }
}
