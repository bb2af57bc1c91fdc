//! Work that has to end early, and slots.

use std::{sync::Arc, time::Duration};

use proto::pb::{FailReason, miner_message::Message};
use tokio::sync::Semaphore;

use super::{Stage, models::Counting, name, scheduler::LIMIT};
use crate::engine::echo::EchoEngine;

fn gated() -> (Arc<Semaphore>, Arc<EchoEngine>) {
    let gate = Arc::new(Semaphore::new(0));
    (gate.clone(), Arc::new(EchoEngine::gated(gate)))
}

#[tokio::test]
async fn revoked_work_stops_and_its_slot_is_free_only_then() {
    // R25, R27
    let engine = Arc::new(Counting::new(1));
    let mut stage = Stage::with(engine.clone()).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    miner.say(stage.recording(1, 1)).await;
    engine.entered(1).await;
    miner.revoke(&name(1)).await;
    assert_eq!(miner.stopped().await, name(1));
    assert_eq!(engine.running(), 0, "the call into the model has ended");
    miner.holds(0).await;
    assert!(stage.files.result("1").is_none());
    assert_eq!(stage.inputs(), 0);
}

#[tokio::test]
async fn a_lease_that_is_not_held_is_reported_as_stopped() {
    // R29
    let (_, engine) = gated();
    let mut stage = Stage::with(engine).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    miner.revoke(&name(9)).await;
    assert_eq!(miner.stopped().await, name(9));
}

#[tokio::test]
async fn no_more_leases_run_at_once_than_the_models_can_take() {
    // R26
    let engine = Arc::new(Counting::new(2));
    let mut stage = Stage::with(engine.clone()).await;
    let (mut miner, declare) = stage.scheduler.pair().await;
    assert_eq!(declare.capacity, 2);
    for n in 1..=4 {
        miner.say(stage.recording(n, 1)).await;
    }
    engine.entered(2).await;
    miner.holds(4).await;
    engine.gate.add_permits(4);
    let mut done = Vec::new();
    for _ in 1..=4 {
        let lease = miner.complete().await.lease;
        miner.settle(&lease).await;
        done.push(lease);
    }
    done.sort();
    assert_eq!(done, (1..=4).map(name).collect::<Vec<_>>());
    assert_eq!(engine.most(), 2);
}

#[tokio::test]
async fn the_operator_may_allow_fewer_leases() {
    // E26
    let mut stage = Stage::with_options(Arc::new(EchoEngine::new()), |o| o.max_leases = Some(1)).await;
    let (_, declare) = stage.scheduler.pair().await;
    assert_eq!(declare.capacity, 1);
}

#[tokio::test]
async fn work_that_takes_longer_than_its_lease_allows_is_stopped() {
    // L14
    let (_gate, engine) = gated();
    let mut stage = Stage::with(engine).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    let proto::pb::scheduler_message::Message::Lease(lease) = stage.recording(1, 1) else { unreachable!() };
    let short = proto::pb::scheduler_message::Lease { run_ms: 300, ..lease };
    miner.say(proto::pb::scheduler_message::Message::Lease(short)).await;
    let (reason, sentence) = miner.failure().await;
    assert_eq!(reason, FailReason::MinerFault);
    assert!(sentence.contains("in the time"), "{sentence}");
}

#[tokio::test]
async fn a_draining_miner_finishes_and_settles_what_it_has() {
    let (gate, engine) = gated();
    let mut stage = Stage::with(engine).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    miner.say(stage.recording(1, 1)).await;
    miner.holds(1).await;
    stage.stop.cancel();
    miner.hear("Drain", |m| matches!(m, Message::Drain(_)).then_some(())).await;
    gate.add_permits(1);
    assert_eq!(miner.complete().await.lease, name(1));
    miner.settle(&name(1)).await;
    miner.left().await;
    stage.ended().await;
}

#[tokio::test]
async fn a_miner_leaves_at_the_end_of_its_drain_time_with_no_work_running() {
    let engine = Arc::new(Counting::new(1));
    let mut stage = Stage::with_options(engine.clone(), |o| o.drain = Duration::from_millis(100)).await;
    let (miner, _) = stage.scheduler.pair().await;
    miner.say(stage.recording(1, 1)).await;
    engine.entered(1).await;
    stage.stop.cancel();
    miner.left().await;
    let readiness = stage.readiness.clone();
    stage.ended().await;
    assert_eq!(engine.running(), 0);
    assert!(!readiness.ready());
}

#[tokio::test]
async fn a_miner_that_cannot_reach_its_scheduler_still_stops() {
    let (_, engine) = gated();
    let stage = Stage::with(engine).await;
    assert!(!stage.readiness.ready());
    stage.stop.cancel();
    tokio::time::timeout(LIMIT, stage.ended()).await.unwrap();
}
