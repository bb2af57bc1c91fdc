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
mod tests {
    use testkit::eventually::eventually;

    use super::*;
    use crate::chain::conformance::rig::{self, NET, Rig};

    const LIMIT: Duration = Duration::from_secs(20);

    async fn fresh(cache: &Cache, after: u64) -> Seen {
        let fits = |s: &Seen| s.stale.is_none() && s.snapshot.head.number > after;
        eventually("a fresh reading", LIMIT, async || cache.seen().filter(fits)).await
    }

    async fn is_refreshed_by_block_and_served_stale_while_the_chain_is_away(rig: impl Rig) {
        let (readiness, stop) = (Readiness::new(), Stop::new());
        let clock = Clock::manual(5).0;
        let (refresher, cache) =
            Refresher::new(rig.chain(), NET, clock, readiness.clone(), Duration::from_millis(300));
        assert!(cache.seen().is_none() && !readiness.ready());
        let running = tokio::spawn(refresher.run(stop.clone()));
        rig.advance(1);
        let first = fresh(&cache, 0).await.snapshot.head.number;
        rig.advance(1);
        let second = fresh(&cache, first).await;
        assert!(readiness.ready());
        rig.answers(false);
        let stale =
            eventually("the reading to be stale", LIMIT, async || cache.seen().filter(|s| s.stale.is_some()));
        let stale = stale.await;
        assert_eq!(stale.snapshot, second.snapshot, "what was read is served on");
        assert!(!readiness.ready() && stale.stale.unwrap().contains("tried again"));
        rig.answers(true);
        rig.advance(1);
        fresh(&cache, second.snapshot.head.number).await;
        assert!(readiness.ready());
        stop.cancel();
        running.await.unwrap();
    }

    #[tokio::test]
    async fn a_reading_in_memory_is_refreshed_and_served_stale() {
        is_refreshed_by_block_and_served_stale_while_the_chain_is_away(rig::memory().await).await;
    }

    #[tokio::test]
    async fn a_reading_over_rpc_is_refreshed_and_served_stale() {
        is_refreshed_by_block_and_served_stale_while_the_chain_is_away(rig::devchain().await).await;
    }

    #[tokio::test]
    async fn our_next_epoch_is_the_chains_own() {
        let rig = rig::devchain().await;
        for _ in 0..25 {
            rig.advance(1);
            let snapshot = rig.chain().snapshot(NET).await.unwrap();
            assert!(snapshot.next_epoch.is_some());
            assert_eq!(differing_epochs(&snapshot), None, "at block {}", snapshot.head.number);
            let other = Snapshot { next_epoch: Some(7), ..snapshot };
            assert!(differing_epochs(&other).is_some());
        }
    }

    #[tokio::test]
    async fn missing_names_are_told_by_readiness() {
        let (rig, readiness, stop) = (rig::devchain().await, Readiness::new(), Stop::new());
        let (refresher, cache) = Refresher::new(
            rig.chain(),
            NET,
            Clock::manual(5).0,
            readiness.clone(),
            Duration::from_millis(300),
        );
        let running = tokio::spawn(refresher.run(stop.clone()));
        rig.advance(1);
        fresh(&cache, 0).await;
        rig.node.faults().upgrade(462, &[("WeightsSetRateLimit", "WeightsSetRateLimiu")]).unwrap();
        let told = async || match readiness.check().remove(PART) {
            Some(Err(why)) if why.contains("storage SubtensorModule.WeightsSetRateLimit") => Some(why),
            _ => None,
        };
        let said = eventually("readiness to tell", LIMIT, told).await;
        assert!(said.contains("spec 462"), "{said}");
        stop.cancel();
        running.await.unwrap();
    }
}
