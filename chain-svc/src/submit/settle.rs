//! Finding out what became of a transaction, and writing it down.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::{
    sync::MutexGuard,
    time::{Instant, sleep, timeout},
};

use super::{Entry, Inner, Journal, Outcome, SubmitError, Submitted};
use crate::{
    chain::{Found, Included, Signed},
    events,
};

/// Pause after the chain could not be asked.
const PAUSE: Duration = Duration::from_millis(500);

/// What a transaction that was sent turned out to be.
pub(super) enum Known {
    In(Included),
    Never,
}

impl Inner {
    /// Whatever was left undecided by an earlier call, of this process or of one before it, is decided first: the key has
    /// one nonce.
    pub(super) async fn settle_earlier(
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
    pub(super) async fn look(&self, signed: &Signed, until: Instant) -> Result<Known, SubmitError> {
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
    pub(super) fn settle(
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

    pub(super) fn record(
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
}
