//! Sending transactions of one key: one at a time, each intention at most once, whatever breaks in between.
//!
//! A transaction is written to the journal before it is sent. After an unknown outcome it is looked for in every block of
//! its life, and only when it is in none is the intention signed anew. The journal survives this process.

mod error;
mod journal;
#[cfg(test)]
mod tests;

pub use error::SubmitError;
pub use journal::{Entry, Journal, JournalError, Outcome};

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use process::clock::Clock;
use serde_json::Value;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep, timeout},
};
use tracing::Instrument as _;

use crate::{
    chain::{Account, Call, Chain, Found, Hash, Included, Keypair, SendError, Signed},
    events,
};

/// Tries of one intention whose nonce was taken by others.
const TRIES: u32 = 3;
/// Pause after the chain could not be asked.
const PAUSE: Duration = Duration::from_millis(500);

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

/// What a transaction that was sent turned out to be.
enum Known {
    In(Included),
    Never,
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

    /// Whatever was left undecided by an earlier call, of this process or of one before it, is decided first: the key has
    /// one nonce.
    async fn settle_earlier(
        &self,
        journal: &mut MutexGuard<'_, Journal>,
        name: &str,
        until: Instant,
    ) -> Result<Option<Submitted>, SubmitError> {
        for (other, signed) in journal.undecided(&self.key.account()) {
            let known = self.look(&signed, until).await?;
            match self.settle(journal, &other, &signed, known) {
                Ok(_) => {}
                // the refusal of another intention is that one's own affair
                Err(SubmitError::Refused(_)) if other != name => {}
                Err(e) => return Err(e),
            }
        }
        let Some(Entry { signed, outcome: Some(Outcome::Done { number, block, events }), .. }) =
            journal.entry(name)
        else {
            return Ok(None);
        };
        let (hash, events) = (signed.hash, events.clone());
        Ok(Some(Submitted { hash, number: *number, block: *block, events, replayed: true }))
    }

    /// Until it is found, or can't be in any block any more.
    async fn look(&self, signed: &Signed, until: Instant) -> Result<Known, SubmitError> {
        let undecided = || SubmitError::Undecided { hash: signed.hash };
        let mut heads = self.chain.heads();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(undecided());
            }
            match timeout(left, self.chain.find(signed)).await {
                Ok(Ok(Found::In(included))) => return Ok(Known::In(included)),
                Ok(Ok(Found::Never)) => return Ok(Known::Never),
                Ok(Ok(Found::NotYet(at))) => {
                    // the next block, if it ever comes
                    let next = async {
                        while let Some(head) = heads.next().await {
                            if head.number > at.number {
                                return;
                            }
                        }
                        sleep(PAUSE).await;
                    };
                    timeout(left, next).await.map_err(|_| undecided())?;
                }
                Ok(Err(e)) if e.elsewhere() => sleep(PAUSE.min(left)).await,
                Ok(Err(e)) => {
                    tracing::warn!(transaction = %signed.hash, error = %e, "a sent transaction can't be looked for");
                    return Err(undecided());
                }
                Err(_) => return Err(undecided()),
            }
        }
    }

    /// Writes down how it ended. `None`: it never got into a block, and may be signed anew.
    fn settle(
        &self,
        journal: &mut MutexGuard<'_, Journal>,
        name: &str,
        signed: &Signed,
        known: Known,
    ) -> Result<Option<Submitted>, SubmitError> {
        let Included { hash, number, block, events, refused } = match known {
            Known::In(included) => included,
            Known::Never => {
                self.record(journal, name, signed, Outcome::Never)?;
                return Ok(None);
            }
        };
        if let Some(refusal) = refused {
            self.record(journal, name, signed, Outcome::Refused { number, block, refusal: refusal.clone() })?;
            return Err(SubmitError::Refused(refusal));
        }
        self.record(journal, name, signed, Outcome::Done { number, block, events: events.clone() })?;
        Ok(Some(Submitted { hash, number, block, events, replayed: false }))
    }

    fn record(
        &self,
        journal: &mut MutexGuard<'_, Journal>,
        name: &str,
        signed: &Signed,
        outcome: Outcome,
    ) -> Result<(), SubmitError> {
        let call = journal.entry(name).map(|e| e.call.clone()).unwrap_or_default();
        events::Ended { call: &call, key: name, hash: signed.hash, outcome: &outcome }.emit();
        Ok(journal.ended(self.now(), name, signed.hash, outcome)?)
    }

    fn now(&self) -> i64 {
        self.clock.micros()
    }
}
