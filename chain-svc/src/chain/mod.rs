//! The seam to a blockchain: what this service reads from one and writes to it.
//!
//! [`memory::MemoryChain`] and [`subtensor::Subtensor`] keep the same promises; `conformance` holds both to them.

mod call;
#[cfg(test)]
pub(crate) mod conformance;
mod error;
mod head;
pub mod memory;
mod neuron;
mod preflight;
mod refusal;
mod snapshot;
pub mod subtensor;

pub use call::{Call, Found, Included, Registration, SendError, Signed};
pub use error::ChainError;
pub use head::{Hash, Head};
pub use neuron::{Axon, Neuron};
pub use preflight::{check, weight_rules};
pub use refusal::Refusal;
pub use snapshot::{EpochState, Rules, Snapshot, Subnet};

use async_trait::async_trait;
pub use btauth::{Account, Keypair, Signature};
use futures_util::stream::BoxStream;

/// One chain, seen through whatever answers for it.
///
/// Promises: a snapshot is read at one block and names it; reading never sends anything; a transaction is signed once and
/// sent as often as its bytes are handed over, never more; success is the chain's own event in a final block.
#[async_trait]
pub trait Chain: Send + Sync + 'static {
    /// The newest final block.
    ///
    /// # Errors
    /// [`ChainError`]; never a block older than one that was told before.
    async fn head(&self) -> Result<Head, ChainError>;

    /// Final blocks as they come, rising in number; some may be skipped. Lives through lost connections and ends with the
    /// chain's owner only.
    fn heads(&self) -> BoxStream<'static, Head>;

    /// One mechanism of one subnet, everything read at the head of this moment.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`]; [`ChainError::Garbage`] when lists that must be of one length are not.
    async fn snapshot(&self, subnet: Subnet) -> Result<Snapshot, ChainError>;

    /// Whether a hotkey is registered, and what registering costs, in rao, at the head of this moment.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`] and the like.
    async fn registration(&self, netuid: u16, hotkey: &Account) -> Result<Registration, ChainError>;

    /// The weights stored for a validator, as `(uid, value)`; empty when there are none.
    ///
    /// # Errors
    /// [`ChainError`].
    async fn weights(&self, subnet: Subnet, uid: u16) -> Result<Vec<(u16, u16)>, ChainError>;

    /// Sealed weights of a validator that the chain holds for the epoch of this moment; none on chains without seals.
    ///
    /// # Errors
    /// [`ChainError`].
    async fn commits(&self, subnet: Subnet, hotkey: &Account) -> Result<usize, ChainError>;

    /// Spendable balance of an account, in rao.
    ///
    /// # Errors
    /// [`ChainError`].
    async fn balance(&self, account: &Account) -> Result<u64, ChainError>;

    /// Signs a call with the account's next nonce, valid for 64 blocks. Sends nothing.
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] when the chain has no such call.
    async fn prepare(&self, call: &Call, key: &Keypair) -> Result<Signed, ChainError>;

    /// Sends a signed transaction and waits until a final block holds it. A dispatch that the chain refused is an
    /// [`Included`] with that refusal: it took a nonce and a fee.
    ///
    /// # Errors
    /// [`SendError`], which tells whether the transaction may still be included.
    async fn send(&self, signed: &Signed) -> Result<Included, SendError>;

    /// Looks for a transaction in the final blocks of its life. Sends nothing.
    ///
    /// # Errors
    /// [`ChainError`] when not every block could be looked at.
    async fn find(&self, signed: &Signed) -> Result<Found, ChainError>;
}
