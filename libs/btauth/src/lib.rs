//! Requests signed by a hotkey: the scheme `btauth/1` of the official SDK, with the keys and addresses it needs.
//!
//! A caller proves which hotkey it is, that the request is meant for this receiver, that method, target and body are
//! unchanged, and that it is not a copy of an earlier request. The scheme itself knows neither HTTP nor gRPC: headers are
//! pairs of a name and a value, the time is an argument, and spent nonces live behind [`Nonces`]. The feature `grpc` has the
//! layers for clients and servers of gRPC, and who is registered by the word of chain-svc; `keyfile` reads plain hotkeys.
//!
//! Source: the guide "signed requests" of bittensor 11.3.0, whose signatures and payloads the tests compare with.

mod account;
mod frame;
#[cfg(feature = "grpc")]
pub mod grpc;
mod headers;
mod key;
#[cfg(feature = "keyfile")]
pub mod keyfile;
mod nonces;
pub mod receipt;
mod refused;
mod request;
mod signer;
mod verify;

pub use account::{Account, BadAddress};
pub use frame::{BadFrame, first_message};
pub use headers::{Headers, names};
pub use key::{BadSecret, Keypair, Signature};
pub use nonces::{MemoryNonces, NonceError, Nonces, RETENTION_NS};
pub use refused::{Forbidden, Malformed, Refused};
pub use request::Request;
pub use signer::Signer;
pub use verify::{Caller, MAX_AGE_NS, MAX_SKEW_NS, Proven, prove, verify};

#[cfg(test)]
mod tests;
