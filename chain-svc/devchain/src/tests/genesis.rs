//! Genesis files: the embedded ones are good, and what is wrong with another is named.

use super::kit::{World, account};
use crate::chain::Chain;
use crate::error::StartError;
use crate::genesis::{BadGenesis, Genesis};
use crate::setting::Options;

fn error(text: &str) -> String {
    let genesis = match Genesis::parse(text) {
        Ok(genesis) => genesis,
        Err(e) => return chained(&e),
    };
    match Chain::new(&Options { genesis, ..Options::default() }) {
        Err(StartError::Genesis(e)) => chained(&e),
        Err(e) => panic!("another error: {e}"),
        Ok(_) => panic!("it is taken: {text}"),
    }
}

fn chained(e: &BadGenesis) -> String {
    let mut text = e.to_string();
    let mut source = std::error::Error::source(e);
    while let Some(s) = source {
        text = format!("{text}: {s}");
        source = s.source();
    }
    text
}

#[test]
fn the_default_has_the_product_s_subnets_and_rich_development_keys() {
    let w = World::new();
    assert_eq!(w.0.now().unwrap().netuids(), [0, 1, 49, 424]);
    for who in ["//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie", "//One", "//Two"] {
        assert_eq!(w.free(who), 1_000_000_000_000_000, "{who}");
    }
    let reveal: Vec<bool> = [1, 49, 424].iter().map(|n| w.get("CommitRevealWeightsEnabled", *n)).collect();
    assert_eq!(reveal, [false, false, true]);
    assert_eq!(w.get::<[u8; 32]>("SubnetOwner", 49), account("//Alice"));
}

#[test]
fn a_neuron_of_the_genesis_has_its_stake_and_permit() {
    let text = "time_ms = 0\n[[subnet]]\nnetuid = 5\nname = \"five\"\n[[subnet.neuron]]\nhotkey = \"//Bob\"\ncoldkey = \"//Alice\"\nalpha = 77\npermit = true\n";
    let genesis = Genesis::parse(text).unwrap();
    let w = World::of(&Options { genesis, ..Options::default() });
    assert_eq!((w.uid(5, "//Bob"), w.get::<Vec<bool>>("ValidatorPermit", 5)), (0, vec![true]));
    let stake = crate::rules::stake::stake(&w.0.now().unwrap(), 5, &account("//Bob")).unwrap();
    assert_eq!(stake.total, 77);
}

#[test]
fn what_is_wrong_with_a_genesis_file_is_named() {
    let subnet = "time_ms = 0\n[[subnet]]\nnetuid = 5\nname = \"five\"\n";
    for (text, named) in [
        ("", "time_ms"),
        ("time_ms = 0\nblocks = 5", "blocks"),
        ("time_ms = 0\n[[account]]\nkey = \"Alice\"\nfree = 5", "\"Alice\" is neither"),
        (&format!("{subnet}[subnet.set]\nTempoo = 5"), "SubtensorModule.Tempoo"),
        (&format!("{subnet}[subnet.set]\nTempo = 70000"), "encode SubtensorModule.Tempo"),
        (&format!("{subnet}[subnet.set]\nTempo = 1.5"), "Tempo = 1.5"),
        (&format!("{subnet}[subnet.set]\nStakeThreshold = 5"), "0 keys expected, 1 given"),
    ] {
        assert!(error(text).contains(named), "{text}: {}", error(text));
    }
}
