//! `golden/wallets/official` is what bittensor 11.3.0 (`new`) and bittensor-wallet 4.1.1 (`old`) wrote, by
//! `oracles/wallets.py`; that program opens with both what we wrote to `golden/wallets/ours`.

use std::path::Path;

use btauth::{Keypair, Signature};
use serde_json::Value;

use super::*;
use crate::wallet::Password;

const NAMES: [(&str, &str); 2] = [("new", "miner"), ("old", "validator")];

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} of {value}"))
}

#[test]
fn hotkeys_of_both_official_tools_open_with_their_addresses() {
    let recorded = recorded();
    for (name, hotkey) in NAMES {
        let (wallet, expected) = (theirs(name, hotkey), &recorded["wallets"][name]);
        let key = wallet.hotkey(None).unwrap();
        assert_eq!(key.account().to_string(), text(expected, "hotkey"));
        assert_eq!(wallet.hotkey_account().unwrap(), key.account());
        assert_eq!(wallet.coldkey_account().unwrap().to_string(), text(expected, "coldkey"));
    }
}

#[test]
fn signatures_of_both_official_tools_hold() {
    let recorded = recorded();
    for (name, hotkey) in NAMES {
        let account = theirs(name, hotkey).hotkey_account().unwrap();
        let bytes = hex::decode(text(&recorded["wallets"][name], "signature")).unwrap();
        let signature = Signature(bytes.try_into().unwrap());
        assert!(account.verify(b"hello from python", &signature));
        assert!(!account.verify(b"hello from pythom", &signature));
    }
}

#[test]
fn an_unencrypted_coldkey_opens_without_a_password() {
    let wallet = theirs("old", "validator");
    assert_eq!(wallet.coldkey(None).unwrap().account(), wallet.coldkey_account().unwrap());
}

#[test]
fn a_hotkey_of_another_kind_is_refused_with_its_file() {
    let refused = theirs("new", "edward").hotkey(None);
    assert!(refused.as_ref().unwrap_err().to_string().ends_with("hotkeys/edward"));
    assert_eq!(bad(refused), BadKeyfile::Ed25519);
}

/// The one test that spends 512 MiB: a coldkey of the official tool opens, ours is written as recorded, and neither
/// opens with another password.
#[test]
fn an_encrypted_coldkey_is_opened_and_written_as_by_the_official_tool() {
    let password = Password::new(PASSWORD.into());
    let wallet = theirs("new", "miner");
    assert_eq!(bad(wallet.coldkey(None)), BadKeyfile::Encrypted);
    let coldkey = wallet.coldkey(Some(&password)).unwrap();
    assert_eq!(coldkey.account(), wallet.coldkey_account().unwrap());

    let folder = tempfile::tempdir().unwrap();
    let ours = write(folder.path(), &password);
    let same = ["coldkey", "coldkeypub.txt", "hotkeys/miner", "hotkeys/minerpub.txt"].iter().all(|file| {
        let [now, then] = [folder.path().join("wallet"), golden("wallets/ours/wallet")].map(|f| f.join(file));
        std::fs::read(now).ok() == std::fs::read(then).ok()
    });
    if std::env::var_os("REGEN").is_some_and(|v| v == "1") {
        let kept = golden("wallets/ours");
        let _ = std::fs::remove_dir_all(&kept);
        write(&kept, &password);
        let expected = serde_json::json!({
            "hotkey": ours.account().to_string(),
            "coldkey": coldkey_of_ours(folder.path()),
            "signature": hex::encode(ours.sign(b"hello from rust").0),
        });
        std::fs::write(kept.join("expected.json"), expected.to_string() + "\n").unwrap();
    } else {
        assert!(same, "what is written is not what was shown to the official tools");
    }
    let other = Password::new("correct horse battery stapler".into());
    assert_eq!(bad(wallet.coldkey(Some(&other))), BadKeyfile::Password);
}

fn write(folder: &Path, password: &Password) -> Keypair {
    let wallet = Wallet::new(folder, "wallet", "miner").unwrap();
    wallet.create_hotkey(&entropy()).unwrap();
    let phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
    wallet.import_coldkey(phrase, password, &[7; 24]).unwrap();
    wallet.hotkey(None).unwrap()
}

fn coldkey_of_ours(folder: &Path) -> String {
    Wallet::new(folder, "wallet", "miner").unwrap().coldkey_account().unwrap().to_string()
}

#[test]
fn the_signature_that_was_shown_to_the_official_tools_holds() {
    let expected: Value =
        serde_json::from_slice(&std::fs::read(golden("wallets/ours/expected.json")).unwrap()).unwrap();
    let account: btauth::Account = text(&expected, "hotkey").parse().unwrap();
    let signature = Signature(hex::decode(text(&expected, "signature")).unwrap().try_into().unwrap());
    assert!(account.verify(b"hello from rust", &signature));
}
