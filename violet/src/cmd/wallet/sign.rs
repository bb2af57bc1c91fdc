//! Signing a text, and checking who did.

use chain_svc::{
    chain::{Account, Signature},
    wallet::Kept,
};
use process::exit::BadSetup;
use serde_json::json;

use super::{Named, setup};
use crate::{
    cli::{PasswordFrom, TextFrom},
    secret,
};

/// Texts that begin so are requests of this network: a signature of one would be a login.
const REQUEST: &str = "btauth/";

/// Signs a text, as it stands, with the hotkey or the coldkey.
pub(super) fn sign(
    named: &Named,
    text: &TextFrom,
    coldkey: bool,
    password: &PasswordFrom,
    json: bool,
) -> anyhow::Result<()> {
    let text = signable(read(text)?)?;
    let wallet = &named.wallet;
    let (kept, path) = if coldkey {
        (wallet.coldkey_kept(), wallet.coldkey_path())
    } else {
        (wallet.hotkey_kept(), wallet.hotkey_path())
    };
    let sealed = kept.map_err(setup)? == Kept::Sealed;
    let password = sealed.then(|| secret::password(password, &path)).transpose()?;
    let key = if coldkey { wallet.coldkey(password.as_ref()) } else { wallet.hotkey(password.as_ref()) };
    let key = key.map_err(setup)?;
    let signature = format!("0x{}", hex::encode(key.sign(text.as_bytes()).0));
    if json {
        println!("{}", json!({ "address": key.account().to_string(), "signature": signature }));
    } else {
        println!("address   {}", key.account());
        println!("signature {signature}");
    }
    Ok(())
}

/// Says whether a text was signed by an address; ends with 1 when it was not.
pub(super) fn verify(
    named: &Named,
    text: &TextFrom,
    signature: &str,
    address: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    let text = read(text)?;
    let account: Account = match address {
        Some(address) => {
            address.parse().map_err(|e| BadSetup(format!("\"{address}\" is no address: {e}")))?
        }
        None => named.wallet.hotkey_account().map_err(setup)?,
    };
    let holds = account.verify(text.as_bytes(), &digits(signature)?);
    if json {
        println!("{}", json!({ "address": account.to_string(), "valid": holds }));
    } else if holds {
        println!("{account} signed exactly this text");
    }
    anyhow::ensure!(holds, "{account} did not sign this text, or not exactly this one");
    Ok(())
}

fn read(from: &TextFrom) -> Result<String, BadSetup> {
    match (&from.message, &from.file) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(path)) => std::fs::read_to_string(path)
            .map_err(|e| BadSetup(format!("{} can't be read as text ({e})", path.display()))),
        (None, None) => Err(BadSetup("name a text with --message or --file".to_owned())),
    }
}

fn digits(text: &str) -> Result<Signature, BadSetup> {
    let mut bytes = [0; 64];
    let text = text.trim();
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)
        .map_err(|_| BadSetup("--signature: a signature is 0x and 128 hex digits".to_owned()))?;
    Ok(Signature(bytes))
}

/// What people sign is text that they can read. Transactions hold bytes of zero, and requests have a form of their own: a
/// signature of either, got by asking for one of a "message", would be used against its maker.
fn signable(text: String) -> Result<String, BadSetup> {
    let hidden = text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    if text.is_empty() || hidden || text.starts_with(REQUEST) {
        return Err(BadSetup(
            "this is not signed: a text must be readable, not empty, and no request of the network"
                .to_owned(),
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_transactions_are_not_signed_as_if_they_were_texts() {
        for text in ["", "btauth/1\nsr25519\nPOST\n/x", "spec \u{cd}\u{1}\0\0"] {
            assert!(signable(text.to_owned()).is_err(), "{text:?}");
        }
        for text in ["I own this hotkey.", "two\nlines\t", "Ünïcode"] {
            assert_eq!(signable(text.to_owned()).unwrap(), text);
        }
    }
}
