//! Every form that a plain keyfile has had, with the answer of the official core to it.

use super::*;
use crate::wallet::keyfile::{Keyfile, account_of};
use crate::wallet::{hotkey_of_secret, password_of};

#[test]
fn every_form_gives_the_key_that_the_official_core_finds_in_it() {
    let recorded = recorded();
    let forms = recorded["forms"].as_array().unwrap();
    assert!(forms.len() >= 20, "{} forms", forms.len());
    for form in forms {
        let ours = Keyfile::read(form["text"].as_str().unwrap().as_bytes(), None);
        let ours = ours.map(|keyfile| keyfile.account().to_string());
        if form["secret"] == true {
            assert_eq!(ours.as_deref(), Ok(form["address"].as_str().unwrap()), "{}", form["form"]);
        } else {
            assert!(ours.is_err(), "{}", form["form"]);
        }
    }
}

fn refusal(text: &str) -> BadKeyfile {
    Keyfile::read(text.as_bytes(), None).map(|k| k.account()).unwrap_err()
}

#[test]
fn what_gives_no_key_is_refused_with_the_reason() {
    let seed = format!(r#""secretSeed":"0x{}""#, "11".repeat(32));
    let alice = r#""ss58Address":"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY""#;
    for (text, reason) in [
        ("$ANSIBLE_VAULT;1.1;AES256\n6566".into(), BadKeyfile::OldEncryption("Ansible vault")),
        ("gAAAAABk5Y".into(), BadKeyfile::OldEncryption("Fernet")),
        ("$NACLxxxx".into(), BadKeyfile::Encrypted),
        (format!("{{{alice}}}"), BadKeyfile::NoSecret),
        (format!("{{{seed}}}"), BadKeyfile::NoAddress),
        (format!("{{{seed},{alice}}}"), BadKeyfile::OtherAddress),
        (format!(r#"{{"secretSeed":"0x11",{alice}}}"#), BadKeyfile::Field("secretSeed")),
        (format!(r#"{{"secretPhrase":"no words",{alice}}}"#), BadKeyfile::Field("secretPhrase")),
        (format!(r#"{{"privateKey":"0x{}",{alice}}}"#, "ff".repeat(64)), BadKeyfile::Field("privateKey")),
        (format!(r#"{{{seed},"ss58Address":"5Grw"}}"#), BadKeyfile::Field("ss58Address")),
        (format!(r#"{{{seed},{alice},"cryptoType":0}}"#), BadKeyfile::Ed25519),
        (format!(r#"{{{seed},{alice},"cryptoType":"ed25519"}}"#), BadKeyfile::Ed25519),
        (format!(r#"{{{seed},{alice},"cryptoType":2}}"#), BadKeyfile::Field("cryptoType")),
        (format!(r#"{{{seed},{alice},"cryptoType":[1]}}"#), BadKeyfile::Field("cryptoType")),
        (format!("{{{seed},"), BadKeyfile::NotKeyfile),
        ("11".repeat(31), BadKeyfile::NotKeyfile),
    ] {
        assert_eq!(refusal(&text), reason, "{text}");
    }
}

#[test]
fn a_keyfile_of_noise_is_refused_and_never_panics() {
    for length in 0..200usize {
        let noise: Vec<u8> = (0..length).map(|i| (i * i * 31 + length * 7) as u8).collect();
        assert!(Keyfile::read(&noise, None).is_err());
        assert!(account_of(&noise).is_err());
    }
}

#[test]
fn a_public_file_names_the_account_of_any_kind_of_key() {
    let edward = theirs("new", "edward").hotkey_account().unwrap();
    let text = std::fs::read_to_string(golden("wallets/official/new/hotkeys/edward")).unwrap();
    assert!(text.contains(&edward.to_string()));
}

#[test]
fn a_bare_secret_of_the_environment_gives_its_hotkey() {
    let recorded = recorded();
    let forms = recorded["forms"].as_array().unwrap();
    let form = |name: &str| forms.iter().find(|f| f["form"] == name).unwrap();
    for name in ["bare seed", "bare seed without 0x", "bare phrase", "bare phrase and a newline"] {
        let key = hotkey_of_secret(form(name)["text"].as_str().unwrap()).unwrap();
        assert_eq!(key.account().to_string(), form(name)["address"].as_str().unwrap(), "{name}");
    }
    let whole = hotkey_of_secret(form("whole")["text"].as_str().unwrap());
    assert_eq!(bad(whole), BadKeyfile::NotKeyfile);
}

#[test]
fn the_password_that_btcli_left_in_the_environment_is_found() {
    let recorded = recorded();
    for case in recorded["environment"].as_array().unwrap() {
        let path = case["path"].as_str().unwrap();
        let read = |name: &str| {
            assert_eq!(name, case["name"].as_str().unwrap());
            Some(case["value"].as_str().unwrap().to_owned())
        };
        let password = password_of(path.as_ref(), read).unwrap();
        assert!(password.is(case["password"].as_str().unwrap()));
        assert!(password_of(path.as_ref(), |_| None).is_none());
        assert!(password_of(path.as_ref(), |_| Some("no base64!".into())).is_none());
    }
}
