//! Miners of a subnet: who pairs with a scheduler, and who does not.

use std::{path::Path, sync::Arc, time::Duration};

use btauth::{
    Account, Keypair, Request, Signer,
    grpc::{Signing, signed},
    keyfile,
};
use domain::{TaskKind, Timestamp};
use inference::{
    Leaves,
    engine::{Engine as _, echo::EchoEngine},
};
use process::{Stop, clock::Clock, grpc::wire};
use proto::{
    client::{Nonce, NoncesClient, SchedulerClient, Spent},
    pb::{self, scheduler_client::SchedulerClient as Pairing},
};
use testkit::eventually::eventually;
use tests::{Cluster, Program};
use tokio::{net::TcpListener, sync::watch};
use tonic::{Code, Status};
use violet::{
    chain::ChainService,
    stack::{Crew, Models, Pretend},
};

const LIMIT: Duration = Duration::from_secs(60);
const PAIR: &str = "/violet.v1.Scheduler/Pair";

/// Nanoseconds since the Unix epoch.
fn now() -> u64 {
    u64::try_from(Clock::system().micros()).unwrap() * 1_000
}

/// A hotkey of the pretend chain's wallets.
fn hotkey(wallets: &Path, name: &str) -> Keypair {
    keyfile::read(&keyfile::path(wallets, "demo", name).unwrap()).unwrap()
}

/// Opens a pairing whose only word is its signature.
async fn open(scheduler: &str, headers: &[(&'static str, String)]) -> Result<(), Status> {
    let mut request = tonic::Request::new(tokio_stream::empty::<pb::MinerMessage>());
    for (name, value) in headers {
        request.metadata_mut().insert(*name, value.parse().unwrap());
    }
    Pairing::new(wire(scheduler).unwrap()).pair(request).await.map(drop)
}

/// Pairs by the way of a miner, with nothing to say.
async fn pair(scheduler: &str, key: Keypair, receiver: Account) -> Result<(), Status> {
    let signing = Signing { signer: Signer::new(key, 7), receiver, now: Arc::new(now) };
    let wire = signed(wire(scheduler).unwrap(), Arc::new(signing));
    Pairing::new(wire).pair(tokio_stream::empty::<pb::MinerMessage>()).await.map(drop)
}

#[track_caller]
fn refused(outcome: Result<(), Status>, code: Code, sentence: &str) {
    let status = outcome.expect_err("it is refused");
    assert_eq!((status.code(), status.message()), (code, sentence));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_miner_works_and_nobody_else_pairs() {
    // S13
    let folder = tempfile::tempdir().unwrap();
    let chain_folder = folder.path().join("devchain");
    let pretend =
        Pretend::start(&chain_folder, Crew { miners: 2, validators: 1 }, &Clock::system()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let chain = format!("http://{}", listener.local_addr().unwrap());
    let stop = Stop::new();
    let chain_svc =
        tokio::spawn(chain_svc::run(pretend.config().clone(), listener, Clock::system(), stop.clone()));
    let reader = ChainService::at(&chain).unwrap();
    eventually("the subnet to be read", LIMIT, async || reader.snapshot().await.ok()).await;

    let [operator, miner] = ["validator", "miner-1"]
        .map(|name| pretend.neurons().iter().find(|n| n.name == name).cloned().unwrap());
    let wallets = chain_folder.join("wallets");
    let engine = Arc::new(EchoEngine::new());
    let (_, capabilities) = watch::channel(engine.capabilities());
    let models = Models::Given(Box::new(Leaves { engine, capabilities, ffmpeg: None }));
    let receiver = operator.hotkey.to_string();
    let settings = [
        ("SCHEDULER__AUTH__MINERS", "registered"),
        ("SCHEDULER__AUTH__CHAIN", chain.as_str()),
        ("INFERENCE__SCHEDULER_HOTKEY", receiver.as_str()),
        ("INFERENCE__WALLET__PATH", wallets.to_str().unwrap()),
        ("INFERENCE__WALLET__NAME", "demo"),
        ("INFERENCE__WALLET__HOTKEY", miner.name.as_str()),
    ];
    let cluster = Cluster::start(models, &settings).await;
    let scheduler = format!("http://{}", cluster.stack.scheduler);
    let paired = SchedulerClient::new(wire(&scheduler).unwrap()).miners().await.unwrap();
    assert_eq!(paired.len(), 1);
    assert_eq!(paired[0].miner.as_str(), miner.uid.to_string(), "it is known by its place on the subnet");
    let fields = [("text", "One dog."), ("source_language", "en"), ("target_language", "fr")];
    let done = cluster.work(TaskKind::TextTranslation, &fields).await;
    assert!(done.to_string().contains("[fr] One dog."), "{done}");

    let strange = Keypair::from_seed(&[3; 32]);
    let outcome = pair(&scheduler, strange, operator.hotkey).await;
    refused(outcome, Code::PermissionDenied, "the hotkey is not registered on this subnet");
    let other = || hotkey(&wallets, "miner-2");
    let outcome = pair(&scheduler, other(), miner.hotkey).await;
    let said = format!("the request was signed for another receiver than {}", operator.hotkey);
    refused(outcome, Code::Unauthenticated, &said);
    let outcome = open(&scheduler, &[]).await;
    refused(outcome, Code::Unauthenticated, "the header x-bittensor-version is missing");
    let headers = Request::new("POST", PAIR, b"").unwrap().sign(&other(), operator.hotkey, now()).write();
    open(&scheduler, &headers).await.unwrap();
    refused(open(&scheduler, &headers).await, Code::Unauthenticated, "the nonce was used before");

    let paired = SchedulerClient::new(wire(&scheduler).unwrap()).miners().await.unwrap();
    assert_eq!(paired.len(), 1, "the miner of this stack alone");
    cluster.stop().await;
    stop.cancel();
    chain_svc.await.unwrap().unwrap();
    pretend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_nonce_is_remembered_when_storage_was_killed() {
    // S13
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let env = [
        ("STORAGE_SVC__LISTEN", listen.as_str()),
        ("STORAGE_SVC__DATA_DIR", folder.path().to_str().unwrap()),
    ];
    let nonces = NoncesClient::new(wire(&format!("http://{listen}")).unwrap());
    let expires = Timestamp::from_micros(Clock::system().micros()) + Duration::from_secs(12);
    let nonce = |number| Nonce { hotkey: [7; 32], number };
    let mut storage = Program::start("storage-svc", &[], &env);
    let spend = async |number| nonces.spend(nonce(number), expires).await.ok();
    // a call that failed may have spent its nonce: each try has its own
    let mut number = 0;
    let first = eventually("storage to answer", LIMIT, async || {
        number += 1;
        spend(number).await
    });
    assert_eq!(first.await, Spent::Fresh);
    storage.kill();
    let mut storage = Program::start("storage-svc", &[], &env);
    let again = eventually("storage to answer again", LIMIT, async || spend(number).await).await;
    assert_eq!(again, Spent::Seen, "acknowledged before the kill");
    assert_eq!(spend(number + 1_000).await, Some(Spent::Fresh));
    storage.terminate();
    assert!(storage.end().await.success(), "{}", storage.said());
}
