//! Many tasks, several miners.

use std::collections::BTreeMap;

use domain::task::StateName;
use futures_util::{StreamExt as _, stream};
use proto::pb::scheduler_message::Message as Told;
use testkit::eventually::eventually;

use super::rig::{LONG, Rig};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_over_ten_miners_all_finish_once_and_are_shared_fairly() {
    // E11, E12
    let rig = Rig::start().await;
    for i in 0..10 {
        let mut miner = rig.pair(&format!("m{i}"), 1, 4, &[]).await;
        tokio::spawn(async move {
            while let Ok(told) = miner.hear().await {
                if let Told::Lease(lease) = told {
                    miner.complete(&lease).await;
                }
            }
        });
    }
    eventually("ten miners", LONG, async || (rig.client.miners().await.unwrap().len() == 10).then_some(()))
        .await;
    stream::iter(0..1_000)
        .for_each_concurrent(50, async |_| {
            rig.submit().await;
        })
        .await;
    eventually("all results", LONG, async || {
        rig.store.all().iter().all(|t| t.state.name() == StateName::Completed).then_some(())
    })
    .await;
    let tasks = rig.store.all();
    assert_eq!(tasks.len(), 1_000);
    let mut shares = BTreeMap::new();
    for task in &tasks {
        assert_eq!(task.leases.len(), 1, "no task ran twice");
        *shares.entry(task.leases[0].miner.clone()).or_insert(0) += 1;
    }
    assert!(shares.values().all(|n| (50..=200).contains(n)), "{shares:?}");
    let calls = rig.store.calls();
    assert_eq!(calls.grants, 1_000, "{calls:?}");
    // woken by a submit and by an end, each time with one look at the queue, shared when they come together
    assert!(calls.ready <= 3_000, "{calls:?}");
    assert!(calls.due <= 20, "{calls:?}");
    rig.stop().await;
}
