//! The nonces that were spent.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::{Account, MAX_AGE_NS, MAX_SKEW_NS};

/// How long a store must remember, from when it saw a nonce: a request signed 2 s ahead is good for 12 s.
pub const RETENTION_NS: u64 = MAX_AGE_NS + MAX_SKEW_NS;

/// Remembers which nonces a hotkey has spent.
///
/// Of any number of calls with one hotkey and nonce, at once or within [`RETENTION_NS`], by any replica that shares
/// the store and across its restarts, exactly one is told `Ok`.
#[async_trait]
pub trait Nonces: Send + Sync {
    /// Spends `nonce` of `hotkey` at the time `now`, in nanoseconds since the Unix epoch.
    ///
    /// # Errors
    /// [`NonceError::Spent`] when it was spent before; any other error refuses the request too.
    async fn spend(&self, hotkey: Account, nonce: u64, now: u64) -> Result<(), NonceError>;
}

/// Why a nonce could not be spent.
#[derive(Debug, thiserror::Error)]
pub enum NonceError {
    /// It was spent before.
    #[error("the nonce was used before")]
    Spent,
    /// The store holds as many as it may; the oldest free up within seconds.
    #[error("the store of nonces is full")]
    Full,
    /// The store is away.
    #[error("reach the store of nonces")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Nonces in the memory of one process. Bounded: a full store refuses instead of forgetting, since a forgotten nonce
/// is a replay. It does not survive a restart: a service that must not accept a copy after one waits
/// [`RETENTION_NS`] before it listens, or shares a lasting store.
pub struct MemoryNonces {
    most: usize,
    spent: Mutex<Spent>,
}

#[derive(Default)]
struct Spent {
    seen: HashSet<(Account, u64)>,
    until: BTreeSet<(u64, Account, u64)>,
}

impl MemoryNonces {
    /// Holds at most `most` at once; each takes about 200 bytes. At `r` requests a second it needs 12 r.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, spent: Mutex::default() }
    }

    /// How many it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().seen.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // the two sets are changed together without a panic between, so a poisoned lock guards sound data
    fn lock(&self) -> std::sync::MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Nonces for MemoryNonces {
    async fn spend(&self, hotkey: Account, nonce: u64, now: u64) -> Result<(), NonceError> {
        let mut spent = self.lock();
        while let Some(first) = spent.until.first().copied().filter(|(until, ..)| *until < now) {
            spent.until.remove(&first);
            spent.seen.remove(&(first.1, first.2));
        }
        if spent.seen.contains(&(hotkey, nonce)) {
            return Err(NonceError::Spent);
        }
        if spent.seen.len() >= self.most {
            return Err(NonceError::Full);
        }
        spent.seen.insert((hotkey, nonce));
        // counted from the nonce where that lies ahead: a clock that was set back must not shorten the memory
        spent.until.insert((now.max(nonce).saturating_add(RETENTION_NS), hotkey, nonce));
        Ok(())
    }
}
