//! One trace shows a request from the client to the model.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use testkit::eventually::eventually;
use tests::{Cluster, media};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_trace_with_one_root_and_no_orphans() {
    // O1, O4
    let cluster = Cluster::with_triton().await;
    let part = reqwest::multipart::Part::bytes(media::AUSTEN.to_vec()).file_name("a.flac");
    let request = cluster
        .http
        .post(cluster.url("/api/v1/transcription"))
        .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
        .multipart(reqwest::multipart::Form::new().part("audio_file", part));
    let response = request.send().await.unwrap();
    assert!(
        response.headers()["traceresponse"].to_str().unwrap().contains(TRACE),
        "{:?}",
        response.headers()
    );
    assert!(response.headers().contains_key("server-timing"));
    let answer: Value = response.json().await.unwrap();
    let task = answer["task_id"].as_str().unwrap().to_owned();
    assert_eq!(cluster.end_of(&task).await.0, "completed");

    let url = format!("/api/v1/tasks/{task}/trace");
    let wanted: BTreeSet<&str> = ["gateway", "scheduler", "storage-svc", "inference", "triton"].into();
    let trace =
        eventually("a span from every service, without orphans", Duration::from_secs(30), async || {
            let trace = cluster.gateway.get(&url).await.ok()?;
            let spans = trace["spans"].as_array()?.clone();
            let services: BTreeSet<&str> = spans.iter().filter_map(|s| s["service"].as_str()).collect();
            let ids: BTreeSet<&str> = spans.iter().filter_map(|s| s["span_id"].as_str()).collect();
            let orphans = spans.iter().filter(|s| {
                let parent = s["parent_id"].as_str().unwrap_or_default();
                parent != CALLER && !ids.contains(parent)
            });
            let orphans: Vec<&Value> = orphans.collect();
            if !orphans.is_empty() || !wanted.is_subset(&services) {
                println!("not yet: services {services:?}, orphans {orphans:?}");
                return None;
            }
            Some(trace)
        })
        .await;
    assert_eq!(trace["trace_id"], TRACE);
    let spans = trace["spans"].as_array().unwrap();
    let roots: Vec<&Value> = spans.iter().filter(|s| s["parent_id"] == CALLER).collect();
    assert_eq!(roots.len(), 1, "{roots:#?}");
    let stages: BTreeSet<&str> =
        trace["stages"].as_array().unwrap().iter().filter_map(|s| s["name"].as_str()).collect();
    println!("stages: {}", trace["stages"]);
    for stage in ["queued", "fetch", "decode", "inference", "total"] {
        assert!(stages.contains(stage), "{stage} is missing in {stages:?}");
    }
    cluster.stop().await;
}
