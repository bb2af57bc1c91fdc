//! Every documented operation does what its document says.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use inference::{
    Leaves,
    engine::{Engine as _, echo::EchoEngine},
};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tests::{Cluster, media};
use tokio::sync::watch;

const TEXT: &str =
    "The river rose higher than anybody in the village could remember. The miller moved to the hill.";

/// A cluster whose miner does every kind of work, without models.
async fn with_echo() -> Cluster {
    let engine = Arc::new(EchoEngine::new());
    let (_, capabilities) = watch::channel(engine.capabilities());
    let leaves = Leaves { engine, capabilities, ffmpeg: None };
    // its validators are not on a subnet
    let settings = [("GATEWAY__AUTH__MINERS", "off")];
    Cluster::start(violet::stack::Models::Given(Box::new(leaves)), &settings).await
}

/// A form of each kind.
fn forms() -> [(&'static str, Form); 8] {
    let file = |name: &'static str, bytes: Vec<u8>| Part::bytes(bytes).file_name(name);
    let page = format!("# The river\n\n{TEXT}\n").into_bytes();
    let sound = || {
        media::wav(16_000, &(0..32_000).map(|i| if i % 50 < 25 { 9_000 } else { -9_000 }).collect::<Vec<_>>())
    };
    [
        ("transcription", Form::new().part("audio_file", file("talk.flac", media::AUSTEN.to_vec()))),
        ("video-transcription", Form::new().part("video_file", file("film.wav", sound()))),
        ("tts", Form::new().text("text", TEXT)),
        ("summarization", Form::new().text("text", TEXT).text("max_words", "10")),
        ("text-translation", Form::new().text("text", TEXT).text("target_language", "pt")),
        (
            "document-translation",
            Form::new().text("target_language", "pt").part("document_file", file("report.md", page)),
        ),
        ("audio-enhancement", Form::new().part("audio_file", file("talk.wav", sound()))),
        ("audio-analysis", Form::new().part("audio_file", file("talk.wav", sound()))),
    ]
}

/// Two validators evaluate a task, in two spellings; returns the miner that answered it.
async fn validate(cluster: &Cluster) -> String {
    let tasks = cluster.gateway.get("/api/v1/validator/tasks?validator_uid=1").await.unwrap();
    let kinds = tasks["tasks"].as_array().unwrap().iter().map(|t| t["task_type"].as_str().unwrap());
    assert_eq!(kinds.collect::<BTreeSet<_>>().len(), 8, "every kind waits for validators: {tasks}");
    let [task, other] = [0, 1].map(|n| tasks["tasks"][n].clone());
    let post = async |path: &str, body: Value| {
        let response = cluster.http.post(cluster.url(path)).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}: {}", response.text().await.unwrap());
    };
    let grade = |uid: u16| {
        let grades = json!([{"lease_id": task["responses"][0]["lease_id"], "accuracy": 500_000_000,
            "completeness": 1_000_000_000, "fault": null, "basis": "agreement"}]);
        let data = json!({"version": 1, "grades": grades});
        json!({"task_id": task["task_id"], "validator_uid": uid, "evaluation_data": data})
    };
    post("/api/v1/validator/evaluation", grade(1)).await;
    post("/api/v1/validator/evaluate", grade(2)).await;
    post("/api/v1/validator/submit_result", grade(3)).await;
    post("/api/v1/validators/mark-task-seen", json!({"task_id": other["task_id"], "validator_uid": 1})).await;
    let status = json!([{"uid": 7, "hotkey": "hot", "is_serving": true}]);
    post(
        "/api/v1/validators/miner-status",
        json!({"validator_uid": 1, "epoch": 1, "miner_statuses": status}),
    )
    .await;
    task["responses"][0]["miner"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_operation_gives_its_documented_success() {
    // E4, E5, E6, E15, C6
    let cluster = with_echo().await;
    let document: Value = cluster.gateway.get("/openapi.json").await.unwrap();
    let no_redirects = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().no_proxy().redirect(no_redirects).build().unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);

    // what needs more than a GET is called by hand
    let mut called: BTreeSet<(String, String)> = BTreeSet::new();
    let mut tasks: BTreeMap<&str, String> = BTreeMap::new();
    for (kind, form) in forms() {
        let request = cluster.http.post(cluster.url(&format!("/api/v1/{kind}"))).multipart(form);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{kind}: {}", response.text().await.unwrap());
        let answer: Value = response.json().await.unwrap();
        tasks.insert(kind, answer["task_id"].as_str().unwrap().to_owned());
        called.insert(("post".to_owned(), format!("/api/v1/{kind}")));
    }
    for (kind, task) in &tasks {
        let (state, why) = cluster.end_of(task).await;
        assert_eq!(state, "completed", "{kind}: {why}");
    }
    let (task, speech) = (&tasks["transcription"], &tasks["tts"]);
    let whole = cluster.gateway.get(&format!("/api/v1/tasks/{task}")).await.unwrap();
    let file = whole["input"]["file_id"].as_str().unwrap().to_owned();
    let spoken = cluster.gateway.get(&format!("/api/v1/tasks/{speech}")).await.unwrap();
    let spoken = spoken["result"]["file_id"].as_str().unwrap().to_owned();
    let other = cluster.submit("long.wav", media::wav(16_000, &vec![9_000; 16_000 * 120]), &[]).await;
    let cancelled = cluster.http.delete(cluster.url(&format!("/api/v1/tasks/{other}"))).send().await.unwrap();
    // the miner may have been quicker
    assert!([200, 409].contains(&cancelled.status().as_u16()), "{}", cancelled.status());
    called.insert(("delete".to_owned(), "/api/v1/tasks/{id}".to_owned()));
    // miners call it at every task; the results above prove that it worked
    called.insert(("put".to_owned(), "/api/v1/files/{id}".to_owned()));

    let miner = validate(&cluster).await;
    for path in ["evaluation", "evaluate", "submit_result"] {
        called.insert(("post".to_owned(), format!("/api/v1/validator/{path}")));
    }
    for path in ["mark-task-seen", "miner-status"] {
        called.insert(("post".to_owned(), format!("/api/v1/validators/{path}")));
    }

    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if !["get", "head"].contains(&method.as_str()) {
                continue;
            }
            let kind = path.trim_start_matches("/api/v1/").split('/').next().unwrap();
            let id = match path.as_str() {
                "/api/v1/tts/audio/{id}" => &spoken,
                _ if path.contains("/files/") => &file,
                _ => tasks.get(kind).unwrap_or(task),
            };
            let uid = if path.starts_with("/api/v1/leaderboard") { miner.as_str() } else { "7" };
            let path_of = path.replace("{id}", id).replace("{uid}", uid).replace("{file}", "index.html");
            let mut url = cluster.url(&path_of);
            if path == "/api/v1/validator/tasks" {
                url += "?validator_uid=7";
            }
            let request = if method == "get" { http.get(&url) } else { http.head(&url) };
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let documented = operation["responses"].as_object().unwrap();
            // `/docs` itself only leads to `/docs/`
            let wanted = if documented.keys().eq(["308"]) { 308..309 } else { 200..202 };
            let said = response.headers().clone();
            assert!(wanted.contains(&status), "{method} {path}: {status} {}", response.text().await.unwrap());
            assert!(
                documented.contains_key(&status.to_string()),
                "{method} {path}: {status} is not documented"
            );
            assert!(said.contains_key("x-request-id"), "{method} {path}");
            assert!(!said.contains_key("server"), "{method} {path}");
            called.insert((method.clone(), path.clone()));
        }
    }
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let known = ["parameters", "summary", "description"].contains(&method.as_str());
            assert!(
                known || called.contains(&(method.clone(), path.clone())),
                "{method} {path} was never called"
            );
        }
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_a_file_is_downloaded_as_its_result_says() {
    // E3, S18
    let cluster = with_echo().await;
    for (kind, form) in forms().into_iter().filter(|(kind, _)| ["tts", "document-translation"].contains(kind))
    {
        let request = cluster.http.post(cluster.url(&format!("/api/v1/{kind}"))).multipart(form);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let task = answer["task_id"].as_str().unwrap();
        assert_eq!(cluster.end_of(task).await.0, "completed", "{kind}");
        let result = cluster.gateway.get(&format!("/api/v1/{kind}/{task}/result")).await.unwrap();
        let url = result.get("audio_url").or(result.get("download_url")).unwrap();
        let file = cluster.http.get(cluster.url(url.as_str().unwrap())).send().await.unwrap();
        assert_eq!(file.headers()["content-type"], result["content_type"].as_str().unwrap(), "{kind}");
        let etag = format!("\"{}\"", result["sha256"].as_str().unwrap());
        assert_eq!(file.headers()["etag"], etag, "{kind}");
        let named = file.headers()["content-disposition"].to_str().unwrap().to_owned();
        let bytes = file.bytes().await.unwrap();
        assert_eq!(bytes.len() as u64, result["size"].as_u64().unwrap(), "{kind}");
        match kind {
            "tts" => {
                assert!(bytes.starts_with(b"RIFF") && result["duration_seconds"].as_f64().unwrap() > 0.5);
            }
            _ => {
                assert_eq!(named, "attachment; filename=\"report.pt.md\"");
                assert!(bytes.starts_with(b"# "), "{}", String::from_utf8_lossy(&bytes));
            }
        }
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_served_whole_in_parts_and_not_again_when_unchanged() {
    let cluster = Cluster::start(violet::stack::Models::None, &[]).await;
    let bytes = media::silence(2);
    let task = cluster.submit("a.wav", bytes.clone(), &[]).await;
    let whole = cluster.gateway.get(&format!("/api/v1/tasks/{task}")).await.unwrap();
    let url = cluster.url(&format!("/api/v1/files/{}/download", whole["input"]["file_id"].as_str().unwrap()));
    let all = cluster.http.get(&url).send().await.unwrap();
    let tag = all.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(all.bytes().await.unwrap(), bytes);
    let part = cluster.http.get(&url).header("range", "bytes=4-11").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 4-11/{}", bytes.len()));
    assert_eq!(part.bytes().await.unwrap(), bytes[4..12]);
    let unchanged = cluster.http.get(&url).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(unchanged.status(), 304);
    let beyond = cluster.http.get(&url).header("range", "bytes=999999999-").send().await.unwrap();
    assert_eq!(beyond.status(), 416);
    let head = cluster.http.head(&url).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], bytes.len().to_string());
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_whose_store_is_away_says_so() {
    // E19
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let env = [
        ("GATEWAY__HTTP__LISTEN", format!("127.0.0.1:{port}")),
        ("GATEWAY__UPSTREAM__STORAGE", "http://127.0.0.1:9".to_owned()),
        ("GATEWAY__UPSTREAM__SCHEDULER", "http://127.0.0.1:9".to_owned()),
        ("GATEWAY__TICKETS__KEY", "0123456789abcdef0123456789abcdef".to_owned()),
        ("HOME", folder.path().display().to_string()),
    ];
    let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let gateway = tests::Program::start("gateway", &[], &env);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| http.get(format!("http://127.0.0.1:{port}{path}")).send().await.ok();
    let live = async || get("/livez").await.filter(|r| r.status() == 200);
    testkit::eventually::eventually("the gateway to listen", std::time::Duration::from_secs(20), live).await;
    for path in ["/readyz", "/health", "/api/v1/health"] {
        assert_eq!(get(path).await.unwrap().status(), 503, "{path}: {}", gateway.said());
    }
    let refused = get("/api/v1/tasks").await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_onto_a_full_disk_is_refused_in_words() {
    // R11, D9
    // no disk has this much room: to the store, this one is full
    let settings = [("STORAGE_SVC__LIMITS__MIN_FREE_BYTES", "1000000000000000000")];
    let cluster = Cluster::start(violet::stack::Models::None, &settings).await;
    let response = cluster.upload("a.wav", media::silence(1), &[]).await;
    assert_eq!(response.status(), 507);
    let problem: Value = response.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("full"), "{problem}");
    cluster.stop().await;
}
