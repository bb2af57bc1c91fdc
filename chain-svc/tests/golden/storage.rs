//! Storage: keys, values, whole maps; and constants.

use serde_json::{Value as Json, json};
use subxt::dynamic::{self, Value};

use crate::record::{Offline, argument, bytes, decoded, runtime, vector};

pub(crate) const KEYS: usize = 10;
pub(crate) const VALUES: usize = 8;
pub(crate) const MAPS: usize = 4;
pub(crate) const CONSTANTS: usize = 3;

fn names(recorded: &Json) -> (&str, &str) {
    (recorded["pallet"].as_str().unwrap(), recorded["storage_function"].as_str().unwrap())
}

fn key_of(at: &Offline, recorded: &Json) -> Vec<u8> {
    let (pallet, item) = names(recorded);
    let parts: Vec<Value> = recorded["params"].as_array().unwrap().iter().map(argument).collect();
    let entry = at.storage().entry(dynamic::storage::<Vec<Value>, Value>(pallet, item)).unwrap();
    entry.fetch_key(parts).unwrap()
}

fn key(index: usize, name: &str) {
    let recorded = vector("storage_keys", index);
    assert_eq!(format!("{}.{}", names(&recorded).0, names(&recorded).1), name);
    assert_eq!(key_of(&runtime(), &recorded), bytes(&recorded["key_hex"]));
}

fn value(index: usize, name: &str) {
    let (at, recorded) = (runtime(), vector("storage_values", index));
    let (pallet, item) = names(&recorded);
    assert_eq!(format!("{pallet}.{item}"), name);
    assert_eq!(key_of(&at, &recorded), bytes(&recorded["key_hex"]));
    let entry =
        at.metadata_ref().pallet_by_name(pallet).unwrap().storage().unwrap().entry_by_name(item).unwrap();
    // what is not stored has the default that the metadata tells
    let raw = match &recorded["raw_hex"] {
        Json::Null => entry.default_value().unwrap().to_vec(),
        raw => bytes(raw),
    };
    assert_eq!(decoded(&at, entry.value_ty(), &raw), recorded["decoded"]);
}

fn map(index: usize, name: &str) {
    let (at, recorded) = (runtime(), vector("query_maps", index));
    let (pallet, item) = names(&recorded);
    assert_eq!(format!("{pallet}.{item}"), name);
    let parts: Vec<Value> = recorded["params"].as_array().unwrap().iter().map(argument).collect();
    let entry = at.storage().entry(dynamic::storage::<Vec<Value>, Value>(pallet, item)).unwrap();
    let prefix = bytes(&recorded["prefix_hex"]);
    assert_eq!(entry.iter_key(parts.clone()).unwrap(), prefix);
    let keys: Vec<Vec<u8>> = recorded["raw_keys"].as_array().unwrap().iter().map(bytes).collect();
    let changes = recorded["raw_changes"].as_array().unwrap();
    let pairs = recorded["pairs"].as_array().unwrap();
    assert!(!pairs.is_empty() && (keys.len(), changes.len()) == (pairs.len(), pairs.len()));
    let ty =
        at.metadata_ref().pallet_by_name(pallet).unwrap().storage().unwrap().entry_by_name(item).unwrap();
    for ((key, change), pair) in keys.iter().zip(changes).zip(pairs) {
        assert_eq!(&bytes(&change[0]), key);
        assert!(key.starts_with(&prefix));
        let whole = parts.iter().cloned().chain([argument(&pair[0])]).collect();
        assert_eq!(&entry.fetch_key(whole).unwrap(), key);
        assert_eq!(decoded(&at, ty.value_ty(), &bytes(&change[1])), pair[1]);
    }
}

fn constant(index: usize, pallet: &str, name: &str) {
    let recorded = vector("constants", index);
    assert_eq!((&recorded["module"], &recorded["name"]), (&json!(pallet), &json!(name)));
    let value: u64 = runtime().constants().entry(dynamic::constant::<u64>(pallet, name)).unwrap();
    assert_eq!(json!(value), recorded["decoded"]);
}

#[test]
fn the_key_of_system_account_is_the_recorded_one() {
    key(0, "System.Account");
}

#[test]
fn the_key_of_system_events_is_the_recorded_one() {
    key(1, "System.Events");
}

#[test]
fn the_key_of_timestamp_now_is_the_recorded_one() {
    key(2, "Timestamp.Now");
}

#[test]
fn the_key_of_tempo_is_the_recorded_one() {
    key(3, "SubtensorModule.Tempo");
}

#[test]
fn the_key_of_networks_added_is_the_recorded_one() {
    key(4, "SubtensorModule.NetworksAdded");
}

#[test]
fn the_key_of_bonds_is_the_recorded_one() {
    key(5, "SubtensorModule.Bonds");
}

#[test]
fn the_key_of_keys_is_the_recorded_one() {
    key(6, "SubtensorModule.Keys");
}

#[test]
fn the_key_of_alpha_is_the_recorded_one() {
    key(7, "SubtensorModule.Alpha");
}

#[test]
fn the_key_of_blocks_since_last_step_is_the_recorded_one() {
    key(8, "SubtensorModule.BlocksSinceLastStep");
}

#[test]
fn the_key_of_multisigs_is_the_recorded_one() {
    key(9, "Multisig.Multisigs");
}

#[test]
fn the_value_of_system_account_is_the_recorded_one() {
    value(0, "System.Account");
}

#[test]
fn the_value_of_tempo_is_the_recorded_one() {
    value(1, "SubtensorModule.Tempo");
}

#[test]
fn the_value_of_networks_added_is_the_recorded_one() {
    value(2, "SubtensorModule.NetworksAdded");
}

#[test]
fn the_value_of_networks_added_of_a_subnet_that_is_not_there_is_the_recorded_one() {
    value(3, "SubtensorModule.NetworksAdded");
}

#[test]
fn the_value_of_total_networks_is_the_recorded_one() {
    value(4, "SubtensorModule.TotalNetworks");
}

#[test]
fn the_value_of_subnet_owner_is_the_recorded_one() {
    value(5, "SubtensorModule.SubnetOwner");
}

#[test]
fn the_value_of_timestamp_now_is_the_recorded_one() {
    value(6, "Timestamp.Now");
}

#[test]
fn the_value_of_system_number_is_the_recorded_one() {
    value(7, "System.Number");
}

#[test]
fn the_map_networks_added_reads_as_recorded() {
    map(0, "SubtensorModule.NetworksAdded");
}

#[test]
fn the_map_tempo_reads_as_recorded() {
    map(1, "SubtensorModule.Tempo");
}

#[test]
fn the_map_keys_reads_as_recorded() {
    map(2, "SubtensorModule.Keys");
}

#[test]
fn the_map_system_account_reads_as_recorded() {
    map(3, "System.Account");
}

#[test]
fn the_constant_existential_deposit_is_the_recorded_one() {
    constant(0, "Balances", "ExistentialDeposit");
}

#[test]
fn the_constant_slot_duration_is_the_recorded_one() {
    constant(1, "Aura", "SlotDuration");
}

#[test]
fn the_constant_ss58_prefix_is_the_recorded_one() {
    constant(2, "System", "SS58Prefix");
}
