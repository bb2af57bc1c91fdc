//! The scheme against the official SDK's own vectors, and against everything a stranger may change.

mod changed;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "keyfile")]
mod keyfile;
mod noise;
mod official;
mod order;
mod replay;
mod signer;
mod text;

use crate::{Account, Headers, Keypair, Request};

/// A point in time, nanoseconds since the epoch.
pub(crate) const NOW: u64 = 1_752_076_800_000_000_000;
/// The request of the published vector.
pub(crate) const TARGET: &str = "/generate?stream=false";
/// Its body.
pub(crate) const BODY: &[u8] = br#"{"prompt": "hello"}"#;

fn key(seed: &str) -> Keypair {
    let mut bytes = [0; 32];
    hex::decode_to_slice(seed, &mut bytes).unwrap();
    Keypair::from_seed(&bytes)
}

/// The well-known development key `//Alice`.
pub(crate) fn alice() -> Keypair {
    key("e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a")
}

/// The well-known development key `//Bob`.
pub(crate) fn bob() -> Keypair {
    key("398f0c28f98885e046333d4a41c19cee4c37368a9832c6502f6cfd182e2aef89")
}

pub(crate) fn request() -> Request {
    Request::new("POST", TARGET, BODY).unwrap()
}

pub(crate) fn signed() -> Headers {
    request().sign(&alice(), bob().account(), NOW)
}

pub(crate) fn pairs(headers: &Headers) -> Vec<(String, Vec<u8>)> {
    headers.write().into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect()
}

pub(crate) fn read(pairs: &[(String, Vec<u8>)]) -> Result<Headers, crate::Malformed> {
    Headers::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_slice())))
}

pub(crate) fn account(text: &str) -> Account {
    text.parse().unwrap()
}
