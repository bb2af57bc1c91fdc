//! Tasks whose truth is known.

use bytes::Bytes;
use domain::TaskId;
use serde_json::{Value, json};

use super::{
    Stage,
    chain::MINERS,
    grader,
    oracle::{tone, transcript},
};
use crate::{
    challenge::{Challenge, Secret, Task},
    material::Material,
    service::{PassError, Validator, book::Book},
};

fn secret() -> Secret {
    Secret::from_random([0x5a; 32])
}

/// Poses the next challenge without its wait; `false` when there is no room for one.
async fn pose(validator: &Validator) -> Result<bool, PassError> {
    match validator.plan().await? {
        Some(planned) => validator.carry_out(planned).await.map(|()| true),
        None => Ok(false),
    }
}

/// The bytes of a part of the form that was submitted last.
fn submitted(stage: &Stage, name: &str) -> (String, String) {
    let desk = stage.gateway.desk();
    let (route, body) = desk.submitted.last().unwrap();
    let body = String::from_utf8_lossy(body).into_owned();
    let part = body.split("--").find(|p| p.contains(&format!("name=\"{name}\""))).unwrap_or_default();
    let value = part.split_once("\r\n\r\n").map(|(_, v)| v.trim_end().to_owned()).unwrap_or_default();
    (route.clone(), value)
}

/// The name of the file in a form.
fn file_name((_, body): &(String, Bytes)) -> String {
    let body = String::from_utf8_lossy(body);
    let name = body.split_once("filename=\"").and_then(|(_, rest)| rest.split_once('"'));
    name.map(|(name, _)| name.to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_challenge_goes_in_by_the_front_door_and_is_graded_by_its_truth() {
    // G7, G9
    let stage = Stage::new().await;
    let validator = stage.validator(&[
        ("SCORER__CHALLENGES__KINDS", "[\"transcription\"]"),
        ("SCORER__CHALLENGES__LANGUAGES", "[\"en\"]"),
    ]);
    assert!(pose(&validator).await.unwrap());
    let (route, language) = submitted(&stage, "source_language");
    let plan = Challenge::plan(
        &secret(),
        1,
        domain::TaskKind::Transcription,
        domain::Language::En,
        &Material::builtin(),
    );
    let Challenge { task: Task::Speech { text, .. }, manner, .. } = plan.unwrap() else {
        panic!("it is spoken")
    };
    let said = if manner.says_language { "en" } else { "" };
    assert_eq!((route.as_str(), language.as_str()), ("/api/v1/transcription", said));
    // the task is the one that the gateway named; its own inference would hear nothing
    let id = TaskId::from_random(9_001);
    stage.gateway.task(
        1,
        "transcription",
        tone(16_000),
        &[(MINERS[0], Some(transcript(&text))), (MINERS[1], Some(transcript("la la la")))],
    );
    stage.gateway.desk().tasks[0]["task_id"] = Value::String(id.to_string());
    assert_eq!(grader(&validator).look().await.unwrap().graded, 1);
    let desk = stage.gateway.desk();
    let grades = &desk.evaluations[&id.to_string()]["evaluation_data"]["grades"];
    assert_eq!((&grades[0]["accuracy"], &grades[0]["basis"]), (&json!(1_000_000_000), &json!("truth")));
    assert!(grades[1]["accuracy"].as_u64().unwrap() < 200_000_000);
}

#[tokio::test]
async fn a_task_that_may_be_a_challenge_just_submitted_is_graded_when_that_is_known() {
    let stage = Stage::new().await;
    let validator = stage.validator(&[("SCORER__WORK__ATTEMPTS", "2")]);
    let answers = [(MINERS[0], Some(transcript("la la la")))];
    stage.gateway.task(1, "transcription", tone(16_000), &answers);
    let mut grader = grader(&validator);
    let submitting = validator.submitting.begin(domain::TaskKind::Transcription);
    for _ in 0..5 {
        let looked = grader.look().await.unwrap();
        assert_eq!((looked.graded, looked.left, looked.put_off), (0, 0, 1));
    }
    drop(submitting);
    assert_eq!(grader.look().await.unwrap().graded, 1);
    // one of another kind is none
    let _other = validator.submitting.begin(domain::TaskKind::Tts);
    stage.gateway.task(2, "transcription", tone(16_000), &answers);
    assert_eq!(grader.look().await.unwrap().graded, 1);
}

#[tokio::test]
async fn a_challenge_is_handed_in_as_a_client_would() {
    let stage = Stage::new().await;
    let validator = stage.validator(&[("SCORER__CHALLENGES__KINDS", "[\"transcription\"]")]);
    let mut said = std::collections::BTreeSet::new();
    for _ in 0..8 {
        assert!(pose(&validator).await.unwrap());
        assert_eq!(submitted(&stage, "required_miner_count").1, "", "as many miners as any task");
        said.insert(submitted(&stage, "source_language").1.is_empty());
    }
    assert_eq!(said.len(), 2, "some leave the language to be heard");
    let names: std::collections::BTreeSet<_> = stage.gateway.desk().submitted.iter().map(file_name).collect();
    assert!(names.len() > 4, "{names:?}");
}

#[tokio::test]
async fn no_challenge_comes_twice_even_after_a_restart_or_a_failure() {
    // G9
    let stage = Stage::new().await;
    let settings =
        [("SCORER__CHALLENGES__KINDS", "[\"tts\"]"), ("SCORER__CHALLENGES__LANGUAGES", "[\"en\"]")];
    let mut texts = std::collections::BTreeSet::new();
    for round in 0..4 {
        let validator = stage.validator(&settings);
        if round == 2 {
            stage.gateway.desk().stumbles.push(("/api/v1/tts", 503));
            assert!(pose(&validator).await.is_err());
        }
        assert!(pose(&validator).await.unwrap());
        assert!(texts.insert(submitted(&stage, "text").1), "round {round}");
    }
    assert_eq!(stage.ledger.keys("challenges").len(), 5, "the number of the one that failed is used up");
    assert_eq!(stage.ledger.keys("posed").len(), 4);
}

#[tokio::test]
async fn the_clean_sound_of_an_enhancement_is_its_truth() {
    let stage = Stage::new().await;
    let validator = stage.validator(&[("SCORER__CHALLENGES__KINDS", "[\"audio-enhancement\"]")]);
    assert!(pose(&validator).await.unwrap());
    let id = TaskId::from_random(9_001);
    let posed = Book::new(stage.ledger.clone()).posed(id).await.unwrap().unwrap();
    let clean: Bytes = validator.vault.clean(id, posed.clean.unwrap()).unwrap();
    // the noisy file as it was submitted, out of its form
    let noisy = {
        let desk = stage.gateway.desk();
        let body = &desk.submitted[0].1;
        let start = body.windows(4).position(|w| w == b"RIFF").unwrap();
        let size = u32::from_le_bytes(body[start + 4..start + 8].try_into().unwrap()) as usize + 8;
        body.slice(start..start + size)
    };
    stage.gateway.task(
        1,
        "audio-enhancement",
        noisy.clone(),
        &[(MINERS[0], Some(clean)), (MINERS[1], Some(noisy))],
    );
    stage.gateway.desk().tasks[0]["task_id"] = Value::String(id.to_string());
    assert_eq!(grader(&validator).look().await.unwrap().graded, 1);
    let desk = stage.gateway.desk();
    let grades = &desk.evaluations[&id.to_string()]["evaluation_data"]["grades"];
    assert!(grades[0]["accuracy"].as_u64().unwrap() > 990_000_000, "{grades}");
    assert_eq!((&grades[1]["accuracy"], &grades[1]["fault"]), (&json!(0), &json!("copied")));
    drop(desk);
    assert!(validator.vault.clean(id, posed.clean.unwrap()).is_none(), "it is not needed any more");
}

#[tokio::test]
async fn miners_without_room_get_no_challenge() {
    let stage = Stage::new().await;
    let settings =
        [("SCORER__CHALLENGES__LEAST", "2"), ("SCORER__CHALLENGES__KINDS", "[\"text-translation\"]")];
    let validator = stage.validator(&settings);
    let miners = MINERS.map(|m| super::chain::address(m).parse().unwrap());
    validator.tally(|t| (0..2).for_each(|_| t.add(&miners, true)));
    assert!(!pose(&validator).await.unwrap());
    assert!(stage.gateway.desk().submitted.is_empty() && stage.ledger.keys("challenges").is_empty());
    validator.tally(|t| (0..40).for_each(|_| t.add(&miners, false)));
    assert!(pose(&validator).await.unwrap());
}
