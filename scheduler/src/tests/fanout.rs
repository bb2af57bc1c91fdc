//! Several miners for one task.

use std::{sync::Arc, time::Duration};

use domain::{Score, TaskId, TaskState, task::StateName};
use proto::pb::{
    miner_message as said,
    scheduler_message::{self as told, Message as Told},
};
use testkit::eventually::eventually;

use super::rig::{LONG, Miner, Rig, config, hasty};

/// A rig with paired miners m1, m2 and so on.
async fn with_miners(rig: &Rig, n: usize) -> Vec<Miner> {
    let mut miners = Vec::new();
    for i in 1..=n {
        let name = format!("m{i}");
        miners.push(rig.pair(&name, 1, 1, &[]).await);
        rig.until_miner("the miner", |m| m.miner.as_str() == name).await;
    }
    miners
}

/// A task that all of these miners are given.
async fn given_to(rig: &Rig, miners: &mut [Miner]) -> (TaskId, Vec<told::Lease>) {
    let wanted = miners.len() as u8;
    let task = rig.submit_as(|t| t.wanted = wanted).await;
    assert_eq!(task.spec.wanted, wanted);
    let mut leases = Vec::new();
    for miner in miners {
        leases.push(miner.lease().await);
    }
    (task.spec.id, leases)
}

async fn answer(rig: &Rig, task: TaskId, miner: &mut Miner, lease: &told::Lease, digest: u8) {
    let before = rig.store.task(task).responses();
    miner.answer(lease, digest, String::new()).await;
    miner.is_settled(lease).await;
    assert_eq!(rig.store.task(task).responses(), before + 1);
}

async fn completed(rig: &Rig, task: TaskId) -> (String, Option<Score>) {
    rig.until_task(task, "the choice", |t| t.state.name() == StateName::Completed).await;
    let done = rig.store.task(task);
    let TaskState::Completed { chosen, agreement, .. } = done.state else { panic!("{done:?}") };
    (done.leases.iter().find(|l| l.id == chosen).unwrap().miner.to_string(), agreement)
}

#[tokio::test]
async fn the_answer_that_agrees_best_is_served_and_the_liar_is_remembered() {
    // E1
    let rig = Rig::start().await;
    let mut miners = with_miners(&rig, 3).await;
    let (task, leases) = given_to(&rig, &mut miners).await;
    answer(&rig, task, &mut miners[0], &leases[0], 66).await;
    let waiting = rig.store.task(task);
    assert_eq!(waiting.provisional().unwrap().lease.miner.as_str(), "m1", "it is offered at once");
    assert_eq!(waiting.live().count(), 2, "and the others go on");
    answer(&rig, task, &mut miners[2], &leases[2], 7).await;
    answer(&rig, task, &mut miners[1], &leases[1], 7).await;
    assert_eq!(completed(&rig, task).await, ("m3".to_owned(), Some(Score::percent(55))));
    assert_eq!(rig.judge.asked(), 1);
    let agreement = async |miner: &str| {
        eventually("the record", LONG, async || rig.store.record(miner).and_then(|r| r.tally.agreement)).await
    };
    assert_eq!(agreement("m1").await, Score::percent(10));
    assert_eq!(agreement("m2").await, Score::ONE);
    assert!(rig.store.record_writes() <= 6, "written behind, together: {}", rig.store.record_writes());
    rig.stop().await;
}

#[tokio::test]
async fn the_window_closes_and_the_silent_miner_is_told_to_stop() {
    // E1
    let rig = Rig::over(Arc::default(), config(|c| c.fanout.window = Duration::from_millis(400))).await;
    let mut miners = with_miners(&rig, 2).await;
    let (task, leases) = given_to(&rig, &mut miners).await;
    answer(&rig, task, &mut miners[0], &leases[0], 7).await;
    assert_eq!(completed(&rig, task).await, ("m1".to_owned(), None), "one answer agrees with nobody");
    assert_eq!(rig.judge.asked(), 0);
    let told = miners[1].hear().await.unwrap();
    assert!(matches!(&told, Told::Revoke(r) if r.lease == leases[1].lease), "{told:?}");
    miners[1].answer(&leases[1], 7, String::new()).await;
    let told = miners[1].hear().await.unwrap();
    assert!(matches!(told, Told::Refused(_)), "{told:?}");
    let late = async || rig.store.record("m2").filter(|r| r.tally.late == 1);
    let record = eventually("the late answer to be counted", LONG, late).await;
    assert_eq!((record.tally.answered, record.tally.dropped), (0, 0));
}

#[tokio::test]
async fn a_choice_that_a_killed_scheduler_did_not_make_is_made_by_the_next() {
    // D1: after all answers, before the choice
    let rig = Rig::start().await;
    rig.judge.set_away(true);
    let mut miners = with_miners(&rig, 3).await;
    let (task, leases) = given_to(&rig, &mut miners).await;
    for (i, digest) in [66, 7, 7].into_iter().enumerate() {
        answer(&rig, task, &mut miners[i], &leases[i], digest).await;
    }
    eventually("a try", LONG, async || (rig.judge.asked() > 1).then_some(())).await;
    assert_eq!(rig.store.task(task).state.name(), StateName::InProgress);
    let store = rig.kill();
    drop(miners);
    let rig = Rig::over(store, config(|_| {})).await;
    assert_eq!(completed(&rig, task).await, ("m2".to_owned(), Some(Score::percent(55))));
}

#[tokio::test]
async fn a_judge_without_the_answers_is_asked_again_and_a_cancel_wins() {
    let rig = Rig::start().await;
    rig.judge.set_away(true);
    let mut miners = with_miners(&rig, 2).await;
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let (task, leases) = given_to(&rig, &mut miners).await;
        for i in [0, 1] {
            answer(&rig, task, &mut miners[i], &leases[i], 7).await;
        }
        tasks.push(task);
    }
    assert_eq!(rig.client.cancel(tasks[0]).await.unwrap().state.name(), StateName::Cancelled);
    rig.judge.set_away(false);
    assert_eq!(completed(&rig, tasks[1]).await, ("m1".to_owned(), Some(Score::ONE)));
    assert_eq!(rig.store.task(tasks[0]).state.name(), StateName::Cancelled);
    let due = rig.store.calls().due;
    assert!(due < 30, "nothing spins meanwhile: {due} looks at what is due");
}

#[tokio::test]
async fn when_nobody_is_left_who_could_answer_the_task_does_not_wait_for_its_window() {
    let rig = Rig::over(Arc::default(), config(hasty)).await;
    let mut miners = with_miners(&rig, 2).await;
    let (task, leases) = given_to(&rig, &mut miners).await;
    answer(&rig, task, &mut miners[0], &leases[0], 7).await;
    miners[1].say(said::Message::Drain(said::Drain {})).await;
    miners[1].stopped(&leases[1]).await;
    eventually("the choice", LONG, async || {
        miners[0].heartbeat(&[]).await;
        (rig.store.task(task).state.name() == StateName::Completed).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_known_of_miners_outlives_the_scheduler() {
    let rig = Rig::start().await;
    let mut miners = with_miners(&rig, 1).await;
    let (task, leases) = given_to(&rig, &mut miners).await;
    answer(&rig, task, &mut miners[0], &leases[0], 7).await;
    eventually("the record", LONG, async || rig.store.record("m1")).await;
    let store = rig.kill();
    let rig = Rig::over(store, config(|_| {})).await;
    let mut miners = with_miners(&rig, 1).await;
    let (task, leases) = given_to(&rig, &mut miners).await;
    answer(&rig, task, &mut miners[0], &leases[0], 7).await;
    eventually("the second answer", LONG, async || {
        rig.store.record("m1").filter(|r| r.tally.answered == 2).map(|_| ())
    })
    .await;
}
