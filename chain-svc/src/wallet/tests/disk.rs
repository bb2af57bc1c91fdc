//! Files and folders.

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::wallet::{Kept, Password, file, list};

fn mode(path: &std::path::Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_hotkey_is_for_its_owner_only_and_reads_back() {
    let root = tempfile::tempdir().unwrap();
    let wallet = Wallet::new(&root.path().join("wallets"), "violet", "miner-1").unwrap();
    let created = wallet.create_hotkey(&entropy()).unwrap();
    assert_eq!(wallet.hotkey(None).unwrap().account(), created.account);
    assert_eq!(wallet.hotkey_account().unwrap(), created.account);
    assert_eq!(created.phrase.split(' ').count(), 12);

    let hotkeys = root.path().join("wallets/violet/hotkeys");
    for folder in [hotkeys.parent().unwrap().parent().unwrap(), hotkeys.parent().unwrap(), &hotkeys] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    let mut files: Vec<_> = std::fs::read_dir(&hotkeys).unwrap().map(|e| e.unwrap()).collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    let names: Vec<_> = files.iter().map(|e| e.file_name().into_string().unwrap()).collect();
    assert_eq!(names, ["miner-1", "miner-1pub.txt"]);
    assert!(files.iter().all(|file| mode(&file.path()) == 0o600));
    let public = std::fs::read_to_string(files[1].path()).unwrap();
    assert!(!public.contains("secret") && !public.contains("private"), "{public}");
}

#[test]
fn a_key_is_never_overwritten() {
    let root = tempfile::tempdir().unwrap();
    let wallet = Wallet::new(root.path(), "violet", "miner").unwrap();
    let created = wallet.create_hotkey(&entropy()).unwrap();
    for again in [
        wallet.create_hotkey(&Zeroizing::new([1; 16])).map(drop),
        wallet.import_hotkey(&"11".repeat(32)).map(drop),
    ] {
        assert!(matches!(again, Err(WalletError::Exists(_))));
    }
    assert_eq!(wallet.hotkey(None).unwrap().account(), created.account);
    // nor is a key written beside the public half of another
    std::fs::remove_file(wallet.hotkey_path()).unwrap();
    assert!(matches!(wallet.create_hotkey(&entropy()), Err(WalletError::Exists(_))));
    assert!(!wallet.hotkey_path().exists());
}

#[test]
fn a_new_coldkey_lies_under_its_password_and_is_written_once() {
    let root = tempfile::tempdir().unwrap();
    let wallet = Wallet::new(root.path(), "violet", "default").unwrap();
    assert_eq!(wallet.coldkey_kept().unwrap(), Kept::Nowhere);
    let password = Password::new("long enough".to_owned());
    let created = wallet.create_coldkey(&entropy(), &password, &[3; 24]).unwrap();
    assert_eq!(wallet.coldkey_kept().unwrap(), Kept::Sealed);
    assert_eq!(wallet.coldkey_account().unwrap(), created.account);
    assert_eq!(wallet.coldkey(Some(&password)).unwrap().account(), created.account);
    assert_eq!(bad(wallet.coldkey(None)), BadKeyfile::Encrypted);
    for file in [wallet.coldkey_path(), wallet.coldkeypub_path()] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    let again = wallet.create_coldkey(&Zeroizing::new([1; 16]), &password, &[4; 24]);
    assert!(matches!(again, Err(WalletError::Exists(_))));
    let again = wallet.import_worthless_coldkey(&"11".repeat(32));
    assert!(matches!(again, Err(WalletError::Exists(_))));
}

#[test]
fn a_worthless_coldkey_is_kept_in_the_open_for_its_owner_only() {
    let root = tempfile::tempdir().unwrap();
    let wallet = Wallet::new(root.path(), "demo", "default").unwrap();
    let account = wallet.import_worthless_coldkey(&"11".repeat(32)).unwrap();
    assert_eq!(wallet.coldkey_kept().unwrap(), Kept::Plain);
    assert_eq!(wallet.coldkey(None).unwrap().account(), account);
    assert_eq!(wallet.coldkey_account().unwrap(), account);
    assert_eq!(mode(&wallet.coldkey_path()), 0o600);
}

#[test]
fn a_link_that_leads_nowhere_is_not_written_through() {
    let root = tempfile::tempdir().unwrap();
    let (link, aim) = (root.path().join("key"), root.path().join("elsewhere"));
    std::os::unix::fs::symlink(&aim, &link).unwrap();
    assert!(matches!(file::write_new(&link, b"secret"), Err(WalletError::Exists(_))));
    assert!(!aim.exists());
}

#[test]
fn of_many_writers_of_one_key_one_wins_and_no_scrap_is_left() {
    let root = tempfile::tempdir().unwrap();
    let (path, won) = (root.path().join("key"), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for i in 0..16u8 {
            let (path, won) = (&path, &won);
            scope.spawn(move || {
                match file::write_new(path, &[i; 4_096]) {
                    Ok(()) => won.fetch_add(1, Ordering::SeqCst),
                    Err(WalletError::Exists(_)) => 0,
                    Err(other) => panic!("{other:?}"),
                };
            });
        }
    });
    assert_eq!(won.into_inner(), 1);
    let content = std::fs::read(&path).unwrap();
    assert!(content.len() == 4_096 && content.iter().all(|b| *b == content[0]));
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn an_imported_secret_reads_back() {
    let root = tempfile::tempdir().unwrap();
    let recorded = recorded();
    for (i, form) in recorded["forms"].as_array().unwrap().iter().enumerate() {
        let wallet = Wallet::new(root.path(), "import", &format!("key{i}")).unwrap();
        let imported = wallet.import_hotkey(form["text"].as_str().unwrap());
        if form["secret"] == true {
            let account = imported.unwrap();
            assert_eq!(account.to_string(), form["address"].as_str().unwrap());
            assert_eq!(wallet.hotkey(None).unwrap().account(), account);
        } else {
            assert!(imported.is_err() && !wallet.hotkey_path().exists(), "{}", form["form"]);
        }
    }
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    for name in ["", ".", "..", "../x", "a/b", "/etc", ".hidden", "a b", "a\0", "é", &"x".repeat(65)] {
        let root = std::path::Path::new("/tmp");
        assert!(matches!(Wallet::new(root, name, "h"), Err(WalletError::Name(_))), "{name:?}");
        assert!(matches!(Wallet::new(root, "w", name), Err(WalletError::Name(_))), "{name:?}");
    }
}

#[test]
fn a_missing_wallet_is_named_with_its_path() {
    let wallet = Wallet::new(std::path::Path::new("/nowhere"), "w", "h").unwrap();
    let error = wallet.hotkey(None).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/w/hotkeys/h does not exist"), "{error}");
    assert_eq!(error.kind(), domain::ErrorKind::NotFound);
}

#[test]
fn the_wallets_of_a_folder_are_listed_with_their_addresses() {
    let wallets = list(&golden("wallets/official")).unwrap();
    let names: Vec<_> = wallets
        .iter()
        .map(|w| (w.name.as_str(), w.hotkeys.iter().map(|h| h.name.as_str()).collect::<Vec<_>>()))
        .collect();
    assert_eq!(names, [("new", vec!["edward", "miner"]), ("old", vec!["validator"])]);
    let recorded = recorded();
    for wallet in wallets {
        let expected = &recorded["wallets"][&wallet.name];
        assert_eq!(wallet.coldkey.unwrap().to_string(), expected["coldkey"].as_str().unwrap());
        let last = wallet.hotkeys.last().unwrap().account.unwrap();
        assert_eq!(last.to_string(), expected["hotkey"].as_str().unwrap());
    }
    assert_eq!(list(std::path::Path::new("/nowhere")).unwrap(), []);
}
