//! A recording goes in, its transcript comes out.

use domain::Transcript;
use scorer::metric::wer;
use serde_json::Value;
use tests::{Cluster, media};

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_becomes_a_transcript_in_every_form() {
    // E1, E3, E20, E22
    let cluster = Cluster::with_triton().await;
    let task = cluster.submit("austen.flac", media::AUSTEN.to_vec(), &[("source_language", "auto")]).await;
    assert_eq!(cluster.end_of(&task).await.0, "completed");

    let json: Value =
        serde_json::from_str(&cluster.gateway.result("transcription", &task, "json").await.unwrap()).unwrap();
    let error = wer(media::AUSTEN_TEXT, json["text"].as_str().unwrap());
    println!("word error rate of the shipped recording: {:.2} %", error * 100.0);
    assert!(error <= 0.06, "WER {error}: {}", json["text"]);
    assert_eq!(json["language"], "en");
    let confidence = json["language_confidence"].as_f64().unwrap();
    assert!((0.5..1.0).contains(&confidence), "{confidence} is no measurement");
    let segments = json["segments"].as_array().unwrap();
    assert!(segments.len() >= 3, "{segments:?}");
    let mut last = 0.0;
    for word in segments.iter().flat_map(|s| s["words"].as_array().unwrap()) {
        let (start, end) = (word["start"].as_f64().unwrap(), word["end"].as_f64().unwrap());
        assert!(last <= start && start <= end && end <= 25.0, "{word}");
        last = start;
    }

    let form = async |f: &str| cluster.gateway.result("transcription", &task, f).await.unwrap();
    assert!(wer(json["text"].as_str().unwrap(), &form("text").await) < 1e-9);
    assert!(form("srt").await.starts_with("1\n00:00:0"));
    assert!(form("vtt").await.starts_with("WEBVTT\n"));
    let verbose: Value = serde_json::from_str(&form("verbose_json").await).unwrap();
    assert_eq!(verbose["task"], "transcribe");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_twice_is_one_task_with_the_same_answer() {
    // R36
    let cluster = Cluster::start(violet::stack::Models::None, &[]).await;
    let send = async |bytes: Vec<u8>| {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("a.wav");
        let form = reqwest::multipart::Form::new().part("audio_file", part);
        let request =
            cluster.http.post(cluster.url("/api/v1/transcription")).header("Idempotency-Key", "k-1");
        let response = request.multipart(form).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, first) = send(media::silence(1)).await;
    assert_eq!(status, 200);
    assert_eq!(send(media::silence(1)).await, (200, first));
    assert_eq!(send(media::silence(2)).await.0, 422);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_document_is_what_the_miner_stored() {
    // E2
    let cluster = Cluster::with_triton().await;
    let task = cluster.submit("silence.wav", media::silence(3), &[]).await;
    assert_eq!(cluster.end_of(&task).await.0, "completed");
    let whole = cluster.gateway.get(&format!("/api/v1/tasks/{task}")).await.unwrap();
    let file = whole["result"]["file_id"].as_str().unwrap();
    let stored =
        cluster.http.get(cluster.url(&format!("/api/v1/files/{file}/download"))).send().await.unwrap();
    let document: Transcript = serde_json::from_slice(&stored.bytes().await.unwrap()).unwrap();
    assert_eq!(document, Transcript::silence(3_000));
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_task_stops_the_running_inference_and_frees_its_slot() {
    // R27
    let cluster = Cluster::with_triton().await;
    let minutes = media::austen_samples().await.repeat(10);
    let task = cluster.submit("long.wav", media::wav(16_000, &minutes), &[]).await;
    let mut seen = false;
    let url = cluster.url(&format!("/api/v1/tasks/{task}"));
    cluster
        .gateway
        .follow(&task, |p| {
            if p.status == "in_progress" && !seen {
                seen = true;
                tokio::spawn(cluster.http.delete(&url).send());
            }
        })
        .await
        .unwrap();
    assert!(seen, "the task was never in progress");
    let result =
        cluster.http.get(cluster.url(&format!("/api/v1/transcription/{task}/result"))).send().await.unwrap();
    assert_eq!(result.status(), 410);
    let next = cluster.transcribe("austen.flac", media::AUSTEN.to_vec()).await;
    assert!(!next["text"].as_str().unwrap().is_empty());
    cluster.stop().await;
}
