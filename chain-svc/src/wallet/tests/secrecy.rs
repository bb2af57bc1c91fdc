//! No secret is printed, whatever happens.

use super::*;
use crate::wallet::{Password, hotkey_of_secret};

/// Every secret text of a fixture.
fn secrets(text: &str) -> Vec<String> {
    let fields: serde_json::Value = serde_json::from_str(text).unwrap();
    ["secretSeed", "secretPhrase", "privateKey"]
        .iter()
        .map(|name| fields[name].as_str().unwrap().trim_start_matches("0x").to_owned())
        .collect()
}

#[test]
fn neither_wallets_nor_keys_nor_passwords_print_a_secret() {
    let wallet = theirs("new", "miner");
    let text = std::fs::read_to_string(wallet.hotkey_path()).unwrap();
    let key = wallet.hotkey(None).unwrap();
    let root = tempfile::tempdir().unwrap();
    let created = Wallet::new(root.path(), "w", "h").unwrap().create_hotkey(&entropy()).unwrap();
    let printed = format!("{wallet:?} {key:?} {created:?} {:?}", Password::new(PASSWORD.into()));
    for secret in secrets(&text) {
        assert!(!printed.contains(&secret), "{printed}");
    }
    assert!(!printed.contains(PASSWORD) && !printed.contains(created.phrase.as_str()), "{printed}");
}

#[test]
fn no_error_repeats_a_part_of_a_spoiled_keyfile() {
    let text = std::fs::read_to_string(theirs("new", "miner").hotkey_path()).unwrap();
    let root = tempfile::tempdir().unwrap();
    let wallet = Wallet::new(root.path(), "w", "h").unwrap();
    std::fs::create_dir_all(wallet.hotkey_path().parent().unwrap()).unwrap();
    for at in 0..text.len() {
        let mut spoiled = text.clone().into_bytes();
        spoiled[at] = b'!';
        std::fs::write(wallet.hotkey_path(), &spoiled).unwrap();
        let Err(error) = wallet.hotkey(None) else { continue };
        let printed = format!("{error} {error:?}");
        for secret in secrets(&text) {
            assert!(!printed.contains(&secret[..12]) && !printed.contains(&secret[secret.len() - 12..]));
        }
    }
    for secret in secrets(&text) {
        let error = hotkey_of_secret(&format!("{secret}!")).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&secret[..12]));
    }
}
