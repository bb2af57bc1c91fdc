//! The loop closes: miners answer, validators agree, a round is closed, weights are on the chain.

use std::time::Duration;

use btauth::receipt::Hotkeys;
use domain::{TaskKind, receipt::Signed};
use testkit::eventually::eventually;
use tests::Cluster;
use violet::{chain::ChainService, judged::Judged, stack::Crew};

const LONG: Duration = Duration::from_secs(120);
/// Rounds of a few blocks, no challenges but those that a test wants.
const PACE: [(&str, &str); 5] = [
    ("SCORER__WORK__EVERY", "1s"),
    ("SCORER__ROUND__EVERY", "1s"),
    ("SCORER__ROUND__BLOCKS", "3"),
    ("SCORER__ROUND__BEFORE_EPOCH", "0"),
    ("SCORER__CHALLENGES__EVERY", "0s"),
];

#[tokio::test(flavor = "multi_thread")]
async fn work_is_approved_by_two_validators_and_its_miners_get_their_weights() {
    // E1, G13, P7, L15
    let cluster = Cluster::of_a_subnet(Crew { miners: 3, validators: 2 }, &PACE).await;
    let fields = [("text", "One dog and two cats."), ("source_language", "en"), ("target_language", "fr")];
    let result = cluster.work(TaskKind::TextTranslation, &fields).await;
    let task = result["task_id"].as_str().unwrap().to_owned();
    let told = cluster.gateway.get(&format!("/api/v1/task/{task}/responses")).await.unwrap();
    assert_eq!(
        (&told["quality"]["responses"], &told["quality"]["agreement"]),
        (&3.into(), &1.0.into()),
        "{told}"
    );
    let path = format!("/api/v1/tasks/{task}");
    let status = async || cluster.gateway.get(&path).await.unwrap()["status"].as_str().map(str::to_owned);
    eventually("two validators to agree", LONG, async || status().await.filter(|s| s == "approved")).await;

    let receipt = cluster.gateway.bytes(&format!("{path}/receipt")).await.unwrap();
    let signed = Signed::verify(&receipt, &Hotkeys).unwrap();
    assert_eq!(signed.receipt.work.task.to_string(), task);
    assert!(signed.receipt.scores["accuracy"].share() > 0.99, "{signed:?}");
    assert_eq!(signed.receipt.validators.len(), 2, "{signed:?}");

    let ledgers: Vec<_> = cluster.stack.validators.iter().map(|v| format!("http://{}", v.ledger)).collect();
    for ledger in &ledgers {
        let judged = Judged::at(ledger).unwrap();
        let found = judged.task(task.parse().unwrap()).await.unwrap().expect("it was graded");
        assert_eq!(found.evaluation.grades.len(), 3);
        assert!(found.evaluation.grades.iter().all(|g| g.accuracy.share() > 0.99), "{found:?}");
        let weighed = async || {
            let round = judged.round(None).await.unwrap()?;
            let (_, outcome) = round.read().unwrap();
            (outcome.weights.len() == 3).then_some(round)
        };
        let round = eventually("a round with weights", LONG, weighed).await;
        assert_eq!(scorer::round::replay(&round.records).unwrap(), round.outcome, "to the byte");
    }
    for validator in &cluster.stack.validators {
        let chain = ChainService::at(&format!("http://{}", validator.chain)).unwrap();
        let stored = async || chain.weights(None).await.ok().filter(|w| w.stored.len() == 3);
        let weights = eventually("weights on the chain", LONG, stored).await;
        assert!(weights.stored.iter().all(|w| w.value > 0), "{weights:?}");
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_asks_what_it_knows_through_the_front_door() {
    // G7: the truth of a challenge comes before the validator's own model
    let settings =
        [("SCORER__CHALLENGES__EVERY", "1s"), ("SCORER__CHALLENGES__KINDS", r#"["text-translation"]"#)];
    let settings = [&PACE[..4], &settings[..]].concat();
    let cluster = Cluster::of_a_subnet(Crew { miners: 2, validators: 1 }, &settings).await;
    let asked = async || {
        let tasks = cluster.gateway.get("/api/v1/tasks?task_type=text-translation").await.unwrap();
        let first = tasks.as_array()?.iter().find(|t| t["status"] == "approved")?;
        first["task_id"].as_str().map(str::to_owned)
    };
    let task = eventually("a challenge to be graded", LONG, asked).await;
    let ledger = format!("http://{}", cluster.stack.validators[0].ledger);
    let found = Judged::at(&ledger).unwrap().task(task.parse().unwrap()).await.unwrap().unwrap();
    assert!(found.challenge.is_some(), "{found:?}");
    assert!(found.evaluation.grades.iter().all(|g| g.basis.name() == "truth"), "{found:?}");
    cluster.stop().await;
}
