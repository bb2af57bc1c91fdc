//! Wallets and registering, from the command line.

use std::{os::unix::fs::PermissionsExt as _, path::Path, process::Stdio};

use process::clock::Clock;
use serde_json::Value;
use tests::program;
use violet::stack::{Crew, Pretend};

const PASSWORD: &str = "a password of some length";

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {} {}", self.out, self.err))
    }

    /// One sentence with these parts, and 64.
    #[track_caller]
    fn mendable(&self, parts: &[&str]) {
        assert_eq!(self.code, Some(64), "{} {}", self.out, self.err);
        let last = self.err.lines().last().unwrap_or_default();
        for part in parts {
            assert!(
                last.starts_with("violet: ") && last.contains(part),
                "\"{part}\" is missing in: {}",
                self.err
            );
        }
    }
}

/// `violet` without a terminal, with its wallets in `folder`.
async fn violet(folder: &Path, args: &[&str]) -> Said {
    // a session of its own has no terminal to ask on
    let output = tokio::process::Command::new("setsid")
        .arg("--wait")
        .arg(program::path("violet"))
        .args(args)
        .env_clear()
        .env("BT_WALLET_PATH", folder)
        .env("PASSWORD", PASSWORD)
        .env("SEED", "0x".to_owned() + &"5a".repeat(32))
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_made_shown_and_signs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let made =
        violet(folder, &["wallet", "new", "--wallet.name", "w", "--password-env", "PASSWORD", "--json"])
            .await;
    assert_eq!(made.code, Some(0), "{}", made.err);
    assert!(made.err.contains("shown this once"), "{}", made.err);
    let made = made.json();
    let words = |kind: &str| made[kind]["phrase"].as_str().unwrap().to_owned();
    assert_eq!((words("coldkey").split(' ').count(), words("hotkey").split(' ').count()), (12, 12));
    for file in ["coldkey", "coldkeypub.txt", "hotkeys/default", "hotkeys/defaultpub.txt"] {
        let mode = folder.join("w").join(file).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
    let again = violet(folder, &["wallet", "new", "--wallet.name", "w", "--password-env", "PASSWORD"]).await;
    again.mendable(&["a hotkey default already", "--wallet.hotkey"]);

    let second =
        violet(folder, &["wallet", "new", "--wallet.name", "w", "--wallet.hotkey", "two", "--json"]).await;
    let second = second.json();
    assert!(second["coldkey"].is_null(), "the coldkey that is there stays");
    let listed = violet(folder, &["wallet", "list", "--json"]).await;
    assert_eq!(listed.json()[0]["coldkey"], made["coldkey"]["address"]);
    assert_eq!(listed.json()[0]["hotkeys"][1]["address"], second["hotkey"]["address"]);
    let shown = violet(folder, &["wallet", "show", "--wallet.name", "w", "--json"]).await.json();
    assert_eq!(
        (&shown["coldkey"]["kept"], &shown["hotkey"]["kept"]),
        (&"encrypted".into(), &"not encrypted".into())
    );
    assert_eq!(shown["notes"], serde_json::json!([]));
    for (secret, said) in [(words("hotkey"), shown.to_string()), (words("coldkey"), listed.out.clone())] {
        assert!(!said.contains(&secret), "{said}");
    }

    let text = "this hotkey is mine, 2026-11-22";
    let signed =
        violet(folder, &["wallet", "sign", "--wallet.name", "w", "--message", text, "--json"]).await.json();
    assert_eq!(signed["address"], made["hotkey"]["address"]);
    let signature = signed["signature"].as_str().unwrap();
    let own = ["wallet", "verify", "--wallet.name", "w", "--signature", signature, "--message"];
    assert_eq!(violet(folder, &[&own[..], &[text]].concat()).await.code, Some(0));
    let changed = violet(folder, &[&own[..], &["this hotkey is mine, 2026-11-23"]].concat()).await;
    assert_eq!(changed.code, Some(1), "{}", changed.err);
    let other = [text, "--address", second["hotkey"]["address"].as_str().unwrap()];
    assert_eq!(violet(folder, &[&own[..], &other].concat()).await.code, Some(1));
    let login =
        violet(folder, &["wallet", "sign", "--wallet.name", "w", "--message", "btauth/1\nsr25519"]).await;
    login.mendable(&["not signed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_made_elsewhere_is_imported_and_its_words_give_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let seed = ["wallet", "import", "--wallet.hotkey", "seed", "--secret-env", "SEED", "--json"];
    let imported = violet(folder, &seed).await;
    assert_eq!(imported.code, Some(0), "{}", imported.err);
    assert!(!imported.out.contains("5a5a"), "{}", imported.out);
    violet(folder, &seed).await.mendable(&["exists already", "--wallet.hotkey"]);

    let made =
        violet(folder, &["wallet", "new", "--hotkey-only", "--wallet.hotkey", "made", "--json"]).await.json();
    assert!(!folder.join("default/coldkey").exists());
    let words = folder.join("words");
    std::fs::write(&words, made["hotkey"]["phrase"].as_str().unwrap()).unwrap();
    let words = words.to_str().unwrap();
    let again =
        violet(folder, &["wallet", "import", "--wallet.hotkey", "copy", "--secret-file", words, "--json"])
            .await;
    assert_eq!(again.json()["hotkey"]["address"], made["hotkey"]["address"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_asked_is_told_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    violet(folder, &["wallet", "new"]).await.mendable(&["terminal", "--password-env or --password-file"]);
    violet(folder, &["wallet", "import"]).await.mendable(&["terminal", "--secret-env or --secret-file"]);
    violet(folder, &["wallet", "show"]).await.mendable(&["default/hotkeys/default does not exist"]);
    violet(folder, &["wallet", "show", "--wallet.name", "../w"]).await.mendable(&["no name of a wallet"]);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "nothing was written");
    let empty = violet(folder, &["wallet", "list"]).await;
    assert!(empty.code == Some(0) && empty.out.contains("violet wallet new"), "{}", empty.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hotkey_is_registered_for_no_more_than_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let pretend =
        Pretend::start(&folder.path().join("devchain"), Crew { miners: 2, validators: 1 }, &Clock::system())
            .await
            .unwrap();
    let wallets = folder.path().join("devchain/wallets");
    let url = pretend.url();
    let (data, keys) = (folder.path().join("data"), ["--wallet.name", "demo", "--wallet.hotkey", "mine"]);
    let made = violet(&wallets, &[&["wallet", "new"], &keys[..]].concat()).await;
    assert_eq!(made.code, Some(0), "{}", made.err);
    let register = async |limit: &[&str]| {
        let at =
            ["register", "--subtensor.network", &url, "--netuid", "49", "--data-dir", data.to_str().unwrap()];
        violet(&wallets, &[&at[..], &keys, limit].concat()).await
    };
    let sent = || pretend.node().calls("author_submitAndWatchExtrinsic");
    let before = sent();
    let unasked = register(&[]).await;
    unasked.mendable(&["nothing was sent", "--limit"]);
    assert!(unasked.out.contains("price") && unasked.out.contains("TAO"), "{}", unasked.out);
    let low = register(&["--limit", "0.000000001"]).await;
    assert_eq!(low.code, Some(1), "{}", low.err);
    assert!(low.err.contains("RegistrationPriceLimitExceeded"), "{}", low.err);
    assert_eq!(sent(), before);
    let done = register(&["--limit", "1"]).await;
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.out.contains("registered as uid 4 in block"), "{}", done.out);
    let again = register(&["--limit", "1"]).await;
    assert!(again.code == Some(0) && again.out.contains("already, as uid 4"), "{}", again.out);
    assert_eq!(sent() - before, 1);
    pretend.stop().await;
}
