//! The wire between services: generated messages, conversions to and from [`domain`], typed clients, error codes, tickets.
//!
//! What comes from the wire is parsed once, at the door; the error names the field as the caller wrote it.

pub mod client;
pub mod convert;
pub mod error;
pub mod ticket;

/// Generated from `proto/violet/v1/*.proto`; `tests/generated.rs` keeps it true.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::needless_pass_by_value)]
#[rustfmt::skip]
pub mod pb {
    include!("generated/violet.v1.rs");
}

pub use convert::BadField;
pub use error::{RpcError, kind_of, status};
