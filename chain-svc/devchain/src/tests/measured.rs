//! What a real, older runtime answered to the same client, line by line.

use serde_json::json;

use super::kit::{World, account, nums};
use crate::pool::Invalid;
use crate::setting::Wording;
use crate::value::{num, raw};

fn serve(w: &mut World, ip: u128) -> Result<Vec<String>, String> {
    let mut args =
        vec![("netuid", num(1u16)), ("version", num(1u32)), ("ip", num(ip)), ("port", num(8091u16))];
    args.extend([
        ("ip_type", num(4u8)),
        ("protocol", num(4u8)),
        ("placeholder1", num(0u8)),
        ("placeholder2", num(0u8)),
    ]);
    w.call("//Bob", "serve_axon", &args)
}

fn set(w: &mut World, dests: &[u16], weights: &[u16]) -> Result<Vec<String>, String> {
    let args = [
        ("netuid", num(1u16)),
        ("dests", nums(dests)),
        ("weights", nums(weights)),
        ("version_key", num(0u64)),
    ];
    w.call("//Bob", "set_weights", &args)
}

/// //Bob is registered as uid 1 beside the first neuron.
fn registered() -> World {
    let mut w = World::measured();
    let args = [("netuid", num(1u16)), ("hotkey", raw(account("//Bob")))];
    w.call("//Alice", "burned_register", &args).unwrap();
    w
}

/// The rate limit is 1 and permits are on, as they were when the answers were measured.
fn permitted() -> World {
    let mut w = registered();
    w.set(1, "WeightsSetRateLimit", 1);
    w.set(1, "ValidatorPermit", json!([true, true]));
    w
}

#[test]
fn a_fresh_subnet_has_a_tempo_of_100_one_neuron_and_a_price_of_one_tao_on_networks_0_and_1() {
    let w = World::measured();
    assert_eq!(
        (w.get::<u16>("Tempo", 1), w.get::<u16>("SubnetworkN", 1), w.get::<u64>("Burn", 1)),
        (100, 1, 1_000_000_000)
    );
    assert_eq!(w.0.now().unwrap().netuids(), [0, 1]);
}

#[test]
fn burned_register_by_a_funded_coldkey_tells_of_five_things() {
    let mut w = World::measured();
    let args = [("netuid", num(1u16)), ("hotkey", raw(account("//Bob")))];
    let events = w.call("//Alice", "burned_register", &args).unwrap();
    let told = [
        "Balances.Withdraw",
        "SubtensorModule.RAORecycledForRegistrationSet",
        "SubtensorModule.NeuronRegistered",
        "TransactionPayment.TransactionFeePaid",
        "System.ExtrinsicSuccess",
    ];
    let seen: Vec<&str> = events.iter().map(String::as_str).filter(|e| told.contains(e)).collect();
    // the fee is withdrawn first, then the price
    assert_eq!(seen[0], "Balances.Withdraw");
    assert_eq!(seen[1..], told);
}

#[test]
fn serve_axon_of_10_0_0_1_stores_the_fields_as_sent_with_its_block() {
    let mut w = registered();
    assert!(serve(&mut w, 0x0a00_0001).unwrap().contains(&"SubtensorModule.AxonServed".to_owned()));
    type Axon = (u64, u32, u128, u16, u8, u8, u8, u8);
    let stored: Axon = w.0.now().unwrap().get("Axons", vec![num(1u16), raw(account("//Bob"))]).unwrap();
    assert_eq!(stored, (w.0.head().number, 1, 0x0a00_0001, 8091, 4, 4, 0, 0));
}

#[test]
fn serve_axon_of_127_0_0_1_is_invalid_ip_address() {
    assert_eq!(serve(&mut registered(), 0x7f00_0001).unwrap_err(), "InvalidIpAddress");
}

#[test]
fn set_weights_soon_after_registering_is_setting_weights_too_fast() {
    assert_eq!(set(&mut registered(), &[1], &[65535]).unwrap_err(), "SettingWeightsTooFast");
}

#[test]
fn a_weight_for_oneself_is_set() {
    assert!(
        set(&mut permitted(), &[1], &[65535]).unwrap().contains(&"SubtensorModule.WeightsSet".to_owned())
    );
}

#[test]
fn weights_of_100_and_400_are_stored_as_16384_and_65535() {
    let mut w = permitted();
    set(&mut w, &[0, 1], &[100, 400]).unwrap();
    let stored: Vec<(u16, u16)> = w.0.now().unwrap().get("Weights", vec![num(1u16), num(1u16)]).unwrap();
    assert_eq!(stored, [(0, 16384), (1, 65535)]);
}

#[test]
fn a_uid_named_twice_is_duplicate_uids() {
    assert_eq!(set(&mut permitted(), &[0, 0], &[1, 1]).unwrap_err(), "DuplicateUids");
}

#[test]
fn a_ninth_uid_among_two_neurons_is_uid_vec_contain_invalid_one() {
    assert_eq!(set(&mut permitted(), &[0, 9], &[1, 1]).unwrap_err(), "UidVecContainInvalidOne");
}

#[test]
fn two_uids_and_one_weight_are_weight_vec_not_equal_size() {
    assert_eq!(set(&mut permitted(), &[0, 1], &[1]).unwrap_err(), "WeightVecNotEqualSize");
}

#[test]
fn a_used_nonce_is_refused_as_stale_without_an_event_or_a_fee() {
    let mut w = registered();
    let (free, head) = (w.free("//Alice"), w.0.head().number);
    let mut terms = w.terms("//Alice");
    terms.nonce = 0;
    let md = &w.0.rules.md;
    let call = super::kit::encode_call(md, "System", "remark", &[("remark", raw(b"x"))]);
    let xt = super::kit::sign(&crate::keys::development_key("//Alice").unwrap(), &call, terms);
    let refused = w.0.submit(xt, None).unwrap_err();
    assert_eq!(refused, Invalid::Stale);
    assert_eq!(refused.parts(Wording::Value), (1010, r#"{"invalid":{"stale":null}}"#.to_owned(), None));
    let sentence = (1010, "Invalid Transaction".to_owned(), Some(json!("Transaction is outdated")));
    assert_eq!(refused.parts(Wording::Sentence), sentence);
    assert_eq!((w.free("//Alice"), w.0.head().number), (free, head));
}
