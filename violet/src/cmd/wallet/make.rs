//! New keys, and keys made elsewhere.

use chain_svc::wallet::{Created, Kept, Wallet};
use process::exit::BadSetup;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{Named, setup};
use crate::{
    cli::{PasswordFrom, SecretFrom},
    secret,
};

/// Makes what the wallet lacks: the coldkey, unless it is there or not wanted, and the hotkey.
pub(super) fn new(
    named: &Named,
    hotkey_only: bool,
    password: &PasswordFrom,
    json: bool,
) -> anyhow::Result<()> {
    let Named { names, wallet } = named;
    if wallet.hotkey_kept().map_err(setup)? != Kept::Nowhere {
        return Err(BadSetup(format!(
            "wallet {} has a hotkey {} already: name another with --wallet.hotkey or --wallet.name",
            names.name, names.hotkey
        ))
        .into());
    }
    // a public half alone is a coldkey that lies elsewhere
    let has_coldkey =
        wallet.coldkey_kept().map_err(setup)? != Kept::Nowhere || wallet.coldkey_account().is_ok();
    let mut made = Vec::new();
    if !hotkey_only && !has_coldkey {
        let password = secret::new_password(password, &wallet.coldkey_path())?;
        let coldkey = wallet.create_coldkey(&entropy(), &password, &nonce()).map_err(setup)?;
        made.push(("coldkey", coldkey, wallet.coldkey_path()));
    }
    let hotkey = wallet.create_hotkey(&entropy()).map_err(setup)?;
    made.push(("hotkey", hotkey, wallet.hotkey_path()));
    eprintln!(
        "Write the words down now and keep them where no computer reads them: they are shown this once, whoever has them \
         has the key, and without them a lost file is a lost key."
    );
    if json {
        let mut all = Map::new();
        for (kind, Created { account, phrase }, path) in &made {
            let one = json!({
                "address": account.to_string(), "phrase": phrase.as_str(), "path": path.display().to_string(),
            });
            all.insert((*kind).to_owned(), one);
        }
        println!("{}", Zeroizing::new(Value::Object(all).to_string()).as_str());
        return Ok(());
    }
    for (kind, Created { account, phrase }, path) in &made {
        println!("{kind:<10}{account} in {}", path.display());
        println!("  words   {}", phrase.as_str());
    }
    Ok(())
}

/// Writes a key made elsewhere.
pub(super) fn import(
    named: &Named,
    coldkey: bool,
    from: &SecretFrom,
    password: &PasswordFrom,
    json: bool,
) -> anyhow::Result<()> {
    let wallet = &named.wallet;
    let path = if coldkey { wallet.coldkey_path() } else { wallet.hotkey_path() };
    let kept = if coldkey { wallet.coldkey_kept() } else { wallet.hotkey_kept() };
    // told before anything secret is asked for
    if kept.map_err(setup)? != Kept::Nowhere {
        return Err(BadSetup(format!(
            "{} exists already, and keys are never overwritten: choose other names with --wallet.name and --wallet.hotkey",
            path.display()
        ))
        .into());
    }
    let secret = secret::secret(from)?;
    let account = if coldkey {
        import_coldkey(wallet, &secret, password)?
    } else {
        wallet.import_hotkey(&secret).map_err(setup)?
    };
    let kind = if coldkey { "coldkey" } else { "hotkey" };
    if json {
        println!(
            "{}",
            json!({ kind: { "address": account.to_string(), "path": path.display().to_string() } })
        );
    } else {
        println!("{kind:<10}{account} in {}", path.display());
    }
    Ok(())
}

fn import_coldkey(
    wallet: &Wallet,
    secret: &str,
    password: &PasswordFrom,
) -> anyhow::Result<chain_svc::chain::Account> {
    let password = secret::new_password(password, &wallet.coldkey_path())?;
    Ok(wallet.import_coldkey(secret, &password, &nonce()).map_err(setup)?)
}

fn entropy() -> Zeroizing<[u8; 16]> {
    Zeroizing::new(process::id::random().to_le_bytes())
}

fn nonce() -> [u8; 24] {
    let mut nonce = [0; 24];
    nonce[..16].copy_from_slice(&process::id::random().to_le_bytes());
    nonce[16..].copy_from_slice(&process::id::random_u64().to_le_bytes());
    nonce
}
