//! btauth/1 over gRPC: the same headers as metadata, the path of the method as target, the first message as body.
//!
//! The bytes of the wire are signed and verified, in layers around the generated clients and services: a message that was
//! decoded and encoded again could be another text.

mod client;
mod guard;
mod held;
mod nonces;
mod registry;
mod server;

use std::sync::Arc;

pub use client::{Signed, Signing, signed};
pub use guard::{Guard, Turned};
pub use registry::{BadMetagraph, Denied, Member, Registry, Role};
pub use server::Verified;

/// Tells the time in nanoseconds since the Unix epoch.
pub type Now = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The method of every call.
const POST: &str = "POST";

/// Longest first message that is signed or verified, in bytes: the longest that a service takes by default.
pub const FIRST_MESSAGE: usize = 4 << 20;
