//! What stands in a keyfile, in all the forms that the official tools have written.

use btauth::{Account, Keypair};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use zeroize::Zeroizing;

use super::phrase::Phrase;
use super::sealed::{self, Password};
use super::{BadKeyfile, WalletError};

/// A key with what it was made from.
pub(super) struct Keyfile {
    keypair: Keypair,
    seed: Option<Zeroizing<[u8; 32]>>,
    phrase: Option<Zeroizing<String>>,
}

/// The fields, as written by any of the tools. Others are passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    secret_seed: Option<Secret>,
    secret_phrase: Option<Secret>,
    private_key: Option<Secret>,
    public_key: Option<String>,
    // an old tool wrote a space into the name
    #[serde(alias = " ss58Address")]
    ss58_address: Option<String>,
    // absent, a number, or either in quotes
    #[serde(default)]
    crypto_type: Value,
}

/// Text that is wiped when dropped.
struct Secret(Zeroizing<String>);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

impl Keyfile {
    pub(super) fn of_phrase(phrase: &Phrase) -> Self {
        let seed = phrase.seed();
        Self { keypair: Keypair::from_seed(&seed), seed: Some(seed), phrase: Some(phrase.text()) }
    }

    fn of_seed(seed: Zeroizing<[u8; 32]>) -> Self {
        Self { keypair: Keypair::from_seed(&seed), seed: Some(seed), phrase: None }
    }

    /// Reads a file: JSON, or nothing but a seed in hexadecimal digits, or nothing but words; each of them also under
    /// a password.
    pub(super) fn read(data: &[u8], password: Option<&Password>) -> Result<Self, BadKeyfile> {
        if sealed::sealed(data)? {
            let key = password.ok_or(BadKeyfile::Encrypted)?.key()?;
            return Self::plain(&key.open(data)?);
        }
        Self::plain(data)
    }

    pub(super) fn plain(data: &[u8]) -> Result<Self, BadKeyfile> {
        let text = std::str::from_utf8(data).map_err(|_| BadKeyfile::NotKeyfile)?.trim();
        if text.starts_with('{') { Self::of_fields(fields(text)?) } else { Self::bare(text) }
    }

    fn bare(text: &str) -> Result<Self, BadKeyfile> {
        match digits::<32>(text) {
            Some(seed) => Ok(Self::of_seed(seed)),
            None => text.parse().map(|p| Self::of_phrase(&p)).map_err(|_| BadKeyfile::NotKeyfile),
        }
    }

    fn of_fields(fields: Fields) -> Result<Self, BadKeyfile> {
        if fields.ed25519()? {
            return Err(BadKeyfile::Ed25519);
        }
        let account = fields.account()?;
        let Fields { secret_seed, secret_phrase, private_key, .. } = fields;
        let phrase = secret_phrase.map(|secret| secret.0);
        let keyfile = if let Some(seed) = secret_seed {
            let seed = digits(&seed.0).ok_or(BadKeyfile::Field("secretSeed"))?;
            Self { phrase, ..Self::of_seed(seed) }
        } else if let Some(phrase) = phrase {
            Self::of_phrase(&phrase.parse()?)
        } else {
            let private = private_key.ok_or(BadKeyfile::NoSecret)?;
            let bytes = digits::<64>(&private.0).ok_or(BadKeyfile::Field("privateKey"))?;
            let keypair = Keypair::from_secret(&bytes).map_err(|_| BadKeyfile::Field("privateKey"))?;
            Self { keypair, seed: None, phrase: None }
        };
        if keyfile.account() == account { Ok(keyfile) } else { Err(BadKeyfile::OtherAddress) }
    }

    pub(super) fn account(&self) -> Account {
        self.keypair.account()
    }

    pub(super) fn into_keypair(self) -> Keypair {
        self.keypair
    }

    /// The file as the official tools write and read it.
    pub(super) fn json(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(1_024));
        out.extend_from_slice(&self.public_json());
        out.pop();
        let mut field = |name: &str, value: &str| {
            for part in [",\"", name, "\":\"", value, "\""] {
                out.extend_from_slice(part.as_bytes());
            }
        };
        field("privateKey", &hexadecimal(&*self.keypair.secret()));
        if let Some(phrase) = &self.phrase {
            field("secretPhrase", phrase);
        }
        if let Some(seed) = &self.seed {
            field("secretSeed", &hexadecimal(&**seed));
        }
        out.push(b'}');
        out
    }

    /// The public file beside it.
    pub(super) fn public_json(&self) -> Vec<u8> {
        let (account, key) = (self.account(), hex::encode(self.account().bytes()));
        format!(r#"{{"accountId":"0x{key}","publicKey":"0x{key}","ss58Address":"{account}","cryptoType":1}}"#)
            .into_bytes()
    }
}

impl Fields {
    fn account(&self) -> Result<Account, BadKeyfile> {
        match (&self.ss58_address, &self.public_key) {
            (Some(text), _) => text.trim().parse().map_err(|_| BadKeyfile::Field("ss58Address")),
            (None, Some(text)) => {
                digits(text).map(|key| Account::from_bytes(*key)).ok_or(BadKeyfile::Field("publicKey"))
            }
            (None, None) => Err(BadKeyfile::NoAddress),
        }
    }

    fn ed25519(&self) -> Result<bool, BadKeyfile> {
        let text = match &self.crypto_type {
            Value::Null => return Ok(false),
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.to_ascii_lowercase(),
            _ => return Err(BadKeyfile::Field("cryptoType")),
        };
        match text.as_str() {
            "1" | "sr25519" => Ok(false),
            "0" | "ed25519" => Ok(true),
            _ => Err(BadKeyfile::Field("cryptoType")),
        }
    }
}

/// The address that a public file, or a plain keyfile, names. Any kind of key has one.
pub(super) fn account_of(data: &[u8]) -> Result<Account, BadKeyfile> {
    if sealed::sealed(data)? {
        return Err(BadKeyfile::Encrypted);
    }
    let text = std::str::from_utf8(data).map_err(|_| BadKeyfile::NotKeyfile)?.trim();
    if text.starts_with('{') { fields(text)?.account() } else { Keyfile::bare(text).map(|k| k.account()) }
}

/// The key of a bare secret, as the environment may hold it: a seed in hexadecimal digits, or words.
///
/// # Errors
/// When it is neither.
pub fn hotkey_of_secret(secret: &str) -> Result<Keypair, WalletError> {
    let keyfile = Keyfile::bare(secret.trim());
    keyfile
        .map(Keyfile::into_keypair)
        .map_err(|source| WalletError::Keyfile { path: "(environment)".into(), source })
}

fn fields(text: &str) -> Result<Fields, BadKeyfile> {
    // what the parser would say repeats what it read
    serde_json::from_str(text).map_err(|_| BadKeyfile::NotKeyfile)
}

fn digits<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut *bytes).ok()?;
    Some(bytes)
}

fn hexadecimal(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new("0x".to_owned() + &"0".repeat(2 * bytes.len()));
    let mut digits = Zeroizing::new(vec![0; 2 * bytes.len()]);
    if hex::encode_to_slice(bytes, &mut digits).is_ok() {
        text.truncate(2);
        text.extend(digits.iter().map(|digit| char::from(*digit)));
    }
    text
}
