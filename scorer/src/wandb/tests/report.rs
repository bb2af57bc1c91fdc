use std::collections::BTreeMap;

use domain::TaskId;

use super::*;
use crate::{
    accuracy::Grade,
    consensus::{Ballot, Vote},
    copies::fingerprint,
    reward::Profile,
    round::{Answer, Asked, VERSION, close},
    standing::{Neuron, Standings},
};

fn answer(miner: &str, accuracy: u32) -> Answer {
    let miner: MinerId = miner.parse().unwrap();
    let mut votes = Ballot::default();
    let grade = Grade { accuracy: Score::percent(accuracy), completeness: Score::ONE, fault: None };
    for validator in ["v1", "v2"] {
        let validator = validator.parse().unwrap();
        votes.cast(Vote { validator, stake: 10, grade, basis: Basis::Truth }, &miner).unwrap();
    }
    let fingerprint = fingerprint(miner.as_str());
    Answer { miner, came: Came::InTime { took_ms: 1_000, fingerprint, votes } }
}

fn records() -> Records {
    let neuron =
        |uid: u16| Neuron { uid, miner: format!("m{uid}").parse().unwrap(), registered_at: 1, stake: 10 };
    let nothing = |miner: &str| Answer { miner: miner.parse().unwrap(), came: Came::Nothing };
    let asked = |number, kind, answers| Asked { task: TaskId::from_random(number), kind, units: 10, answers };
    let open = Answer {
        miner: "m3".parse().unwrap(),
        came: Came::InTime { took_ms: 1, fingerprint: fingerprint("x"), votes: Ballot::default() },
    };
    Records {
        version: VERSION,
        round: 7,
        profile: Profile::standard(),
        neurons: (3..6).map(neuron).collect(),
        validators: 2,
        standings: Standings::default(),
        trust: BTreeMap::new(),
        tasks: vec![
            asked(1, TaskKind::Tts, vec![answer("m3", 90), answer("m4", 50), nothing("m5")]),
            asked(2, TaskKind::Tts, vec![answer("m3", 100)]),
            asked(3, TaskKind::Summarization, vec![nothing("m4")]),
            // nobody voted: it counts for nobody
            asked(4, TaskKind::TextTranslation, vec![open]),
        ],
    }
}

fn value(row: &Row, name: &str) -> Option<f64> {
    row.values().find(|(n, _)| *n == name).and_then(|(_, v)| v.as_f64())
}

#[test]
fn a_round_is_reported_by_kind_uid_and_validator() {
    let records = records();
    let outcome = close(&records).unwrap();
    let report = RoundReport::of(&records, &outcome, 720, 1, true);
    let row = report.row();
    let is = |name: &str, wanted: f64| {
        let found = value(&row, name).unwrap_or_else(|| panic!("{name} is not there: {row:?}"));
        assert!((found - wanted).abs() < 1e-9, "{name} is {found}, not {wanted}");
    };
    is("round/round", 7.0);
    is("round/block", 720.0);
    is("round/tasks", 4.0);
    is("round/approved", 3.0);
    is("round/challenges", 1.0);
    is("round/weights_set", 1.0);
    is("answers/tts", 3.0);
    is("accuracy/tts", 0.8);
    let rewards: f64 = outcome.results[..2].iter().flat_map(|r| &r.answers).map(|a| a.reward.share()).sum();
    assert!(rewards > 0.0);
    is("reward/tts", rewards / 4.0);
    for (miner, score) in outcome.standings.ranking() {
        is(&format!("standing/{}", &miner.as_str()[1..]), score.share());
    }
    let (best, weight) = &outcome.weights[0];
    is(&format!("weight/{}", &best.as_str()[1..]), weight.share());
    is("trust/v1", outcome.trust[&"v1".parse().unwrap()].share());
}

#[test]
fn a_kind_that_nobody_answered_has_a_reward_and_no_accuracy() {
    let records = records();
    let row = RoundReport::of(&records, &close(&records).unwrap(), 1, 0, false).row();
    assert_eq!(value(&row, "answers/summarization"), Some(0.0));
    assert_eq!(value(&row, "reward/summarization"), Some(0.0));
    assert_eq!(value(&row, "accuracy/summarization"), None, "{row:?}");
    assert_eq!(value(&row, "answers/text-translation"), None, "there is no agreement on it");
    assert_eq!(value(&row, "round/weights_set"), Some(0.0));
}

#[test]
fn a_task_is_reported_by_the_mean_accuracy_and_the_fastest_answer() {
    let graded = [(Score::percent(40), 900), (Score::percent(80), 300)];
    let report = TaskReport::of(TaskKind::AudioAnalysis, Basis::Inference, &graded).unwrap();
    assert!((report.accuracy - 0.6).abs() < 1e-9);
    let row = report.row(12);
    assert_eq!(value(&row, "task/number"), Some(12.0));
    assert_eq!(value(&row, "task/took_ms"), Some(300.0));
    assert_eq!(value(&row, "task/answers"), Some(2.0));
    let words: Vec<_> = row.values().filter_map(|(n, v)| Some((n, v.as_str()?))).collect();
    assert_eq!(words, [("task/basis", "inference"), ("task/kind", "audio-analysis")]);
    assert_eq!(TaskReport::of(TaskKind::Tts, Basis::Truth, &[]), None);
}
