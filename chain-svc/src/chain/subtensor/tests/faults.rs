//! Nodes that die, stall, lie or change: no panic, no wrong answer, recovery without a restart.

use std::{sync::Arc, time::Duration};

use devchain::Fault;
use futures_util::StreamExt as _;
use process::clock::Clock;
use serde_json::json;
use testkit::eventually::eventually;

use super::{LIMIT, chain, node, over, weights};
use crate::chain::{
    Call, Chain, ChainError, Hash, Rules,
    conformance::rig::{NET, bob, reach},
    subtensor::{Options, Subtensor},
};

#[tokio::test]
async fn another_endpoint_takes_over_when_one_is_killed() {
    let (a, b) = (node().await, node().await);
    let chain = chain(over(&[&a, &b]));
    assert_eq!(chain.facts().await.unwrap().endpoint, a.url());
    b.advance(3).unwrap();
    let url = b.url();
    a.stop().await;
    assert_eq!(chain.snapshot(NET).await.unwrap().head.number, b.head().number);
    assert_eq!(chain.facts().await.unwrap().endpoint, url);
}

#[tokio::test]
async fn an_endpoint_that_stalls_is_left_in_time() {
    let (a, b) = (node().await, node().await);
    let chain = chain(Options { request: Duration::from_millis(1500), ..over(&[&a, &b]) });
    chain.head().await.unwrap();
    a.faults().stall(true);
    let read = tokio::time::timeout(LIMIT, chain.snapshot(NET)).await.unwrap();
    assert_eq!(read.unwrap().neurons.len(), 3);
    assert_eq!(chain.facts().await.unwrap().endpoint, b.url());
}

#[tokio::test]
async fn an_endpoint_that_answers_after_10_seconds_is_waited_for() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    chain.head().await.unwrap();
    a.faults().latency(Duration::from_secs(10));
    a.advance(1).unwrap();
    assert_eq!(chain.snapshot(NET).await.unwrap().head.number, a.head().number);
}

#[tokio::test]
async fn a_head_older_than_one_seen_before_is_not_believed() {
    let a = node().await;
    a.advance(10).unwrap();
    let chain = chain(over(&[&a]));
    let seen = chain.head().await.unwrap().number;
    a.faults().behind(5);
    let said = chain.head().await.unwrap_err();
    assert!(matches!(said, ChainError::Behind { .. }), "{said}");
    a.faults().clear();
    let back = eventually("the node to be believed again", LIMIT, async || chain.head().await.ok()).await;
    assert!(back.number >= seen);
}

#[tokio::test]
async fn a_head_whose_own_moment_is_long_past_is_not_believed() {
    let a = node().await;
    // an hour after the first block
    let clock = Clock::manual((1_789_516_200_000 + 3_600_000) * 1000).0;
    let chain = Subtensor::new(Options { max_age: Duration::from_secs(600), ..over(&[&a]) }, clock);
    let said = chain.snapshot(NET).await.unwrap_err();
    assert!(matches!(&said, ChainError::Behind { what } if what.contains(" s old")), "{said}");
}

#[tokio::test]
async fn two_endpoints_that_disagree_are_not_both_believed() {
    // the same genesis, and other blocks: the second is changed in block 1
    let (a, b) = (node().await, node().await);
    a.advance(200).unwrap();
    b.set(49, "Tempo", &json!(33)).unwrap();
    b.advance(10).unwrap();
    let chain = chain(over(&[&a, &b]));
    // a claims far more blocks than b knows, and b's block is not among them
    let read = chain.snapshot(NET).await.unwrap();
    assert_eq!((read.head.number, read.rules.tempo), (b.head().number, 33));
}

#[tokio::test]
async fn an_endpoint_that_lags_behind_does_not_discredit_one_that_leads() {
    let (a, b) = (node().await, node().await);
    a.advance(200).unwrap();
    b.advance(10).unwrap();
    let chain = chain(over(&[&a, &b]));
    assert_eq!(chain.snapshot(NET).await.unwrap().head.number, a.head().number);
}

#[tokio::test]
async fn answers_that_are_garbage_are_refused_and_the_next_ones_taken() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    let good = chain.snapshot(NET).await.unwrap();
    let zeros = format!("0x{}", "00".repeat(32));
    for (method, result) in [
        ("chain_getFinalizedHead", json!(zeros)),
        ("chain_getFinalizedHead", json!("hello")),
        ("chain_getFinalizedHead", json!(null)),
        ("chain_getHeader", json!(null)),
        ("chain_getHeader", json!({"number": "0x7f"})),
        ("state_queryStorageAt", json!([])),
        ("state_queryStorageAt", json!([{"block": zeros, "changes": []}])),
        ("state_queryStorageAt", json!([{"block": "HEAD", "changes": []}])),
        ("state_queryStorageAt", json!({"a": 1})),
        ("state_call", json!("0x")),
        ("state_call", json!("0xffffffffffffffffffff")),
        ("state_call", json!(17)),
    ] {
        a.advance(1).unwrap();
        let head = format!("0x{}", hex::encode(a.head().hash));
        let result: serde_json::Value =
            serde_json::from_str(&result.to_string().replace("HEAD", &head)).unwrap();
        a.faults().arm(Fault::Answer { method: method.to_owned(), result: result.clone() });
        match chain.snapshot(NET).await {
            // asked for again over a new connection
            Ok(read) => {
                // the price falls with every block
                let rules = Rules { burn: good.rules.burn, ..read.rules };
                assert_eq!((&read.neurons, rules), (&good.neurons, good.rules), "{method} {result}");
            }
            Err(said) => {
                assert!(said.elsewhere(), "{method} {result}: {said}");
            }
        }
        let waits = a.faults().waiting();
        assert_eq!(waits, 0, "{method} was not asked");
        let next = eventually("a good answer", LIMIT, async || chain.snapshot(NET).await.ok()).await;
        assert_eq!(next.neurons, good.neurons, "after {method} {result}");
    }
}

#[tokio::test]
async fn heads_go_on_when_the_subscription_falls_silent_and_when_the_socket_is_cut() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    let mut heads = chain.heads();
    heads.next().await.unwrap();
    a.advance(1).unwrap();
    assert_eq!(heads.next().await.unwrap().number, a.head().number);
    a.faults().drop_subscriptions();
    a.advance(1).unwrap();
    let next = tokio::time::timeout(LIMIT, heads.next()).await.unwrap().unwrap();
    assert_eq!(next.number, a.head().number);
    a.faults().cut();
    a.advance(1).unwrap();
    let next = tokio::time::timeout(LIMIT, heads.next()).await.unwrap().unwrap();
    assert_eq!(next.number, a.head().number);
}

#[tokio::test]
async fn an_endpoint_of_another_chain_is_refused_before_anything_is_signed() {
    let a = node().await;
    let pinned = Hash([7; 32]);
    let chain = chain(Options { genesis: Some(pinned), ..over(&[&a]) });
    let said = chain.prepare(&weights(), &bob()).await.unwrap_err();
    assert!(matches!(said, ChainError::WrongChain { .. }), "{said}");
    assert!(said.to_string().contains(&pinned.to_string()));
    assert_eq!(a.calls("state_call AccountNonceApi_account_nonce"), 0);
}

#[tokio::test]
async fn a_runtime_that_drops_names_is_told_with_all_of_them() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    chain.snapshot(NET).await.unwrap();
    a.faults()
        .upgrade(462, &[("WeightsSetRateLimit", "WeightsSetRateLimiu"), ("serve_axon", "serve_axom")])
        .unwrap();
    let said = chain.snapshot(NET).await.unwrap_err();
    let text = said.to_string();
    let ChainError::Names { spec: 462, missing } = said else { panic!("{text}") };
    assert_eq!(missing, ["call SubtensorModule.serve_axon", "storage SubtensorModule.WeightsSetRateLimit"]);
    assert!(text.contains("spec 462") && text.contains("newer version"), "{text}");
}

#[tokio::test]
async fn a_runtime_that_keeps_our_names_does_not_stop_us() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    let before = chain.head().await.unwrap();
    a.faults().upgrade(470, &[("add_stake_limit", "add_stake_limiu")]).unwrap();
    let after = chain.snapshot(NET).await.unwrap();
    assert_eq!((before.spec, after.head.spec), (461, 470));
    let signed = chain.prepare(&weights(), &bob()).await.unwrap();
    assert!(chain.send(&signed).await.unwrap().refused.is_none());
}

#[tokio::test]
async fn an_older_runtime_is_read_and_written_with_what_it_has() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    let newer = chain.snapshot(NET).await.unwrap();
    let gone = [
        ("get_metagraph", "get_metagrapi"),
        ("set_mechanism_weights", "set_mechanism_weightt"),
        ("commit_timelocked_mechanism_weights", "commit_timelocked_mechanism_weightt"),
        ("register_limit", "register_limiu"),
        ("SubnetEpochIndex", "SubnetEpochIndey"),
        ("MechanismCountCurrent", "MechanismCountCurrenu"),
    ];
    a.faults().upgrade(218, &gone).unwrap();
    let facts = chain.facts().await.unwrap();
    for (name, _) in gone {
        assert!(facts.lacks.iter().any(|l| l.ends_with(name)), "{name} is not among {:?}", facts.lacks);
    }
    let older = chain.snapshot(NET).await.unwrap();
    assert_eq!((older.head.spec, older.epoch, older.rules.mechanisms), (218, None, 1));
    let known = |s: &crate::chain::Snapshot| -> Vec<_> {
        s.neurons
            .iter()
            .map(|n| (n.uid, n.hotkey, n.coldkey, n.permit, n.alpha, n.axon, n.last_update))
            .collect()
    };
    assert_eq!(known(&older), known(&newer));
    let signed = chain.prepare(&weights(), &bob()).await.unwrap();
    assert_eq!(chain.send(&signed).await.unwrap().refused, None);
    assert_eq!(chain.weights(NET, 1).await.unwrap(), [(0, 65535)]);
    // the older call takes any price: the limit is held against the price of the moment before signing
    let (hotkey, alice) =
        (crate::chain::conformance::rig::stranger(), crate::chain::conformance::rig::alice());
    let burn = chain.registration(49, &hotkey).await.unwrap().burn;
    let dear = Call::Register { netuid: 49, hotkey, limit: burn / 2 };
    let said = chain.prepare(&dear, &alice).await.unwrap_err();
    assert!(matches!(&said, ChainError::Refused(r) if r.name == "RegistrationPriceLimitExceeded"), "{said}");
    let call = Call::Register { netuid: 49, hotkey, limit: burn };
    let signed = chain.prepare(&call, &alice).await.unwrap();
    assert_eq!(chain.send(&signed).await.unwrap().refused, None);
    assert_eq!(chain.snapshot(NET).await.unwrap().neurons.len(), 4);
}

#[tokio::test]
async fn an_address_over_tls_that_nobody_answers_is_away_and_no_panic() {
    let chain = chain(reach(vec!["wss://127.0.0.1:1".into()]));
    let said = chain.head().await.unwrap_err();
    assert!(matches!(said, ChainError::Away { .. }), "{said}");
    let _ = Arc::new(chain);
}
