//! One task, several miners: the answer that agrees best is served.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use testkit::eventually::eventually;
use tests::{character::Character, fleet::Fleet};
use tokio::sync::Semaphore;

const LIMIT: Duration = Duration::from_secs(60);
const TRUTH: &str = "[fr] One dog barks at the gate of the old garden.";
const TEXT: &str = "One dog barks at the gate of the old garden.";

fn completed(body: &Value) -> bool {
    body["status"] == "completed"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_liar_among_three_miners_is_not_believed() {
    // E1
    let gate = Arc::new(Semaphore::new(0));
    let (honest, liar) = (Character::Waits(gate.clone()), Character::Lies);
    let fleet = Fleet::of(&[honest.clone(), liar, honest], &[]).await;
    let task = fleet.translate(TEXT, 3).await;
    let first = fleet.until("the first answer", &task, |_| true).await;
    assert_eq!((&first["provisional"], &first["miner"]), (&true.into(), &"m1".into()), "{first}");
    assert_eq!(first.get("quality"), None, "{first}");
    gate.add_permits(2);
    let chosen = fleet.until("the choice", &task, completed).await;
    assert_eq!((&chosen["provisional"], &chosen["translation"]), (&false.into(), &TRUTH.into()), "{chosen}");
    let quality = &chosen["quality"];
    assert_eq!((&quality["responses"], &quality["wanted"]), (&json!(3), &json!(3)));
    let agreement = quality["agreement"].as_f64().unwrap();
    assert!((0.5..0.7).contains(&agreement), "one of the two others says the same: {agreement}");
    let answers = fleet.responses(&task).await;
    assert_ne!(answers["best_response"]["miner"], "m1");
    let liars = answers["responses"].as_array().unwrap().iter().filter(|r| r["miner"] == "m1").count();
    assert_eq!((liars, &answers["task_summary"]["total_responses_received"]), (1, &json!(3)));
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_closes_though_one_miner_is_silent() {
    // E1
    let characters = [Character::Honest, Character::Honest, Character::Silent];
    let fleet = Fleet::of(&characters, &[("SCHEDULER__FANOUT__WINDOW", "1500ms")]).await;
    let task = fleet.translate(TEXT, 3).await;
    let chosen = fleet.until("the choice", &task, completed).await;
    assert_eq!(chosen["quality"], json!({"agreement": 1.0, "responses": 2, "wanted": 3}), "{chosen}");
    let whole = fleet.gateway.get(&format!("/api/v1/tasks/{task}")).await.unwrap();
    let silent = whole["assignments"].as_array().unwrap().iter().find(|a| a["miner"] == "m2").unwrap();
    assert_eq!(silent["status"], "revoked");
    // it was told to stop, so its slot is free for the next task
    let next = fleet.translate("Another one.", 3).await;
    eventually("the next task to be given to it, too", LIMIT, async || {
        let whole = fleet.gateway.get(&format!("/api/v1/tasks/{next}")).await.ok()?;
        whole["assignments"].as_array()?.iter().any(|a| a["miner"] == "m2").then_some(())
    })
    .await;
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduler_killed_between_answers_and_choice_loses_neither() {
    // D1, E1
    let characters = [Character::Honest, Character::Lies, Character::Honest, Character::Silent];
    let settings =
        [("SCHEDULER__FANOUT__WINDOW", "5s"), ("SCHEDULER__LEASE", "2s"), ("SCHEDULER__HEARTBEAT", "500ms")];
    let mut fleet = Fleet::of(&characters, &settings).await;
    let task = fleet.translate(TEXT, 4).await;
    eventually("three answers", LIMIT, async || {
        let answers = fleet.responses(&task).await;
        (answers["task_summary"]["total_responses_received"] == 3).then_some(())
    })
    .await;
    fleet.kill_scheduler();
    let (status, body) = fleet.result(&task).await;
    assert_eq!(
        (status, &body["provisional"]),
        (200, &true.into()),
        "it is served without a scheduler: {body}"
    );
    fleet.start_scheduler();
    let chosen = fleet.until("the choice", &task, completed).await;
    assert_eq!((&chosen["translation"], &chosen["quality"]["responses"]), (&TRUTH.into(), &json!(3)));
    let answers = fleet.responses(&task).await;
    assert_eq!(answers["responses"].as_array().unwrap().len(), 3, "no answer was lost or came twice");
    fleet.paired(4).await;
    fleet.stop().await;
}
