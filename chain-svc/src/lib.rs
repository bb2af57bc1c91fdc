//! The one service that knows a chain: it reads a subnet of Bittensor and writes to it with a hotkey.
//!
//! - `chain`: the seam; over the RPC of subtensor nodes, and in memory;
//! - `weights`, `epoch`: pure: what the chain takes, and when.

pub mod chain;
pub mod epoch;
mod events;
pub mod weights;
