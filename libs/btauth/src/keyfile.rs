//! Hotkeys in the plain files of the official tools, as services that only sign need them.
//!
//! Encrypted files and files of nothing but words are for chain-svc, which knows wallets whole.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::{Account, Keypair};

/// No keyfile is longer; what is, is something else.
const LONGEST: u64 = 64 * 1024;

/// Why a hotkey was not read. Never repeats what the file holds.
#[derive(Debug, thiserror::Error)]
pub enum KeyfileError {
    /// A name that could lead out of the folder of wallets.
    #[error("{0:?} is no name of a wallet or hotkey: 1 to 64 letters, digits, dots, dashes or underscores")]
    Name(String),
    /// A file that cannot be read.
    #[error("the hotkey {} can't be read: check the path, the name of the wallet and the hotkey", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Not a plain hotkey.
    #[error("the hotkey {} can't be used: {why}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// Why.
        why: &'static str,
    },
}

/// The fields that matter. Others are passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    #[serde(default, deserialize_with = "secret")]
    secret_seed: Option<Zeroizing<String>>,
    #[serde(default, deserialize_with = "secret")]
    private_key: Option<Zeroizing<String>>,
    #[serde(alias = " ss58Address")]
    ss58_address: Option<String>,
    #[serde(default)]
    crypto_type: serde_json::Value,
}

/// Text that is wiped when dropped.
fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Zeroizing<String>>, D::Error> {
    Option::<String>::deserialize(from).map(|text| text.map(Zeroizing::new))
}

/// Where the hotkey `hotkey` of the wallet `name` lies in the folder `wallets`, usually `~/.bittensor/wallets`.
///
/// # Errors
/// When a name could lead elsewhere.
pub fn path(wallets: &Path, name: &str, hotkey: &str) -> Result<PathBuf, KeyfileError> {
    for name in [name, hotkey] {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if !(1..=64).contains(&name.len()) || name.starts_with('.') || !name.bytes().all(fits) {
            return Err(KeyfileError::Name(name.to_owned()));
        }
    }
    Ok(wallets.join(name).join("hotkeys").join(hotkey))
}

/// The key in the file at `path`; the secret must give the address that the file names.
///
/// # Errors
/// When the file is missing, encrypted, of another kind of key, or contradicts itself.
pub fn read(path: &Path) -> Result<Keypair, KeyfileError> {
    let data = whole(path).map_err(|source| KeyfileError::Read { path: path.to_owned(), source })?;
    plain(&data).map_err(|why| KeyfileError::Content { path: path.to_owned(), why })
}

fn whole(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    // room for the whole file at once: a buffer that grows leaves copies of the secret behind
    let room = usize::try_from(file.metadata()?.len().min(LONGEST)).unwrap_or(0);
    let mut data = Zeroizing::new(Vec::with_capacity(room + 1));
    file.take(LONGEST).read_to_end(&mut data)?;
    Ok(data)
}

fn plain(data: &[u8]) -> Result<Keypair, &'static str> {
    if data.starts_with(b"$NACL") || data.starts_with(b"$ANSIBLE_VAULT") || data.starts_with(b"gAAAAA") {
        return Err("it is encrypted; a service that signs by itself needs a hotkey without a password");
    }
    // what the parser would say repeats what it read
    let fields: Fields = serde_json::from_slice(data).map_err(|_| "it is no keyfile")?;
    if !fields.sr25519() {
        return Err("only sr25519 keys can be registered: make a new one with btcli");
    }
    let named = fields.ss58_address.as_deref().ok_or("it names no address")?;
    let named: Account = named.trim().parse().map_err(|_| "its field ss58Address is not in shape")?;
    let key = if let Some(seed) = &fields.secret_seed {
        Keypair::from_seed(&*digits::<32>(seed).ok_or("its field secretSeed is not in shape")?)
    } else if let Some(private) = &fields.private_key {
        let bytes = digits::<64>(private).ok_or("its field privateKey is not in shape")?;
        Keypair::from_secret(&bytes).map_err(|_| "its field privateKey is not in shape")?
    } else {
        return Err("it holds neither secretSeed nor privateKey");
    };
    if key.account() == named {
        Ok(key)
    } else {
        Err("its secret gives another address than the one it names")
    }
}

impl Fields {
    /// Absent, a number, or either in quotes.
    fn sr25519(&self) -> bool {
        match &self.crypto_type {
            serde_json::Value::Null => true,
            serde_json::Value::Number(number) => number.as_u64() == Some(1),
            serde_json::Value::String(text) => text == "1" || text.eq_ignore_ascii_case("sr25519"),
            _ => false,
        }
    }
}

fn digits<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut *bytes).ok()?;
    Some(bytes)
}
