//! Subtensor, over the JSON-RPC of one or several nodes.
//!
//! Calls, storage and runtime answers are dynamic: their types come from the metadata of the node that is spoken to, fields
//! are found by name, and what we do not name is skipped. The legacy RPC is used on purpose: public endpoints sit behind
//! balancers, and the official SDK speaks it too.

mod asks;
mod calls;
mod dial;
mod find;
mod heads;
mod link;
mod metagraph;
mod names;
mod pool;
mod send;
mod snapshot;
mod storage;
#[cfg(test)]
mod tests;

pub use dial::{Dial, WebSocket};

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use process::clock::Clock;

use super::{
    Account, Call, Chain, ChainError, Found, Hash, Head, Included, Keypair, Registration, SendError, Signed,
    Snapshot, Subnet,
};
use pool::Pool;

/// How a chain is reached.
#[derive(Debug, Clone)]
pub struct Options {
    /// Addresses of nodes, `ws://` or `wss://`, tried in this order.
    pub endpoints: Vec<String>,
    /// The first block that every endpoint must have; `None`: the first endpoint that answers decides.
    pub genesis: Option<Hash>,
    /// Time allowed for one request.
    pub request: Duration,
    /// Time allowed from sending a transaction to its final block.
    pub finality: Duration,
    /// A head older than this by the block's own moment is refused; zero: any age is taken.
    pub max_age: Duration,
    /// Heads are asked for at least this often, whatever a subscription tells.
    pub poll: Duration,
    /// First pause after an endpoint failed; it doubles up to sixty times this.
    pub backoff: Duration,
}

/// A subtensor chain. Clones share connections.
#[derive(Clone)]
pub struct Subtensor {
    pool: Arc<Pool>,
}

impl Subtensor {
    /// Over web sockets. Connects at the first call and again whenever it must.
    #[must_use]
    pub fn new(options: Options, clock: Clock) -> Self {
        Self::dialing(options, clock, Arc::new(WebSocket))
    }

    /// Over whatever `dial` opens.
    #[must_use]
    pub fn dialing(options: Options, clock: Clock, dial: Arc<dyn Dial>) -> Self {
        Self { pool: Arc::new(Pool::new(options, clock, dial)) }
    }

    /// What is known of the node spoken to: its address and the names that its metadata lacks without need.
    pub async fn facts(&self) -> Result<Facts, ChainError> {
        let read = self.pool.run(|link| async move {
            let at = self.pool.at_head(&link).await?;
            Ok(Facts {
                endpoint: link.url.clone(),
                genesis: link.genesis,
                head: at.head,
                lacks: names::lacking(at.client.metadata_ref()),
            })
        });
        read.await
    }
}

/// What is known of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its address.
    pub endpoint: String,
    /// The chain's first block.
    pub genesis: Hash,
    /// Its newest final block.
    pub head: Head,
    /// Names that are of use and that it lacks; their absence is worked around.
    pub lacks: Vec<String>,
}

#[async_trait]
impl Chain for Subtensor {
    async fn head(&self) -> Result<Head, ChainError> {
        self.pool.run(|link| async move { Ok(self.pool.at_head(&link).await?.head) }).await
    }

    fn heads(&self) -> BoxStream<'static, Head> {
        heads::heads(self.pool.clone())
    }

    async fn snapshot(&self, subnet: Subnet) -> Result<Snapshot, ChainError> {
        let read = self.pool.run(|link| async move {
            let at = self.pool.at_head(&link).await?;
            let snapshot = snapshot::read(&link, &at, subnet).await?;
            self.pool.check_age(snapshot.moment_ms)?;
            Ok(snapshot)
        });
        read.await
    }

    async fn registration(&self, netuid: u16, hotkey: &Account) -> Result<Registration, ChainError> {
        let read = self.pool.run(|link| async move {
            let at = self.pool.at_head(&link).await?;
            asks::registration(&link, &at, netuid, hotkey).await
        });
        read.await
    }

    async fn weights(&self, subnet: Subnet, uid: u16) -> Result<Vec<(u16, u16)>, ChainError> {
        let read = self.pool.run(|link| async move {
            let at = self.pool.at_head(&link).await?;
            asks::weights(&link, &at, subnet, uid).await
        });
        read.await
    }

    async fn commits(&self, subnet: Subnet, hotkey: &Account) -> Result<usize, ChainError> {
        let read = self.pool.run(|link| async move {
            let at = self.pool.at_head(&link).await?;
            asks::commits(&link, &at, subnet, hotkey).await
        });
        read.await
    }

    async fn balance(&self, account: &Account) -> Result<u64, ChainError> {
        let read = self.pool.run(|link| async move {
            let at = self.pool.at_head(&link).await?;
            asks::balance(&link, &at, account).await
        });
        read.await
    }

    async fn prepare(&self, call: &Call, key: &Keypair) -> Result<Signed, ChainError> {
        let signed = self.pool.run(|link| async move {
            let at = self.pool.at_head(&link).await?;
            calls::sign(&link, &at, call, key).await
        });
        signed.await
    }

    async fn send(&self, signed: &Signed) -> Result<Included, SendError> {
        send::send(&self.pool, signed).await
    }

    async fn find(&self, signed: &Signed) -> Result<Found, ChainError> {
        let found = self.pool.run(|link| async move {
            let at = self.pool.at_head(&link).await?;
            find::find(&link, &at, signed).await
        });
        found.await
    }
}
