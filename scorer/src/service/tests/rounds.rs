//! What was agreed on becomes weights.

use domain::{LeaseId, Score, TaskId};
use serde_json::{Value, json};

use super::{
    Stage,
    chain::{MINERS, SECOND, VALIDATOR, address},
    follow,
};
use crate::{
    accuracy::Grade,
    round::{Outcome, replay},
    service::{book::Book, weigh::Patience},
};

/// A task on which both validators agree: how right each miner is, in percent.
fn agreed(number: u128, percents: &[u32]) -> Value {
    let vote = |validator: u8, percent: u32| {
        let grade = Grade { accuracy: Score::percent(percent), completeness: Score::ONE, fault: None };
        json!({ "validator": address(validator), "stake": 1, "grade": grade, "basis": "inference" })
    };
    let answer = |(i, percent): (usize, &u32)| {
        json!({ "miner": i.to_string(), "uid": i + 2, "hotkey": address(MINERS[i]),
            "lease_id": LeaseId::from_random(number * 10 + i as u128), "came": "in_time", "took_ms": 900,
            "output_sha256": format!("{i:064x}"), "accuracy": 1, "interval": [0, 1],
            "votes": [vote(VALIDATOR, *percent), vote(SECOND, *percent)] })
    };
    let answers: Vec<Value> = percents.iter().enumerate().map(answer).collect();
    json!({ "task_id": TaskId::from_random(number), "task_type": "transcription", "source_language": "en",
        "approved_at": 1, "agreement": 1, "answers": answers })
}

#[tokio::test]
async fn a_round_ends_in_weights_on_the_chain_once_and_can_be_replayed() {
    // P7
    let stage = Stage::new().await;
    stage.gateway.desk().results = (1..=120).map(|n| agreed(n, &[100, 60, 0])).collect();
    let validator = stage.validator(&[]);
    for _ in 0..3 {
        follow(&validator).await;
    }
    let sets = stage.chain.sets();
    assert_eq!(sets.len(), 1, "once");
    let (round, weights, version) = &sets[0];
    assert_eq!((round.as_str(), *version), ("scorer-49-1-1000", 7));
    assert_eq!(weights.iter().map(|w| w.0).collect::<Vec<_>>(), [2, 3, 4][..weights.len()]);
    assert!(weights[0].1 > weights[1].1);

    let book = Book::new(stage.ledger.clone());
    let closed = book.last_round().await.unwrap().unwrap();
    assert_eq!((closed.round, closed.next.as_deref()), (1, Some("120")));
    let (records, outcome) =
        (book.document(closed.records).await.unwrap(), book.document(closed.outcome).await.unwrap());
    assert_eq!(replay(&records).unwrap(), outcome);
    let outcome: Outcome = serde_json::from_slice(&outcome).unwrap();
    assert_eq!(outcome.results.len(), 120);

    // after a restart the next round begins where this one ended
    drop(validator);
    let validator = stage.validator(&[]);
    stage.chain.at(1_050);
    follow(&validator).await;
    assert_eq!(book.last_round().await.unwrap().unwrap().round, 1, "it is not over");
    stage.gateway.desk().results.push(agreed(121, &[0, 100, 0]));
    stage.chain.at(1_100);
    follow(&validator).await;
    let second = book.last_round().await.unwrap().unwrap();
    assert_eq!((second.round, second.next.as_deref()), (2, Some("121")));
    let records = book.document(second.records).await.unwrap();
    let records: crate::round::Records = serde_json::from_slice(&records).unwrap();
    assert_eq!(records.tasks.len(), 1);
    assert_eq!(records.standings, outcome.standings, "it builds on the first");
    assert_eq!(stage.chain.sets().len(), 2);
}

#[tokio::test]
async fn weights_that_failed_are_tried_again_and_seen() {
    // G13
    let stage = Stage::new().await;
    stage.gateway.desk().results = vec![agreed(1, &[100])];
    stage.chain.refusals.lock().unwrap().push("SettingWeightsTooFast");
    let validator = stage.validator(&[]);
    let mut patience = Patience::default();
    validator.follow(&mut patience).await.unwrap();
    assert!(stage.chain.sets().is_empty());
    assert!(validator.readiness.to_json().to_string().contains("SettingWeightsTooFast"));
    assert!(!validator.readiness.ready());
    validator.follow(&mut patience).await.unwrap();
    assert!(stage.chain.sets().is_empty(), "not at every look");
    stage.chain.at(1_005);
    validator.follow(&mut patience).await.unwrap();
    assert_eq!(stage.chain.sets()[0].0, "scorer-49-1-1000", "the same round");
    assert!(!validator.readiness.to_json().to_string().contains("SettingWeightsTooFast"));
}

#[tokio::test]
async fn weights_wait_for_the_block_from_which_the_chain_takes_them() {
    let stage = Stage::new().await;
    stage.gateway.desk().results = vec![agreed(1, &[100])];
    stage.chain.subnet.lock().unwrap().next_weights = 1_030;
    let validator = stage.validator(&[]);
    for (block, sets) in [(1_000, 0), (1_028, 0), (1_029, 1), (1_030, 1)] {
        stage.chain.at(block);
        follow(&validator).await;
        assert_eq!(stage.chain.sets().len(), sets, "block {block}");
    }
}

#[tokio::test]
async fn a_validator_may_look_on_without_setting_weights() {
    let stage = Stage::new().await;
    stage.gateway.desk().results = vec![agreed(1, &[100])];
    let validator = stage.validator(&[("SCORER__ROUND__WEIGHTS", "false")]);
    follow(&validator).await;
    assert!(stage.chain.sets().is_empty() && stage.ledger.keys("rounds").len() == 1);
}

#[tokio::test]
async fn no_round_is_closed_while_the_gateway_is_away() {
    let stage = Stage::new().await;
    stage.gateway.desk().results = vec![agreed(1, &[100])];
    stage.gateway.desk().stumbles.push(("final_results", 503));
    let validator = stage.validator(&[]);
    assert!(validator.follow(&mut Patience::default()).await.is_err());
    assert!(stage.ledger.keys("rounds").is_empty());
    follow(&validator).await;
    assert_eq!(stage.ledger.keys("rounds").len(), 1);
}
