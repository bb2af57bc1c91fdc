//! Each service as a program of its own, and the command line around the whole stack.

use std::{net::TcpListener, time::Duration};

use testkit::eventually::eventually;
use tests::{Program, media, program};
use violet::client::{Ask, Gateway};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

async fn transcribe(gateway: &Gateway) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("austen.flac");
    std::fs::write(&file, media::AUSTEN).unwrap();
    let ask = Ask {
        kind: "transcription",
        language: "en",
        priority: "normal",
    };
    let task = gateway.submit(&file, &ask).await.unwrap();
    assert_eq!(gateway.follow(&task, |_| {}).await.unwrap().status, "completed");
    gateway.result("transcription", &task, "text").await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn four_programs_make_a_mesh_and_stop_cleanly() {
    tests::cluster::prepared().await;
    let folder = tempfile::tempdir().unwrap();
    let data = |name: &str| folder.path().join(name).display().to_string();
    let [http, schedules, stores, admin] = [free_port(), free_port(), free_port(), free_port()];
    let at = |port: u16| format!("127.0.0.1:{port}");
    let uri = |port: u16| format!("http://127.0.0.1:{port}");
    let start = |name: &str, env: &[(&str, String)]| {
        let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
        Program::start(name, &[], &env)
    };
    let storage = start(
        "storage-svc",
        &[
            ("STORAGE_SVC__LISTEN", at(stores)),
            ("STORAGE_SVC__DATA_DIR", data("storage")),
        ],
    );
    let scheduler = start(
        "scheduler",
        &[
            ("SCHEDULER__LISTEN", at(schedules)),
            ("SCHEDULER__STORAGE", uri(stores)),
            ("SCHEDULER__GATEWAY_URL", uri(http)),
            ("SCHEDULER__TICKET_KEY", KEY.into()),
        ],
    );
    let gateway = start(
        "gateway",
        &[
            ("GATEWAY__HTTP__LISTEN", at(http)),
            ("GATEWAY__UPSTREAM__STORAGE", uri(stores)),
            ("GATEWAY__UPSTREAM__SCHEDULER", uri(schedules)),
            ("GATEWAY__TICKETS__KEY", KEY.into()),
        ],
    );
    let inference = start(
        "inference",
        &[
            ("INFERENCE__SCHEDULER", uri(schedules)),
            ("INFERENCE__DATA_DIR", data("inference")),
            ("INFERENCE__ADMIN", at(admin)),
        ],
    );
    let miner = Gateway::at(&uri(admin)).unwrap();
    let mut programs = [
        ("inference", inference),
        ("gateway", gateway),
        ("scheduler", scheduler),
        ("storage-svc", storage),
    ];
    eventually(
        "the miner is paired and its models passed their canary",
        Duration::from_secs(120),
        async || {
            for (name, program) in &mut programs {
                assert!(program.is_running(), "{name} ended: {}", program.said());
            }
            miner.get("/readyz").await.ok()
        },
    )
    .await;
    let text = transcribe(&Gateway::at(&uri(http)).unwrap()).await;
    assert!(text.contains("Dashwood"), "{text}");
    for (name, program) in &mut programs {
        program.terminate();
        let ended = tokio::time::timeout(Duration::from_secs(40), program.end()).await;
        let status = ended.unwrap_or_else(|_| panic!("{name} does not stop: {}", program.said()));
        assert!(status.success(), "{name} ended with {status}: {}", program.said());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_goes_up_in_the_background_works_and_goes_down() {
    tests::cluster::prepared().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let violet = async |args: &[&str]| {
        let output = tokio::process::Command::new(program::path("violet"))
            .args(args)
            .args(["--data-dir", data])
            .output()
            .await
            .unwrap();
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (code, said) = violet(&["up", "--detach", "--http-port", "0"]).await;
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = violet(&["up", "--http-port", "0"]).await;
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("violet down"), "{said}");

    let file = folder.path().join("austen.flac");
    std::fs::write(&file, media::AUSTEN).unwrap();
    let (code, said) = violet(&["submit", file.to_str().unwrap(), "--watch", "--format", "srt"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("-->") && said.contains("Dashwood"), "{said}");

    let (code, said) = violet(&["status"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 completed"), "{said}");
    let (code, said) = violet(&["logs", "-n", "500"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.lines()
            .all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()),
        "logs are JSON lines: {said}"
    );
    let (code, said) = violet(&["down"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(violet(&["status"]).await.0, Some(64));
}
