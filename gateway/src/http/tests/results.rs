//! Results of the kinds other than transcriptions.

use domain::{AudioFacts, AudioFormat, DocumentFacts, DocumentFormat, Facts, Language};
use serde_json::json;

use super::*;

const ORIGIN: [&str; 10] = [
    "task_id",
    "status",
    "model",
    "model_version",
    "miner",
    "processing_ms",
    "total_ms",
    "result_file_id",
    "provisional",
    "quality",
];

fn audio() -> Facts {
    Facts::Audio(AudioFacts {
        format: AudioFormat::Mp3,
        sample_rate: 24_000,
        channels: 1,
        duration_ms: 1_500,
        language: Some(Language::De),
        voice: Some("em_alex".into()),
        stopgap: true,
    })
}

fn document() -> Facts {
    Facts::Document(DocumentFacts { format: DocumentFormat::Docx, texts: 3, source_words: 40, doubtful: 1 })
}

/// What the result of `kind` says once its miner answered with this.
async fn result(g: &Gateway, kind: TaskKind, stored: &str, facts: Option<Facts>) -> (u16, Value) {
    let id = g.task_of(9, kind);
    g.lease(id);
    g.complete_with(id, stored, facts);
    let (status, mut body) = g.json(&format!("/api/v1/{kind}/{id}/result")).await;
    if status == 200 {
        let body = body.as_object_mut().unwrap();
        for key in ORIGIN {
            assert!(body.remove(key).is_some(), "{kind}: {key}");
        }
    }
    (status, body)
}

#[tokio::test]
async fn every_kind_shows_its_result() {
    // E3
    let g = gateway(|_| ()).await;
    let summary = r#"{"summary":"It rose.","mode":"extractive","language":"en","words":2,"source_words":40}"#;
    assert_eq!(
        result(&g, TaskKind::Summarization, summary, None).await,
        (200, serde_json::from_str(summary).unwrap())
    );
    let moved =
        r#"{"translation":"Olá","source_language":"en","target_language":"pt","doubtful":["9 < 10"]}"#;
    assert_eq!(
        result(&g, TaskKind::TextTranslation, moved, None).await,
        (200, serde_json::from_str(moved).unwrap())
    );
    let transcript = serde_json::to_string(&domain::Transcript::silence(3_000)).unwrap();
    let (status, body) = result(&g, TaskKind::VideoTranscription, &transcript, None).await;
    assert_eq!((status, &body["no_speech"], &body["duration_seconds"]), (200, &true.into(), &3.0.into()));
    let (file, sha256) =
        (FileId::from_random(77), domain::Sha256(sha2::Digest::finalize(sha2::Sha256::default()).into()));
    for (kind, url) in [
        (TaskKind::Tts, format!("/api/v1/tts/audio/{file}")),
        (TaskKind::AudioEnhancement, format!("/api/v1/files/{file}/download")),
    ] {
        let (status, body) = result(&g, kind, "", Some(audio())).await;
        let expected = json!({
            "file_id": file.to_string(), "audio_url": url, "size": 0, "sha256": sha256.to_string(),
            "content_type": "audio/mpeg", "format": "mp3", "sample_rate": 24_000, "channels": 1,
            "duration_seconds": 1.5, "language": "de", "voice": "em_alex", "stopgap": true,
        });
        assert_eq!((status, body), (200, expected));
        assert_eq!(g.json(&url).await.0, 200);
    }
}

#[tokio::test]
async fn measurements_are_shown_in_seconds_with_what_could_not_be_measured() {
    let g = gateway(|_| ()).await;
    let analysis = domain::Analysis {
        duration_ms: 2_500,
        sample_rate: 44_100,
        channels: 2,
        container: "WAV".into(),
        codec: Some("pcm_s16le".into()),
        loudness_lufs: Some(-23.0),
        loudness_range_lu: None,
        true_peak_dbtp: Some(-1.5),
        sample_peak_dbfs: Some(-1.75),
        clipping: domain::Clipping { runs: 2, share: 0.25 },
        dc_offset: 0.0,
        speech: vec![domain::Stretch { start_ms: 250, end_ms: 1_250 }],
        speech_ratio: 0.4,
        language: Some(Language::En),
        language_confidence: Some(0.5),
        snr_db: None,
    };
    let stored = serde_json::to_string(&analysis).unwrap();
    let (status, body) = result(&g, TaskKind::AudioAnalysis, &stored, None).await;
    assert_eq!(
        (status, &body["duration_seconds"], &body["sample_rate"]),
        (200, &2.5.into(), &44_100.into()),
        "{body}"
    );
    assert_eq!(body["speech"], json!([{"start": 0.25, "end": 1.25}]));
    assert_eq!(
        (&body["loudness_lufs"], &body["snr_db"], &body["language"]),
        (&(-23.0).into(), &Value::Null, &"en".into())
    );
    assert_eq!((&body["clipping_runs"], &body["clipping_share"]), (&2.into(), &0.25.into()));
}

#[tokio::test]
async fn a_translated_document_has_the_name_of_the_original() {
    let g = gateway(|_| ()).await;
    g.world.keep(FileId::from_random(1), Some("Übung 1.pdf"), b"%PDF".to_vec());
    let id = g.task_of(9, TaskKind::DocumentTranslation);
    let download = format!("/api/v1/document-translation/{id}/download");
    assert_eq!(g.json(&download).await.0, 202);
    let (status, body) = result(&g, TaskKind::DocumentTranslation, "PK..", Some(document())).await;
    let docx = DocumentFormat::Docx.content_type();
    assert_eq!(
        (status, &body["file_name"], &body["content_type"]),
        (200, &"Übung 1.pt.docx".into(), &docx.into())
    );
    assert_eq!((&body["download_url"], &body["format"]), (&download.as_str().into(), &"docx".into()));
    assert_eq!((&body["texts"], &body["doubtful"]), (&3.into(), &1.into()));
    assert_eq!((&body["source_language"], &body["target_language"]), (&"auto".into(), &"pt".into()));
    let whole = g.get(&download).send().await.unwrap();
    assert_eq!((whole.status().as_u16(), &whole.headers()["content-type"]), (200, &docx.parse().unwrap()));
    let named = "attachment; filename=\"_bung 1.pt.docx\"; filename*=UTF-8''%C3%9Cbung%201.pt.docx";
    assert_eq!(whole.headers()["content-disposition"], named);
    assert_eq!(whole.text().await.unwrap(), "PK..");
    let part = g.get(&download).header("range", "bytes=0-1").send().await.unwrap();
    assert_eq!(
        (part.status().as_u16(), &part.headers()["content-disposition"]),
        (206, &named.parse().unwrap())
    );
    assert_eq!(part.text().await.unwrap(), "PK");
    let head = g.client.head(format!("{}{download}", g.base)).send().await.unwrap();
    assert_eq!(
        (head.status().as_u16(), &head.headers()["content-disposition"]),
        (200, &named.parse().unwrap())
    );
    // the original may have expired before
    g.world.files.lock().unwrap().remove(&FileId::from_random(1));
    let whole = g.get(&download).send().await.unwrap();
    assert_eq!(whole.headers()["content-disposition"], "attachment; filename=\"document.pt.docx\"");
}

// R8, S16
#[tokio::test]
async fn without_a_result_every_kind_says_why() {
    let g = gateway(|_| ()).await;
    for kind in TaskKind::ALL.iter().copied() {
        let (running, cancelled, failed) = (g.task_of(1, kind), g.task_of(2, kind), g.task_of(3, kind));
        g.world.apply(cancelled, Event::Cancel, 5);
        g.lease(failed);
        let failure = domain::Failure::new(domain::FailReason::NothingToDo, "the document holds no text");
        let fence = g.world.tasks.lock().unwrap()[&failed].fence();
        g.world.apply(failed, Event::Fail { lease: LeaseId::from_random(3), fence, failure }, 5);
        let result = async |id: TaskId| g.json(&format!("/api/v1/{kind}/{id}/result")).await;
        let (status, body) = result(running).await;
        assert_eq!(
            (status, &body["status"], &body["task_type"]),
            (202, &"pending".into(), &kind.name().into())
        );
        assert_eq!(result(cancelled).await.0, 410, "{kind}");
        let (status, body) = result(failed).await;
        assert_eq!((status, body["detail"].as_str()), (422, Some("the document holds no text")), "{kind}");
        let other = if kind == TaskKind::Tts { TaskKind::AudioAnalysis } else { TaskKind::Tts };
        let (status, body) = g.json(&format!("/api/v1/{other}/{running}/result")).await;
        assert_eq!(status, 404);
        assert!(
            body["detail"].as_str().unwrap().contains(&format!("/api/v1/{kind}/{running}/result")),
            "{body}"
        );
        assert_eq!(g.json(&format!("/api/v1/{kind}/{running}/result?format=json")).await.0, 202, "{kind}");
        assert_eq!(g.json(&format!("/api/v1/{kind}/{running}/result?format=docx")).await.0, 400, "{kind}");
        // a parameter that is not understood must not be taken for one that is
        assert_eq!(g.json(&format!("/api/v1/{kind}/{running}/result?fromat=srt")).await.0, 400, "{kind}");
    }
}

// S16
#[tokio::test]
async fn a_result_of_another_shape_is_a_fault_of_ours_and_stays_inside() {
    let g = gateway(|_| ()).await;
    for (kind, stored, facts) in [
        (TaskKind::Summarization, r#"{"secret":1}"#, None),
        (TaskKind::TextTranslation, "", None),
        (TaskKind::AudioAnalysis, "[]", None),
        (TaskKind::Tts, "RIFF", None),
        (TaskKind::AudioEnhancement, "RIFF", Some(document())),
        (TaskKind::DocumentTranslation, "PK", Some(audio())),
    ] {
        let (status, body) = result(&g, kind, stored, facts).await;
        assert!(status == 500 && !body.to_string().contains("secret"), "{kind}: {status} {body}");
    }
    g.world.files.lock().unwrap().clear();
    for (kind, facts) in [(TaskKind::Tts, audio()), (TaskKind::DocumentTranslation, document())] {
        let id = g.task_of(9, kind);
        g.lease(id);
        g.complete_with(id, "x", Some(facts));
        g.world.files.lock().unwrap().clear();
        assert_eq!(g.json(&format!("/api/v1/{kind}/{id}/result")).await.0, 410, "{kind}");
    }
}

#[tokio::test]
async fn a_task_shows_the_facts_of_its_answers() {
    let g = gateway(|_| ()).await;
    let id = g.task_of(9, TaskKind::Tts);
    g.lease(id);
    g.complete_with(id, "RIFF", Some(audio()));
    let (_, task) = g.json(&format!("/api/v1/tasks/{id}")).await;
    let facts = &task["responses"][0]["facts"];
    assert_eq!(
        (&facts["voice"], &facts["stopgap"], &facts["duration_seconds"]),
        (&"em_alex".into(), &true.into(), &1.5.into())
    );
    assert_eq!(task["result"]["url"], format!("/api/v1/tts/{id}/result"));
}

/// A task of two miners. The first answers with this; its lease is number 3, that of the second number 4.
fn one_of_two(g: &Gateway, kind: TaskKind, stored: &str, facts: Option<Facts>) -> TaskId {
    let id = g.task_of(9, kind);
    g.world.tasks.lock().unwrap().get_mut(&id).unwrap().spec.wanted = 2;
    g.lease(id);
    let end = Timestamp::from_micros(9_000_000_000);
    let grant = Event::Grant {
        lease: LeaseId::from_random(4),
        miner: "m2".parse().unwrap(),
        session: 1,
        output: FileId::from_random(78),
        expires_at: end,
        run_until: end,
    };
    // the answer speaks for the newest lease: the second is granted after it
    g.complete_with(id, stored, facts);
    g.world.apply(id, grant, 4_000_000);
    id
}

fn choose(g: &Gateway, id: TaskId, agreement: Option<domain::Score>) {
    g.world.apply(id, Event::Choose { lease: LeaseId::from_random(3), agreement }, 5_000_000);
}

#[tokio::test]
async fn the_first_answer_is_offered_while_others_are_waited_for() {
    // E1
    let g = gateway(|_| ()).await;
    let summary = r#"{"summary":"It rose.","mode":"extractive","language":"en","words":2,"source_words":40}"#;
    let id = one_of_two(&g, TaskKind::Summarization, summary, None);
    let result = async || g.json(&format!("/api/v1/summarization/{id}/result")).await;
    let (status, body) = result().await;
    assert_eq!((status, &body["provisional"], &body["summary"]), (200, &true.into(), &"It rose.".into()));
    assert_eq!((&body["status"], body.get("quality")), (&"assigned".into(), None));
    let (_, task) = g.json(&format!("/api/v1/tasks/{id}")).await;
    assert_eq!(
        (&task["result"]["provisional"], &task["responses"][0]["chosen"]),
        (&true.into(), &true.into())
    );
    let (_, answers) = g.json(&format!("/api/v1/task/{id}/responses")).await;
    assert_eq!((&answers["provisional"], answers.get("quality")), (&true.into(), None));
    choose(&g, id, Some(domain::Score::percent(93)));
    let (status, body) = result().await;
    assert_eq!((status, &body["provisional"], &body["status"]), (200, &false.into(), &"completed".into()));
    assert_eq!(body["quality"], json!({"agreement": 0.93, "responses": 1, "wanted": 2}));
    let (_, answers) = g.json(&format!("/api/v1/task/{id}/responses")).await;
    assert_eq!(answers["best_response"]["miner"], "m1");
    assert_eq!(
        (&answers["best_response"], &answers["provisional"]),
        (&answers["responses"][0], &false.into())
    );
    let summary =
        json!({"total_responses_received": 1, "required_miner_count": 2, "task_priority": "normal"});
    assert_eq!((&answers["task_summary"], &answers["task_type"]), (&summary, &"summarization".into()));
    assert_eq!(answers["quality"], body["quality"]);
}

#[tokio::test]
async fn results_that_are_files_say_in_headers_how_far_they_can_be_relied_on() {
    // E1
    let g = gateway(|_| ()).await;
    let transcript = serde_json::to_string(&domain::Transcript::silence(3_000)).unwrap();
    for (kind, stored, facts, path) in [
        (TaskKind::DocumentTranslation, "PK..", Some(document()), "download"),
        (TaskKind::Transcription, transcript.as_str(), None, "result?format=srt"),
    ] {
        let id = one_of_two(&g, kind, stored, facts);
        let headers = async || {
            let response = g.get(&format!("/api/v1/{kind}/{id}/{path}")).send().await.unwrap();
            assert_eq!(response.status(), 200, "{kind}");
            let of = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
            (of("x-violet-provisional"), of("x-violet-agreement"))
        };
        assert_eq!(headers().await, (Some("true".to_owned()), None), "{kind}");
        choose(&g, id, Some(domain::Score::percent(93)));
        assert_eq!(headers().await, (None, Some("0.93".to_owned())), "{kind}");
    }
}

#[tokio::test]
async fn a_single_answer_agrees_with_nobody_and_a_cancelled_task_offers_none() {
    let g = gateway(|_| ()).await;
    let id = g.task_of(9, TaskKind::Tts);
    let (_, answers) = g.json(&format!("/api/v1/task/{id}/responses")).await;
    assert_eq!((&answers["best_response"], &answers["provisional"]), (&Value::Null, &false.into()));
    g.lease(id);
    g.complete_with(id, "RIFF", Some(audio()));
    let (_, body) = g.json(&format!("/api/v1/tts/{id}/result")).await;
    assert_eq!(body["quality"], json!({"agreement": null, "responses": 1, "wanted": 1}));
    let id = one_of_two(&g, TaskKind::Tts, "RIFF", Some(audio()));
    g.world.apply(id, Event::Cancel, 6_000_000);
    assert_eq!(g.json(&format!("/api/v1/tts/{id}/result")).await.0, 410);
    let (_, answers) = g.json(&format!("/api/v1/task/{id}/responses")).await;
    assert_eq!(
        (&answers["best_response"], &answers["responses"][0]["chosen"]),
        (&Value::Null, &false.into())
    );
}
