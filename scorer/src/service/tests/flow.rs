//! Tasks in, evaluations out.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use domain::TaskId;
use serde_json::json;

use super::{
    Stage,
    chain::MINERS,
    grader,
    oracle::{tone, transcript},
};
use crate::service::{PassError, book::Book, evaluate::Looked};

const SAID: &str = "the old clock stopped in the night";

/// A recording in which the validator's own inference hears [`SAID`].
fn recording(stage: &Stage) -> Bytes {
    let wave = tone(32_000);
    stage.oracle.hear(&wave, SAID);
    wave
}

fn answers(texts: [Option<&str>; 3]) -> Vec<(u8, Option<Bytes>)> {
    MINERS.into_iter().zip(texts.map(|t| t.map(transcript))).collect()
}

#[tokio::test]
async fn a_task_is_graded_against_the_validators_own_inference_and_told_once() {
    let stage = Stage::new().await;
    let input = recording(&stage);
    stage.gateway.task(
        1,
        "transcription",
        input.clone(),
        &answers([Some(SAID), Some("the new clock stopped in the night"), None]),
    );
    stage.gateway.task(2, "transcription", input, &answers([Some(""), None, None]));
    let validator = stage.validator(&[]);
    let looked = grader(&validator).look().await.unwrap();
    assert_eq!(looked, Looked { graded: 2, ..Looked::default() });
    let grades = stage.gateway.grades(1);
    assert_eq!(grades.len(), 2, "what did not come has no grade");
    assert_eq!(grades[0], (1_000_000_000, None, "inference".into()));
    assert!((800_000_000..900_000_000).contains(&grades[1].0), "{grades:?}");
    assert_eq!(stage.gateway.grades(2), [(0, Some("empty".into()), "inference".into())]);
    assert_eq!(stage.oracle.works.load(Ordering::SeqCst), 1, "one reference for one input");
    // two seconds of sound
    let book = Book::new(stage.ledger.clone());
    assert_eq!(book.evaluated(TaskId::from_random(1)).await.unwrap().unwrap().units, 2);
    assert_eq!(grader(&validator).look().await.unwrap(), Looked::default());
    assert_eq!(stage.gateway.desk().told, 2);
}

#[tokio::test]
async fn a_crash_between_the_book_and_the_gateway_scores_nothing_twice_and_loses_nothing() {
    // R11
    let stage = Stage::new().await;
    stage.gateway.task(1, "transcription", recording(&stage), &answers([Some(SAID), None, None]));
    stage.gateway.desk().stumbles.push(("/validator/evaluation", 503));
    let validator = stage.validator(&[]);
    assert_eq!(grader(&validator).look().await.unwrap().put_off, 1);
    let found = Book::new(stage.ledger.clone()).evaluated(TaskId::from_random(1)).await.unwrap();
    assert!(found.is_some() && stage.gateway.desk().evaluations.is_empty());
    drop(validator);
    // after the restart its models would find something else: what was written is told all the same
    stage.oracle.hear(&tone(32_000), "quite another text");
    let validator = stage.validator(&[]);
    assert_eq!(grader(&validator).look().await.unwrap().graded, 1);
    assert_eq!(stage.gateway.grades(1)[0].0, 1_000_000_000);
}

#[tokio::test]
async fn without_inference_answers_are_compared_with_each_other_where_there_are_three() {
    let stage = Stage::new().await;
    let input = recording(&stage);
    stage.gateway.task(
        1,
        "transcription",
        input.clone(),
        &answers([Some(SAID), Some("a dog ran"), Some(SAID)]),
    );
    stage.gateway.task(2, "transcription", input, &answers([Some(SAID), Some(SAID), None]));
    let validator = stage.without_inference();
    assert_eq!(grader(&validator).look().await.unwrap(), Looked { graded: 1, left: 1, ..Looked::default() });
    let grades = stage.gateway.grades(1);
    assert!(grades.iter().all(|g| g.2 == "agreement"));
    assert!(grades[0].0 == 1_000_000_000 && grades[1].0 < 300_000_000, "{grades:?}");
    assert_eq!(stage.gateway.desk().seen, [TaskId::from_random(2).to_string()]);
}

#[tokio::test]
async fn a_task_on_which_its_models_fail_is_put_off_and_then_left_to_others() {
    let stage = Stage::new().await;
    stage.gateway.task(1, "transcription", recording(&stage), &answers([Some(SAID), None, None]));
    stage.oracle.broken.store(true, Ordering::SeqCst);
    let validator = stage.validator(&[("SCORER__WORK__ATTEMPTS", "3")]);
    let mut grader = grader(&validator);
    for _ in 0..2 {
        assert_eq!(grader.look().await.unwrap(), Looked { put_off: 1, ..Looked::default() });
    }
    assert_eq!(grader.look().await.unwrap(), Looked { left: 1, ..Looked::default() });
    assert_eq!(stage.gateway.desk().seen.len(), 1);
}

#[tokio::test]
async fn while_its_inference_is_away_tasks_wait_however_long_that_takes() {
    let stage = Stage::new().await;
    stage.gateway.task(1, "transcription", recording(&stage), &answers([Some(SAID), None, None]));
    stage.oracle.away.store(true, Ordering::SeqCst);
    let validator = stage.validator(&[("SCORER__WORK__ATTEMPTS", "1")]);
    let mut grader = grader(&validator);
    let reference = || validator.readiness.check()["reference"].clone();
    for _ in 0..5 {
        assert_eq!(grader.look().await.unwrap(), Looked { waiting: 1, ..Looked::default() });
        assert!(reference().unwrap_err().contains("is away"));
    }
    assert!(stage.gateway.desk().seen.is_empty(), "nothing is left to others");
    stage.oracle.away.store(false, Ordering::SeqCst);
    assert_eq!(grader.look().await.unwrap(), Looked { graded: 1, ..Looked::default() });
    assert_eq!(reference(), Ok(()));
}

#[tokio::test]
async fn a_ledger_that_is_away_is_told_in_readyz() {
    let stage = Stage::new().await;
    stage.gateway.task(1, "transcription", recording(&stage), &answers([Some(SAID), None, None]));
    let validator = stage.validator(&[]);
    stage.ledger.away(true);
    assert!(matches!(grader(&validator).look().await, Err(PassError::Book(_))));
    assert_eq!(validator.readiness.check()["ledger"], Err("the ledger is away".to_owned()));
    stage.ledger.away(false);
    assert_eq!(grader(&validator).look().await.unwrap().graded, 1);
    assert_eq!(validator.readiness.check()["ledger"], Ok(()));
}

#[tokio::test]
async fn every_kind_of_text_and_speech_is_graded() {
    let stage = Stage::new().await;
    let json = |value: serde_json::Value| Some(Bytes::from(value.to_string()));
    let translated = |text: &str| {
        json(json!({ "translation": text, "source_language": "en", "target_language": "de", "doubtful": [] }))
    };
    let text = "The old clock stopped in the cold night.";
    stage.gateway.task(
        1,
        "text-translation",
        text,
        &[(MINERS[0], translated(&format!("[de] {text}"))), (MINERS[1], translated(text))],
    );
    let summary = |text: &str| {
        json(
            json!({ "summary": text, "mode": "extractive", "language": "en", "words": 5, "source_words": 9 }),
        )
    };
    stage.gateway.task(
        2,
        "summarization",
        text,
        &[(MINERS[0], summary("The old clock stopped in")), (MINERS[1], Some("{}".into()))],
    );
    let spoken = tone(40_000);
    stage.oracle.hear(&spoken, text);
    stage.gateway.task(3, "tts", text, &[(MINERS[0], Some(spoken)), (MINERS[1], Some("RIFF".into()))]);
    stage.gateway.task(4, "document-translation", text, &[(MINERS[0], Some(text.to_uppercase().into()))]);
    let validator = stage.validator(&[]);
    assert_eq!(grader(&validator).look().await.unwrap().graded, 4);
    let of = |number| stage.gateway.grades(number);
    assert_eq!((of(1)[0].0, of(1)[1].1.as_deref()), (1_000_000_000, Some("copied")));
    assert!(of(2)[0].0 > 900_000_000, "{:?}", of(2));
    assert_eq!(of(2)[1].1.as_deref(), Some("broken"));
    assert_eq!((of(3)[0].0, of(3)[1].1.as_deref()), (1_000_000_000, Some("broken")));
    assert_eq!(of(4)[0].0, 1_000_000_000);
}

#[tokio::test]
async fn a_file_with_other_bytes_or_too_many_is_never_graded() {
    let stage = Stage::new().await;
    let input = recording(&stage);
    stage.gateway.task(1, "transcription", input.clone(), &answers([Some(SAID), None, None]));
    stage.gateway.task(2, "transcription", input, &answers([Some(SAID), None, None]));
    {
        let mut desk = stage.gateway.desk();
        desk.tasks[0]["input"]["sha256"] = "ab".repeat(32).into();
        desk.tasks[1]["input"]["size"] = 1_u64.wrapping_shl(40).into();
    }
    let validator = stage.validator(&[]);
    assert_eq!(grader(&validator).look().await.unwrap(), Looked { left: 1, put_off: 1, ..Looked::default() });
    assert_eq!(stage.gateway.desk().seen, [TaskId::from_random(2).to_string()]);
}

#[tokio::test]
async fn garbage_from_a_gateway_is_an_error_and_never_a_panic() {
    let stage = Stage::new().await;
    let validator = stage.validator(&[]);
    let (mut grader, mut block) = (grader(&validator), 1_000);
    for bytes in [
        b"".as_slice(),
        b"<html>",
        b"[]",
        b"{\"tasks\": 7}",
        b"\xff\xfe\x00",
        b"{\"tasks\": [], \"next\": 7}",
    ] {
        for part in ["/validator/tasks", "/validator/final_results"] {
            stage.gateway.desk().garbage = Some((part, bytes));
            // every look finds a round that is over
            block += 200;
            stage.chain.at(block);
            let look = grader.look().await.map(drop);
            let follow = validator.follow(&mut Default::default()).await;
            let failed = if part.ends_with("tasks") { look.is_err() } else { follow.is_err() };
            // a page without anything is no garbage
            assert!(failed || bytes == b"[]", "{part} {bytes:?}");
        }
    }
    // what has the form of a page and holds nonsense hides nothing that is sound
    stage.gateway.desk().garbage = None;
    stage.gateway.task(1, "transcription", recording(&stage), &answers([Some(SAID), None, None]));
    let id = |n| TaskId::from_random(n).to_string();
    stage
        .gateway
        .desk()
        .tasks
        .splice(0..0, [json!(7), json!({}), json!({ "task_id": id(8), "task_type": "song" })]);
    assert_eq!(grader.look().await.unwrap(), Looked { graded: 1, left: 1, ..Looked::default() });
    assert_eq!(stage.gateway.desk().seen, [id(8)]);
    stage.gateway.desk().results = vec![json!(null), json!({ "task_id": id(1) })];
    stage.chain.at(block + 200);
    super::follow(&validator).await;
}

#[tokio::test]
async fn nothing_is_told_while_the_book_is_away() {
    let stage = Stage::new().await;
    stage.gateway.task(1, "transcription", recording(&stage), &answers([Some(SAID), None, None]));
    let validator = stage.validator(&[]);
    stage.ledger.away(true);
    assert!(grader(&validator).look().await.is_err());
    assert_eq!(stage.gateway.desk().told, 0);
    stage.ledger.away(false);
    assert_eq!(grader(&validator).look().await.unwrap().graded, 1);
}

#[tokio::test]
async fn nobody_signs_on_another_subnet() {
    let stage = Stage::new().await;
    stage.gateway.task(1, "transcription", recording(&stage), &answers([Some(SAID), None, None]));
    let validator = stage.validator(&[("SCORER__CHAIN__NETUID", "7")]);
    let refused = grader(&validator).look().await.unwrap_err().to_string();
    assert!(refused.contains("--netuid"), "{refused}");
    assert!(validator.readiness.to_json().to_string().contains("--netuid"));
}
