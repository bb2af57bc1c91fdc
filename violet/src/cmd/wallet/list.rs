//! What lies in a folder of wallets, by public halves alone.

use chain_svc::{
    chain::Account,
    wallet::{self, Kept, Listed, WalletError},
};
use serde_json::{Value, json};

use super::{Named, exposed, setup};

/// Every wallet of a folder.
pub(super) fn list(named: &Named, json: bool) -> anyhow::Result<()> {
    let folder = named.names.folder()?;
    let wallets = wallet::list(&folder).map_err(setup)?;
    if json {
        println!("{}", Value::Array(wallets.iter().map(as_json).collect()));
        return Ok(());
    }
    if wallets.is_empty() {
        println!("no wallet is in {}: make one with `violet wallet new`", folder.display());
    }
    for wallet in &wallets {
        println!("{}", wallet.name);
        println!("  coldkey {}", address(wallet.coldkey));
        for hotkey in &wallet.hotkeys {
            println!("  hotkey  {} {}", address(hotkey.account), hotkey.name);
        }
    }
    Ok(())
}

/// One wallet and one hotkey of it.
pub(super) fn show(named: &Named, json: bool) -> anyhow::Result<()> {
    let Named { names, wallet } = named;
    let keys = [
        ("coldkey", wallet.coldkey_path(), wallet.coldkey_kept(), wallet.coldkey_account().ok()),
        ("hotkey", wallet.hotkey_path(), wallet.hotkey_kept(), wallet.hotkey_account().ok()),
    ];
    if keys.iter().all(|(.., kept, account)| matches!(kept, Ok(Kept::Nowhere)) && account.is_none()) {
        return Err(setup(WalletError::Missing(wallet.hotkey_path())).into());
    }
    let mut all = serde_json::Map::new();
    all.insert("name".into(), names.name.clone().into());
    all.insert("hotkey_name".into(), names.hotkey.clone().into());
    let mut notes = Vec::new();
    if !json {
        println!("wallet    {}, hotkey {}", names.name, names.hotkey);
    }
    for (kind, path, kept, account) in keys {
        let how = match &kept {
            Ok(Kept::Nowhere) if account.is_some() => "not here, its public half only".to_owned(),
            Ok(Kept::Nowhere) => "not here".to_owned(),
            Ok(Kept::Plain) => "not encrypted".to_owned(),
            Ok(Kept::Sealed) => "encrypted".to_owned(),
            Err(e) => process::exit::sentence(&anyhow::anyhow!("{}", reason(e))),
        };
        if kind == "coldkey" && matches!(kept, Ok(Kept::Plain)) {
            notes.push(
                "whoever reads the coldkey's file can spend all of it: give it a password with btcli, or \
                        import its words anew with `violet wallet import --coldkey`"
                    .to_owned(),
            );
        }
        notes.extend(exposed(&path));
        if json {
            let path = path.display().to_string();
            let address = account.map(|a| a.to_string());
            all.insert(kind.into(), json!({ "address": address, "path": path, "kept": how }));
        } else {
            println!("{kind:<10}{} ({how}) {}", address(account), path.display());
        }
    }
    if json {
        all.insert("notes".into(), notes.into());
        println!("{}", Value::Object(all));
    } else {
        notes.iter().for_each(|note| println!("note      {note}"));
    }
    Ok(())
}

/// Why a key can't be used, without what was done when that showed.
fn reason(e: &WalletError) -> String {
    std::error::Error::source(e).map_or_else(|| e.to_string(), ToString::to_string)
}

fn address(account: Option<Account>) -> String {
    account.map_or_else(|| "(no address is known)".to_owned(), |a| a.to_string())
}

fn as_json(wallet: &Listed) -> Value {
    let hotkeys: Vec<Value> = wallet
        .hotkeys
        .iter()
        .map(|h| json!({ "name": h.name, "address": h.account.map(|a| a.to_string()) }))
        .collect();
    json!({
        "name": wallet.name, "coldkey": wallet.coldkey.map(|a| a.to_string()), "hotkeys": hotkeys,
    })
}
