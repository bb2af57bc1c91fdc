use super::*;

fn load(flags: &[&str], env: &[(&str, &str)]) -> Result<Config, BadSetup> {
    use clap::Parser as _;
    let flags = Flags::try_parse_from(["chain-svc"].iter().chain(flags)).unwrap();
    flags.load(env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
}

fn flat(value: &serde_json::Value, prefix: &str, keys: &mut std::collections::BTreeSet<String>) {
    for (key, value) in value.as_object().unwrap() {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        if value.is_object() { flat(value, &key, keys) } else { keys.extend([key]) }
    }
}

#[test]
fn the_default_file_names_exactly_the_fields() {
    let config = serde_json::to_value(load(&[], &[]).unwrap()).unwrap();
    let mut fields = std::collections::BTreeSet::new();
    flat(&config, "", &mut fields);
    assert_eq!(process::config::keys(DEFAULT), fields);
}

#[test]
fn the_defaults_hold_together_and_mean_subnet_49_of_finney() {
    let config = load(&[], &[]).unwrap();
    let checked = config.check().unwrap();
    assert_eq!((config.netuid, config.mecid), (49, 0));
    assert_eq!(checked.reach.endpoints, ["wss://entrypoint-finney.opentensor.ai:443"]);
    assert_eq!(checked.axon, None);
}

#[test]
fn the_names_that_people_use_are_understood() {
    let flags =
        ["--netuid", "424", "--subtensor.network", "test", "--wallet.name", "w", "--wallet.hotkey", "h"];
    let axon = ["--axon.ip", "0.0.0.0", "--axon.port", "9", "--axon.external_ip", "203.0.113.7"];
    let config = load(&[&flags[..], &axon[..], &["--axon.external_port", "10"]].concat(), &[]).unwrap();
    assert_eq!((config.netuid, config.wallet.name.as_str(), config.wallet.hotkey.as_str()), (424, "w", "h"));
    let checked = config.check().unwrap();
    assert_eq!(checked.reach.endpoints, ["wss://test.finney.opentensor.ai:443"]);
    assert_eq!(checked.axon, Some("203.0.113.7:10".parse().unwrap()));
    assert_eq!((config.axon.ip.as_str(), config.axon.port), ("0.0.0.0", 9));
}

#[test]
fn a_flag_is_stronger_than_a_variable_and_a_variable_than_the_file() {
    let env = [("CHAIN_SVC__NETUID", "1"), ("CHAIN_SVC__MECID", "2")];
    assert_eq!(load(&[], &env).unwrap().netuid, 1);
    let config = load(&["--netuid", "3"], &env).unwrap();
    assert_eq!((config.netuid, config.mecid), (3, 2));
}

#[test]
fn several_endpoints_are_tried_in_their_order() {
    let network: Network = "ws://10.0.0.1:9944, finney,local".parse().unwrap();
    let wanted = ["ws://10.0.0.1:9944", "wss://entrypoint-finney.opentensor.ai:443", "ws://127.0.0.1:9944"];
    assert_eq!(network.endpoints, wanted);
    for bad in ["", "main", "http://x", "ws://", "finney,,local", "ws://a b"] {
        let said = bad.parse::<Network>().unwrap_err().to_string();
        assert!(said.contains("finney") && said.contains("ws://"), "{said}");
    }
}

#[test]
fn every_fault_between_fields_is_told_at_once() {
    let env = [("CHAIN_SVC__SUBTENSOR__GENESIS", "0x12"), ("CHAIN_SVC__PATIENCE", "0s")];
    let config = load(&["--subtensor.network", "moon", "--axon.external_ip", "here"], &env).unwrap();
    let said = config.check().unwrap_err().to_string();
    for part in ["subtensor.network", "subtensor.genesis", "patience", "axon.external_ip"] {
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
}

#[test]
fn a_fault_of_a_flag_is_told_by_its_name() {
    let said = load(&["--netuid", "many"], &[]).unwrap_err().to_string();
    assert!(said.contains("--netuid") && !said.contains("CHAIN_SVC"), "{said}");
}

#[test]
fn an_axon_on_loopback_is_announced_to_nobody() {
    let config = load(&["--axon.external_ip", "127.0.0.1"], &[]).unwrap();
    assert_eq!(config.check().unwrap().axon, None);
}

#[test]
fn the_secret_of_a_hotkey_is_never_printed() {
    let config = load(&[], &[("CHAIN_SVC__WALLET__SECRET", "0xe5be9a5092b81bca")]).unwrap();
    assert!(config.wallet.secret.expose().is_some());
    assert!(!format!("{config:?}").contains("e5be9a"));
}

#[test]
fn names_give_back_the_command_line_that_they_came_from() {
    use clap::Parser as _;
    let given = ["--netuid=424", "--wallet.path=/w", "--wallet.name=w", "--wallet.hotkey=h"];
    let axon = ["--axon.port=9", "--axon.external_ip=203.0.113.7"];
    let flags = Flags::try_parse_from(["chain-svc"].iter().chain(&given).chain(&axon)).unwrap();
    assert_eq!(
        (flags.names.args(), flags.axon.args()),
        (given.map(str::to_owned).to_vec(), axon.map(str::to_owned).to_vec())
    );
}
