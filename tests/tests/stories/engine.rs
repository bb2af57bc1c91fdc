//! The real models behind the real server keep the promises of the seam.

use std::time::Duration;

use inference::{
    engine::{canary, conformance, triton::TritonEngine},
    sidecar::{Load, Local, Options, Server, Service, Timing},
};
use process::Stop;
use tests::cluster::prepared;

#[tokio::test(flavor = "multi_thread")]
async fn the_real_models_keep_every_promise_of_an_engine() {
    let folder = tempfile::tempdir().unwrap();
    let (prepared, stop) = (prepared().await, Stop::new());
    let (runtime, cards) = (prepared.runtime, prepared.cards);
    let (service, handle) = Service::new(Options {
        server: Server::Local(Local {
            runtime,
            folder: folder.path().join("triton"),
            profile: "cpu".to_owned(),
            trace_rate: 100,
            random: process::id::random,
        }),
        models: canary::serving(&cards),
        load: Load::Start,
        spans: None,
        timing: Timing::default(),
    });
    let supervisor = tokio::spawn(service.run(stop.clone()));
    for model in canary::serving(&cards) {
        let ready = tokio::time::timeout(Duration::from_secs(120), handle.ready(model.name, 0)).await;
        ready.expect("in time").unwrap_or_else(|e| panic!("{}: {e}", model.name));
    }
    conformance::all(&TritonEngine::new(handle, "cpu", cards)).await;
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(30), supervisor)
        .await
        .expect("the sidecar stops in time")
        .unwrap();
}
