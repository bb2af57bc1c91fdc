use std::{collections::BTreeMap, path::Path};

use domain::{MinerId, Score, TaskId, TaskKind, canonical};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use super::*;
use crate::{
    accuracy::{Basis, Grade},
    consensus::{Ballot, Vote},
    copies::fingerprint,
    reward::Profile,
    standing::{Neuron, Standings},
};

fn grade(percent: u32) -> Grade {
    Grade { accuracy: Score::percent(percent), completeness: Score::ONE, fault: None }
}

fn ballot(miner: &MinerId, found: &[(&str, u64, u32)]) -> Ballot {
    let mut votes = Ballot::default();
    for (validator, stake, percent) in found {
        let validator = validator.parse().unwrap();
        let vote = Vote { validator, stake: *stake, grade: grade(*percent), basis: Basis::Truth };
        votes.cast(vote, miner).unwrap();
    }
    votes
}

fn came(miner: &str, text: &str, took_ms: u64, percent: u32) -> Answer {
    let miner: MinerId = miner.parse().unwrap();
    let votes = ballot(&miner, &[("v1", 500, percent), ("v2", 300, percent)]);
    Answer { miner, came: Came::InTime { took_ms, fingerprint: fingerprint(text), votes } }
}

fn neuron(uid: u16, stake: u64) -> Neuron {
    Neuron { uid, miner: format!("m{uid}").parse().unwrap(), registered_at: 1, stake }
}

pub(super) fn records(tasks: Vec<Asked>, neurons: Vec<Neuron>) -> Records {
    let (standings, trust) = (Standings::default(), BTreeMap::new());
    Records {
        version: VERSION,
        round: 7,
        profile: Profile::standard(),
        neurons,
        validators: 2,
        standings,
        trust,
        tasks,
    }
}

fn asked(number: u128, answers: Vec<Answer>) -> Asked {
    Asked { task: TaskId::from_random(number), kind: TaskKind::Transcription, units: 60, answers }
}

fn rewards(records: &Records) -> Vec<Score> {
    close(records).unwrap().results[0].answers.iter().map(|a| a.reward).collect()
}

#[test]
fn late_invalid_and_missing_answers_earn_nothing() {
    let absent = |uid: u16, came| Answer { miner: neuron(uid, 0).miner, came };
    let answers = vec![
        came("m0", "right", 5_000, 100),
        absent(1, Came::Late),
        absent(2, Came::Invalid),
        absent(3, Came::Nothing),
        came("m4", "", 10, 0),
    ];
    let records = records(vec![asked(1, answers)], (0..5).map(|u| neuron(u, 10)).collect());
    let rewards = rewards(&records);
    assert!(rewards[0] > Score::percent(80), "{rewards:?}");
    assert_eq!(rewards[1..], [Score::ZERO; 4]);
    let weights = close(&records).unwrap().weights;
    assert_eq!(weights, [("m0".parse().unwrap(), Score::ONE)]);
}

#[test]
fn copies_of_a_wrong_answer_earn_once_and_the_original_keeps_its_reward() {
    let task = |answers| records(vec![asked(1, answers)], (0..3).map(|u| neuron(u, 10)).collect());
    let alone = rewards(&task(vec![came("m0", "wrong text", 4_000, 60)]));
    let copied = close(&task(vec![
        came("m0", "wrong text", 4_000, 60),
        came("m1", "Wrong, text!", 4_500, 60),
        came("m2", "wrong text", 9_000, 60),
    ]));
    let answers = copied.unwrap().results.remove(0).answers;
    let now: Vec<_> = answers.iter().map(|a| (a.reward, a.copied)).collect();
    assert_eq!(now, [(alone[0], false), (Score::ZERO, true), (Score::ZERO, true)]);
}

#[test]
fn what_a_miner_says_of_itself_is_no_part_of_the_records() {
    // S12
    let records = records(vec![asked(1, vec![came("m0", "a", 5_000, 90)])], vec![neuron(0, 10)]);
    let mut json = serde_json::to_value(&records).unwrap();
    json["tasks"][0]["answers"][0]["came"]["accuracy_score"] = 999.into();
    let refused = replay(json.to_string().as_bytes()).unwrap_err();
    assert!(
        matches!(&refused, Unreplayable::Malformed(e) if e.to_string().contains("accuracy_score")),
        "{refused:?}"
    );
}

#[test]
fn a_task_without_agreement_counts_for_nobody_and_waits() {
    let mut answers = vec![came("m0", "a", 5_000, 90)];
    let Came::InTime { votes, .. } = &mut answers[0].came else { panic!("it came") };
    *votes = ballot(&"m0".parse().unwrap(), &[("v1", 500, 90)]);
    let mut records = records(vec![asked(1, answers)], vec![neuron(0, 10)]);
    let outcome = close(&records).unwrap();
    assert!(!outcome.results[0].approved && outcome.weights.is_empty());
    records.validators = 1;
    let outcome = close(&records).unwrap();
    assert!(outcome.results[0].approved, "one validator is enough where there is one");
}

#[test]
fn only_the_best_ten_answers_to_a_task_earn() {
    let answers = (0..13).map(|i| came(&format!("m{i}"), &format!("text {i}"), 5_000, 50 + i)).collect();
    let records = records(vec![asked(1, answers)], (0..13).map(|u| neuron(u, 10)).collect());
    let rewards = rewards(&records);
    assert_eq!(rewards.iter().filter(|r| **r > Score::ZERO).count(), 10);
    assert_eq!(rewards[..3], [Score::ZERO; 3]);
}

#[test]
fn records_that_contradict_themselves_are_refused() {
    let fine = records(vec![asked(1, vec![came("m0", "a", 1, 90)])], vec![neuron(0, 10)]);
    let twice = Records { tasks: vec![fine.tasks[0].clone(), fine.tasks[0].clone()], ..fine.clone() };
    assert!(matches!(close(&twice), Err(BadRecord::Twice(_))));
    let version = Records { version: 2, ..fine.clone() };
    assert_eq!(close(&version), Err(BadRecord::Version(2)));
    let mut stuffed = serde_json::to_value(&fine).unwrap();
    let votes = &mut stuffed["tasks"][0]["answers"][0]["came"]["votes"];
    votes[1] = votes[0].clone();
    let refused = replay(stuffed.to_string().as_bytes());
    assert!(matches!(refused, Err(Unreplayable::Bad(BadRecord::Votes(_)))));
}

/// A round with something of everything, from a seed.
fn eventful(seed: u64) -> Records {
    let mut chance = StdRng::seed_from_u64(seed);
    let neurons: Vec<_> = (0..12).map(|u| neuron(u, chance.random_range(0..1 << 50))).collect();
    let tasks = (0..16_u32).map(|n| {
        let kind = TaskKind::ALL[n as usize % TaskKind::ALL.len()];
        let mut answers: Vec<Answer> = (0..8_u16)
            .map(|uid| {
                let miner = neuron(uid, 0).miner;
                let came = match chance.random_range(0..10) {
                    0 => Came::Late,
                    1 => Came::Nothing,
                    2 => Came::Invalid,
                    _ => {
                        let truth = chance.random_range(0..=100_u32);
                        let near = [("v1", 500_u64), ("v2", 300), ("v3", 200)]
                            .map(|(v, stake)| (v, stake, (truth + chance.random_range(0..4)).min(100)));
                        let said = format!("answer {}", chance.random_range(0..9));
                        let took_ms = chance.random_range(100..90_000);
                        Came::InTime {
                            took_ms,
                            fingerprint: fingerprint(&said),
                            votes: ballot(&miner, &near),
                        }
                    }
                };
                Answer { miner, came }
            })
            .collect();
        answers.shuffle(&mut chance);
        Asked { task: TaskId::from_random(u128::from(n) + 1), kind, units: 30 + n, answers }
    });
    let tasks = tasks.collect();
    Records { validators: 3, ..records(tasks, neurons) }
}

#[test]
fn a_round_replays_from_its_records_to_the_same_bytes() {
    // P7: the committed bytes were written on another machine than most that run this
    let records = canonical::bytes(&eventful(5)).unwrap();
    let outcome = replay(&records).unwrap();
    assert_eq!(replay(&records).unwrap(), outcome);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    for (name, bytes) in [("round.json", records), ("outcome.json", outcome)] {
        // one long line: it is compared here, not printed
        let committed = std::fs::read(folder.join(name)).unwrap_or_default();
        if committed != bytes {
            let regenerating = std::env::var_os("REGEN").is_some_and(|v| v == "1");
            assert!(regenerating, "{name} has {} other bytes than committed", bytes.len());
            testkit::golden::compare(&folder.join(name), &String::from_utf8(bytes).unwrap());
        }
    }
}

#[test]
fn rewards_do_not_depend_on_the_order_of_answers_or_neurons() {
    // P4
    for seed in 0..200 {
        let records = eventful(seed);
        let mut mixed = records.clone();
        let mut chance = StdRng::seed_from_u64(seed);
        mixed.neurons.shuffle(&mut chance);
        mixed.tasks.iter_mut().for_each(|t| t.answers.shuffle(&mut chance));
        let (a, b) = (close(&records).unwrap(), close(&mixed).unwrap());
        assert_eq!((a.weights, a.standings, a.trust), (b.weights, b.standings, b.trust), "seed {seed}");
    }
}
