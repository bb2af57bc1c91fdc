//! Submit, cancel, and what a lease says.

use domain::{ErrorKind, Priority, Sha256, TaskState, Timestamp, task::StateName};
use proto::{
    client::Idempotency,
    pb::scheduler_message::Message as Told,
    ticket::{self, Access, TicketKey},
};

use super::rig::{KEY, Rig, new_task};

#[tokio::test]
async fn a_task_is_offered_to_a_free_miner_by_an_event() {
    // E12: no timer of this scheduler is shorter than the lease, and the answer is there long before
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    rig.until_miner("the miner", |m| m.miner.as_str() == "m1").await;
    let before = std::time::Instant::now();
    let task = rig.submit().await;
    let lease = miner.lease().await;
    assert!(before.elapsed().as_secs() < 3, "{:?}", before.elapsed());
    assert_eq!(lease.task, task.to_string());
    miner.complete(&lease).await;
    miner.is_settled(&lease).await;
    assert_eq!(rig.store.task(task).state.name(), StateName::Completed);
    assert!(rig.store.calls().ready <= 6, "{:?}", rig.store.calls());
    rig.stop().await;
}

#[tokio::test]
async fn a_lease_says_where_the_input_is_and_opens_it() {
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit_as(|t| t.source = "ja".parse().unwrap()).await;
    let lease = miner.lease().await;
    let files = "http://127.0.0.1:8000/api/v1/files";
    assert_eq!(lease.input_url, format!("{files}/{}/download", task.spec.input));
    assert_eq!(lease.output_url, format!("{files}/{}", lease.output_file));
    assert_eq!((lease.source_language.as_str(), lease.input_size), ("ja", 2_000_000));
    assert_eq!(lease.run_ms, 720_000, "ten minutes and one for each megabyte");
    let key: TicketKey = KEY.parse().unwrap();
    let output = lease.output_file.parse().unwrap();
    let at = task.spec.submitted_at;
    let late = Timestamp::from_micros(at.micros() + 900 * 1_000_000);
    assert_eq!(ticket::check(&key, &lease.input_ticket, Access::Read, task.spec.input, at), Ok(()));
    assert_eq!(ticket::check(&key, &lease.output_ticket, Access::Write, output, at), Ok(()));
    assert!(ticket::check(&key, &lease.output_ticket, Access::Write, output, late).is_err());
    assert!(ticket::check(&key, &lease.output_ticket, Access::Write, task.spec.input, at).is_err());
}

#[tokio::test]
async fn a_waiting_task_is_offered_when_a_miner_declares() {
    let rig = Rig::start().await;
    let task = rig.submit().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    assert_eq!(miner.lease().await.task, task.to_string());
}

#[tokio::test]
async fn a_task_asks_for_no_more_miners_than_there_are() {
    let rig = Rig::start().await;
    assert_eq!(rig.submit_as(|t| t.wanted = 5).await.spec.wanted, 1, "nobody is paired yet");
    let mut two = [rig.pair("m1", 1, 4, &[]).await, rig.pair("m2", 1, 4, &[]).await];
    rig.until_miner("both", |m| m.miner.as_str() == "m2").await;
    let task = rig.submit_as(|t| t.wanted = 5).await;
    assert_eq!(task.spec.wanted, 2);
    rig.until_task(task.spec.id, "two leases", |t| t.live().count() == 2).await;
    for miner in &mut two {
        let lease = loop {
            let lease = miner.lease().await;
            if lease.task == task.spec.id.to_string() {
                break lease;
            }
        };
        miner.complete(&lease).await;
    }
    rig.until_task(task.spec.id, "the result", |t| t.state.name() == StateName::Completed).await;
}

#[tokio::test]
async fn where_the_client_says_nothing_kind_and_priority_say_how_many_miners() {
    let rig = Rig::start().await;
    let names = ["m1", "m2", "m3", "m4"];
    let mut miners = Vec::new();
    for name in names {
        miners.push(rig.pair(name, 1, 4, &[]).await);
    }
    rig.until_miner("the last", |m| m.miner.as_str() == "m4").await;
    let wanted = async |priority, asked| {
        let task = domain::NewTask { priority, ..new_task(1) };
        rig.client.submit(&task, asked, None).await.unwrap().task.spec.wanted
    };
    assert_eq!(wanted(Priority::Normal, None).await, 2);
    assert_eq!(wanted(Priority::Urgent, None).await, 3);
    assert_eq!(wanted(Priority::Urgent, Some(1)).await, 1, "what is asked for counts");
    assert_eq!(wanted(Priority::Low, Some(9)).await, 4, "as far as there are miners");
}

#[tokio::test]
async fn a_repeated_submit_is_the_same_task() {
    // R36
    let rig = Rig::start().await;
    let key = Idempotency { key: "k".into(), fingerprint: Sha256([1; 32]) };
    let first = rig.client.submit(&new_task(1), None, Some(&key)).await.unwrap();
    let again = rig.client.submit(&new_task(2), None, Some(&key)).await.unwrap();
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(first.task.spec, again.task.spec);
    assert_ne!(first.task.spec.id, new_task(1).id, "names are the scheduler's to give");
    let other = Idempotency { fingerprint: Sha256([2; 32]), ..key };
    assert_eq!(
        rig.client.submit(&new_task(3), None, Some(&other)).await.unwrap_err().kind,
        ErrorKind::KeyReused
    );
}

#[tokio::test]
async fn a_cancelled_task_is_revoked_and_its_slot_is_not_used_before_the_work_stopped() {
    // R25, R27
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    let next = rig.submit().await;
    let cancelled = rig.client.cancel(task).await.unwrap();
    assert!(matches!(cancelled.state, TaskState::Cancelled { .. }));
    let told = miner.hear().await.unwrap();
    assert!(
        matches!(&told, Told::Revoke(r) if r.lease == lease.lease && r.reason.contains("cancelled")),
        "{told:?}"
    );
    miner.heartbeat(&[&lease]).await;
    // a report of a lease that nobody knows is answered after everything that was said before it was dealt with
    let mut stranger = lease.clone();
    stranger.lease = "0".repeat(32);
    miner.complete(&stranger).await;
    assert!(matches!(miner.hear().await.unwrap(), Told::Refused(_)));
    let seen = rig.client.miners().await.unwrap();
    assert_eq!(seen[0].busy, 1, "it still works on it");
    assert_eq!(rig.store.task(next).leases.len(), 0);
    miner.stopped(&lease).await;
    assert_eq!(miner.lease().await.task, next.to_string());
    let again = rig.client.cancel(task).await.unwrap();
    assert_eq!(again.state, cancelled.state, "cancelling twice is no error");
}

#[tokio::test]
async fn what_is_over_or_unknown_can_not_be_cancelled() {
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    miner.complete(&lease).await;
    miner.is_settled(&lease).await;
    let refused = rig.client.cancel(task).await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.message.as_str()),
        (ErrorKind::Conflict, "a completed task cannot be cancelled")
    );
    let unknown = rig.client.cancel(domain::TaskId::from_random(9)).await.unwrap_err();
    assert_eq!(unknown.kind, ErrorKind::NotFound);
}
