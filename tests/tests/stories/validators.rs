//! Validators of a subnet: what they are shown, what they tell, and what all of them together decide.

mod caller;
mod subnet;

use std::{path::Path, sync::Arc, time::Duration};

use domain::{
    Event, Fence, FileId, FilePurpose, LeaseId, NewTask, Output, Response, TaskId, TaskKind, Timestamp,
};
use inference::{
    Leaves,
    engine::{Engine as _, echo::EchoEngine},
};
use process::{clock::Clock, grpc::wire};
use proto::client::{ChainClient, FilesClient, PutFile, TasksClient};
use serde_json::json;
use subnet::Subnet;
use testkit::eventually::eventually;
use tests::{Cluster, Program, program::free_port};
use tokio::sync::watch;
use violet::stack::Models;

const LIMIT: Duration = Duration::from_secs(60);

const EVALUATION: &str = "/api/v1/validator/evaluation";

#[tokio::test(flavor = "multi_thread")]
async fn two_validators_see_a_task_and_the_second_evaluation_approves_it() {
    // L15, S2, S3, S13
    let subnet = Subnet::start().await;
    let engine = Arc::new(EchoEngine::new());
    let (_, capabilities) = watch::channel(engine.capabilities());
    let models = Models::Given(Box::new(Leaves { engine, capabilities, ffmpeg: None }));
    let cluster = Cluster::start(models, &[("GATEWAY__AUTH__CHAIN", &subnet.uri)]).await;
    let fields = [("text", "One dog."), ("source_language", "en"), ("target_language", "fr")];
    cluster.work(TaskKind::TextTranslation, &fields).await;

    let base = cluster.url("");
    let [first, second, miner] = ["validator", "miner-1", "miner-2"].map(|name| subnet.caller(name, &base));
    let tasks = format!("/api/v1/validator/tasks?validator_uid={}", first.uid);
    let known = async || {
        let (status, page) = first.get(&tasks).await;
        (status == 200).then_some(page)
    };
    let page = eventually("the gateway to know the subnet", LIMIT, known).await;
    let shown = &page["tasks"][0];
    let (task, response) = (shown["task_id"].as_str().unwrap(), &shown["responses"][0]);
    let lease = response["lease_id"].as_str().unwrap();
    assert!(second.sees(task).await);
    for (file, said) in [(&shown["input"], "One dog."), (&response["result"], "[fr] One dog.")] {
        let url = file["url"].as_str().unwrap();
        let got = first.http.get(url).bearer_auth(file["ticket"].as_str().unwrap()).send().await.unwrap();
        let text = got.text().await.unwrap();
        assert!(text.contains(said), "{text}");
    }

    let body = first.evaluation(task, lease, 900_000_000);
    let (status, said) = miner.post(EVALUATION, &miner.evaluation(task, lease, 0)).await;
    assert_eq!(
        (status, &said["detail"]),
        (403, &json!("the hotkey holds no validator permit on this subnet")),
        "{said}"
    );
    let headers = first.sign("POST", EVALUATION, &body);
    let (status, told) = first.send(&headers, "POST", EVALUATION, &body).await;
    assert_eq!((status, &told["status"], &told["required"]), (200, &json!("completed"), &json!(2)), "{told}");
    let (status, said) = first.send(&headers, "POST", EVALUATION, &body).await;
    assert_eq!((status, &said["detail"]), (401, &json!("the nonce was used before")), "a copy is refused");
    let state =
        async || cluster.gateway.get(&format!("/api/v1/tasks/{task}")).await.unwrap()["status"].clone();
    assert_eq!(state().await, "completed");
    assert!(!first.sees(task).await && second.sees(task).await, "the first hides it from nobody else");

    let (status, told) = second.post(EVALUATION, &second.evaluation(task, lease, 700_000_000)).await;
    assert_eq!(
        (status, &told["status"], &told["validators"]),
        (200, &json!("approved"), &json!(2)),
        "{told}"
    );
    assert_eq!(state().await, "approved");
    assert!(!second.sees(task).await);
    let (_, page) = second.get("/api/v1/validator/final_results").await;
    let answer = &page["results"][0]["answers"][0];
    assert_eq!(
        (&answer["accuracy"], answer["votes"].as_array().unwrap().len()),
        (&json!(900_000_000), 2),
        "{page}"
    );
    let read = ChainClient::new(wire(&subnet.uri).unwrap()).metagraph().await.unwrap();
    for vote in answer["votes"].as_array().unwrap() {
        let neuron = read.neurons.iter().find(|n| vote["validator"] == n.hotkey.as_str()).unwrap();
        assert_eq!(vote["stake"], neuron.stake, "the stake that the chain tells");
    }
    let stats = cluster.gateway.get("/api/v1/validators/consensus-stats").await.unwrap();
    assert_eq!((&stats["approved_tasks"], &stats["eligible_validators"]), (&json!(1), &json!(2)), "{stats}");
    let board = cluster.gateway.get("/api/v1/leaderboard").await.unwrap();
    assert_eq!(board["leaderboard"][0]["accuracy"], 0.9, "{board}");
    cluster.stop().await;
    subnet.stop().await;
}

/// A task that was completed by one miner, put into storage without a scheduler.
async fn completed(storage: &str) -> (String, String) {
    let (tasks, files) = (TasksClient::new(wire(storage).unwrap()), FilesClient::new(wire(storage).unwrap()));
    let now = || Timestamp::from_micros(Clock::system().micros());
    let (id, lease) =
        (TaskId::from_random(process::id::random()), LeaseId::from_random(process::id::random()));
    let [input, output] = [(); 2].map(|()| FileId::from_random(process::id::random()));
    let put = async |id, text: &'static str| {
        let file =
            PutFile { id, purpose: FilePurpose::Temp, file_name: None, max_size: 1_000, expected: None };
        let bytes = futures_util::stream::iter([Ok::<_, std::io::Error>(text.into())]);
        files.put(file, bytes).await.unwrap()
    };
    put(input, "One dog.").await;
    let spec = NewTask {
        id,
        kind: TaskKind::TextTranslation,
        source: "en".parse().unwrap(),
        target: Some(domain::Language::Fr),
        options: domain::TaskOptions::default(),
        priority: domain::Priority::Normal,
        wanted: 1,
        input,
        input_size: 8,
        submitted_at: now(),
        deadline: now() + LIMIT,
        traceparent: None,
        window: Duration::from_secs(60),
    };
    tasks.create(&spec, None).await.unwrap();
    let end = now() + LIMIT;
    let miner = "3".parse().unwrap();
    let grant = Event::Grant { lease, miner, session: 1, output, expires_at: end, run_until: end };
    tasks.apply(id, &grant, now()).await.unwrap();
    let meta = put(output, "{}").await;
    let output = Output { file: output, sha256: meta.sha256, size: meta.size };
    let response =
        Response { output, model: "m".into(), model_version: "v".into(), facts: None, proof: None };
    tasks.apply(id, &Event::Respond { lease, fence: Fence(1), response }, now()).await.unwrap();
    (id.to_string(), lease.to_string())
}

fn storage(folder: &Path, port: u16) -> Program {
    let listen = format!("127.0.0.1:{port}");
    let folder = folder.to_str().unwrap();
    Program::start("storage-svc", &[], &[("STORAGE_SVC__LISTEN", &listen), ("STORAGE_SVC__DATA_DIR", folder)])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evaluation_survives_the_death_of_storage() {
    // L1, S13
    let subnet = Subnet::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (stores, serves) = (free_port(), free_port());
    let (at, base) = (format!("http://127.0.0.1:{stores}"), format!("http://127.0.0.1:{serves}"));
    let listen = format!("127.0.0.1:{serves}");
    let env = [
        ("GATEWAY__HTTP__LISTEN", listen.as_str()),
        ("GATEWAY__UPSTREAM__STORAGE", at.as_str()),
        ("GATEWAY__UPSTREAM__SCHEDULER", "http://127.0.0.1:9"),
        ("GATEWAY__TICKETS__KEY", "0123456789abcdef0123456789abcdef"),
        ("GATEWAY__AUTH__CHAIN", subnet.uri.as_str()),
    ];
    let mut kept = storage(folder.path(), stores);
    let mut gateway = Program::start("gateway", &[], &env);
    let [first, second] = ["validator", "miner-1"].map(|name| subnet.caller(name, &base));
    let tasks = format!("/api/v1/validator/tasks?validator_uid={}", first.uid);
    let up = async || (first.get(&tasks).await.0 == 200).then_some(());
    eventually("the gateway to know the subnet and storage to answer", LIMIT, up).await;
    let (task, lease) = completed(&at).await;
    assert!(first.sees(&task).await && second.sees(&task).await);

    let body = first.evaluation(&task, &lease, 800_000_000);
    let headers = first.sign("POST", EVALUATION, &body);
    let (status, told) = first.send(&headers, "POST", EVALUATION, &body).await;
    assert_eq!((status, &told["recorded"]), (200, &json!(true)), "{told}");
    kept.kill();
    let (status, _) = second.post(EVALUATION, &second.evaluation(&task, &lease, 800_000_000)).await;
    assert_eq!(status, 503, "what can't be kept is not taken");
    let mut kept = storage(folder.path(), stores);
    eventually("storage to answer again", LIMIT, up).await;
    let (status, said) = first.send(&headers, "POST", EVALUATION, &body).await;
    assert_eq!(
        (status, &said["detail"]),
        (401, &json!("the nonce was used before")),
        "not even after the kill"
    );
    let (status, told) = first.post(EVALUATION, &body).await;
    assert_eq!((status, &told["recorded"], &told["validators"]), (200, &json!(false), &json!(1)), "{told}");
    assert!(!first.sees(&task).await && second.sees(&task).await);
    let (status, told) = second.post(EVALUATION, &second.evaluation(&task, &lease, 800_000_000)).await;
    assert_eq!((status, &told["status"]), (200, &json!("approved")), "{told}");
    kept.kill();
    let mut kept = storage(folder.path(), stores);
    eventually("storage to answer once more", LIMIT, up).await;
    let (_, page) = first.get("/api/v1/validator/final_results").await;
    assert_eq!(page["results"][0]["task_id"], task.as_str(), "{page}");
    assert_eq!(page["results"][0]["answers"][0]["accuracy"], 800_000_000);
    for program in [&mut gateway, &mut kept] {
        program.stop().await;
    }
    subnet.stop().await;
}
