//! The service as a whole: its trace, its health, its set-up.

use std::{collections::BTreeMap, sync::Arc};

use process::{
    Stop,
    telemetry::{self, Log, SpanRing},
};
use proto::pb::scheduler_message as said;
use testkit::eventually::eventually;
use tokio::{net::TcpListener, sync::watch};

use super::{
    Stage, name,
    scheduler::{FakeScheduler, LIMIT},
};
use crate::{
    Config, DEFAULT, Leaves,
    engine::{Engine, echo::EchoEngine},
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn ring() -> SpanRing {
    let options = telemetry::Options { service: "inference", otlp: None, log: Log::Off, keep_traces: 4 };
    telemetry::init(&options).expect("no other test of this program installs telemetry").ring()
}

fn leaves() -> Leaves {
    let engine = Arc::new(EchoEngine::new());
    let (_, capabilities) = watch::channel(engine.capabilities());
    Leaves { engine, capabilities, ffmpeg: None }
}

fn config(scheduler: &str, data_dir: &std::path::Path) -> Config {
    let env = [
        ("INFERENCE__SCHEDULER".to_owned(), scheduler.to_owned()),
        ("INFERENCE__DATA_DIR".to_owned(), data_dir.display().to_string()),
    ];
    process::config::load("inference", DEFAULT, None, env).unwrap()
}

#[tokio::test]
async fn work_joins_the_trace_of_its_lease_and_hands_it_on() {
    // R39
    let ring = ring();
    let mut stage = Stage::with(Arc::new(EchoEngine::new())).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    let said::Message::Lease(lease) = stage.recording(1, 1) else { unreachable!() };
    let traced = said::Lease { traceparent: format!("00-{TRACE}-{PARENT}-01"), ..lease };
    miner.say(said::Message::Lease(traced)).await;
    assert_eq!(miner.complete().await.lease, name(1));
    let spans: BTreeMap<_, _> = eventually("the span of the task", LIMIT, async || {
        let spans: BTreeMap<_, _> = ring.get(TRACE).into_iter().map(|s| (s.name.clone(), s)).collect();
        spans.contains_key("task").then_some(spans)
    })
    .await;
    let task = &spans["task"];
    assert_eq!((task.parent_id.as_deref(), task.service.as_deref()), (Some(PARENT), Some("inference")));
    for child in ["fetch", "decode", "window", "upload_result"] {
        assert_eq!(spans[child].parent_id.as_ref(), Some(&task.span_id), "{child}");
    }
    let handed_on: Vec<_> = stage.files.traces().into_iter().flatten().collect();
    let expected = ["fetch", "upload_result"].map(|s| format!("00-{TRACE}-{}-01", spans[s].span_id));
    assert_eq!(handed_on, expected);
}

#[tokio::test]
async fn the_service_is_ready_once_it_is_paired_and_a_model_works() {
    // E19, R21
    let mut scheduler = FakeScheduler::start().await;
    let folder = tempfile::tempdir().unwrap();
    let admin = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ready = format!("http://{}/readyz", admin.local_addr().unwrap());
    let (stop, config) = (Stop::new(), config(&format!("http://{}", scheduler.address), folder.path()));
    let service = tokio::spawn(crate::run(config.clone(), leaves(), admin, stop.clone()));
    assert_eq!(reqwest::get(&ready).await.unwrap().status(), 503, "the scheduler has not greeted yet");
    let (mut miner, declare) = scheduler.pair().await;
    assert!(declare.miner.starts_with("miner-"), "{}", declare.miner);
    miner.holds(0).await;
    assert_eq!(reqwest::get(&ready).await.unwrap().status(), 200);

    let second = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = crate::run(config, leaves(), second, Stop::new()).await.unwrap_err();
    assert_eq!(process::exit::code_of(&refused), 64, "{refused}");

    stop.cancel();
    miner.left().await;
    service.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_as_bad_setup() {
    let folder = tempfile::tempdir().unwrap();
    let admin = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused =
        crate::run(config("not an address", folder.path()), leaves(), admin, Stop::new()).await.unwrap_err();
    assert_eq!(process::exit::code_of(&refused), 64, "{refused}");
}
