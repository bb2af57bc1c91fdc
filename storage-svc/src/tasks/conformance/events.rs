//! What happens to tasks.

use domain::{
    ErrorKind, Event, FailReason, Failure, Fence, FileId, LeaseEnd, LeaseId, NewTask, Sha256, TaskState,
    task::StateName,
};
use futures_util::future::join_all;

use super::{Fixture, RETENTION, conformance};
use crate::tests::sample::{at, choose, file, grant, new_task, output, renew, respond, task_id, with_input};

async fn created(f: &Fixture, n: u128, wanted: u8) {
    with_input(&*f.files, n).await;
    f.store.create(NewTask { wanted, ..new_task(n) }, None).await.unwrap();
}

fn fail(lease: u128, fence: u64) -> Event {
    let failure = Failure::new(FailReason::ModelFailed, "it failed");
    Event::Fail { lease: LeaseId::from_random(lease), fence: Fence(fence), failure }
}

async fn what_apply_answers_is_what_is_read(f: Fixture) {
    // E2: every state of a task and every end of a lease
    created(&f, 1, 3).await;
    f.files.insert(file(output(4), 9)).await.unwrap();
    f.files.insert(file(output(5), 9)).await.unwrap();
    f.files.insert(file(output(6), 9)).await.unwrap();
    let (dropped, id) = (Event::Drop { lease: LeaseId::from_random(1) }, task_id(1));
    let events = [
        (grant(1, "a", at(2)), 2),
        (dropped, 3),
        (grant(2, "b", at(3)), 3),
        (fail(2, 2), 4),
        (grant(3, "a", at(4)), 4),
        (renew(3, 3, at(12), Some(40)), 5),
        (Event::Expire, 13),
        (grant(4, "c", at(14)), 14),
        (respond(4, 4, 9), 15),
        (grant(5, "d", at(15)), 15),
        (respond(5, 5, 9), 16),
        (grant(6, "e", at(16)), 16),
        (respond(6, 6, 9), 17),
        (choose(5, 73), 18),
    ];
    let mut seen = vec![f.store.get(id).await.unwrap().state.name()];
    for (event, now) in events {
        let after = f.store.apply(id, event, at(now)).await.unwrap();
        assert_eq!(f.store.get(id).await.unwrap(), after);
        seen.push(after.state.name());
    }
    let done = f.store.get(id).await.unwrap();
    assert_eq!(done.result().unwrap().output.file, output(5));
    assert_eq!(done.agreement(), Some(domain::Score::percent(73)));
    assert_eq!(done.spec.window, std::time::Duration::from_secs(60));
    assert!(seen.contains(&StateName::Pending) && seen.contains(&StateName::InProgress), "{seen:?}");

    for (n, end) in [(2, Event::Cancel), (3, fail(30, 1))] {
        created(&f, n, 1).await;
        f.store.apply(task_id(n), grant(n * 10, "a", at(20)), at(20)).await.unwrap();
        let after = f.store.apply(task_id(n), end, at(21)).await.unwrap();
        assert_eq!(f.store.get(task_id(n)).await.unwrap(), after);
    }
    let cancelled = f.store.get(task_id(2)).await.unwrap();
    assert_eq!(cancelled.state, TaskState::Cancelled { at: at(21) });
    assert_eq!(cancelled.leases[0].end, Some((at(21), LeaseEnd::Revoked)));
    let broken = Failure::new(FailReason::BrokenFile, "no audio in it: é");
    f.store.apply(task_id(3), grant(31, "b", at(22)), at(22)).await.unwrap();
    let event = Event::Fail { lease: LeaseId::from_random(31), fence: Fence(2), failure: broken.clone() };
    f.store.apply(task_id(3), event, at(23)).await.unwrap();
    assert_eq!(
        f.store.get(task_id(3)).await.unwrap().state,
        TaskState::Failed { at: at(23), failure: broken }
    );
}

async fn a_refused_event_changes_nothing(f: Fixture) {
    created(&f, 1, 1).await;
    let before = f.store.apply(task_id(1), grant(1, "a", at(2)), at(2)).await.unwrap();
    for refused in [grant(2, "b", at(3)), renew(1, 7, at(9), None), respond(9, 1, 9), fail(1, 2)] {
        let e = f.store.apply(task_id(1), refused, at(3)).await.unwrap_err();
        assert_eq!(e.kind, ErrorKind::Conflict, "{e}");
    }
    assert_eq!(f.store.get(task_id(1)).await.unwrap(), before);
    assert_eq!(f.store.apply(task_id(9), Event::Cancel, at(3)).await.unwrap_err().kind, ErrorKind::NotFound);
    let said = f.store.apply(task_id(1), Event::Cancel, at(4)).await.map(|_| ());
    assert!(said.is_ok());
    let said = f.store.apply(task_id(1), grant(3, "c", at(5)), at(5)).await.unwrap_err().to_string();
    assert_eq!(said, "a cancelled task cannot be assigned");
}

async fn an_answer_must_be_the_stored_file_of_its_lease(f: Fixture) {
    created(&f, 1, 1).await;
    let before = f.store.apply(task_id(1), grant(1, "a", at(2)), at(2)).await.unwrap();
    let answer = |file: FileId, byte: u8, size: u64| match respond(1, 1, byte) {
        Event::Respond { lease, fence, mut response } => {
            (response.output.file, response.output.size) = (file, size);
            Event::Respond { lease, fence, response }
        }
        other => other,
    };
    let say = async |event| f.store.apply(task_id(1), event, at(3)).await.unwrap_err();
    assert_eq!(say(answer(output(1), 9, 5)).await.kind, ErrorKind::Invalid, "not stored");
    f.files.insert(file(output(1), 9)).await.unwrap();
    f.files.insert(file(output(2), 9)).await.unwrap();
    assert_eq!(say(answer(output(1), 8, 5)).await.kind, ErrorKind::Invalid, "another digest");
    assert_eq!(say(answer(output(1), 9, 6)).await.kind, ErrorKind::Invalid, "another size");
    assert_eq!(say(answer(output(2), 9, 5)).await.kind, ErrorKind::Invalid, "somebody else's file");
    let mut elsewhere = answer(output(1), 9, 5);
    if let Event::Respond { response, .. } = &mut elsewhere {
        response.proof.as_mut().unwrap().input_sha256 = Sha256([2; 32]);
    }
    assert_eq!(say(elsewhere).await.kind, ErrorKind::Invalid, "signed as work on another input");
    assert_eq!(f.store.get(task_id(1)).await.unwrap(), before);
    assert_eq!(
        f.store.apply(task_id(1), answer(output(1), 9, 5), at(3)).await.unwrap().state.name(),
        StateName::Completed
    );
}

async fn the_same_answer_three_times_is_stored_once(f: Fixture) {
    // L3
    created(&f, 1, 1).await;
    f.files.insert(file(output(1), 9)).await.unwrap();
    f.store.apply(task_id(1), grant(1, "a", at(2)), at(2)).await.unwrap();
    let first = f.store.apply(task_id(1), respond(1, 1, 9), at(3)).await.unwrap();
    for now in [4, 5] {
        assert_eq!(f.store.apply(task_id(1), respond(1, 1, 9), at(now)).await.unwrap(), first);
    }
    assert_eq!(f.store.get(task_id(1)).await.unwrap().responses(), 1);
    assert_eq!(
        f.store.apply(task_id(1), respond(1, 1, 8), at(6)).await.unwrap_err().kind,
        ErrorKind::Conflict
    );
}

async fn an_answer_lengthens_the_life_of_its_file(f: Fixture) {
    // L10
    created(&f, 1, 2).await;
    for lease in [1, 2] {
        f.files.insert(file(output(lease), 9)).await.unwrap();
        f.store.apply(task_id(1), grant(lease, ["a", "b"][lease as usize - 1], at(2)), at(2)).await.unwrap();
    }
    f.store.apply(task_id(1), respond(1, 1, 9), at(3)).await.unwrap();
    assert_eq!(f.files.stat(output(1), at(3)).await.unwrap().expires_at, at(3) + RETENTION.tasks);
    f.store.apply(task_id(1), respond(2, 2, 9), at(7)).await.unwrap();
    f.store.apply(task_id(1), choose(1, 90), at(9)).await.unwrap();
    let chosen = f.files.stat(output(1), at(9)).await.unwrap();
    assert_eq!(chosen.expires_at, at(9) + RETENTION.tasks, "the result is served as long as its task is");
}

async fn of_ten_grants_at_once_one_wins(f: Fixture) {
    // L5
    created(&f, 1, 1).await;
    let miners: Vec<String> = (0..10).map(|n| format!("m{n}")).collect();
    let grants = miners.iter().zip(1..).map(|(m, n)| f.store.apply(task_id(1), grant(n, m, at(2)), at(2)));
    let done = join_all(grants).await;
    assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 1);
    assert!(done.iter().flat_map(|d| d.as_ref().err()).all(|e| e.kind == ErrorKind::Conflict));
    assert_eq!(f.store.get(task_id(1)).await.unwrap().leases.len(), 1);
}

async fn a_hundred_answers_at_once_are_all_stored(f: Fixture) {
    // L4: ten to each of ten tasks
    for n in 1..=10_u128 {
        created(&f, n, 10).await;
        for m in 0..10_u128 {
            let lease = n * 100 + m;
            f.files.insert(file(output(lease), 9)).await.unwrap();
            f.store.apply(task_id(n), grant(lease, &format!("m{m}"), at(20)), at(20)).await.unwrap();
        }
    }
    let answers = (0..100_u128).map(|i| {
        let (n, m) = (i % 10 + 1, i / 10);
        f.store.apply(task_id(n), respond(n * 100 + m, m as u64 + 1, 9), at(21))
    });
    assert!(join_all(answers).await.iter().all(Result::is_ok));
    for n in 1..=10 {
        let task = f.store.get(task_id(n)).await.unwrap();
        assert_eq!((task.responses(), task.choice_due()), (10, Some(at(21))));
        let choices = (0..10).map(|m| f.store.apply(task_id(n), choose(n * 100 + m, 50), at(22)));
        let chosen = join_all(choices).await.iter().filter(|c| c.is_ok()).count();
        assert_eq!(chosen, 1, "of ten choices at once one is made");
        let task = f.store.get(task_id(n)).await.unwrap();
        assert_eq!(task.state.name(), StateName::Completed);
        assert_eq!(task.result().unwrap().output.sha256, Sha256([9; 32]));
    }
}

async fn the_counters_follow_every_change(f: Fixture) {
    // C4
    for n in 1..=4 {
        created(&f, n, 1).await;
    }
    f.files.insert(file(output(1), 9)).await.unwrap();
    f.store.apply(task_id(1), grant(1, "a", at(5)), at(5)).await.unwrap();
    f.store.apply(task_id(2), grant(2, "b", at(5)), at(5)).await.unwrap();
    f.store.apply(task_id(2), renew(2, 1, at(9), Some(1)), at(6)).await.unwrap();
    f.store.apply(task_id(3), Event::Cancel, at(6)).await.unwrap();
    f.store.apply(task_id(1), respond(1, 1, 9), at(7)).await.unwrap();
    let counts = f.store.counts().await.unwrap();
    assert_eq!(counts.iter().map(|(s, _)| *s).collect::<Vec<_>>(), StateName::ALL);
    // pending, assigned, in_progress, completed, approved, failed, cancelled
    assert_eq!(counts.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1, 0, 1, 1, 0, 0, 1]);
}

conformance!(
    what_apply_answers_is_what_is_read,
    a_refused_event_changes_nothing,
    an_answer_must_be_the_stored_file_of_its_lease,
    the_same_answer_three_times_is_stored_once,
    an_answer_lengthens_the_life_of_its_file,
    of_ten_grants_at_once_one_wins,
    a_hundred_answers_at_once_are_all_stored,
    the_counters_follow_every_change,
);
