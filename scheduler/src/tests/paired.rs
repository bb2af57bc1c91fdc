//! One paired miner, sentence by sentence.

use domain::{Fence, TaskId, TaskKind};

use super::*;

fn at(s: i64) -> Timestamp {
    Timestamp::from_micros(s * 1_000_000)
}

fn id(n: u128) -> LeaseId {
    LeaseId::from_random(n)
}

fn miner(capacity: u32) -> (Paired, mpsc::Receiver<Result<pb::SchedulerMessage, Status>>) {
    let (outbox, inbox) = mpsc::channel(8);
    let said = Declare {
        miner: "m".parse().unwrap(),
        session: 1,
        offers: vec![],
        models: vec![],
        capacity,
        held: vec![],
    };
    let mut paired = Paired::new(&said, 1, outbox, CancellationToken::new(), at(0));
    paired.ready = true;
    (paired, inbox)
}

fn give(paired: &mut Paired, lease: u128, now: i64) -> bool {
    let work = Work {
        task: TaskId::from_random(lease),
        kind: TaskKind::Tts,
        traceparent: None,
        granted_at: at(now),
        run_until: at(now + 100),
    };
    let claim = Claim { task: work.task, lease: id(lease), fence: Fence(1) };
    paired.reserve(id(lease), work) && paired.hand_over(claim, pb::SchedulerMessage::default(), at(now))
}

const GRACE: Duration = Duration::from_secs(3);

#[test]
fn a_lease_under_way_survives_a_heartbeat_that_does_not_know_it() {
    let (mut paired, _inbox) = miner(1);
    assert!(give(&mut paired, 1, 10));
    assert!(!give(&mut paired, 2, 10), "there is one slot only");
    let beat = paired.reconcile(&[], GRACE, at(11));
    assert!(beat.lost.is_empty() && !beat.freed);
    let beat = paired.reconcile(&[], GRACE, at(14));
    assert_eq!(beat.lost.len(), 1, "it never arrived");
    assert!(beat.freed && paired.busy() == 0);
}

#[test]
fn a_revoked_slot_is_taken_until_the_miner_stops() {
    // R25
    let (mut paired, mut inbox) = miner(1);
    give(&mut paired, 1, 0);
    paired.revoke(id(1), "cancelled");
    paired.revoke(id(1), "cancelled");
    assert_eq!(inbox.len(), 2, "the lease and one revocation");
    assert!(inbox.try_recv().is_ok());
    paired.reconcile(&[id(1)], GRACE, at(60));
    assert!(!give(&mut paired, 2, 60));
    paired.free(id(1), at(61));
    assert!(give(&mut paired, 2, 61));
}

#[test]
fn leases_of_others_occupy_a_miner_until_it_drops_them() {
    // R29
    let (mut paired, mut inbox) = miner(1);
    let beat = paired.reconcile(&[id(9)], GRACE, at(1));
    assert!(!beat.freed && paired.busy() == 1);
    assert!(inbox.try_recv().is_ok(), "it is told to stop");
    paired.reconcile(&[id(9)], GRACE, at(2));
    assert!(inbox.try_recv().is_err(), "once");
    assert!(paired.reconcile(&[], GRACE, at(3)).freed);
    assert_eq!(paired.busy(), 0);
}

#[test]
fn an_answered_lease_named_by_a_late_heartbeat_takes_no_slot() {
    let (mut paired, mut inbox) = miner(1);
    give(&mut paired, 1, 0);
    assert!(inbox.try_recv().is_ok());
    paired.free(id(1), at(5));
    paired.reconcile(&[id(1)], GRACE, at(6));
    assert_eq!(paired.busy(), 0);
    assert!(inbox.try_recv().is_err());
}

#[test]
fn a_lease_whose_answer_is_being_stored_is_renewed_and_never_lost() {
    let (mut paired, _inbox) = miner(1);
    give(&mut paired, 1, 0);
    paired.slot(id(1)).unwrap().stage = Stage::Settling;
    let beat = paired.reconcile(&[], GRACE, at(50));
    assert!(beat.lost.is_empty());
    assert_eq!(beat.renew.len(), 1);
}

#[test]
fn a_lease_revoked_before_it_was_sent_is_never_sent() {
    let (mut paired, mut inbox) = miner(1);
    let work = Work {
        task: TaskId::from_random(1),
        kind: TaskKind::Tts,
        traceparent: None,
        granted_at: at(0),
        run_until: at(9),
    };
    let claim = Claim { task: work.task, lease: id(1), fence: Fence(1) };
    assert!(paired.reserve(id(1), work));
    paired.revoke(id(1), "cancelled");
    assert!(!paired.hand_over(claim, pb::SchedulerMessage::default(), at(1)));
    assert!(inbox.try_recv().is_err());
    assert_eq!(paired.busy(), 0);
}
