//! Accounts: ss58 text, and the well-known development keys, which are public and worth nothing.

use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey, derive::ChainCode};

/// Thirty-two bytes: an account, a block hash, an extrinsic hash.
pub type Hash = [u8; 32];

/// The secret seed that all development keys of the field are derived from.
const DEVELOPMENT_SEED: Hash = [
    0xfa, 0xc7, 0x95, 0x9d, 0xbf, 0xe7, 0x2f, 0x05, 0x2e, 0x5a, 0x0c, 0x3c, 0x8d, 0x65, 0x30, 0xf2, 0x02,
    0xb0, 0x2f, 0xd8, 0xf9, 0xf5, 0xca, 0x35, 0x80, 0xec, 0x8d, 0xeb, 0x77, 0x97, 0x47, 0x9e,
];
/// The address prefix of the network.
const PREFIX: u8 = 42;

/// Why a text names no account.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadKey {
    /// The text is neither ss58, nor `0x` with 64 digits, nor `//Name`.
    #[error("not an account: {0:?} is neither an ss58 address, nor 0x and 64 hex digits, nor //Name")]
    Form(String),
    /// The checksum of the address does not hold.
    #[error("the address {0:?} has a wrong checksum")]
    Checksum(String),
    /// The address is of another network.
    #[error("the address {0:?} has the prefix {1}, not 42")]
    Prefix(String, u8),
}

/// The development key of a path such as `//Alice` or `//Alice//stash`: hard derivations from the public seed.
///
/// # Errors
/// When the path does not begin with `//` or has an empty step.
pub fn development_key(path: &str) -> Result<Keypair, BadKey> {
    let bad = || BadKey::Form(path.to_owned());
    let steps = path.strip_prefix("//").ok_or_else(bad)?;
    let mut mini = MiniSecretKey::from_bytes(&DEVELOPMENT_SEED).map_err(|_| bad())?;
    for step in steps.split("//") {
        if step.is_empty() || step.len() > 31 {
            return Err(bad());
        }
        // the chain code is the SCALE text of the step, padded with zeros
        let mut code = [0; 32];
        let text = parity_scale_codec::Encode::encode(step);
        code[..text.len()].copy_from_slice(&text);
        let secret = mini.expand(ExpansionMode::Ed25519);
        mini = secret.hard_derive_mini_secret_key(Some(ChainCode(code)), b"").0;
    }
    Ok(mini.expand_to_keypair(ExpansionMode::Ed25519))
}

/// The account that a text names: ss58, `0x` and 64 hex digits, or `//Name` of a development key.
///
/// # Errors
/// When it names none.
pub fn account_of(text: &str) -> Result<Hash, BadKey> {
    if text.starts_with("//") {
        return Ok(development_key(text)?.public.to_bytes());
    }
    if let Some(digits) = text.strip_prefix("0x") {
        let bytes = hex::decode(digits).ok().and_then(|b| b.try_into().ok());
        return bytes.ok_or_else(|| BadKey::Form(text.to_owned()));
    }
    from_ss58(text)
}

/// Reads an ss58 address: prefix 42, 32 bytes, a checksum that holds.
///
/// # Errors
/// When any of the three is not so.
pub fn from_ss58(text: &str) -> Result<Hash, BadKey> {
    let form = || BadKey::Form(text.to_owned());
    let bytes = bs58::decode(text).into_vec().map_err(|_| form())?;
    let [prefix, rest @ ..] = &bytes[..] else { return Err(form()) };
    let Some((account, sum)) = rest.split_first_chunk::<32>() else { return Err(form()) };
    if sum.len() != 2 {
        return Err(form());
    }
    if *prefix != PREFIX {
        return Err(BadKey::Prefix(text.to_owned(), *prefix));
    }
    if sum != checksum(account) {
        return Err(BadKey::Checksum(text.to_owned()));
    }
    Ok(*account)
}

/// Writes an account as an ss58 address with prefix 42.
#[must_use]
pub fn to_ss58(account: &Hash) -> String {
    let mut bytes = vec![PREFIX];
    bytes.extend(account);
    bytes.extend(checksum(account));
    bs58::encode(bytes).into_string()
}

fn checksum(account: &Hash) -> [u8; 2] {
    let hash = sp_crypto_hashing::blake2_512(&[b"SS58PRE", &[PREFIX][..], account].concat());
    [hash[0], hash[1]]
}
