//! The whole service over gRPC, on a development chain.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use process::{Stop, clock::Clock, grpc::wire};
use proto::pb::{self, chain_client::ChainClient};
use testkit::eventually::eventually;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::Code;

use crate::{
    Config, Leaves,
    chain::{
        Keypair,
        conformance::rig::{self, OverRpc, Rig, bob, charlie},
    },
};

const LIMIT: Duration = Duration::from_secs(20);

struct Service {
    client: ChainClient<process::grpc::Wire>,
    rig: OverRpc,
    stop: Stop,
    running: JoinHandle<anyhow::Result<()>>,
    _data: tempfile::TempDir,
}

async fn service(key: Keypair, axon: Option<&str>) -> Service {
    let (rig, data) = (rig::devchain().await, tempfile::tempdir().unwrap());
    let mut config: Config =
        process::config::load("chain-svc", crate::DEFAULT, None, std::iter::empty()).unwrap();
    config.data = data.path().to_owned();
    config.stale_after = Duration::from_millis(500);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = ChainClient::new(wire(&format!("http://{}", listener.local_addr().unwrap())).unwrap());
    let stop = Stop::new();
    let leaves = Leaves { chain: rig.chain(), key, axon: axon.map(|a| a.parse().unwrap()) };
    let clock = Clock::manual(1_000_000).0;
    let running = tokio::spawn(crate::serve(config, leaves, listener, clock, stop.clone()));
    let service = Service { client, rig, stop, running, _data: data };
    eventually("the subnet to be read", LIMIT, async || service.read().await).await;
    service
}

impl Service {
    async fn read(&self) -> Option<pb::SubnetSnapshot> {
        Some(self.client.clone().snapshot(pb::SnapshotRequest {}).await.ok()?.into_inner())
    }

    async fn end(self) {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_subnet_is_served_with_its_block_and_marked_stale_while_the_chain_is_away() {
    let service = service(bob(), None).await;
    let read = service.read().await.unwrap();
    let head = read.head.unwrap();
    assert_eq!((read.netuid, read.neurons.len(), read.uid), (49, 3, Some(1)));
    assert_eq!((head.spec, head.stale.as_str()), (461, ""));
    assert_eq!(read.hotkey, bob().account().to_string());
    assert!(read.neurons[1].permit && read.neurons[1].alpha == 1_000_000_000_000);
    assert!(read.epoch.unwrap().next > head.number);
    let mut heads = service.client.clone().heads(pb::HeadsRequest {}).await.unwrap().into_inner();
    let first = heads.next().await.unwrap().unwrap();
    service.rig.advance(1);
    let told = async {
        loop {
            let next = heads.next().await.unwrap().unwrap();
            if next.number > first.number {
                return;
            }
        }
    };
    tokio::time::timeout(LIMIT, told).await.unwrap();
    service.rig.answers(false);
    let stale =
        async || service.read().await.filter(|s| s.head.as_ref().is_some_and(|h| !h.stale.is_empty()));
    let stale = eventually("the reading to be stale", LIMIT, stale).await;
    assert_eq!(stale.neurons, read.neurons);
    service.end().await;
}

#[tokio::test]
async fn weights_are_set_over_grpc_and_a_refusal_carries_the_block() {
    let service = service(bob(), None).await;
    let mut client = service.client.clone();
    let ask = |round: &str| pb::SetWeightsRequest {
        round: round.to_owned(),
        weights: [(0, 0.25), (2, 1.0)]
            .map(|(uid, weight)| pb::set_weights_request::Weight { uid, weight })
            .to_vec(),
        version_key: 0,
    };
    let set = client.set_weights(ask("r1")).await.unwrap().into_inner();
    let stored: Vec<_> = set.stored.iter().map(|s| (s.uid, s.value)).collect();
    assert_eq!(stored, [(0, 16384), (2, 65535)]);
    let number = set.transaction.unwrap().number;
    assert!(client.set_weights(ask("r1")).await.unwrap().into_inner().replayed);
    let said = client.set_weights(ask("r2")).await.unwrap_err();
    assert_eq!(said.code(), Code::ResourceExhausted);
    assert!(said.message().contains(&format!("block {}", number + 10)), "{}", said.message());
    let bad = client.set_weights(ask("")).await.unwrap_err();
    assert_eq!(bad.code(), Code::InvalidArgument);
    let listed =
        client.submissions(pb::SubmissionsRequest { most: 0 }).await.unwrap().into_inner().submissions;
    assert_eq!((listed.len(), listed[0].outcome.as_str(), listed[0].number), (1, "done", number));
    assert!(listed[0].intended.contains("16384"), "{}", listed[0].intended);
    service.end().await;
}

#[tokio::test]
async fn the_configured_axon_is_announced_and_can_be_taken_back() {
    let service = service(charlie(), Some("10.0.0.7:8091")).await;
    let announced = async || {
        service.rig.advance(1);
        let axon = service.read().await?.neurons.remove(2).axon?;
        (axon.address == "10.0.0.7:8091").then_some(axon)
    };
    eventually("the axon to be announced", LIMIT, announced).await;
    let mut client = service.client.clone();
    let same = client.serve_axon(pb::ServeAxonRequest { address: "10.0.0.7:8091".into() }).await.unwrap();
    assert_eq!(same.into_inner().transaction, None);
    let said = client.serve_axon(pb::ServeAxonRequest { address: "here".into() }).await.unwrap_err();
    assert_eq!(said.code(), Code::InvalidArgument);
    service.end().await;
}

#[tokio::test]
async fn registration_and_price_are_told() {
    let service = service(bob(), None).await;
    let mut client = service.client.clone();
    let own = client.registration(pb::RegistrationRequest::default()).await.unwrap().into_inner();
    assert_eq!((own.uid, own.hotkey), (Some(1), bob().account().to_string()));
    let hotkey = rig::stranger().to_string();
    let other = client.registration(pb::RegistrationRequest { hotkey }).await.unwrap().into_inner();
    assert!(other.uid.is_none() && other.allowed && other.burn > 0);
    let said = client.registration(pb::RegistrationRequest { hotkey: "5Grw".into() }).await.unwrap_err();
    assert_eq!(said.code(), Code::InvalidArgument);
    service.end().await;
}

#[tokio::test]
async fn a_request_to_another_party_is_signed_so_that_it_can_be_verified() {
    let service = service(bob(), None).await;
    let mut client = service.client.clone();
    let ask = pb::SignRequestRequest {
        method: "POST".into(),
        target: "/generate?stream=false".into(),
        body_sha256: vec![7; 32],
        receiver: charlie().account().to_string(),
    };
    let signed = client.sign_request(ask.clone()).await.unwrap().into_inner().headers;
    let pairs: Vec<_> = signed.iter().map(|h| (h.name.as_str(), h.value.as_bytes())).collect();
    let headers = btauth::Headers::read(pairs).unwrap();
    let request = btauth::Request::hashed("POST", "/generate?stream=false", [7; 32]).unwrap();
    let _copies_pass = btauth::prove(&headers, &request, charlie().account(), headers.nonce).unwrap();
    assert_eq!(headers.hotkey, bob().account());
    let short = pb::SignRequestRequest { body_sha256: vec![7; 31], ..ask };
    assert_eq!(client.sign_request(short).await.unwrap_err().code(), Code::InvalidArgument);
    service.end().await;
}

#[tokio::test]
async fn a_receipt_is_countersigned_by_the_hotkey_of_the_service() {
    let service = service(bob(), None).await;
    let mut client = service.client.clone();
    let ask = pb::SignReceiptRequest { receipt_sha256: vec![7; 32], miner_signature: vec![8; 64] };
    let signature = client.sign_receipt(ask.clone()).await.unwrap().into_inner().signature;
    let message = domain::receipt::message(&domain::Sha256([7; 32]), &domain::receipt::Signature([8; 64]));
    let signature = btauth::Signature(signature.try_into().unwrap());
    assert!(bob().account().verify(&message, &signature));
    for bad in [
        pb::SignReceiptRequest { receipt_sha256: vec![7; 31], ..ask.clone() },
        pb::SignReceiptRequest { miner_signature: Vec::new(), ..ask },
    ] {
        assert_eq!(client.sign_receipt(bad).await.unwrap_err().code(), Code::InvalidArgument);
    }
    service.end().await;
}

#[tokio::test]
async fn two_processes_of_one_hotkey_and_folder_do_not_start() {
    let (rig, data) = (rig::devchain().await, tempfile::tempdir().unwrap());
    let mut config: Config =
        process::config::load("chain-svc", crate::DEFAULT, None, std::iter::empty()).unwrap();
    config.data = data.path().to_owned();
    let _held =
        crate::submit::Journal::open(&data.path().join(format!("{}.journal", bob().account()))).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let leaves = Leaves { chain: rig.chain() as Arc<_>, key: bob(), axon: None };
    let ended = crate::serve(config, leaves, listener, Clock::manual(0).0, Stop::new()).await.unwrap_err();
    assert_eq!(process::exit::code_of(&ended), 64, "{ended}");
    assert!(ended.to_string().contains("another process"), "{ended}");
}

#[test]
fn a_missing_hotkey_is_told_with_its_path() {
    let mut config: Config =
        process::config::load("chain-svc", crate::DEFAULT, None, std::iter::empty()).unwrap();
    config.wallet.path = "/nowhere".to_owned();
    let said = config.wallet.hotkey().unwrap_err().to_string();
    assert!(said.contains("/nowhere/default/hotkeys/default"), "{said}");
}

#[test]
fn a_hotkey_that_can_not_be_opened_is_told_with_its_path_and_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    let mut config: Config =
        process::config::load("chain-svc", crate::DEFAULT, None, std::iter::empty()).unwrap();
    config.wallet.path = folder.path().display().to_string();
    let file = config.wallet.wallet().unwrap().hotkey_path();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, [&b"$NACL"[..], &[7; 64]].concat()).unwrap();
    let said = config.wallet.hotkey().unwrap_err().to_string();
    assert!(said.contains("hotkeys/default") && said.contains("it is encrypted"), "{said}");
}
