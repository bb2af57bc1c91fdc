//! Bad set-up gets one clear sentence, the way out, and exit code 64.

use std::{os::unix::fs::PermissionsExt as _, path::Path, process::Output};

use tests::program;

/// `violet up` in `folder` with a changed environment.
async fn up(folder: &Path, port: u16, env: &[(&str, &str)]) -> Output {
    tokio::process::Command::new(program::path("violet"))
        .args(["up", "--http-port", &port.to_string(), "--data-dir"])
        .arg(folder.join("data"))
        .envs(env.iter().copied())
        .output()
        .await
        .unwrap()
}

#[track_caller]
fn one_sentence(output: &Output, parts: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(last.starts_with("violet: "), "{said}");
    for part in parts {
        assert!(last.contains(part), "\"{part}\" is missing in: {last}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named() {
    tests::cluster::prepared().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    one_sentence(&up(folder.path(), port, &[]).await, &[&port.to_string(), "taken"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_python_is_told_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().join("bin");
    std::fs::create_dir(&nothing).unwrap();
    let env = [("PATH", nothing.to_str().unwrap()), ("VIOLET_CACHE", folder.path().to_str().unwrap())];
    one_sentence(&up(folder.path(), 0, &env).await, &["Python", "install"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_without_network_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // a port where nobody listens stands for a network that is away
    let away = "http://127.0.0.1:9";
    let env = [
        ("VIOLET_CACHE", folder.path().to_str().unwrap()),
        ("HF_ENDPOINT", away),
        ("VIOLET_PYPI_INDEX", away),
    ];
    one_sentence(&up(folder.path(), 0, &env).await, &["no source could be reached", "network"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), "a file where a folder should be").unwrap();
    one_sentence(&up(folder.path(), 0, &[]).await, &["data folder", "--data-dir"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_cache_is_mended_or_named() {
    tests::cluster::prepared().await;
    let cache = inference::models::Cache::from_env().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // a copy of the cache whose weights are links, one of them damaged, and no way to fetch it anew
    let damaged = folder.path().join("cache");
    let copy =
        ["-rs", cache.root().join("models").to_str().unwrap(), damaged.join("models").to_str().unwrap()]
            .map(str::to_owned);
    std::fs::create_dir(&damaged).unwrap();
    assert!(std::process::Command::new("cp").args(copy).status().unwrap().success());
    let file = damaged.join("models/silero-vad/silero_vad.onnx");
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "not a model").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let away = "http://127.0.0.1:9";
    let env =
        [("VIOLET_CACHE", damaged.to_str().unwrap()), ("HF_ENDPOINT", away), ("VIOLET_PYPI_INDEX", away)];
    let output = up(folder.path(), 0, &env).await;
    one_sentence(&output, &["no source could be reached"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("damaged"), "{output:?}");
}
