//! A reading is refreshed by block and served on while the chain is away.

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
    let (refresher, cache) =
        Refresher::new(rig.chain(), NET, Clock::manual(5).0, readiness.clone(), Duration::from_millis(300));
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
