//! Who may use a data folder.

use process::Stop;
use process::clock::Clock;

use crate::{Config, DEFAULT};

fn config(folder: &std::path::Path) -> Config {
    let env = [("STORAGE_SVC__DATA_DIR".to_owned(), folder.display().to_string())];
    process::config::load("storage-svc", DEFAULT, None, env).unwrap()
}

#[tokio::test]
async fn a_data_folder_belongs_to_one_process() {
    let root = tempfile::tempdir().unwrap();
    let config = config(root.path());
    let first = crate::open(&config).await.unwrap();
    let refused = crate::open(&config).await.err().unwrap();
    assert_eq!(process::exit::code_of(&refused), 64);
    assert!(process::exit::sentence(&refused).contains("in use by another process"), "{refused}");
    drop(first.lock);
    crate::open(&config).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(
        root.path().join("violet.sqlite"),
        "no database at all, but long enough to be one".repeat(40),
    )
    .unwrap();
    let refused = crate::open(&config(root.path())).await.err().unwrap();
    assert_eq!(process::exit::code_of(&refused), 64);
    assert!(process::exit::sentence(&refused).contains("is not a database of this program"), "{refused:?}");
}

#[tokio::test]
async fn the_service_runs_and_leaves_its_folder_free() {
    let root = tempfile::tempdir().unwrap();
    let config = config(root.path());
    for _ in 0..2 {
        let listener = process::net::bind("storage-svc", ([127, 0, 0, 1], 0).into()).await.unwrap();
        let wire = process::grpc::wire(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let stop = Stop::new();
        let running = tokio::spawn(crate::run(config.clone(), listener, Clock::system(), stop.clone()));
        let counts = proto::client::TasksClient::new(wire).counts().await.unwrap();
        assert_eq!(counts.len(), 7);
        stop.cancel();
        running.await.unwrap().unwrap();
    }
}
