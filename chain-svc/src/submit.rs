//! Sending transactions of one key: one at a time, each intention at most once, whatever breaks in between.
//!
//! A transaction is written to the journal before it is sent. After an unknown outcome it is looked for in every block of
//! its life, and only when it is in none is the intention signed anew. The journal survives this process.

mod error;
mod journal;
mod settle;
#[cfg(test)]
mod tests;

pub use error::SubmitError;
pub use journal::{Entry, Journal, JournalError, Outcome};

use std::{sync::Arc, time::Duration};

use process::clock::Clock;
use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};
use tracing::Instrument as _;

use crate::{
    chain::{Account, Call, Chain, Hash, Keypair, SendError},
    events,
};
use settle::Known;

/// Tries of one intention whose nonce was taken by others.
const TRIES: u32 = 3;

/// Sends for one key. Clones share key and journal.
#[derive(Clone)]
pub struct Submitter(Arc<Inner>);

struct Inner {
    chain: Arc<dyn Chain>,
    key: Keypair,
    journal: Mutex<Journal>,
    clock: Clock,
    /// How long an outcome is waited for.
    patience: Duration,
}

/// What became of an intention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The transaction and its block.
    pub hash: Hash,
    /// The block's height.
    pub number: u64,
    /// The block's name.
    pub block: Hash,
    /// Names of the events it caused.
    pub events: Vec<String>,
    /// It was sent by an earlier call with the same name.
    pub replayed: bool,
}

impl Submitter {
    /// Sends over `chain`, signed by `key`, remembered in `journal`.
    #[must_use]
    pub fn new(
        chain: Arc<dyn Chain>,
        key: Keypair,
        journal: Journal,
        clock: Clock,
        patience: Duration,
    ) -> Self {
        Self(Arc::new(Inner { chain, key, journal: Mutex::new(journal), clock, patience }))
    }

    /// Whom it signs for.
    #[must_use]
    pub fn account(&self) -> Account {
        self.0.key.account()
    }

    /// What is known of an intention.
    pub async fn entry(&self, name: &str) -> Option<Entry> {
        self.0.journal.lock().await.entry(name).cloned()
    }

    /// The newest intentions, newest first, at most `n`.
    pub async fn entries(&self, n: usize) -> Vec<Entry> {
        self.0.journal.lock().await.newest(n)
    }

    /// Names of the intentions whose outcome is not known, oldest first.
    pub async fn undecided(&self) -> Vec<String> {
        let open = self.0.journal.lock().await.undecided(&self.account());
        open.into_iter().map(|(name, _)| name).collect()
    }

    /// Carries out an intention once. `name` tells it from every other; a call with a name that was carried out before
    /// answers with what became of it. `intended` is kept beside it. The work goes on when the caller leaves.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub async fn submit(&self, name: &str, intended: Value, call: &Call) -> Result<Submitted, SubmitError> {
        let (inner, name, call) = (self.0.clone(), name.to_owned(), call.clone());
        let work = async move { inner.submit(&name, intended, &call).await };
        tokio::spawn(work.in_current_span()).await.map_err(|_| SubmitError::Ended)?
    }
}

impl Inner {
    async fn submit(&self, name: &str, intended: Value, call: &Call) -> Result<Submitted, SubmitError> {
        let until = Instant::now() + self.patience;
        let mut journal = self.journal.lock().await;
        if let Some(done) = self.settle_earlier(&mut journal, name, until).await? {
            return Ok(done);
        }
        for _ in 0..TRIES {
            let signed = self.chain.prepare(call, &self.key).await?;
            journal.signed(self.now(), name, call.name(), &intended, &signed)?;
            events::Sending { call: call.name(), key: name, hash: signed.hash }.emit();
            let known = match self.chain.send(&signed).await {
                Ok(included) => Known::In(included),
                Err(SendError::Refused(refusal)) => {
                    self.record(&mut journal, name, &signed, Outcome::NotTaken(refusal.clone()))?;
                    return Err(SubmitError::Refused(refusal));
                }
                Err(SendError::Unsent(e)) => {
                    self.record(&mut journal, name, &signed, Outcome::Never)?;
                    return Err(e.into());
                }
                // the nonce is used: by this very transaction when a balancer sent it twice, else by another
                Err(SendError::Stale | SendError::Unknown(_)) => self.look(&signed, until).await?,
            };
            if let Some(done) = self.settle(&mut journal, name, &signed, known)? {
                return Ok(done);
            }
        }
        Err(SubmitError::Crowded)
    }

    fn now(&self) -> i64 {
        self.clock.micros()
    }
}
