use domain::{LeaseId, Score, TaskKind, canonical};
use serde_json::json;

use super::*;
use crate::{
    accuracy::{Basis, Fault, Grade},
    copies,
    round::{close, replay},
    service::{
        chain::Seat,
        wire::{Evaluation, Graded},
    },
    standing::Neuron,
};

fn seat(uid: u16, hotkey: &str, stake: u64, permit: bool) -> Seat {
    let neuron = Neuron { uid, miner: hotkey.parse().unwrap(), registered_at: 1, stake };
    Seat { neuron, permit }
}

fn subnet() -> Subnet {
    Subnet {
        block: 100,
        stale: None,
        genesis: String::new(),
        netuid: 49,
        hotkey: "v1".parse().unwrap(),
        uid: Some(0),
        owner: None,
        epoch: None,
        next_weights: 0,
        weights_version: 0,
        seats: vec![
            seat(0, "v1", 500, true),
            seat(1, "v2", 300, true),
            seat(2, "m1", 10, false),
            seat(3, "m2", 20, false),
        ],
    }
}

fn vote(validator: &str, percent: u32) -> serde_json::Value {
    json!({ "validator": validator, "stake": 9_999_999, "basis": "truth",
        "grade": Grade { accuracy: Score::percent(percent), completeness: Score::ONE, fault: None::<Fault> } })
}

fn answer(hotkey: &str, came: &str, votes: &[serde_json::Value]) -> serde_json::Value {
    json!({ "miner": "7", "uid": 7, "hotkey": hotkey, "lease_id": LeaseId::from_random(7).to_string(),
        "came": came, "took_ms": 950, "output_sha256": "ab".repeat(32), "accuracy": 1, "votes": votes })
}

fn told(number: u128, answers: &[serde_json::Value]) -> Agreed {
    let told = json!({ "task_id": TaskId::from_random(number), "task_type": "tts", "approved_at": 1, "answers": answers });
    Agreed { told: serde_json::from_value(told).unwrap(), own: None }
}

fn of(tasks: Vec<Agreed>) -> Records {
    let subnet = subnet();
    records(Ground { round: 3, profile: Profile::standard(), subnet: &subnet, last: None }, tasks)
}

#[test]
fn the_stake_of_a_vote_is_the_chains_and_strangers_have_none() {
    // S12
    let votes = [vote("v1", 90), vote("v2", 80), vote("stranger", 0), vote("m2", 0)];
    let found = of(vec![told(1, &[answer("m1", "in_time", &votes)])]);
    assert_eq!(found.validators, 2);
    let Came::InTime { took_ms, votes, .. } = &found.tasks[0].answers[0].came else { panic!("it came") };
    let cast: Vec<_> = votes.votes().iter().map(|v| (v.validator.as_str(), v.stake)).collect();
    assert_eq!((cast.as_slice(), *took_ms), ([("v1", 500), ("v2", 300)].as_slice(), 950));
    assert!(close(&found).unwrap().results[0].approved);
}

#[test]
fn what_comes_twice_counts_once_and_in_time_before_late() {
    let votes = [vote("v1", 90), vote("v2", 80)];
    let again = || {
        told(1, &[answer("m1", "late", &[]), answer("m1", "in_time", &votes), answer("m1", "nothing", &[])])
    };
    let found = of(vec![again(), again()]);
    assert_eq!((found.tasks.len(), found.tasks[0].answers.len()), (1, 1));
    assert!(matches!(found.tasks[0].answers[0].came, Came::InTime { .. }));
    assert!(close(&found).is_ok());
}

#[test]
fn what_this_validator_read_tells_copies_better_than_bytes() {
    let mut task = told(1, &[answer("m1", "in_time", &[])]);
    let graded = Graded {
        lease_id: LeaseId::from_random(7),
        accuracy: Score::ONE,
        completeness: Score::ONE,
        fault: None,
        basis: Basis::Truth,
    };
    let text = copies::fingerprint("what it says");
    let evaluation = Evaluation { version: 1, units: None, grades: vec![graded] };
    task.own = Some(Evaluated::new(60, None, vec![], vec![text], evaluation));
    let found = of(vec![task]);
    let Came::InTime { fingerprint, .. } = &found.tasks[0].answers[0].came else { panic!("it came") };
    assert_eq!((*fingerprint, found.tasks[0].units), (text, 60));
}

#[test]
fn records_of_a_round_replay_from_their_bytes_and_build_on_the_last() {
    // P7
    let votes = [vote("v1", 90), vote("v2", 80)];
    let first = of(vec![told(1, &[answer("m1", "in_time", &votes)])]);
    let bytes = canonical::bytes(&first).unwrap();
    let outcome = close(&first).unwrap();
    assert_eq!(replay(&bytes).unwrap(), canonical::bytes(&outcome).unwrap());
    assert_eq!(first.tasks[0].kind, TaskKind::Tts);
    let subnet = subnet();
    let ground =
        Ground { round: 4, profile: Profile::standard(), subnet: &subnet, last: Some(outcome.clone()) };
    let second = records(ground, vec![]);
    assert_eq!((second.standings, second.trust), (outcome.standings, outcome.trust));
}
