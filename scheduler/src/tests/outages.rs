//! The store is slow or away; the scheduler dies.

use domain::{ErrorKind, Event, Task, task::StateName};
use proto::pb::scheduler_message::Message as Told;
use testkit::eventually::eventually;

use super::rig::{LONG, Rig, config, new_task};

#[tokio::test]
async fn an_answer_is_acknowledged_only_after_it_is_durable() {
    // L1, R34
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    rig.store.let_answers_pass(false);
    miner.complete(&lease).await;
    eventually("the answer at the store", LONG, async || (rig.store.waiting_answers() == 1).then_some(()))
        .await;
    // it does not name the lease any more: that must not lose it
    miner.heartbeat(&[]).await;
    let renewed = rig.store.renewals();
    eventually("a renewal meanwhile", LONG, async || {
        miner.heartbeat(&[]).await;
        (rig.store.renewals() > renewed).then_some(())
    })
    .await;
    assert!(miner.hears_nothing());
    assert_eq!(rig.store.task(task).live().count(), 1);
    rig.store.let_answers_pass(true);
    miner.is_settled(&lease).await;
    assert_eq!(rig.store.task(task).state.name(), StateName::Completed);
}

#[tokio::test]
async fn while_the_store_is_away_nothing_is_promised_and_nothing_is_lost() {
    // L6
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    rig.store.set_away(true);
    assert_eq!(rig.client.submit(&new_task(1), None, None).await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(rig.client.cancel(task).await.unwrap_err().kind, ErrorKind::Unavailable);
    miner.complete(&lease).await;
    miner.heartbeat(&[&lease]).await;
    assert!(miner.hears_nothing());
    rig.store.set_away(false);
    miner.is_settled(&lease).await;
    let next = rig.submit().await;
    assert_eq!(miner.lease().await.task, next.to_string(), "the stream is the same");
}

#[tokio::test]
async fn what_another_scheduler_changes_is_seen_also_after_the_feed_broke() {
    // C2
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 8, &[]).await;
    rig.until_miner("the miner", |m| m.capacity == 8).await;
    let mut leases = Vec::new();
    for n in 1..=3 {
        // from the second on the feed is broken: what comes before it is open again is found by looking
        rig.store.put(Task::submitted(new_task(n)));
        let lease = miner.lease().await;
        assert_eq!(lease.task, new_task(n).id.to_string());
        leases.push(lease);
        rig.store.break_feeds();
    }
    // a cancel that nobody saw is found by the next heartbeat
    let task = rig.store.task(new_task(1).id);
    rig.store.put(task.apply(Event::Cancel, new_task(1).submitted_at).unwrap());
    miner.heartbeat(&leases.iter().collect::<Vec<_>>()).await;
    let told = miner.hear().await.unwrap();
    assert!(matches!(&told, Told::Revoke(r) if r.lease == leases[0].lease), "{told:?}");
}

#[tokio::test]
async fn a_grant_whose_answer_was_lost_is_sent_and_made_once() {
    let rig = Rig::start().await;
    rig.store.lose_answers_to_grants(1);
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    miner.complete(&lease).await;
    miner.is_settled(&lease).await;
    assert_eq!(rig.store.task(task).leases.len(), 1);
}

#[tokio::test]
async fn a_killed_scheduler_loses_nothing() {
    // D1
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let (running, waiting) = (rig.submit().await, rig.submit().await);
    let lease = miner.lease().await;
    let store = rig.kill();
    let rig = Rig::over(store, config(|_| {})).await;
    let mut miner = rig.pair("m1", 1, 1, &[&lease.lease]).await;
    miner.complete(&lease).await;
    miner.is_settled(&lease).await;
    let next = miner.lease().await;
    assert_eq!(next.task, waiting.to_string());
    miner.complete(&next).await;
    miner.is_settled(&next).await;
    for task in [running, waiting] {
        let task = rig.store.task(task);
        assert_eq!((task.leases.len(), task.state.name()), (1, StateName::Completed));
    }
}
