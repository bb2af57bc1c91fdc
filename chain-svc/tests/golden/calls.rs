//! Calls: the bytes that a call is sent as.

use serde_json::{Value as Json, json};
use subxt::{
    dynamic::{self, Value},
    ext::scale_value::Composite,
};

use crate::record::{Offline, account, argument, bytes, runtime, vector};

pub(crate) const COUNT: usize = 10;

fn address(json: &Json) -> Value {
    Value::unnamed_variant("Id", [Value::from_bytes(account(json))])
}

fn list(json: &Json) -> Value {
    Value::unnamed_composite(json.as_array().unwrap().iter().map(argument))
}

fn replay(index: usize, pallet: &str, call: &str, fields: impl Fn(&Json) -> Vec<(&'static str, Value)>) {
    let recorded = vector("calls", index);
    assert_eq!((&recorded["module"], &recorded["function"]), (&json!(pallet), &json!(call)));
    let at = runtime();
    assert_eq!(encoded(&at, pallet, call, fields(&recorded["params"])), bytes(&recorded["data_hex"]));
}

fn encoded(at: &Offline, pallet: &str, call: &str, fields: Vec<(&'static str, Value)>) -> Vec<u8> {
    let fields = Composite::named(fields.into_iter().map(|(k, v)| (k.to_owned(), v)));
    at.tx().call_data(&dynamic::tx(pallet, call, fields)).unwrap()
}

/// A call as an argument of another call.
fn nested(pallet: &str, call: &str, fields: Vec<(&'static str, Value)>) -> Value {
    let inner = Value::named_variant(call, fields.into_iter().map(|(k, v)| (k.to_owned(), v)));
    Value::unnamed_variant(pallet, [inner])
}

/// "transfer 1 to bob" of the record.
fn transfer(value: u64, to: &str) -> Value {
    nested(
        "Balances",
        "transfer_keep_alive",
        vec![("dest", address(&json!(to))), ("value", Value::u128(value.into()))],
    )
}

const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const CHARLIE: &str = "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y";

#[test]
fn the_call_balances_transfer_keep_alive_is_the_recorded_one() {
    let fields = |p: &Json| vec![("dest", address(&p["dest"])), ("value", argument(&p["value"]))];
    replay(0, "Balances", "transfer_keep_alive", fields);
}

#[test]
fn the_call_balances_transfer_allow_death_is_the_recorded_one() {
    let fields = |p: &Json| vec![("dest", address(&p["dest"])), ("value", argument(&p["value"]))];
    replay(1, "Balances", "transfer_allow_death", fields);
}

#[test]
fn the_call_add_stake_is_the_recorded_one() {
    replay(2, "SubtensorModule", "add_stake", |p| {
        let (hotkey, netuid) = (argument(&p["hotkey"]), argument(&p["netuid"]));
        vec![("hotkey", hotkey), ("netuid", netuid), ("amount_staked", argument(&p["amount_staked"]))]
    });
}

#[test]
fn the_call_remove_stake_is_the_recorded_one() {
    replay(3, "SubtensorModule", "remove_stake", |p| {
        let (hotkey, netuid) = (argument(&p["hotkey"]), argument(&p["netuid"]));
        vec![("hotkey", hotkey), ("netuid", netuid), ("amount_unstaked", argument(&p["amount_unstaked"]))]
    });
}

#[test]
fn the_call_burned_register_is_the_recorded_one() {
    let fields = |p: &Json| vec![("netuid", argument(&p["netuid"])), ("hotkey", argument(&p["hotkey"]))];
    replay(4, "SubtensorModule", "burned_register", fields);
}

#[test]
fn the_call_set_weights_is_the_recorded_one() {
    replay(5, "SubtensorModule", "set_weights", |p| {
        let (netuid, key) = (argument(&p["netuid"]), argument(&p["version_key"]));
        vec![
            ("netuid", netuid),
            ("dests", list(&p["dests"])),
            ("weights", list(&p["weights"])),
            ("version_key", key),
        ]
    });
}

#[test]
fn the_call_system_remark_is_the_recorded_one() {
    replay(6, "System", "remark", |p| vec![("remark", Value::from_bytes(bytes(&p["remark"])))]);
}

#[test]
fn the_nested_call_sudo_is_the_recorded_one() {
    replay(7, "Sudo", "sudo", |p| {
        let remark = Value::from_bytes(bytes(&p["call"]["remark"]));
        vec![("call", nested("System", "remark", vec![("remark", remark)]))]
    });
}

#[test]
fn the_nested_calls_of_utility_batch_are_the_recorded_ones() {
    replay(8, "Utility", "batch", |p| {
        assert_eq!(p["calls"], json!(["transfer 1 to bob", "transfer 2 to charlie"]));
        vec![("calls", Value::unnamed_composite([transfer(1, BOB), transfer(2, CHARLIE)]))]
    });
}

#[test]
fn the_nested_call_of_proxy_is_the_recorded_one() {
    replay(9, "Proxy", "proxy", |p| {
        assert_eq!(p["call"], json!("transfer 1 to bob"));
        let kind = Value::unnamed_variant(p["force_proxy_type"].as_str().unwrap(), []);
        let kind = Value::unnamed_variant("Some", [kind]);
        vec![("real", address(&p["real"])), ("force_proxy_type", kind), ("call", transfer(1, BOB))]
    });
}
