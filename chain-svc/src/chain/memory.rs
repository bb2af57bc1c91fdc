//! A chain in memory: for tests, and for programs that pretend.
//!
//! It keeps the promises of [`Chain`] and the refusals of `preflight`; it hashes nothing real and signs nothing.

mod rules;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream::BoxStream};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

use super::{
    Account, Call, Chain, ChainError, Found, Head, Included, Keypair, Registration, SendError, Signed,
    Snapshot, Subnet,
};
use state::State;
pub use state::World;

/// Blocks during which a transaction may be included.
const LIFE: u64 = 64;

/// What goes wrong with the next sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The connection breaks before the transaction arrives.
    Before,
    /// It arrives, and the connection breaks before the answer.
    After,
}

/// A chain in memory. Clones are the same chain.
#[derive(Clone)]
pub struct MemoryChain {
    state: Arc<Mutex<State>>,
    heads: Arc<watch::Sender<Head>>,
}

impl MemoryChain {
    /// A chain of one subnet, at block 1.
    #[must_use]
    pub fn new(world: World) -> Self {
        let state = State::new(world);
        let heads = Arc::new(watch::Sender::new(state.head()));
        Self { state: Arc::new(Mutex::new(state)), heads }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes `n` blocks; the first holds whatever waits.
    pub fn advance(&self, n: u64) {
        let mut state = self.locked();
        for _ in 0..n {
            state.make_block();
        }
        self.heads.send_replace(state.head());
    }

    /// Changes the world by hand, in a block of its own.
    pub fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.locked().world);
        self.advance(1);
    }

    /// From now on every sent transaction makes its block, or waits for [`Self::advance`].
    pub fn instant(&self, instant: bool) {
        self.locked().instant = instant;
    }

    /// Whether it answers.
    pub fn answers(&self, answers: bool) {
        self.locked().away = !answers;
    }

    /// Loses the connection at the next sending.
    pub fn lose(&self, lost: Lost) {
        self.locked().lose = Some(lost);
    }

    /// Transactions that arrived, by any sending.
    #[must_use]
    pub fn arrived(&self) -> usize {
        self.locked().arrived
    }

    fn here(&self) -> Result<MutexGuard<'_, State>, ChainError> {
        let state = self.locked();
        if state.away { Err(ChainError::away("the chain in memory is told to be away")) } else { Ok(state) }
    }

    fn arrive(&self, signed: &Signed) -> Result<Option<Lost>, SendError> {
        let mut state = self.here().map_err(SendError::Unsent)?;
        let lost = state.lose.take();
        if lost == Some(Lost::Before) {
            return Ok(lost);
        }
        state.take(signed)?;
        if state.instant {
            state.make_block();
            self.heads.send_replace(state.head());
        }
        Ok(lost)
    }
}

#[async_trait]
impl Chain for MemoryChain {
    async fn head(&self) -> Result<Head, ChainError> {
        Ok(self.here()?.head())
    }

    fn heads(&self) -> BoxStream<'static, Head> {
        WatchStream::new(self.heads.subscribe()).boxed()
    }

    async fn snapshot(&self, subnet: Subnet) -> Result<Snapshot, ChainError> {
        self.here()?.snapshot(subnet)
    }

    async fn registration(&self, netuid: u16, hotkey: &Account) -> Result<Registration, ChainError> {
        let snapshot = self.here()?.snapshot(Subnet { netuid, mecid: 0 })?;
        Ok(Registration {
            head: snapshot.head,
            uid: snapshot.by_hotkey(hotkey).map(|n| n.uid),
            burn: snapshot.rules.burn,
            allowed: snapshot.rules.registration_allowed,
        })
    }

    async fn weights(&self, subnet: Subnet, uid: u16) -> Result<Vec<(u16, u16)>, ChainError> {
        Ok(self.here()?.world.weights.get(&(subnet.index(), uid)).cloned().unwrap_or_default())
    }

    async fn commits(&self, subnet: Subnet, hotkey: &Account) -> Result<usize, ChainError> {
        let world = &self.here()?.world;
        let held = world.commits.get(&(subnet.index(), world.epoch.index));
        Ok(held.into_iter().flatten().filter(|who| *who == hotkey).count())
    }

    async fn balance(&self, account: &Account) -> Result<u64, ChainError> {
        Ok(self.here()?.world.balances.get(account).copied().unwrap_or(0))
    }

    async fn prepare(&self, call: &Call, key: &Keypair) -> Result<Signed, ChainError> {
        let mut state = self.here()?;
        Ok(state.sign(call, key.account(), LIFE))
    }

    async fn send(&self, signed: &Signed) -> Result<Included, SendError> {
        let mut heads = self.heads.subscribe();
        if let Some(lost) = self.arrive(signed)? {
            return Err(SendError::Unknown(format!("the connection was lost: {lost:?}")));
        }
        loop {
            let found = self.find(signed).await;
            match found {
                Ok(Found::In(included)) => return Ok(included),
                Ok(Found::Never) => return Err(SendError::Unknown("its life is over".into())),
                Ok(Found::NotYet(_)) => {}
                Err(e) => return Err(SendError::Unknown(e.to_string())),
            }
            if heads.changed().await.is_err() {
                return Err(SendError::Unknown("the chain in memory is gone".into()));
            }
        }
    }

    async fn find(&self, signed: &Signed) -> Result<Found, ChainError> {
        let state = self.here()?;
        if let Some(included) = state.included.iter().find(|i| i.hash == signed.hash) {
            return Ok(Found::In(included.clone()));
        }
        let over = state.head().number >= signed.dies || state.nonce(&signed.account) > signed.nonce;
        Ok(if over { Found::Never } else { Found::NotYet(state.head()) })
    }
}
