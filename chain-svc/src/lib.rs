//! The one service that knows a chain: it reads a subnet of Bittensor and writes to it with a hotkey.
//!
//! - `chain`: the seam; over the RPC of subtensor nodes, and in memory;
//! - `cache`: the subnet as last read, stale while the chain is away;
//! - `submit`: transactions of one key, each intention at most once;
//! - `wallet`: keys in the files of btcli;
//! - `weights`, `epoch`, `timelock`: pure: what the chain takes, when, and how it is sealed.

pub mod cache;
pub mod chain;
pub mod epoch;
mod events;
pub mod submit;
pub mod timelock;
pub mod wallet;
pub mod weights;
