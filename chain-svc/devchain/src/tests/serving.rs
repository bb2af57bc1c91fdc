//! `serve_axon`: each check by its name.

use super::kit::{World, account, register};
use crate::value::{num, raw};

fn serve(w: &mut World, ip: u128, port: u16, kind: u8) -> Result<Vec<String>, String> {
    let args = [
        ("netuid", num(49u16)),
        ("version", num(1u32)),
        ("ip", num(ip)),
        ("port", num(port)),
        ("ip_type", num(kind)),
        ("protocol", num(4u8)),
        ("placeholder1", num(0u8)),
        ("placeholder2", num(0u8)),
    ];
    w.call("//Bob", "serve_axon", &args)
}

fn registered() -> World {
    let mut w = World::new();
    register(&mut w, 49, "//Bob");
    w
}

#[test]
fn a_stranger_is_refused_by_hot_key_not_registered_in_network() {
    assert_eq!(serve(&mut World::new(), 0x0a00_0001, 8091, 4).unwrap_err(), "HotKeyNotRegisteredInNetwork");
}

#[test]
fn a_type_that_is_neither_4_nor_6_is_refused_by_invalid_ip_type() {
    assert_eq!(serve(&mut registered(), 0x0a00_0001, 8091, 5).unwrap_err(), "InvalidIpType");
}

#[test]
fn loopback_and_all_ones_are_refused_by_invalid_ip_address_in_both_families() {
    let mut w = registered();
    for (ip, kind) in
        [(0x7f00_0001, 4), (u128::from(u32::MAX), 4), (u128::from(u32::MAX) + 1, 4), (1, 6), (u128::MAX, 6)]
    {
        assert_eq!(serve(&mut w, ip, 8091, kind).unwrap_err(), "InvalidIpAddress", "{ip:x} {kind}");
    }
}

#[test]
fn port_zero_is_refused_by_invalid_port() {
    assert_eq!(serve(&mut registered(), 0x0a00_0001, 0, 4).unwrap_err(), "InvalidPort");
}

#[test]
fn serving_again_is_refused_by_serving_rate_limit_exceeded_until_the_limit_has_passed() {
    let mut w = registered();
    serve(&mut w, 0x0a00_0001, 8091, 4).unwrap();
    assert_eq!(serve(&mut w, 0x0a00_0002, 8091, 4).unwrap_err(), "ServingRateLimitExceeded");
    let limit: u64 = w.get("ServingRateLimit", 49);
    w.0.advance(limit - 2).unwrap();
    assert!(serve(&mut w, 0x0a00_0002, 8091, 4).is_ok(), "the block at which the limit ends is allowed");
}

#[test]
fn the_rate_limit_is_looked_at_before_the_port() {
    let mut w = registered();
    serve(&mut w, 0x0a00_0001, 8091, 4).unwrap();
    assert_eq!(serve(&mut w, 0x0a00_0001, 0, 4).unwrap_err(), "ServingRateLimitExceeded");
}

#[test]
fn address_zero_and_port_one_take_an_axon_back() {
    let mut w = registered();
    w.set(49, "ServingRateLimit", 0);
    serve(&mut w, 0x0a00_0001, 8091, 4).unwrap();
    assert!(serve(&mut w, 0, 1, 4).unwrap().contains(&"SubtensorModule.AxonServed".to_owned()));
    let stored: (u64, u32, u128, u16) =
        w.0.now().unwrap().get("Axons", vec![num(49u16), raw(account("//Bob"))]).unwrap();
    assert_eq!(stored, (w.0.head().number, 1, 0, 1));
}

#[test]
fn an_address_of_the_sixth_version_is_stored_whole() {
    let mut w = registered();
    let ip = 0x2001_0db8_0000_0000_0000_0000_0000_0001;
    serve(&mut w, ip, 8091, 6).unwrap();
    type Axon = (u64, u32, u128, u16, u8, u8, u8, u8);
    let stored: Axon = w.0.now().unwrap().get("Axons", vec![num(49u16), raw(account("//Bob"))]).unwrap();
    assert_eq!(stored, (w.0.head().number, 1, ip, 8091, 6, 4, 0, 0));
}
