use std::path::Path;

use super::*;
use crate::keyfile::{KeyfileError, path, read};

/// Hotkeys that the official tool wrote.
fn official(form: &str, name: &str) -> std::path::PathBuf {
    let wallets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../chain-svc/golden/wallets/official");
    path(&wallets, form, name).unwrap()
}

fn reading(content: &str) -> Result<Account, KeyfileError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hotkey");
    std::fs::write(&file, content).unwrap();
    read(&file).map(|key| key.account())
}

#[test]
fn hotkeys_of_the_official_tool_give_the_address_they_name() {
    for (form, name, address) in [
        ("new", "miner", "5CetZAg136bQM3BKzna41RQNZE31LGvDSf7TTXvCNeK3Z4md"),
        ("old", "validator", "5Eh2Yg6eyQhiUgaBKq2348B45CdvenpjrJtfGLHGPizYTZA2"),
    ] {
        let key = read(&official(form, name)).unwrap();
        assert_eq!(key.account().to_string(), address);
        assert!(account(address).verify(b"x", &key.sign(b"x")));
    }
}

#[test]
fn an_expanded_secret_alone_is_enough() {
    let (private, address) = (hex::encode(*alice().secret()), alice().account());
    let file = format!(r#"{{"privateKey":"0x{private}","ss58Address":"{address}","cryptoType":1}}"#);
    assert_eq!(reading(&file).unwrap(), address);
}

#[test]
fn what_is_no_plain_hotkey_is_refused_without_repeating_it() {
    let (seed, address) = ("ab".repeat(32), alice().account());
    for (file, said) in [
        ("$NACLxxxx".to_owned(), "is encrypted"),
        (seed.clone(), "no keyfile"),
        (format!(r#"{{"secretSeed":"0x{seed}"}}"#), "names no address"),
        (format!(r#"{{"secretSeed":"0x{seed}","ss58Address":"{address}"}}"#), "another address"),
        (format!(r#"{{"secretSeed":"0x{seed}ab","ss58Address":"{address}"}}"#), "secretSeed"),
        (format!(r#"{{"secretSeed":"0x{seed}","ss58Address":"{address}","cryptoType":0}}"#), "sr25519"),
        (format!(r#"{{"ss58Address":"{address}"}}"#), "neither"),
    ] {
        let refused = reading(&file).unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
        assert!(!format!("{refused:?}").contains("abab"), "{refused:?}");
    }
}

#[test]
fn a_name_never_leads_out_of_the_folder_of_wallets() {
    for name in ["", "..", "a/b", ".hidden", "caf\u{e9}"] {
        assert!(matches!(path(Path::new("/w"), name, "h"), Err(KeyfileError::Name(_))), "{name}");
        assert!(matches!(path(Path::new("/w"), "w", name), Err(KeyfileError::Name(_))), "{name}");
    }
    let said = read(&path(Path::new("/nowhere"), "w", "h").unwrap()).unwrap_err().to_string();
    assert!(said.contains("/nowhere/w/hotkeys/h"), "{said}");
}
