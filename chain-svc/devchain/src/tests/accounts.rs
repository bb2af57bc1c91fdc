//! Accounts and their names.

use super::kit::account;
use crate::keys::{BadKey, account_of, development_key, from_ss58, to_ss58};

#[test]
fn the_development_keys_have_the_addresses_that_everybody_knows() {
    for (path, address) in [
        ("//Alice", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"),
        ("//Bob", "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"),
        ("//Charlie", "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y"),
        ("//Alice//stash", "5GNJqTPyNqANBkUVMN1LPPrxXnFouWXoe2wNSmmEoLctxiZY"),
    ] {
        assert_eq!(to_ss58(&account(path)), address, "{path}");
        assert_eq!(from_ss58(address).unwrap(), account(path));
    }
}

#[test]
fn an_account_is_also_read_from_hex() {
    assert_eq!(account_of(&format!("0x{}", hex::encode(account("//Bob")))).unwrap(), account("//Bob"));
}

#[test]
fn a_text_that_names_no_account_is_refused_by_what_is_wrong_with_it() {
    let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    assert!(matches!(account_of(&alice.replace("utQY", "utQZ")), Err(BadKey::Checksum(_))));
    let polkadot = "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5";
    assert!(matches!(account_of(polkadot), Err(BadKey::Prefix(_, 0))));
    for text in ["", "Alice", "0x12", "0xzz", "//", "//Alice//", "5Grw", "0OIl"] {
        assert!(matches!(account_of(text), Err(BadKey::Form(_))), "{text:?}");
    }
    assert!(development_key(&format!("//{}", "a".repeat(40))).is_err());
}
