//! A place in a subnet: each check by its name, and the price.

use super::kit::{World, account, register};
use crate::value::{num, raw};

fn burned(w: &mut World, who: &str, net: u16, hotkey: &str) -> Result<Vec<String>, String> {
    w.call(who, "burned_register", &[("netuid", num(net)), ("hotkey", raw(account(hotkey)))])
}

fn limited(w: &mut World, limit: u64) -> Result<Vec<String>, String> {
    let args = [("netuid", num(1u16)), ("hotkey", raw(account("//Bob"))), ("limit_price", num(limit))];
    w.call("//Alice", "register_limit", &args)
}

#[test]
fn a_registered_hotkey_gets_the_next_uid_its_owner_and_no_permit() {
    let mut w = World::new();
    assert_eq!(register(&mut w, 49, "//Bob"), 1);
    let v = w.0.now().unwrap();
    let key = || vec![num(49u16), num(1u16)];
    assert_eq!(v.get::<[u8; 32]>("Keys", key()).unwrap(), account("//Bob"));
    assert_eq!(v.get::<[u8; 32]>("Owner", vec![raw(account("//Bob"))]).unwrap(), account("//Alice"));
    assert_eq!(v.get::<u64>("BlockAtRegistration", key()).unwrap(), w.0.head().number);
    assert_eq!(w.get::<Vec<u64>>("LastUpdate", 49), [0, w.0.head().number]);
    assert_eq!(w.get::<Vec<bool>>("ValidatorPermit", 49), [false, false]);
    assert_eq!(w.get::<u16>("SubnetworkN", 49), 2);
}

#[test]
fn the_root_subnet_is_refused_by_registration_not_permitted_on_root_subnet() {
    assert_eq!(
        burned(&mut World::new(), "//Alice", 0, "//Bob").unwrap_err(),
        "RegistrationNotPermittedOnRootSubnet"
    );
}

#[test]
fn an_unknown_subnet_is_refused_by_subnet_not_exists() {
    assert_eq!(burned(&mut World::new(), "//Alice", 7, "//Bob").unwrap_err(), "SubnetNotExists");
}

#[test]
fn a_closed_subnet_is_refused_by_sub_net_registration_disabled() {
    let mut w = World::new();
    w.set(49, "NetworkRegistrationAllowed", false);
    assert_eq!(burned(&mut w, "//Alice", 49, "//Bob").unwrap_err(), "SubNetRegistrationDisabled");
}

#[test]
fn a_second_registration_is_refused_by_hot_key_already_registered_in_sub_net() {
    let mut w = World::new();
    register(&mut w, 49, "//Bob");
    assert_eq!(burned(&mut w, "//Alice", 49, "//Bob").unwrap_err(), "HotKeyAlreadyRegisteredInSubNet");
}

#[test]
fn a_block_that_is_full_refuses_by_too_many_registrations_this_block() {
    let mut w = World::manual();
    for hotkey in ["//Bob", "//Charlie"] {
        let args = [("netuid", num(49u16)), ("hotkey", raw(account(hotkey)))];
        let xt = w.sign("//Alice", "SubtensorModule", "burned_register", &args);
        w.0.submit(xt, None).unwrap();
    }
    w.0.make_block().unwrap();
    assert_eq!(w.outcome().unwrap_err(), "TooManyRegistrationsThisBlock");
    assert_eq!(w.get::<u16>("SubnetworkN", 49), 2);
    assert_eq!(burned(&mut { w }, "//Alice", 49, "//Dave").unwrap_err(), "TooManyRegistrationsThisBlock");
}

#[test]
fn an_interval_that_is_full_refuses_by_too_many_registrations_this_interval_until_it_ends() {
    let mut w = World::new();
    w.set(49, "TargetRegistrationsPerInterval", 1);
    for hotkey in ["//Bob", "//Charlie", "//Dave"] {
        burned(&mut w, "//Alice", 49, hotkey).unwrap();
    }
    assert_eq!(burned(&mut w, "//Alice", 49, "//Eve").unwrap_err(), "TooManyRegistrationsThisInterval");
    w.0.advance(100).unwrap();
    burned(&mut w, "//Alice", 49, "//Eve").unwrap();
}

#[test]
fn anothers_hotkey_is_refused_by_non_associated_cold_key() {
    let mut w = World::new();
    register(&mut w, 1, "//Bob");
    assert_eq!(burned(&mut w, "//Charlie", 49, "//Bob").unwrap_err(), "NonAssociatedColdKey");
}

#[test]
fn a_poor_coldkey_is_refused_by_not_enough_balance_to_stake_and_pays_only_the_fee() {
    let mut w = World::new();
    w.0.set_balance(&account("//Charlie"), 1_000_000).unwrap();
    assert_eq!(burned(&mut w, "//Charlie", 1, "//Bob").unwrap_err(), "NotEnoughBalanceToStake");
    assert_eq!(w.free("//Charlie"), 1_000_000 - crate::apply::FEE);
    assert_eq!(w.nonce("//Charlie"), 1);
}

#[test]
fn a_full_subnet_gives_the_place_of_the_neuron_that_earned_least() {
    let mut w = World::new();
    w.set(49, "MaxAllowedUids", 3);
    w.set(49, "ImmunityPeriod", 0);
    register(&mut w, 49, "//Bob");
    register(&mut w, 49, "//Charlie");
    w.set(49, "Emission", serde_json::json!([0, 5, 3]));
    assert_eq!(register(&mut w, 49, "//Dave"), 2);
    assert_eq!(w.0.now().unwrap().uid(49, &account("//Charlie")).unwrap(), None);
    assert_eq!(w.get::<u16>("SubnetworkN", 49), 3);
}

#[test]
fn the_place_of_a_neuron_that_is_immune_is_taken_last() {
    let mut w = World::new();
    w.set(49, "MaxAllowedUids", 3);
    w.set(49, "ImmunityPeriod", 10);
    register(&mut w, 49, "//Bob");
    w.0.advance(10).unwrap();
    register(&mut w, 49, "//Charlie");
    w.set(49, "Emission", serde_json::json!([0, 5, 3]));
    assert_eq!(register(&mut w, 49, "//Dave"), 1);
}

#[test]
fn a_subnet_with_nobody_to_replace_refuses_by_no_neuron_id_available() {
    let mut w = World::new();
    w.set(49, "MaxAllowedUids", 1); // the owner's own neuron
    assert_eq!(burned(&mut w, "//Alice", 49, "//Bob").unwrap_err(), "NoNeuronIdAvailable");
}

#[test]
fn a_price_above_the_limit_is_refused_by_registration_price_limit_exceeded() {
    let mut w = World::new();
    let price: u64 = w.get("Burn", 1);
    assert_eq!(limited(&mut w, price / 2).unwrap_err(), "RegistrationPriceLimitExceeded");
    assert!(limited(&mut w, price).is_ok(), "a price at or below the limit is paid");
}

#[test]
fn a_limited_registration_of_an_unknown_subnet_is_refused_by_subnet_not_exists() {
    let args = [("netuid", num(7u16)), ("hotkey", raw(account("//Bob"))), ("limit_price", num(1u64))];
    assert_eq!(World::new().call("//Alice", "register_limit", &args).unwrap_err(), "SubnetNotExists");
}

#[test]
fn a_registration_costs_the_price_of_its_block_and_raises_it_by_the_multiplier() {
    let mut w = World::new();
    w.set(1, "BurnHalfLife", 0); // no decay
    let (price, before): (u64, u64) = (w.get("Burn", 1), w.free("//Alice"));
    register(&mut w, 1, "//Bob");
    assert_eq!(w.free("//Alice"), before - price - crate::apply::FEE);
    let raised: u64 = w.get("Burn", 1);
    assert!(raised.abs_diff(price * 126 / 100) <= 1, "{price} -> {raised}");
    assert_eq!(w.get::<u64>("RAORecycledForRegistration", 1), price);
}

#[test]
fn the_price_halves_in_its_half_life() {
    let mut w = World::new();
    let (price, half_life): (u64, u16) = (w.get("Burn", 1), w.get("BurnHalfLife", 1));
    w.0.advance(u64::from(half_life)).unwrap();
    let halved: u64 = w.get("Burn", 1);
    assert!(halved.abs_diff(price / 2) <= u64::from(half_life), "{price} -> {halved}");
}

#[test]
fn the_price_stays_between_its_bounds() {
    let mut w = World::new();
    w.set(1, "MaxBurn", 1_100_000_000);
    w.set(1, "Burn", 1_099_000_000);
    register(&mut w, 1, "//Bob");
    assert_eq!(w.get::<u64>("Burn", 1), 1_100_000_000);
    w.set(1, "MinBurn", 1_050_000_000);
    w.0.advance(200).unwrap();
    assert_eq!(w.get::<u64>("Burn", 1), 1_050_000_000);
}
