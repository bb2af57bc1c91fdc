use std::time::Duration;

use super::*;
use crate::{
    Event, Fence, FileId, NewTask, Output, Priority, Response, TaskOptions,
    consensus::{Finding, Holder, Misfit},
    grade::Basis,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn lease(n: u128) -> LeaseId {
    LeaseId::from_random(n)
}

fn grant(n: u128, miner: &str, now: i64) -> Event {
    Event::Grant {
        lease: lease(n),
        miner: miner.parse().unwrap(),
        session: 1,
        output: FileId::from_random(n),
        expires_at: at(now) + Duration::from_secs(10),
        run_until: at(now) + Duration::from_secs(10),
    }
}

fn respond(n: u128, fence: u64) -> Event {
    let output = Output { file: FileId::from_random(n), sha256: Sha256([9; 32]), size: 5 };
    let response =
        Response { output, model: "m".into(), model_version: "v".into(), facts: None, proof: None };
    Event::Respond { lease: lease(n), fence: Fence(fence), response }
}

/// "a" drops it, takes it again and answers; "b" is silent; "c" answers.
fn task() -> Task {
    let spec = NewTask {
        id: TaskId::from_random(1),
        kind: TaskKind::Tts,
        source: SourceLanguage::Given(Language::De),
        target: None,
        options: TaskOptions::default(),
        priority: Priority::Normal,
        wanted: 2,
        input: FileId::from_random(2),
        input_size: 5,
        submitted_at: at(0),
        deadline: at(900),
        traceparent: None,
        window: Duration::from_secs(60),
    };
    let events = [
        (grant(1, "a", 1), 1),
        (Event::Drop { lease: lease(1) }, 2),
        (grant(2, "b", 3), 3),
        (Event::Expire, 20),
        (grant(3, "a", 20), 20),
        (grant(4, "c", 21), 21),
        (respond(3, 3), 22),
        (respond(4, 4), 25),
        (Event::Choose { lease: lease(3), agreement: Some(Score::percent(80)) }, 26),
    ];
    let done = |t: Task, (event, now)| t.apply(event, at(now)).unwrap();
    events.into_iter().fold(Task::submitted(spec), done)
}

fn evaluation(validator: &str, percents: &[(u128, u32)]) -> Evaluation {
    let finding = |(n, percent): &(u128, u32)| Finding {
        lease: lease(*n),
        accuracy: Score::percent(*percent),
        completeness: Score::ONE,
        fault: None,
        basis: Basis::Truth,
    };
    Evaluation {
        task: TaskId::from_random(1),
        validator: validator.parse().unwrap(),
        uid: 1,
        stake: 5,
        at: at(30),
        units: None,
        findings: percents.iter().map(finding).collect(),
    }
}

#[test]
fn everybody_who_was_asked_is_in_the_result_once() {
    // R41: validators take what they take; a miner is measured from lease to answer
    let task = task();
    let both = [evaluation("v", &[(3, 90), (4, 10)]), evaluation("w", &[(3, 70), (4, 10)])];
    let among = Electorate { validators: 2, holders: Vec::new() };
    assert_eq!(conclude(&task, &both[..1], &among, at(31)), None);
    let result = conclude(&task, &both, &among, at(31)).unwrap();
    let told: Vec<_> = result.answers.iter().map(|a| (a.miner.as_str(), a.came, a.took_ms)).collect();
    let in_time = Came::InTime;
    assert_eq!(told, [("a", in_time, Some(2_000)), ("b", Came::Nothing, None), ("c", in_time, Some(4_000))]);
    assert_eq!(result.agreed(lease(3)), Some(Score::percent(90)));
    assert_eq!(result.agreement, Score::percent(80));
    assert_eq!(result.beside(&both[1])[0], (Score::percent(70), Score::percent(90)));
    let text = serde_json::to_string(&result).unwrap();
    assert_eq!(serde_json::from_str::<FinalResult>(&text).unwrap(), result);
}

#[test]
fn an_answer_is_its_signers_though_the_place_changed_hands() {
    // R40
    let mut task = task();
    for lease in &mut task.leases {
        if let Some((_, crate::LeaseEnd::Responded(response))) = &mut lease.end {
            let (signer, input_sha256) = ("before".parse().unwrap(), Sha256([1; 32]));
            let signature = crate::receipt::Signature([0; 64]);
            response.proof = Some(Box::new(crate::receipt::Proof { signer, input_sha256, signature }));
        }
    }
    let holder =
        |hotkey: &str| Holder { miner: "a".parse().unwrap(), uid: 7, hotkey: hotkey.parse().unwrap() };
    let both = [evaluation("before", &[(3, 90), (4, 10)]), evaluation("w", &[(3, 70), (4, 10)])];
    let of = |hotkey| {
        let among = Electorate { validators: 1, holders: vec![holder(hotkey)] };
        conclude(&task, &both, &among, at(31)).unwrap().of(lease(3)).unwrap().clone()
    };
    let (same, after) = (of("before"), of("after"));
    assert_eq!((same.uid, same.hotkey), (Some(7), Some("before".parse().unwrap())));
    assert_eq!((after.uid, after.hotkey), (None, Some("before".parse().unwrap())));
    assert_eq!(after.votes.votes().len(), 1, "nobody grades his own work, whoever has his place now");
}

#[test]
fn the_size_of_the_work_is_what_half_of_the_stake_tells() {
    let among = Electorate { validators: 2, holders: Vec::new() };
    let told = |sizes: &[(u64, Option<u32>)]| {
        let all = sizes.iter().zip(["v", "w", "x"]).map(|((stake, units), validator)| Evaluation {
            stake: *stake,
            units: *units,
            ..evaluation(validator, &[(3, 90), (4, 10)])
        });
        conclude(&task(), &all.collect::<Vec<_>>(), &among, at(31)).unwrap().units
    };
    assert_eq!(told(&[(5, Some(25)), (5, Some(25))]), Some(25));
    assert_eq!(told(&[(5, None), (5, None)]), None);
    assert_eq!(told(&[(5, None), (5, Some(25))]), Some(25), "half of the stake tells");
    assert_eq!(told(&[(6, None), (5, Some(25))]), None, "less than half sets nothing for all");
    assert_eq!(told(&[(4, Some(1_000_000)), (5, Some(25)), (5, Some(24))]), Some(25));
}

#[test]
fn an_evaluation_is_of_all_answers_that_came_in_time_and_of_no_others() {
    let task = task();
    let fits = |percents: &[(u128, u32)]| evaluation("v", percents).fits(&task);
    assert_eq!(fits(&[(4, 1), (3, 2)]), Ok(()));
    assert_eq!(fits(&[(4, 1)]), Err(Misfit::Missing(lease(3))));
    assert_eq!(fits(&[(4, 1), (3, 1), (1, 1)]), Err(Misfit::Stranger(lease(1))));
    assert_eq!(fits(&[(4, 1), (4, 2)]), Err(Misfit::Twice(lease(4))));
    let open = Task::submitted(task.spec.clone());
    assert!(matches!(evaluation("v", &[]).fits(&open), Err(Misfit::NotCompleted(_))));
}
