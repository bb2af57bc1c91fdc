//! JSON-RPC over a socket: what every method answers, and that malformed parameters get an error.

use parity_scale_codec::Decode;
use serde_json::{Value as Json, json};

use super::kit_socket::{Net, kind, next};
use crate::keys::to_ss58;
use crate::metadata::Runtime;
use crate::setting::Options;
use crate::tests::kit::account;

/// Every method but the subscriptions, with parameters that are answered.
fn questions(hash: &Json, xt: &str) -> Vec<(&'static str, Json)> {
    let key = "0x658faa385070e074c85bf6b568cf05557641384bb339f3758acddfd7053d33170100"; // Tempo of subnet 1
    let alice = to_ss58(&account("//Alice"));
    vec![
        ("rpc_methods", json!([])),
        ("chain_getBlockHash", json!([0])),
        ("chain_getHead", json!([])),
        ("chain_getFinalizedHead", json!([])),
        ("chain_getHeader", json!([hash])),
        ("chain_getBlock", json!([hash])),
        ("state_getStorage", json!([key, hash])),
        ("state_getStorageAt", json!([key, hash])),
        ("state_getKeysPaged", json!(["0x", 10, null, hash])),
        ("state_queryStorageAt", json!([[key], hash])),
        ("state_getMetadata", json!([hash])),
        ("state_getRuntimeVersion", json!([hash])),
        ("state_call", json!(["Core_version", "0x", hash])),
        ("system_accountNextIndex", json!([alice])),
        ("account_nextIndex", json!([alice])),
        ("system_chain", json!([])),
        ("system_name", json!([])),
        ("system_version", json!([])),
        ("system_properties", json!([])),
        ("system_health", json!([])),
        ("payment_queryInfo", json!([xt])),
        ("author_pendingExtrinsics", json!([])),
        ("author_submitExtrinsic", json!([xt])),
        ("dev_makeBlock", json!([])),
        ("dev_advance", json!([2])),
        ("dev_setStorage", json!(["SubtensorModule", "Tempo", [1], 50])),
        ("dev_setBalance", json!([alice, 5])),
        ("dev_setPermit", json!([1, 0, true])),
        ("dev_setStake", json!([1, alice, 5])),
        ("dev_deregister", json!([1, "//Alice//default"])),
        ("dev_setSignature", json!([1000, "0x00"])),
        ("dev_calls", json!([])),
        ("dev_fault", json!([{"fault": "refuse", "reason": "x"}])),
        ("dev_clearFaults", json!([])),
        ("dev_holdFinality", json!([false])),
        ("dev_behind", json!([0])),
        ("dev_upgrade", json!([462, [["BurnHalfLife", "BurnHalfTime"]]])),
        ("dev_dropSubscriptions", json!([])),
    ]
}

#[tokio::test]
async fn every_method_is_answered_and_listed_and_none_of_a_newer_api_is() {
    let net = Net::start(Options::default()).await;
    let hash = net.get("chain_getHead", json!([])).await;
    let xt = net.remark().await;
    let listed = net.get("rpc_methods", json!([])).await;
    let listed: Vec<&str> =
        listed["methods"].as_array().unwrap().iter().map(|m| m.as_str().unwrap()).collect();
    for (method, params) in questions(&hash, &xt) {
        assert!(listed.contains(&method), "{method} is not listed");
        net.get(method, params).await;
    }
    assert!(!listed.iter().any(|m| m.starts_with("archive_v1_") || m.starts_with("chainHead_v1_")));
    assert_eq!(net.get("system_chain", json!([])).await, "devchain");
}

#[tokio::test]
async fn malformed_parameters_of_any_method_get_an_error_or_an_answer_and_never_end_the_server() {
    let net = Net::start(Options::default()).await;
    let hash = net.get("chain_getHead", json!([])).await;
    let xt = net.remark().await;
    let wild = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("0x"),
        json!("0xz"),
        json!("0x0"),
        json!("//"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"fault": 1}),
        json!("\u{0}"),
    ];
    let mut refused = 0;
    for (method, params) in questions(&hash, &xt) {
        let params = params.as_array().unwrap();
        for at in 0..=params.len() {
            for w in &wild {
                let mut tried = params.clone();
                tried.truncate(at);
                tried.push(w.clone());
                refused += usize::from(net.ask(method, Json::Array(tried)).await.is_err());
            }
        }
        assert_eq!(net.get("system_chain", json!([])).await, "devchain", "after {method}");
    }
    assert!(refused > 300, "{refused} refusals");
}

#[tokio::test]
async fn malformed_submissions_are_refused_and_the_chain_goes_on() {
    let net = Net::start(Options::default()).await;
    for xt in
        [json!(null), json!(7), json!(""), json!("0x"), json!("0x00"), json!("0xffffffff"), json!("0x0484")]
    {
        assert!(net.ask("author_submitExtrinsic", json!([xt])).await.is_err(), "{xt}");
        assert!(net.watch(xt.as_str().unwrap_or("7")).await.is_err(), "{xt}");
    }
    assert!(net.watch(&net.remark().await).await.is_ok());
}

#[tokio::test]
async fn an_unknown_method_is_named_in_an_error() {
    let net = Net::start(Options::default()).await;
    assert_eq!(net.error("archive_v1_header", json!([])).await.0, -32601);
}

#[tokio::test]
async fn an_unknown_block_is_null_for_its_header_and_an_error_for_its_storage() {
    let net = Net::start(Options::default()).await;
    let hash = json!(format!("0x{}", "7".repeat(64)));
    assert_eq!(net.get("chain_getHeader", json!([hash])).await, Json::Null);
    assert_eq!(net.get("chain_getBlock", json!([hash])).await, Json::Null);
    assert_eq!(net.get("chain_getBlockHash", json!([1000])).await, Json::Null);
    let (code, text) = net.error("state_getStorage", json!(["0x00", hash])).await;
    assert_eq!(code, 4003);
    assert!(text.contains("UnknownBlock"), "{text}");
}

#[tokio::test]
async fn storage_older_than_256_blocks_is_gone_but_that_of_the_first_block_stays() {
    let net = Net::start(Options::default()).await;
    let genesis = net.get("chain_getBlockHash", json!([0])).await;
    net.chain.advance(257).unwrap();
    let old = net.get("chain_getBlockHash", json!([1])).await;
    let kept = net.get("chain_getBlockHash", json!([2])).await;
    let (_, text) = net.error("state_getStorage", json!(["0x00", old])).await;
    assert!(text.contains("State already discarded"), "{text}");
    for hash in [genesis, kept] {
        net.get("state_getStorage", json!(["0x00", hash])).await;
    }
    assert!(net.get("chain_getHeader", json!([old])).await.is_object());
}

#[tokio::test]
async fn the_metadata_is_the_recording_by_every_way_to_ask() {
    let net = Net::start(Options::default()).await;
    let raw = &Runtime::recorded().unwrap().raw;
    let bytes = |answer: Json| hex::decode(&answer.as_str().unwrap()[2..]).unwrap();
    assert_eq!(bytes(net.get("state_getMetadata", json!([])).await), *raw);
    let opaque = bytes(net.get("state_call", json!(["Metadata_metadata", "0x"])).await);
    assert_eq!(Vec::<u8>::decode(&mut &opaque[..]).unwrap(), *raw);
    let versions = bytes(net.get("state_call", json!(["Metadata_metadata_versions", "0x"])).await);
    assert_eq!(Vec::<u32>::decode(&mut &versions[..]).unwrap(), [15]);
    let at = bytes(net.get("state_call", json!(["Metadata_metadata_at_version", "0x0f000000"])).await);
    assert_eq!(Option::<Vec<u8>>::decode(&mut &at[..]).unwrap().as_ref(), Some(raw));
    let other = bytes(net.get("state_call", json!(["Metadata_metadata_at_version", "0x10000000"])).await);
    assert_eq!(other, [0], "no other version is served");
}

#[tokio::test]
async fn a_runtime_api_that_is_not_answered_is_named_in_an_error() {
    let net = Net::start(Options::default()).await;
    let (_, text) = net.error("state_call", json!(["StakeInfoRuntimeApi_get_stake_info", "0x"])).await;
    assert!(text.contains("StakeInfoRuntimeApi_get_stake_info"), "{text}");
    let (_, text) = net.error("state_call", json!(["AccountNonceApi_account_nonce", "0x00"])).await;
    assert!(text.contains("argument"), "{text}");
}

#[tokio::test]
async fn keys_come_in_pages_that_follow_each_other() {
    let net = Net::start(Options::default()).await;
    let prefix = "0x658faa385070e074c85bf6b568cf05550e30450fc4d507a846032a7fa65d9a43"; // NetworksAdded
    let (mut all, mut start) = (vec![], Json::Null);
    loop {
        let page = net.get("state_getKeysPaged", json!([prefix, 3, start])).await;
        let page = page.as_array().unwrap().clone();
        let Some(last) = page.last() else { break };
        start = last.clone();
        all.extend(page);
    }
    let nets: Vec<&str> = all.iter().map(|k| &k.as_str().unwrap()[66..]).collect();
    assert_eq!(nets, ["0000", "0100", "3100", "a801"]); // 0, 1, 49, 424
    assert_eq!(net.error("state_getKeysPaged", json!([prefix, 1001])).await.0, 4002);
}

#[tokio::test]
async fn a_watched_transaction_is_ready_then_in_a_block_then_final_and_its_block_holds_it() {
    let net = Net::start(Options::default()).await;
    let xt = net.remark().await;
    let mut statuses = net.watch(&xt).await.unwrap();
    assert_eq!(next(&mut statuses).await, json!("ready"));
    let in_block = next(&mut statuses).await;
    let hash = in_block["inBlock"].clone();
    assert_eq!(next(&mut statuses).await, json!({"finalized": hash}));
    let block = net.get("chain_getBlock", json!([hash])).await;
    assert_eq!(block["block"]["extrinsics"][1], xt);
    assert_eq!(net.get("chain_getFinalizedHead", json!([])).await, hash);
}

#[tokio::test]
async fn heads_are_told_in_order_each_with_its_parent() {
    let net = Net::start(Options::default()).await;
    let mut heads = net.follow("FinalizedHeads").await;
    let mut parent = next(&mut heads).await;
    net.chain.advance(3).unwrap();
    for _ in 0..3 {
        let head = next(&mut heads).await;
        let number = |h: &Json| u64::from_str_radix(&h["number"].as_str().unwrap()[2..], 16).unwrap();
        assert_eq!(number(&head), number(&parent) + 1);
        assert_eq!(net.get("chain_getHeader", json!([head["parentHash"]])).await, parent);
        parent = head;
    }
}

#[tokio::test]
async fn in_manual_mode_a_transaction_waits_until_a_block_is_made() {
    let net = Net::start(Options::manual()).await;
    let mut statuses = net.watch(&net.remark().await).await.unwrap();
    assert_eq!(next(&mut statuses).await, json!("ready"));
    assert_eq!((net.chain.pending(), net.chain.head().number), (1, 0));
    assert_eq!(net.get("author_pendingExtrinsics", json!([])).await.as_array().unwrap().len(), 1);
    net.chain.make_block().unwrap();
    assert_eq!(kind(&next(&mut statuses).await), "inBlock");
}

#[tokio::test]
async fn with_a_block_time_blocks_come_by_themselves() {
    let every = crate::BlockTime::Every(std::time::Duration::from_millis(20));
    let net = Net::start(Options { block_time: every, ..Options::default() }).await;
    let mut heads = net.follow("NewHeads").await;
    next(&mut heads).await;
    next(&mut heads).await;
    assert!(net.chain.head().number >= 1);
}

#[tokio::test]
async fn with_a_finality_lag_the_final_head_stays_behind_the_best_one() {
    let net = Net::start(Options { finality_lag: 2, ..Options::default() }).await;
    net.chain.advance(5).unwrap();
    let number = async |hash: Json| net.get("chain_getHeader", json!([hash])).await["number"].clone();
    assert_eq!(number(net.get("chain_getFinalizedHead", json!([])).await).await, "0x3");
    assert_eq!(number(net.get("chain_getHead", json!([])).await).await, "0x5");
}

#[tokio::test]
async fn two_chains_of_one_genesis_have_one_genesis_hash_and_another_genesis_has_another() {
    let (a, b) = (Net::start(Options::default()).await, Net::start(Options::default()).await);
    let other = Net::start(Options { genesis: crate::Genesis::measured(), ..Options::default() }).await;
    let hash = async |net: &Net| net.get("chain_getBlockHash", json!([0])).await;
    assert_eq!(hash(&a).await, hash(&b).await);
    assert_ne!(hash(&a).await, hash(&other).await);
}

#[tokio::test]
async fn calls_are_counted_runtime_apis_by_their_name() {
    let net = Net::start(Options::default()).await;
    net.get("state_call", json!(["Core_version", "0x"])).await;
    net.get("state_call", json!(["Core_version", "0x"])).await;
    assert_eq!((net.chain.calls("state_call"), net.chain.calls("state_call Core_version")), (2, 2));
}

#[tokio::test]
async fn a_chain_that_is_stopped_answers_nobody_and_frees_its_port() {
    let net = Net::start(Options::default()).await;
    let address = net.chain.address();
    net.chain.stop().await;
    let gone = tokio::time::timeout(std::time::Duration::from_secs(5), net.client.on_disconnect()).await;
    assert!(gone.is_ok(), "the client hears that it is disconnected");
    tokio::net::TcpListener::bind(address).await.unwrap();
}
