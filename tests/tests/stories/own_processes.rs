//! Each service as a program of its own, and the command line around the whole stack.

use tests::{Mesh, media, program};
use violet::client::{Ask, Gateway};

async fn transcribe(gateway: &Gateway) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("austen.flac");
    std::fs::write(&file, media::AUSTEN).unwrap();
    let ask = Ask::transcription(&file, "en");
    let task = gateway.submit(&ask).await.unwrap();
    assert_eq!(gateway.follow(&task, |_| {}).await.unwrap().status, "completed");
    gateway.result("transcription", &task, "text").await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn four_programs_make_a_mesh_and_stop_cleanly() {
    tests::cluster::prepared().await;
    let mut mesh = Mesh::default();
    mesh.ready().await;
    let text = transcribe(&mesh.gateway()).await;
    assert!(text.contains("Dashwood"), "{text}");
    mesh.stop().await;
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
    let (_, said) = violet(&["status"]).await;
    assert!(said.contains("1 paired"), "the command came back before the miner was there: {said}");
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
        said.lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()),
        "logs are JSON lines: {said}"
    );
    let (_, said) = violet(&["status"]).await;
    let port = said.split_once("http://127.0.0.1:").and_then(|(_, rest)| rest.split_once(','));
    let port: u16 = port.unwrap().0.parse().unwrap();
    // with work in hand, which is finished first
    let (code, said) = violet(&["submit", file.to_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = violet(&["down"]).await;
    assert_eq!(code, Some(0), "{said}");
    std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free when it says that it stopped");
    assert_eq!(violet(&["status"]).await.0, Some(64));
}
