//! The subnet as it was last read: refreshed by block, served on and marked stale while the chain is away.

use std::{sync::Arc, time::Duration};

use domain::Timestamp;
use futures_util::StreamExt as _;
use process::{Stop, clock::Clock, health::Readiness};
use tokio::{sync::watch, time::timeout};

use crate::{
    chain::{Chain, ChainError, Snapshot, Subnet},
    events,
};

/// The part of the service's readiness that tells of the chain.
const PART: &str = "chain";

/// The last reading.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What was read.
    pub snapshot: Arc<Snapshot>,
    /// When, by this machine's clock.
    pub at: Timestamp,
    /// Why it is no longer fresh, in a sentence for operators; `None`: it is fresh.
    pub stale: Option<String>,
}

/// The last reading, for many readers.
#[derive(Debug, Clone)]
pub struct Cache(watch::Receiver<Option<Seen>>);

/// Keeps a [`Cache`] fresh.
pub struct Refresher {
    chain: Arc<dyn Chain>,
    subnet: Subnet,
    clock: Clock,
    readiness: Readiness,
    /// Without a block for this long the reading is stale.
    stale_after: Duration,
    /// Pause after a reading that failed.
    retry: Duration,
    seen: watch::Sender<Option<Seen>>,
}

impl Cache {
    /// The last reading; `None` until there is one.
    #[must_use]
    pub fn seen(&self) -> Option<Seen> {
        self.0.borrow().clone()
    }

    /// Waits for the next reading, or for the last one to become stale. `false`: nobody refreshes it any more.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

impl Refresher {
    /// For one mechanism of one subnet; not running yet.
    #[must_use]
    pub fn new(
        chain: Arc<dyn Chain>,
        subnet: Subnet,
        clock: Clock,
        readiness: Readiness,
        stale_after: Duration,
    ) -> (Self, Cache) {
        readiness.set(PART, Err("the subnet has not been read yet".to_owned()));
        let (seen, cache) = watch::channel(None);
        let retry = Duration::from_secs(2).min(stale_after);
        (Self { chain, subnet, clock, readiness, stale_after, retry, seen }, Cache(cache))
    }

    /// Reads at every block until `stop`.
    pub async fn run(self, stop: Stop) {
        let work = async {
            let mut heads = self.chain.heads();
            let mut well = self.read().await;
            loop {
                let wait = if well { self.stale_after } else { self.retry };
                // a head that does not come in time is a reason to look what is the matter
                if let Ok(None) = timeout(wait, heads.next()).await {
                    return;
                }
                well = self.read().await;
            }
        };
        stop.run_until_cancelled(work).await;
    }

    async fn read(&self) -> bool {
        match self.chain.snapshot(self.subnet).await {
            Ok(snapshot) => {
                let fresh = self.seen.borrow().as_ref().is_none_or(|old| old.snapshot.head != snapshot.head);
                let block = snapshot.head.number;
                if fresh {
                    events::SnapshotRead { head: snapshot.head, neurons: snapshot.neurons.len() }.emit();
                    if let Some((ours, chain)) = differing_epochs(&snapshot) {
                        events::EpochDiffers { block, ours, chain }.emit();
                    }
                    let at = Timestamp::from_micros(self.clock.micros());
                    self.seen.send_replace(Some(Seen { snapshot: Arc::new(snapshot), at, stale: None }));
                    self.readiness.set(PART, Ok(()));
                } else if self.is_old() {
                    self.fade(format!("no block came after {block}"));
                } else {
                    self.readiness.set(PART, Ok(()));
                    self.revive();
                }
                true
            }
            Err(why) => {
                self.failed(&why);
                false
            }
        }
    }

    /// No new block for too long, by the machine's clock.
    fn is_old(&self) -> bool {
        let now = Timestamp::from_micros(self.clock.micros());
        self.seen.borrow().as_ref().is_some_and(|seen| now.since(seen.at) >= self.stale_after)
    }

    fn failed(&self, why: &ChainError) {
        events::SnapshotFailed { why }.emit();
        self.fade(why.to_string());
    }

    fn fade(&self, why: String) {
        self.readiness.set(PART, Err(why.clone()));
        self.seen.send_if_modified(|seen| match seen {
            Some(seen) => seen.stale.replace(why).is_none(),
            None => false,
        });
    }

    /// The chain answers again, and still stands at the block that was read.
    fn revive(&self) {
        self.seen.send_if_modified(|seen| seen.as_mut().is_some_and(|seen| seen.stale.take().is_some()));
    }
}

/// The next epoch by our rules and by the chain's own answer, where both are known and differ.
fn differing_epochs(snapshot: &Snapshot) -> Option<(u64, u64)> {
    let (ours, chain) = (snapshot.schedule()?.next_epoch().ok()?, snapshot.next_epoch?);
    (ours != chain).then_some((ours, chain))
}

#[cfg(test)]
mod tests;
