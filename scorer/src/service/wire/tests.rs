use serde_json::json;

use super::*;

#[test]
fn a_task_is_read_as_the_contract_has_it() {
    let id = "0123456789abcdef0123456789abcdef";
    let file = json!({ "file_id": id, "sha256": "ab".repeat(32), "size": 3, "content_type": "audio/wav",
        "url": "http://g/api/v1/files/x/download", "ticket": "t" });
    let task = json!({ "task_id": id, "task_type": "tts", "status": "completed", "source_language": "auto",
        "target_language": null, "options": { "speed_percent": 100, "mode": "extractive" },
        "submitted_at": 1, "completed_at": 2, "input": file, "responses": [{ "miner": "7", "uid": 7,
        "hotkey": null, "lease_id": id, "fence": 1, "came": "in_time", "took_ms": 950, "model": "m",
        "chosen": true, "result": file }] });
    let read: Task = serde_json::from_value(task.clone()).unwrap();
    assert_eq!((read.source_language, read.responses[0].came), (None, Came::InTime));
    assert_eq!(read.options.task_options().summary_mode, Some(SummaryMode::Extractive));
    assert!(!format!("{:?}", read.input).contains("\"t\""), "a ticket is not printed");
    for (field, bad) in [("task_id", json!("../x")), ("task_type", json!("song")), ("input", json!(null))] {
        let mut broken = task.clone();
        broken[field] = bad;
        assert!(serde_json::from_value::<Task>(broken).is_err(), "{field}");
    }
}

#[test]
fn an_evaluation_is_written_as_the_contract_has_it() {
    let graded = Graded {
        lease_id: LeaseId::from_random(7),
        accuracy: Score::percent(50),
        completeness: Score::ONE,
        fault: Some(Fault::TooLong),
        basis: Basis::Inference,
    };
    let written =
        serde_json::to_value(Evaluation { version: VERSION, units: Some(25), grades: vec![graded] }).unwrap();
    let expected = json!({ "version": 1, "units": 25, "grades": [{ "lease_id": LeaseId::from_random(7).to_string(),
        "accuracy": 500_000_000, "completeness": 1_000_000_000, "fault": "too_long", "basis": "inference" }] });
    assert_eq!(written, expected);
}
