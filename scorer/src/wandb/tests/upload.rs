use std::{sync::Arc, time::Duration};

use process::Stop;
use tokio::sync::Notify;

use super::{double::Double, *};
use crate::wandb::{
    server::Server,
    upload::{Unsent, Upload},
};

pub(super) const FAST: Pace = Pace {
    interval: Duration::from_millis(1),
    heartbeat: Duration::from_millis(20),
    retry: Duration::from_millis(1),
    retry_most: Duration::from_millis(5),
    timeout: Duration::from_secs(5),
};

pub(super) fn online() -> Mode {
    Mode::Online(ApiKey::parse(KEY.to_owned()).unwrap())
}

pub(super) fn upload(base: &str, folder: &Path) -> Upload {
    let key = ApiKey::parse(KEY.to_owned()).unwrap();
    let id = folder.to_str().unwrap().rsplit('-').next().unwrap();
    Upload {
        server: Server::new(base, key, FAST.timeout).unwrap(),
        file: folder.join(format!("run-{id}.wandb")),
        folder: folder.to_owned(),
        pace: FAST,
        grown: Arc::new(Notify::new()),
        hurry: Stop::new(),
    }
}

/// The rows of the whole run as lines.
fn all_there(double: &Double) {
    let history = double.lines("wandb-history.jsonl");
    let steps: Vec<u64> = history.iter().map(|l| l["_step"].as_u64().unwrap()).collect();
    assert_eq!(steps, (0..ROWS).collect::<Vec<_>>());
    assert_eq!(double.lines("wandb-events.jsonl").len(), usize::try_from(ROUNDS).unwrap());
    let last = double.streamed().pop().unwrap();
    assert_eq!((&last["complete"], &last["exitcode"]), (&json!(true), &json!(0)), "{last}");
}

#[tokio::test]
async fn a_whole_run_arrives_once_and_complete_with_its_files() {
    let dir = tempfile::tempdir().unwrap();
    let folder = whole(dir.path(), online());
    let double = Double::start().await;
    upload(&double.base, &folder).run().await.unwrap();
    all_there(&double);
    for asked in double.asked() {
        // echo -n api:KEY | base64
        let wanted = "Basic YXBpOjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc=";
        let signed = asked.path.starts_with("/upload/");
        assert_eq!(asked.key.as_deref(), (!signed).then_some(wanted), "{} {}", asked.method, asked.path);
    }
    let upserts = double.asked().iter().filter(|a| a.body["operationName"] == "UpsertBucket").count();
    assert_eq!(upserts, 1);
}

#[tokio::test]
async fn a_server_that_fails_now_and_then_gets_each_row_once() {
    let dir = tempfile::tempdir().unwrap();
    let folder = whole(dir.path(), online());
    let double = Double::start().await;
    double.refuse(&[500, 503, 429, 502, 408]);
    upload(&double.base, &folder).run().await.unwrap();
    all_there(&double);
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_gets_the_run_when_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let folder = whole(dir.path(), online());
    let place = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = place.local_addr().unwrap();
    drop(place);
    let sending = tokio::spawn(upload(&format!("http://{address}"), &folder).run());
    // refused connections are answered at once, so that some are past by then
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!sending.is_finished());
    let double = Double::on(tokio::net::TcpListener::bind(address).await.unwrap());
    sending.await.unwrap().unwrap();
    all_there(&double);
}

#[tokio::test]
async fn a_refusal_ends_the_sending_and_leaves_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let folder = whole(dir.path(), online());
    let before = std::fs::read(folder.join(format!("run-{ID}.wandb"))).unwrap();
    for status in [400, 401, 403, 404, 409, 410] {
        let double = Double::start().await;
        double.refuse(&[status]);
        let refused = upload(&double.base, &folder).run().await;
        assert!(matches!(refused, Err(Unsent::Refused(_))), "{status}");
        assert!(double.asked().is_empty());
    }
    assert_eq!(std::fs::read(folder.join(format!("run-{ID}.wandb"))).unwrap(), before);
}

#[tokio::test]
async fn a_long_run_goes_in_several_requests() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(dir.path());
    let config = serde_json::Map::new();
    let beginning =
        Beginning { settings: &settings, id: ID, program: "scorer", config: &config, machine: machine() };
    let mut run = Run::begin(&beginning, BEGAN).unwrap();
    let folder = run.folder().to_owned();
    for number in 0..2_500 {
        run.row(&task(number).row(number), BEGAN).unwrap();
    }
    run.finish(3, BEGAN).unwrap();
    let double = Double::start().await;
    upload(&double.base, &folder).run().await.unwrap();
    assert_eq!(double.lines("wandb-history.jsonl").len(), 2_500);
    let streamed = double.streamed();
    assert!(streamed.len() >= 3, "{} requests", streamed.len());
    assert!(streamed.iter().all(|b| b.to_string().len() < 4 << 20));
    assert_eq!(streamed.last().unwrap()["exitcode"], 3);
}

#[tokio::test]
async fn a_run_without_entity_goes_where_the_key_belongs() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(dir.path());
    (settings.entity, settings.name, settings.project) = (None, None, "a b".to_owned());
    let config = Map::new();
    let beginning =
        Beginning { settings: &settings, id: ID, program: "scorer", config: &config, machine: machine() };
    let run = Run::begin(&beginning, BEGAN).unwrap();
    let folder = run.folder().to_owned();
    run.finish(0, BEGAN).unwrap();
    let double = Double::start().await;
    upload(&double.base, &folder).run().await.unwrap();
    let upsert = &double.asked()[0].body["variables"];
    assert_eq!((&upsert["entity"], &upsert["displayName"]), (&Value::Null, &Value::Null));
    let paths: Vec<String> = double.asked().into_iter().map(|a| a.path).collect();
    assert!(paths.contains(&format!("/files/the-keys-own/a%20b/{ID}/file_stream")), "{paths:?}");
}
