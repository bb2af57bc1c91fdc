//! What becomes of leases.

use domain::{FailReason, TaskState, task::StateName};
use proto::pb::{miner_message as said, scheduler_message::Message as Told};

use super::rig::{LONG, Rig, config, hasty, struck_by};
use testkit::eventually::eventually;

#[tokio::test]
async fn a_restarted_miner_loses_its_lease_and_another_one_gets_it() {
    // E14, R35
    let rig = Rig::start().await;
    let mut first = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = first.lease().await;
    let mut other = rig.pair("m2", 1, 1, &[]).await;
    rig.until_miner("the other", |m| m.miner.as_str() == "m2").await;
    drop(first);
    let mut first = rig.pair("m1", 2, 1, &[&lease.lease]).await;
    let second = other.lease().await;
    assert_eq!((second.task.clone(), second.fence), (task.to_string(), 2));
    first.complete(&lease).await;
    let told = loop {
        match first.hear().await.unwrap() {
            Told::Revoke(_) => {}
            told => break told,
        }
    };
    assert!(matches!(&told, Told::Refused(r) if r.lease == lease.lease), "a late answer: {told:?}");
    other.complete(&second).await;
    other.is_settled(&second).await;
    let done = rig.store.task(task);
    assert!(matches!(done.state, TaskState::Completed { chosen, .. } if chosen == done.leases[1].id));
    assert_eq!(done.responses(), 1);
}

#[tokio::test]
async fn an_answer_that_describes_another_kind_of_result_is_a_fault_and_the_work_goes_on() {
    // E17
    let rig = Rig::start().await;
    let mut first = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = first.lease().await;
    let mut other = rig.pair("m2", 1, 1, &[]).await;
    rig.until_miner("the other", |m| m.miner.as_str() == "m2").await;
    let sound = r#"{"what":"audio","format":"wav","sample_rate":8000,"channels":1,"duration_ms":5}"#;
    first.complete_with(&lease, sound.to_owned()).await;
    let second = other.lease().await;
    assert_eq!((second.task.clone(), second.fence), (task.to_string(), 2));
    assert_eq!(rig.store.task(task).responses(), 0);
    other.complete(&second).await;
    other.is_settled(&second).await;
    assert_eq!(rig.store.task(task).responses(), 1);
}

#[tokio::test]
async fn the_same_session_keeps_its_lease_over_a_lost_connection() {
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    drop(miner);
    let mut miner = rig.pair("m1", 1, 1, &[&lease.lease]).await;
    miner.complete(&lease).await;
    miner.is_settled(&lease).await;
    let done = rig.store.task(task);
    assert_eq!((done.leases.len(), done.state.name()), (1, StateName::Completed));
}

#[tokio::test]
async fn a_lease_that_the_same_session_never_got_is_dropped_when_it_comes_back() {
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    miner.lease().await;
    drop(miner);
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let again = miner.lease().await;
    assert_eq!((again.task, again.fence), (task.to_string(), 2));
}

#[tokio::test]
async fn a_lease_without_a_sign_of_life_lapses_and_is_leased_again() {
    // E14, Q1
    let rig = Rig::over(std::sync::Arc::default(), config(hasty)).await;
    let mut silent = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = silent.lease().await;
    let mut alive = rig.pair("m2", 1, 1, &[]).await;
    let second = eventually("the second lease", LONG, async || {
        alive.heartbeat(&[]).await;
        rig.store.task(task).leases.get(1).cloned()
    })
    .await;
    assert_eq!(second.miner.as_str(), "m2");
    assert_eq!(alive.lease().await.fence, 2);
    let mut back = rig.pair("m1", 1, 1, &[&lease.lease]).await;
    back.complete(&lease).await;
    let refused = loop {
        match back.hear().await.unwrap() {
            Told::Refused(r) => break r,
            Told::Revoke(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert!(refused.reason.contains("lost"), "{}", refused.reason);
    assert_eq!(rig.store.task(task).responses(), 0);
}

#[tokio::test]
async fn heartbeats_keep_a_lease_far_beyond_its_length() {
    // Q3, R32
    let rig = Rig::over(std::sync::Arc::default(), config(hasty)).await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    let first = rig.store.task(task).leases[0].expires_at;
    eventually("five lengths of a lease", LONG, async || {
        miner.heartbeat(&[&lease]).await;
        let now = rig.store.task(task).leases[0].expires_at;
        (now.since(first) >= 5 * std::time::Duration::from_secs(1)).then_some(())
    })
    .await;
    miner.complete(&lease).await;
    miner.is_settled(&lease).await;
    assert_eq!(rig.store.task(task).leases.len(), 1);
}

#[tokio::test]
async fn a_miner_that_failed_is_not_asked_again_while_another_one_was_not_tried() {
    // R35
    let rig = Rig::start().await;
    let mut first = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = first.lease().await;
    let mut other = rig.pair("m2", 1, 1, &[]).await;
    rig.until_miner("the other", |m| m.miner.as_str() == "m2").await;
    first.fail(&lease, FailReason::MinerFault).await;
    first.is_settled(&lease).await;
    let second = other.lease().await;
    assert_eq!(second.task, task.to_string());
    other.fail(&second, FailReason::MinerFault).await;
    other.is_settled(&second).await;
    rig.until_task(task, "a third try", |t| t.leases.len() == 3).await;
}

#[tokio::test]
async fn the_only_miner_may_try_again_and_a_broken_file_ends_at_once() {
    // E21
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    miner.fail(&lease, FailReason::MinerFault).await;
    miner.is_settled(&lease).await;
    let lease = miner.lease().await;
    assert_eq!(lease.fence, 2);
    miner.fail(&lease, FailReason::BrokenFile).await;
    miner.is_settled(&lease).await;
    let failed = rig.store.task(task);
    assert!(
        matches!(&failed.state, TaskState::Failed { failure, .. } if failure.reason == FailReason::BrokenFile)
    );
}

#[tokio::test]
async fn tasks_that_a_miner_may_not_have_do_not_hide_the_ones_it_may() {
    let rig = Rig::start().await;
    let mut busy = rig.pair("m2", 1, 1, &[]).await;
    rig.submit().await;
    busy.lease().await;
    // more than a page of the queue waits for the busy one
    for n in 1..=200 {
        rig.store.put(struck_by(n, "m1"));
    }
    let fresh = rig.submit_as(|t| t.priority = domain::Priority::Low).await;
    let mut miner = rig.pair("m1", 5, 1, &[]).await;
    assert_eq!(miner.lease().await.task, fresh.spec.id.to_string());
}

#[tokio::test]
async fn progress_is_seen_and_a_draining_miner_gets_no_more() {
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 2, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    miner.progress(&lease, 40).await;
    rig.until_task(task, "progress", |t| t.state == TaskState::InProgress { percent: 40 }).await;
    for percent in 41..90 {
        miner.progress(&lease, percent).await;
    }
    miner.say(said::Message::Drain(said::Drain {})).await;
    rig.until_miner("draining", |m| m.draining).await;
    assert!(rig.store.renewals() < 10, "{} writes for 50 reports", rig.store.renewals());
    let waiting = rig.submit().await;
    let mut other = rig.pair("m2", 1, 1, &[]).await;
    assert_eq!(other.lease().await.task, waiting.to_string());
    miner.complete(&lease).await;
    miner.is_settled(&lease).await;
}

#[tokio::test]
async fn a_lease_given_back_goes_to_another_miner() {
    let rig = Rig::start().await;
    let mut first = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = first.lease().await;
    let mut other = rig.pair("m2", 1, 1, &[]).await;
    rig.until_miner("the other", |m| m.miner.as_str() == "m2").await;
    first.say(said::Message::Drain(said::Drain {})).await;
    first.stopped(&lease).await;
    let second = other.lease().await;
    assert_eq!((second.task, second.fence), (task.to_string(), 2));
}
