//! Addresses.

use btauth::Account;
use parity_scale_codec::{Compact, Encode as _};
use serde_json::json;
use subxt::config::Hasher as _;

use crate::record::{account, bytes, runtime, vector};

pub(crate) const SS58: usize = 4;
pub(crate) const MULTISIG: usize = 3;

fn address(index: usize) {
    let recorded = vector("ss58", index);
    let key: [u8; 32] = bytes(&recorded["public_key_hex"]).try_into().unwrap();
    assert_eq!(json!(Account::from_bytes(key).to_string()), recorded["address"]);
    assert_eq!(account(&recorded["address"]), key);
}

/// blake2 of a fixed prefix, the sorted accounts and the threshold.
fn shared(index: usize) {
    let recorded = vector("multisig", index);
    let mut accounts: Vec<[u8; 32]> =
        recorded["signatories"].as_array().unwrap().iter().map(account).collect();
    accounts.sort_unstable();
    let threshold = u16::try_from(recorded["threshold"].as_u64().unwrap()).unwrap();
    let mut raw = b"modlpy/utilisuba".to_vec();
    Compact(u32::try_from(accounts.len()).unwrap()).encode_to(&mut raw);
    accounts.iter().for_each(|a| raw.extend(a));
    threshold.encode_to(&mut raw);
    let hash = runtime().hasher().hash(&raw);
    assert_eq!(json!(Account::from_bytes(hash.0).to_string()), recorded["ss58_address"]);
}

#[test]
fn the_address_of_alice_is_the_recorded_one() {
    address(0);
}

#[test]
fn the_address_of_bob_is_the_recorded_one() {
    address(1);
}

#[test]
fn the_address_of_charlie_is_the_recorded_one() {
    address(2);
}

#[test]
fn the_address_of_the_hotkey_is_the_recorded_one() {
    address(3);
}

#[test]
fn the_shared_address_of_two_of_two_is_the_recorded_one() {
    shared(0);
}

#[test]
fn the_shared_address_of_two_of_three_is_the_recorded_one() {
    shared(1);
}

#[test]
fn the_shared_address_of_three_of_three_is_the_recorded_one() {
    shared(2);
}
