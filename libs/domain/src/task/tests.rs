//! The life of a task, sentence by sentence.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{LeaseEnd, LeaseId};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn task(wanted: u8) -> Task {
    Task::submitted(NewTask {
        id: TaskId::from_random(1),
        kind: TaskKind::Transcription,
        source: SourceLanguage::Auto,
        target: None,
        options: TaskOptions::default(),
        priority: Priority::Normal,
        wanted,
        window: Duration::from_secs(60),
        input: FileId::from_random(2),
        input_size: 1_000,
        submitted_at: at(0),
        deadline: at(3_600),
        traceparent: None,
    })
}

fn grant(lease: u128, miner: &str, now: Timestamp) -> Event {
    Event::Grant {
        lease: LeaseId::from_random(lease),
        miner: miner.parse().unwrap(),
        session: 7,
        output: FileId::from_random(lease << 8),
        expires_at: now + Duration::from_secs(10),
        run_until: now + Duration::from_secs(100),
    }
}

fn answer(lease: u128, fence: u64, digest: u8) -> Event {
    let output = Output { file: FileId::from_random(lease << 8), sha256: Sha256([digest; 32]), size: 5 };
    let response =
        Response { output, model: "m".into(), model_version: "v".into(), facts: None, proof: None };
    Event::Respond { lease: LeaseId::from_random(lease), fence: Fence(fence), response }
}

fn fail(lease: u128, fence: u64, reason: FailReason) -> Event {
    let failure = Failure::new(reason, "because");
    Event::Fail { lease: LeaseId::from_random(lease), fence: Fence(fence), failure }
}

#[test]
fn a_task_goes_from_pending_to_completed() {
    let t = task(1).apply(grant(1, "a", at(1)), at(1)).unwrap();
    assert_eq!(t.state, TaskState::Assigned);
    let renew = |percent| Event::Renew {
        lease: LeaseId::from_random(1),
        fence: Fence(1),
        expires_at: at(500),
        percent: Some(percent),
    };
    let t = t.apply(renew(40), at(2)).unwrap().apply(renew(30), at(3)).unwrap();
    assert_eq!(t.state, TaskState::InProgress { percent: 40 });
    assert_eq!(t.leases[0].expires_at, at(101), "no renewal goes past the time allowed for the work");
    let t = t.apply(answer(1, 1, 9), at(4)).unwrap();
    assert_eq!(t.state, TaskState::Completed { at: at(4), chosen: LeaseId::from_random(1), agreement: None });
    assert_eq!(t.result().unwrap().output.sha256, Sha256([9; 32]));
    assert_eq!(t.next_due(), None);
}

fn choose(lease: u128, agreement: Option<Score>) -> Event {
    Event::Choose { lease: LeaseId::from_random(lease), agreement }
}

/// A task of three miners, all at work since the first second; the leases are 1, 2 and 3.
fn of_three() -> Task {
    (1..=3).zip(["a", "b", "c"]).fold(task(3), |t, (n, miner)| {
        let t = t.apply(grant(n, miner, at(1)), at(1)).unwrap();
        let renew = |lease, fence| Event::Renew { lease, fence, expires_at: at(101), percent: None };
        t.apply(renew(LeaseId::from_random(n), Fence(n as u64)), at(1)).unwrap()
    })
}

#[test]
fn the_first_answer_is_offered_at_once_and_the_window_closes() {
    // E1
    let t = of_three();
    assert_eq!((t.provisional(), t.choice_due()), (None, None), "there is nothing to choose from");
    let t = t.apply(answer(2, 2, 9), at(10)).unwrap();
    assert_eq!(t.provisional().map(|a| a.lease.id), Some(LeaseId::from_random(2)));
    assert_eq!((t.choice_due(), t.next_due()), (Some(at(70)), Some(at(70))));
    let t = t.apply(answer(1, 1, 8), at(20)).unwrap();
    assert_eq!(t.provisional().map(|a| a.lease.id), Some(LeaseId::from_random(2)), "it stays the first");
    assert_eq!(t.choice_due(), Some(at(70)), "more answers move nothing");
    let late = t.clone().apply(Event::Expire, at(70)).unwrap();
    assert_eq!(late, t, "time alone chooses nothing");
    let t = t.apply(choose(1, Some(Score::percent(80))), at(71)).unwrap();
    assert_eq!(t.agreement(), Some(Score::percent(80)));
    assert_eq!(t.result().unwrap().output.sha256, Sha256([8; 32]));
    assert!(matches!(t.leases[2].end, Some((_, LeaseEnd::Revoked))), "the silent one is told to stop");
    assert_eq!((t.provisional(), t.choice_due(), t.next_due()), (None, None, None));
}

#[test]
fn a_choice_is_due_at_once_when_nobody_is_left_to_wait_for() {
    // E1
    let t = of_three().apply(answer(1, 1, 9), at(10)).unwrap().apply(answer(2, 2, 9), at(12)).unwrap();
    let all = t.clone().apply(answer(3, 3, 9), at(15)).unwrap();
    assert_eq!((all.choice_due(), all.open_grants()), (Some(at(15)), 0));
    let two = t.apply(fail(3, 3, FailReason::MinerFault), at(15)).unwrap();
    assert_eq!((two.choice_due(), two.open_grants()), (Some(at(70)), 1), "another one may be asked");
    let again = two.apply(grant(4, "d", at(16)), at(16)).unwrap();
    assert_eq!(again.apply(answer(4, 4, 9), at(18)).unwrap().choice_due(), Some(at(18)));
}

#[test]
fn what_has_an_answer_never_fails() {
    // E1: neither by its deadline, nor by miners that fail at it, nor by one that blames the input
    let t = of_three().apply(answer(1, 1, 9), at(10)).unwrap();
    let blamed = t.clone().apply(fail(2, 2, FailReason::BrokenFile), at(11)).unwrap();
    assert!(!blamed.state.is_over() && blamed.live().count() == 1, "somebody could work on it");
    let ended = t.clone().apply(Event::Expire, at(3_600)).unwrap();
    let first = LeaseId::from_random(1);
    assert_eq!(ended.state, TaskState::Completed { at: at(3_600), chosen: first, agreement: None });
    let mut t = blamed.apply(fail(3, 3, FailReason::MinerFault), at(12)).unwrap();
    t = t.apply(grant(4, "d", at(13)), at(13)).unwrap();
    t = t.apply(fail(4, 4, FailReason::MinerFault), at(14)).unwrap();
    assert_eq!((t.open_grants(), t.choice_due()), (0, Some(at(14))), "no fourth miner is asked");
    assert!(t.apply(choose(1, None), at(15)).is_ok());
}

#[test]
fn only_an_answer_can_be_chosen_and_only_once() {
    let t = of_three().apply(answer(1, 1, 9), at(10)).unwrap().apply(answer(2, 2, 8), at(11)).unwrap();
    assert_eq!(t.clone().apply(choose(3, None), at(12)), Err(Refused::NothingToChoose));
    let t = t.apply(choose(2, Some(Score::ZERO)), at(12)).unwrap();
    let again = t.clone().apply(choose(2, Some(Score::ZERO)), at(13)).unwrap();
    assert_eq!(again, t, "what was chosen before is no change");
    let said = t.clone().apply(choose(1, None), at(13)).unwrap_err().to_string();
    assert_eq!(said, "a completed task cannot be given another result");
    assert_eq!(t.apply(answer(3, 3, 9), at(14)), Err(Refused::LeaseLost));
    let cancelled = of_three().apply(answer(1, 1, 9), at(10)).unwrap().apply(Event::Cancel, at(11)).unwrap();
    assert!(matches!(cancelled.apply(choose(1, None), at(12)), Err(Refused::Over { .. })));
}

#[test]
fn the_same_answer_twice_is_stored_once() {
    // L3
    let t = task(2).apply(grant(1, "a", at(1)), at(1)).unwrap().apply(answer(1, 1, 9), at(2)).unwrap();
    let again = t.clone().apply(answer(1, 1, 9), at(3)).unwrap();
    assert_eq!(again, t);
    assert_eq!(t.apply(answer(1, 1, 8), at(3)), Err(Refused::AnsweredDifferently));
}

#[test]
fn an_answer_after_the_lease_was_lost_is_refused() {
    let t = task(1).apply(grant(1, "a", at(1)), at(1)).unwrap().apply(Event::Expire, at(11)).unwrap();
    assert_eq!(t.state, TaskState::Pending);
    let t = t.apply(grant(2, "b", at(12)), at(12)).unwrap();
    assert_eq!(t.clone().apply(answer(1, 1, 9), at(13)), Err(Refused::LeaseLost));
    assert_eq!(t.leases[1].fence, Fence(2));
}

#[test]
fn a_miner_gets_a_task_once_at_a_time() {
    let t = task(3).apply(grant(1, "a", at(1)), at(1)).unwrap();
    assert!(matches!(t.clone().apply(grant(2, "a", at(1)), at(1)), Err(Refused::AlreadyHeld(_))));
    let t = t.apply(Event::Drop { lease: LeaseId::from_random(1) }, at(2)).unwrap();
    let repeated = t.clone().apply(grant(1, "a", at(3)), at(3));
    assert_eq!(repeated, Err(Refused::LeaseLost), "no two leases of a task have one name");
    assert!(t.apply(grant(3, "a", at(3)), at(3)).is_ok(), "a restarted miner may try again");
}

#[test]
fn an_input_that_fails_three_miners_is_poison() {
    // R28
    let mut t = task(1);
    for (i, miner) in ["a", "b", "c"].into_iter().enumerate() {
        let n = i as u128 + 1;
        assert_eq!(t.state, TaskState::Pending);
        t = t.apply(grant(n, miner, at(1)), at(1)).unwrap();
        t = t.apply(fail(n, n as u64, FailReason::ModelFailed), at(2)).unwrap();
    }
    assert!(matches!(&t.state, TaskState::Failed { failure, .. } if failure.reason == FailReason::Poison));
}

#[test]
fn a_broken_file_fails_at_once() {
    // E21
    let t = task(3).apply(grant(1, "a", at(1)), at(1)).unwrap().apply(grant(2, "b", at(1)), at(1)).unwrap();
    let t = t.apply(fail(1, 1, FailReason::BrokenFile), at(2)).unwrap();
    assert!(
        matches!(&t.state, TaskState::Failed { failure, .. } if failure.reason == FailReason::BrokenFile)
    );
    assert_eq!(t.live().count(), 0, "the other miner is told to stop");
}

#[test]
fn a_finished_task_refuses_in_words() {
    let t = task(1).apply(Event::Cancel, at(1)).unwrap();
    let said = t.clone().apply(grant(1, "a", at(2)), at(2)).unwrap_err().to_string();
    assert_eq!(said, "a cancelled task cannot be assigned");
    assert_eq!(t.clone().apply(Event::Cancel, at(2)).unwrap(), t);
}

#[test]
fn a_completed_task_is_approved_once_and_no_other_is() {
    // L15
    let done = task(1).apply(grant(1, "a", at(1)), at(1)).unwrap();
    let refused = |t: &Task| t.clone().apply(Event::Approve, at(9)).unwrap_err().to_string();
    assert_eq!(refused(&task(1)), "a pending task cannot be approved");
    assert_eq!(refused(&done), "an assigned task cannot be approved");
    let done = done.apply(answer(1, 1, 9), at(2)).unwrap();
    let approved = done.clone().apply(Event::Approve, at(3)).unwrap();
    let chosen = LeaseId::from_random(1);
    assert_eq!(approved.state, TaskState::Approved { at: at(3), chosen, agreement: None });
    assert_eq!((approved.version, approved.result()), (done.version + 1, done.result()));
    assert_eq!(refused(&approved), "an approved task cannot be approved");
    assert_eq!(refused(&task(1).apply(Event::Cancel, at(1)).unwrap()), "a cancelled task cannot be approved");
}

#[test]
fn no_task_outlives_its_total_time() {
    // L14
    let t = task(1);
    assert_eq!(t.next_due(), Some(at(3_600)));
    let t = t.apply(Event::Expire, at(3_600)).unwrap();
    assert!(matches!(&t.state, TaskState::Failed { failure, .. } if failure.reason == FailReason::TimedOut));
}

fn any_event() -> impl Strategy<Value = Event> {
    let id = 1u128..12;
    prop_oneof![
        4 => (id.clone(), 0..5usize).prop_map(|(l, m)| grant(l, ["a", "b", "c", "d", "e"][m], at(10))),
        3 => (id.clone(), 1u64..12, 0u8..3).prop_map(|(l, f, d)| answer(l, f, d)),
        2 => (id.clone(), 1u64..12).prop_map(|(l, f)| fail(l, f, FailReason::MinerFault)),
        2 => id.prop_map(|l| Event::Drop { lease: LeaseId::from_random(l) }),
        2 => (1u128..12, prop::option::of(0u32..=100)).prop_map(|(l, a)| choose(l, a.map(Score::percent))),
        1 => Just(Event::Expire),
        1 => Just(Event::Cancel),
    ]
}

proptest! {
    #[test]
    fn no_order_of_events_breaks_the_rules(wanted in 1u8..4, events in prop::collection::vec((any_event(), 0i64..40), 0..60)) {
        let mut t = task(wanted);
        let mut clock = 0;
        for (event, dt) in events {
            clock += dt;
            let before = t.clone();
            match t.clone().apply(event, at(clock)) {
                Ok(after) => t = after,
                Err(_) => prop_assert_eq!(&t, &before),
            }
            prop_assert!(!before.state.is_over() || t.state == before.state, "an ended task never moves");
            let answered = before.responses() > 0;
            prop_assert!(!answered || !matches!(t.state, TaskState::Failed { .. }), "what has an answer is not lost");
            prop_assert_eq!(t.choice_due().is_some(), !t.state.is_over() && t.responses() > 0);
            prop_assert!(t.choice_due().is_none_or(|due| t.next_due().is_some_and(|next| next <= due)));
            prop_assert!(t.live().count() + t.responses() <= usize::from(wanted));
            prop_assert!(!t.state.is_over() || t.live().count() == 0);
            prop_assert!(t.leases.windows(2).all(|w| w[0].fence < w[1].fence));
            prop_assert_eq!(t.result().is_some(), matches!(t.state, TaskState::Completed { .. }));
            let idle = !t.state.is_over() && t.live().count() == 0 && t.responses() == 0;
            prop_assert_eq!(t.state == TaskState::Pending, idle);
            let ended_twice = t.leases.iter().filter(|l| matches!(l.end, Some((_, LeaseEnd::Responded(_))))).count();
            prop_assert_eq!(ended_twice, t.responses());
        }
        // whatever happened, time brings it to an end
        let t = t.apply(Event::Expire, at(3_600 + clock)).unwrap();
        prop_assert!(t.state.is_over() && t.next_due().is_none());
        let served = matches!(t.state, TaskState::Completed { .. } | TaskState::Cancelled { .. });
        prop_assert!(t.responses() == 0 || served);
    }
}
