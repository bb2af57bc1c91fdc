//! A JSON-RPC server over the recorded metadata of a subtensor runtime, for tests and the laptop. It is no node.
//!
//! What a client sees is real: the metadata, the encodings of storage, events and errors, the checks of a signed
//! transaction. What the calls *do* is ported by hand from the documented rules and can drift; the README lists what
//! is never claimed (consensus, finality time, state roots, fees, Yuma, emission).
//!
//! ```no_run
//! # async fn example() -> Result<(), devchain::StartError> {
//! let chain = devchain::Devchain::start(devchain::Options::default()).await?; // port 0, a block per transaction
//! println!("{}", chain.url());
//! chain.stop().await;
//! # Ok(()) }
//! ```

mod apply;
mod block;
mod chain;
mod change;
mod draft;
mod epoch;
mod era;
mod error;
mod extrinsic;
mod faults;
mod finality;
mod genesis;
mod handle;
mod inherent;
mod keys;
mod make;
mod metadata;
mod pool;
mod relay;
mod rpc;
mod rules;
mod runtime_api;
mod server;
mod setting;
mod state;
#[cfg(test)]
mod tests;
mod timelock;
mod value;

pub use block::BlockRef;
pub use error::{BadChange, StartError};
pub use faults::{Fault, Faults};
pub use genesis::{Account, BadGenesis, Genesis, Neuron, Subnet};
pub use handle::Devchain;
pub use keys::{BadKey, Hash, account_of, development_key, from_ss58, to_ss58};
pub use setting::{BlockTime, Options, Wording};
