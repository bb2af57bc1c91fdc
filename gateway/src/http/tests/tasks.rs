//! Reading, following and cancelling tasks.

use std::{collections::BTreeMap, time::Duration};

use process::telemetry::SpanRecord;
use testkit::eventually::eventually;

use super::*;

const DOCUMENT: &str = r#"{"language":"en","language_confidence":0.93,"duration_ms":2500,"no_speech":false,"segments":[
    {"start_ms":250,"end_ms":1250,"text":"Hello there.","avg_logprob":-0.25,"no_speech_prob":0.01,"words":[
        {"start_ms":250,"end_ms":700,"text":"Hello","probability":0.5},
        {"start_ms":700,"end_ms":1250,"text":" there.","probability":0.75}]}]}"#;

// C6
#[tokio::test]
async fn a_list_comes_in_pages_that_lead_to_each_other() {
    let g = gateway(|_| ()).await;
    for id in 1..=5 {
        g.task(id);
    }
    let mut path = "/api/v1/tasks?limit=2&status=pending".to_owned();
    let mut seen = Vec::new();
    loop {
        let response = g.get(&path).send().await.unwrap();
        let link = response.headers().get("link").map(|l| l.to_str().unwrap().to_owned());
        assert_eq!(link.is_some(), response.headers().contains_key("x-next-cursor"));
        let page: Vec<Value> = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        seen.extend(page.iter().map(|t| t["task_id"].as_str().unwrap().to_owned()));
        let Some(link) = link else { break };
        path = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
        assert!(link.ends_with("; rel=\"next\""));
    }
    let expected: Vec<String> = (1..=5).rev().map(|i| TaskId::from_random(i).to_string()).collect();
    assert_eq!(seen, expected);
    assert_eq!(g.json("/api/v1/tasks/completed").await, (200, Value::Array(vec![])));
}

// E17, E18, E23
#[tokio::test]
async fn a_filter_that_is_not_understood_is_refused() {
    let g = gateway(|_| ()).await;
    for (query, expected) in [
        ("status=processing", "status: unknown task status \"processing\": use one of pending"),
        ("task_type=translate", "task_type: unknown task kind"),
        ("limit=0", "limit: must be a whole number from 1 to 200"),
        ("limit=1000", "from 1 to 200"),
        ("cursor=x", "cursor"),
        ("statsu=failed", "unknown parameter \"statsu\""),
    ] {
        let (status, body) = g.json(&format!("/api/v1/tasks?{query}")).await;
        assert_eq!(status, 400, "{query}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(expected), "{query}: {body}");
    }
    for path in [
        "tasks/nonsense",
        "tasks/..%2f..%2fetc",
        "task/1/status",
        "transcription/x/result",
        "files/y",
        "tasks/z/events",
    ] {
        let (status, body) = g.json(&format!("/api/v1/{path}")).await;
        assert_eq!((status, body["type"].as_str()), (404, Some("/problems/not_found")), "{path}");
    }
}

#[tokio::test]
async fn a_task_is_shown_whole() {
    let g = gateway(|_| ()).await;
    let id = g.task(9);
    g.lease(id);
    let (_, status) = g.json(&format!("/api/v1/task/{id}/status")).await;
    let keys = [
        "assigned_miners",
        "created_at",
        "miner_responses",
        "progress_percent",
        "required_miner_count",
        "status",
        "task_id",
        "task_type",
    ];
    assert_eq!(status.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>(), keys);
    assert_eq!(
        (status["status"].as_str(), status["assigned_miners"][0].as_str()),
        (Some("assigned"), Some("m1"))
    );
    // L8: fresh on every read
    g.complete(id, DOCUMENT);
    let (code, task) = g.json(&format!("/api/v1/tasks/{id}")).await;
    assert_eq!((code, task["status"].as_str()), (200, Some("completed")));
    assert_eq!(task["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(task["result"]["url"], format!("/api/v1/transcription/{id}/result"));
    assert_eq!(
        (&task["assignments"][0]["status"], &task["responses"][0]["chosen"]),
        (&"responded".into(), &true.into())
    );
    assert_eq!(task["ended_at"], "1970-01-01T00:00:03.500Z");
}

// E3
#[tokio::test]
async fn a_transcript_is_had_in_every_format() {
    let g = gateway(|_| ()).await;
    let id = g.task(9);
    let path = format!("/api/v1/transcription/{id}/result");
    assert_eq!(g.json(&path).await.0, 202);
    g.lease(id);
    let (status, body) = g.json(&path).await;
    assert_eq!((status, body["status"].as_str()), (202, Some("assigned")));
    g.complete(id, DOCUMENT);
    let (status, body) = g.json(&path).await;
    assert_eq!(
        (status, body["text"].as_str(), body["language"].as_str()),
        (200, Some("Hello there."), Some("en"))
    );
    assert_eq!(
        body["segments"][0]["words"][1],
        serde_json::json!({"start": 0.7, "end": 1.25, "word": "there.", "probability": 0.75})
    );
    assert_eq!((body["processing_ms"].as_u64(), body["total_ms"].as_u64()), (Some(2_500), Some(3_500)));
    let (_, verbose) = g.json(&format!("{path}?format=verbose_json")).await;
    assert_eq!(
        (verbose["task"].as_str(), verbose["language"].as_str()),
        (Some("transcribe"), Some("english"))
    );
    assert_eq!(verbose["words"].as_array().unwrap().len(), 2);
    for (format, kind, text) in [
        ("text", "text/plain; charset=utf-8", "Hello there.\n"),
        ("srt", "application/x-subrip; charset=utf-8", "1\n00:00:00,250 --> 00:00:01,250\nHello there.\n"),
        ("vtt", "text/vtt; charset=utf-8", "WEBVTT\n\n00:00:00.250 --> 00:00:01.250\nHello there.\n"),
    ] {
        let response = g.get(&format!("{path}?format={format}")).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], kind);
        assert_eq!(response.text().await.unwrap(), text);
    }
    assert_eq!(g.json(&format!("{path}?format=docx")).await.0, 400);
}

// R8, S16
#[tokio::test]
async fn without_a_result_the_status_says_why() {
    let g = gateway(|c| c.limits.transcript_bytes = 1_000).await;
    let (cancelled, failed, broken, long) = (g.task(1), g.task(2), g.task(3), g.task(4));
    g.world.apply(cancelled, Event::Cancel, 5);
    g.lease(failed);
    let failure = domain::Failure::new(domain::FailReason::BrokenFile, "the file is no audio");
    let fence = g.world.tasks.lock().unwrap()[&failed].fence();
    g.world.apply(failed, Event::Fail { lease: LeaseId::from_random(3), fence, failure }, 5);
    g.lease(broken);
    g.complete(broken, "{\"secret\":");
    let result = async |id: TaskId| g.json(&format!("/api/v1/transcription/{id}/result")).await;
    assert_eq!(result(cancelled).await.0, 410);
    let (status, body) = result(failed).await;
    assert_eq!(
        (status, body["reason"].as_str(), body["detail"].as_str()),
        (422, Some("broken_file"), Some("the file is no audio"))
    );
    let (status, body) = result(broken).await;
    assert!(status == 500 && !body.to_string().contains("secret"), "{status} {body}");
    g.lease(long);
    g.complete(long, &" ".repeat(1_001));
    assert_eq!(result(long).await.0, 500);
    // the document of a finished task may have expired
    g.world.files.lock().unwrap().clear();
    assert_eq!(result(long).await.0, 410);
}

// R27
#[tokio::test]
async fn a_completed_task_shows_its_receipt_byte_for_byte_and_an_unfinished_one_says_so() {
    let g = gateway(|_| ()).await;
    let (done, waiting) = (g.task(1), g.task(2));
    g.lease(done);
    g.complete(done, DOCUMENT);
    let (status, problem) = g.json(&format!("/api/v1/tasks/{waiting}/receipt")).await;
    assert_eq!(status, 409, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("when the task is completed"), "{problem}");
    let response = g.get(&format!("/api/v1/tasks/{done}/receipt")).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    let json = response.bytes().await.unwrap();
    let signed: domain::receipt::Signed = serde_json::from_slice(&json).unwrap();
    assert_eq!(signed.receipt.work.task, done);
    assert_eq!(signed.to_json().unwrap(), json);
    let nobody = TaskId::from_random(9);
    assert_eq!(g.json(&format!("/api/v1/tasks/{nobody}/receipt")).await.0, 404);
}

#[tokio::test]
async fn cancelling_twice_is_once() {
    let g = gateway(|_| ()).await;
    let (running, done) = (g.task(1), g.task(2));
    g.lease(done);
    g.complete(done, DOCUMENT);
    let cancel = async |id: TaskId| answer(g.client.delete(format!("{}/api/v1/tasks/{id}", g.base))).await;
    for _ in 0..2 {
        let (status, body) = cancel(running).await;
        assert_eq!((status, body["status"].as_str()), (200, Some("cancelled")));
    }
    let (status, body) = cancel(done).await;
    assert_eq!(status, 409, "{body}");
    assert_eq!(cancel(TaskId::from_random(99)).await.0, 404);
}

/// What a stream of events said: ids with states, and how many comments.
async fn follow(request: reqwest::RequestBuilder) -> (Vec<(String, String)>, usize) {
    let text = request.send().await.unwrap().text().await.unwrap();
    let mut events = Vec::new();
    for block in text.split("\n\n").filter(|b| b.contains("data:")) {
        let field = |name: &str| block.lines().find_map(|l| l.strip_prefix(name)).unwrap().trim().to_owned();
        let data: Value = serde_json::from_str(&field("data:")).unwrap();
        assert_eq!(field("event:"), "task");
        events.push((field("id:"), data["status"].as_str().unwrap().to_owned()));
    }
    (events, text.lines().filter(|l| l.starts_with(':')).count())
}

#[tokio::test]
async fn events_follow_a_task_to_its_end_and_resume() {
    let g = gateway(|c| c.http.event_comment = Duration::from_millis(20)).await;
    let id = g.task(9);
    let path = format!("/api/v1/tasks/{id}/events");
    let mut stream = g.get(&path).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    let first_comment = eventually("a comment", Duration::from_secs(10), async || {
        let chunk = stream.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        text.contains("\n:").then_some(())
    });
    first_comment.await;
    g.lease(id);
    g.complete(id, DOCUMENT);
    while let Some(chunk) = stream.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(text.contains("\"pending\"") && text.contains("\"completed\""), "{text}");
    // from the start, from what is known, and with nothing left to tell
    let (events, _) = follow(g.get(&path)).await;
    assert_eq!(events, [("2".to_owned(), "completed".to_owned())]);
    let (events, _) = follow(g.get(&path).header("last-event-id", "1")).await;
    assert_eq!(events, [("2".to_owned(), "completed".to_owned())]);
    assert_eq!(g.get(&path).header("last-event-id", "2").send().await.unwrap().status(), 204);
    assert_eq!(g.get(&path).header("last-event-id", "x").send().await.unwrap().status(), 400);
}

// Q4
#[tokio::test]
async fn open_event_streams_end_when_the_gateway_stops() {
    let g = gateway(|_| ()).await;
    let id = g.task(9);
    let mut stream = g.get(&format!("/api/v1/tasks/{id}/events")).send().await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    g.stop.cancel();
    assert!(stream.chunk().await.unwrap().is_none());
    drop(stream);
    g.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn one_event_stream_too_many_is_told_to_come_back() {
    let g = gateway(|c| c.http.max_event_streams = 1).await;
    let path = format!("/api/v1/tasks/{}/events", g.task(9));
    let mut first = g.get(&path).send().await.unwrap();
    assert!(first.chunk().await.unwrap().is_some());
    assert_eq!(g.get(&path).send().await.unwrap().status(), 503);
    drop(first);
    eventually("a free place", Duration::from_secs(10), async || {
        (g.get(&path).send().await.unwrap().status() == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_trace_is_shown_where_traces_are_kept() {
    let ring = SpanRing::new(8);
    let g = gateway_with(|_| (), Some(ring.clone())).await;
    let path = format!("/api/v1/tasks/{}/trace", g.task(9));
    let (status, body) = g.json(&path).await;
    assert!(status == 404 && body["detail"].as_str().unwrap().contains("no longer in memory"), "{body}");
    let span = |id: &str, parent: Option<&str>, name: &str, service: Option<&str>| SpanRecord {
        trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
        span_id: id.into(),
        parent_id: parent.map(str::to_owned),
        name: name.into(),
        service: service.map(str::to_owned),
        start_us: 1_000,
        end_us: 3_000,
        error: false,
        attributes: BTreeMap::from([
            ("code.file.path".to_owned(), "/home/x".to_owned()),
            ("bytes".to_owned(), "4".to_owned()),
        ]),
        events: vec![],
    };
    ring.push(span("a", None, "POST /api/v1/transcription", Some("gateway")));
    ring.push(span("b", Some("a"), "upload", None));
    let (status, body) = g.json(&path).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        (&body["spans"][1]["service"], &body["spans"][1]["duration_us"]),
        (&"gateway".into(), &2_000.into())
    );
    assert_eq!(body["spans"][1]["attributes"], serde_json::json!({"bytes": "4"}));
    assert_eq!(body["stages"][0], serde_json::json!({"name": "upload", "ms": 2.0}));

    let without = gateway(|_| ()).await;
    let (status, body) = without.json(&format!("/api/v1/tasks/{}/trace", without.task(9))).await;
    assert!(status == 404 && body["detail"].as_str().unwrap().contains("collector"), "{body}");
}
