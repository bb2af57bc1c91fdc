//! A running chain, as a test or a program holds it.

use std::net::SocketAddr;
use std::sync::Arc;

use jsonrpsee::server::ServerHandle;
use serde_json::Value as Json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::block::BlockRef;
use crate::chain::Chain;
use crate::error::{BadChange, StartError};
use crate::faults::Faults;
use crate::keys::account_of;
use crate::rpc::Shared;
use crate::server;
use crate::setting::{BlockTime, Options};

/// A running chain. Dropping it stops it; [`Devchain::stop`] also waits until it has stopped.
pub struct Devchain {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: ServerHandle,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Devchain {
    /// Starts a chain; it answers as soon as this returns.
    ///
    /// # Errors
    /// When the address is taken, or the genesis cannot be written.
    pub async fn start(options: Options) -> Result<Devchain, StartError> {
        let listener = TcpListener::bind(options.listen).await.map_err(StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let shared = Arc::new(Shared::new(Chain::new(&options)?));
        let (inner, server) = server::start(Arc::clone(&shared)).await?;
        let stop = CancellationToken::new();
        let (relay, stopped) = (Arc::clone(&shared), stop.clone());
        let mut tasks = vec![tokio::spawn(async move { relay.relay.run(listener, inner, stopped).await })];
        if let BlockTime::Every(period) = options.block_time {
            let (shared, stopped) = (Arc::clone(&shared), stop.clone());
            tasks.push(tokio::spawn(async move {
                let mut tick = tokio::time::interval(period);
                tick.tick().await; // the first one is at once, and block 0 is there already
                while stopped.run_until_cancelled(tick.tick()).await.is_some() {
                    if let Err(error) = shared.lock().make_block() {
                        tracing::error!(%error, "no block could be made");
                    }
                }
            }));
        }
        Ok(Devchain { shared, address, server, stop, tasks })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Makes things go wrong.
    #[must_use]
    pub fn faults(&self) -> Faults {
        Faults { shared: Arc::clone(&self.shared) }
    }

    /// The newest block.
    #[must_use]
    pub fn head(&self) -> BlockRef {
        self.shared.lock().head().id()
    }

    /// The newest final block, as it is, whatever readers are made to see.
    #[must_use]
    pub fn finalized(&self) -> u64 {
        self.shared.lock().finalized
    }

    /// Transactions that wait for a block.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.lock().pool.len()
    }

    /// How often a method was called; runtime APIs are counted as `state_call NAME`.
    #[must_use]
    pub fn calls(&self, method: &str) -> u64 {
        self.shared.lock().calls.get(method).copied().unwrap_or_default()
    }

    /// Makes a block of all transactions that are ready.
    ///
    /// # Errors
    /// When storage is not what the rules expect, as after a change from outside.
    pub fn make_block(&self) -> Result<BlockRef, BadChange> {
        self.shared.lock().make_block()
    }

    /// Makes `n` blocks, at most 10,000.
    ///
    /// # Errors
    /// As [`Devchain::make_block`].
    pub fn advance(&self, n: u64) -> Result<BlockRef, BadChange> {
        self.shared.lock().advance(n)
    }

    /// Sets a storage item by name, in a block of its own; a value of null removes it. Accounts are ss58 or `//Name`.
    ///
    /// # Errors
    /// When there is no such item, or keys and value do not fit its type.
    pub fn set_storage(
        &self,
        pallet: &str,
        item: &str,
        keys: &[Json],
        value: &Json,
    ) -> Result<BlockRef, BadChange> {
        self.shared.lock().set_storage(pallet, item, keys, Some(value).filter(|v| !v.is_null()))
    }

    /// Sets an item of the subtensor pallet that is kept per subnet, in a block of its own.
    ///
    /// # Errors
    /// As [`Devchain::set_storage`].
    pub fn set(&self, netuid: u16, item: &str, value: &Json) -> Result<BlockRef, BadChange> {
        self.set_storage(crate::state::SUBTENSOR, item, &[Json::from(netuid)], value)
    }

    /// Sets the free balance of an account, in rao.
    ///
    /// # Errors
    /// When `who` names no account.
    pub fn set_balance(&self, who: &str, rao: u64) -> Result<BlockRef, BadChange> {
        self.shared.lock().set_balance(&account_of(who)?, rao)
    }

    /// Lets a neuron set weights for others, or not.
    ///
    /// # Errors
    /// When there is no such neuron.
    pub fn set_permit(&self, netuid: u16, uid: u16, on: bool) -> Result<BlockRef, BadChange> {
        self.shared.lock().set_permit(netuid, uid, on)
    }

    /// Sets the stake of a hotkey in a subnet, in rao of alpha; on subnet 0 it is TAO.
    ///
    /// # Errors
    /// When `hotkey` names no account.
    pub fn set_stake(&self, netuid: u16, hotkey: &str, rao: u64) -> Result<BlockRef, BadChange> {
        self.shared.lock().set_stake(netuid, &account_of(hotkey)?, rao)
    }

    /// Gives the uid of a hotkey to a stranger.
    ///
    /// # Errors
    /// When the hotkey has no uid there.
    pub fn deregister(&self, netuid: u16, hotkey: &str) -> Result<BlockRef, BadChange> {
        self.shared.lock().deregister(netuid, &account_of(hotkey)?)
    }

    /// Stores the drand signature of a round, which opens commits made for it.
    ///
    /// # Errors
    /// When storage does not take it.
    pub fn set_signature(&self, round: u64, signature: &[u8]) -> Result<BlockRef, BadChange> {
        self.shared.lock().set_signature(round, signature.to_vec())
    }

    /// Stops answering, cuts all connections and waits for the end.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let _ = self.server.stop(); // an error says that it had stopped already
        for task in std::mem::take(&mut self.tasks) {
            let _ = task.await;
        }
        self.server.clone().stopped().await;
    }
}

impl Drop for Devchain {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = self.server.stop();
    }
}
