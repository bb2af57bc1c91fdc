//! The stack on a pretend chain: what people see of it, and what becomes of a transaction when chain-svc dies.

use std::{path::Path, time::Duration};

use process::clock::Clock;
use proto::pb::{SetWeightsReply, SetWeightsRequest, set_weights_request::Weight};
use testkit::eventually::eventually;
use tests::{Cluster, Program, program};
use violet::{
    chain::ChainService,
    stack::{Crew, Pretend},
};

const LIMIT: Duration = Duration::from_secs(60);
/// Under this name devchain counts the transactions that arrived.
const SUBMIT: &str = "author_submitAndWatchExtrinsic";

fn ask(round: &str, weights: &[(u32, f64)]) -> SetWeightsRequest {
    let weights = weights.iter().map(|(uid, weight)| Weight { uid: *uid, weight: *weight });
    SetWeightsRequest { round: round.to_owned(), weights: weights.collect(), version_key: 0 }
}

fn stored(set: &SetWeightsReply) -> Vec<(u32, u32)> {
    set.stored.iter().map(|s| (s.uid, s.value)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_on_a_pretend_chain_serves_the_metagraph_and_sets_weights_once() {
    let cluster = Cluster::on_a_pretend_chain().await;
    let part = cluster.stack.chain.as_ref().unwrap();
    let service = ChainService::at(&format!("http://{}", part.service)).unwrap();
    let read = eventually("the metagraph", LIMIT, async || service.snapshot().await.ok()).await;
    let pretend = part.pretend.as_ref().unwrap();
    let head = read.head.clone().unwrap();
    assert!(head.number > 0 && head.hash.len() == 66 && head.stale.is_empty(), "{head:?}");
    assert_eq!((read.netuid, read.uid), (49, Some(1)));
    for neuron in pretend.neurons() {
        let told = &read.neurons[usize::from(neuron.uid)];
        assert_eq!((told.hotkey.as_str(), told.permit), (&*neuron.hotkey.to_string(), neuron.uid == 1));
    }
    let before = pretend.node().calls(SUBMIT);
    let set = service.set_weights(ask("first", &[(2, 1.0), (3, 4.0)])).await.unwrap();
    assert_eq!(stored(&set), [(2, 16384), (3, 65535)]);
    // read from the chain itself, by another reader than the service
    let chain = chain_svc::connect(pretend.config(), Clock::system()).unwrap();
    let subnet = chain_svc::chain::Subnet { netuid: 49, mecid: 0 };
    let held = chain_svc::chain::Chain::weights(&chain, subnet, 1).await.unwrap();
    assert_eq!(held, [(2, 16384), (3, 65535)]);
    assert!(service.set_weights(ask("first", &[(2, 1.0), (3, 4.0)])).await.unwrap().replayed);
    let soon = service.set_weights(ask("second", &[(2, 1.0)])).await.unwrap_err().to_string();
    assert!(soon.contains("SettingWeightsTooFast") && soon.contains("block"), "{soon}");
    assert_eq!(pretend.node().calls(SUBMIT) - before, 1, "one intention is one transaction");
    cluster.stop().await;
}

/// chain-svc as a program of its own on `pretend`, with a journal in `data`.
fn start(pretend: &Pretend, data: &Path, port: u16) -> Program {
    let wallet = &pretend.config().wallet;
    let (url, listen) = (pretend.url(), format!("127.0.0.1:{port}"));
    let env = [
        ("CHAIN_SVC__LISTEN", listen.as_str()),
        ("CHAIN_SVC__DATA", data.to_str().unwrap()),
        ("CHAIN_SVC__SUBTENSOR__MAX_AGE", "0s"),
        ("BT_NETUID", "49"),
        ("BT_WALLET_PATH", &wallet.path),
        ("BT_WALLET_NAME", &wallet.name),
    ];
    Program::start("chain-svc", &["--subtensor.network", &url, "--wallet.hotkey", &wallet.hotkey], &env)
}

#[tokio::test(flavor = "multi_thread")]
async fn chain_svc_killed_between_sending_and_hearing_of_it_sends_once() {
    let folder = tempfile::tempdir().unwrap();
    let pretend =
        Pretend::start(&folder.path().join("devchain"), Crew { miners: 2, validators: 1 }, &Clock::system())
            .await
            .unwrap();
    let port = program::free_port();
    let data = folder.path().join("journal");
    let mut first = start(&pretend, &data, port);
    let service = ChainService::at(&format!("http://127.0.0.1:{port}")).unwrap();
    eventually("the subnet to be read", LIMIT, async || service.snapshot().await.ok()).await;
    let before = pretend.node().calls(SUBMIT);
    let asked = service.clone();
    let call = tokio::spawn(async move { asked.set_weights(ask("r", &[(2, 3.0), (3, 1.0)])).await });
    let sent = async || (pretend.node().calls(SUBMIT) > before).then_some(());
    eventually("the transaction to arrive", LIMIT, sent).await;
    first.kill();
    assert!(call.await.unwrap().is_err(), "the one who answers was killed");

    let mut second = start(&pretend, &data, port);
    eventually("the subnet to be read again", LIMIT, async || service.snapshot().await.ok()).await;
    let set = service.set_weights(ask("r", &[(2, 3.0), (3, 1.0)])).await.unwrap();
    assert!(set.replayed, "what the first process sent is the outcome");
    assert_eq!(stored(&set), [(2, 65535), (3, 21845)]);
    assert_eq!(pretend.node().calls(SUBMIT) - before, 1);
    let told = service.submissions(10).await.unwrap();
    assert_eq!((told.len(), told[0].outcome.as_str()), (1, "done"));
    second.stop().await;
    pretend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_sees_weights_being_set() {
    tests::cluster::prepared().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let violet = async |args: &[&str]| {
        let output = tokio::process::Command::new(program::path("violet"))
            .args(args)
            .args(["--data-dir", data.to_str().unwrap()])
            .output()
            .await
            .unwrap();
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (code, said) = violet(&["up", "--detach", "--http-port", "0", "--chain", "dev"]).await;
    assert_eq!(code, Some(0), "{said}");
    let said = std::fs::read_to_string(data.join("logs/up.out")).unwrap();
    for part in [
        "devchain     ws://127.0.0.1:",
        "a pretend chain",
        "chain-svc    127.0.0.1:",
        "uid 1, validator",
        "violet weights set",
    ] {
        assert!(said.contains(part), "\"{part}\" is missing in: {said}");
    }

    let (code, said) = violet(&["weights", "set", "2=1", "3=3", "--round", "by-hand"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("uid 2 25.0 %, uid 3 75.0 %"), "{said}");
    let (code, said) = violet(&["weights", "show", "--json"]).await;
    assert_eq!(code, Some(0), "{said}");
    let shown: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        shown["weights"],
        serde_json::json!([{ "uid": 2, "value": 21845 }, { "uid": 3, "value": 65535 }])
    );
    assert_eq!(shown["submissions"][0]["outcome"], "done");
    let (code, said) = violet(&["weights", "set", "2=1"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("possible again from block"), "{said}");

    let (code, said) = violet(&["status"]).await;
    assert_eq!(code, Some(0), "{said}");
    for part in
        ["chain     dev ws://127.0.0.1:", "subnet 49, 4 neurons", "fresh", "epoch ", "uid 1, validator"]
    {
        assert!(said.contains(part), "\"{part}\" is missing in: {said}");
    }
    let wallets = data.join("devchain/wallets");
    let keys =
        ["--wallet.path", wallets.to_str().unwrap(), "--wallet.name", "demo", "--wallet.hotkey", "miner-2"];
    let (_, said) = violet(&[&["doctor", "--chain", "dev"], &keys[..]].concat()).await;
    for part in
        ["demo, hotkey miner-2", "spec 461", "every name that is used is there", "49: the hotkey is uid 3"]
    {
        assert!(said.contains(part), "\"{part}\" is missing in: {said}");
    }
    let (code, said) = violet(&["down"]).await;
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = violet(&["weights", "show"]).await;
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("violet up --chain dev"), "{said}");
}
