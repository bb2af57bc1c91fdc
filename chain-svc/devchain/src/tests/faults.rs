//! What is made to go wrong, one story each.

use std::time::{Duration, Instant};

use jsonrpsee::core::ClientError;
use serde_json::{Value as Json, json};

use super::kit::{World, account, register};
use super::kit_socket::{Net, connect, kind, next};
use crate::faults::Fault;
use crate::setting::Options;
use crate::value::{num, raw};

async fn net() -> Net {
    Net::start(Options::default()).await
}

#[tokio::test]
async fn a_socket_cut_before_a_submit_loses_the_transaction() {
    let net = net().await;
    let xt = net.remark().await;
    net.faults().arm(Fault::CutBeforeSubmit);
    assert!(net.watch(&xt).await.is_err());
    assert_eq!((net.chain.head().number, net.chain.pending()), (0, 0));
    assert!(connect(&net.chain).await.is_ok(), "a new connection is taken");
}

#[tokio::test]
async fn a_socket_cut_after_a_submit_keeps_the_transaction_and_no_answer_comes() {
    let net = net().await;
    let xt = net.remark().await;
    net.faults().arm(Fault::CutAfterSubmit);
    assert!(net.watch(&xt).await.is_err());
    assert_eq!(net.chain.head().number, 1, "the block holds it all the same");
    let again = Net { client: connect(&net.chain).await.unwrap(), chain: net.chain };
    let block = again.get("chain_getBlock", json!([])).await;
    assert_eq!(block["block"]["extrinsics"][1], xt);
    let (code, text) = again.error("author_submitExtrinsic", json!([xt])).await;
    assert_eq!(code, 1010);
    assert!(text.contains("Transaction is outdated"), "{text}");
}

#[tokio::test]
async fn an_answer_comes_as_late_as_it_is_told_and_others_do_not_wait_for_it() {
    let net = net().await;
    net.faults().arm(Fault::Delay { method: "chain_getHead".into(), ms: 300 });
    let start = Instant::now();
    let (late, _) = tokio::join!(net.get("chain_getHead", json!([])), async {
        net.get("system_chain", json!([])).await;
        assert!(start.elapsed() < Duration::from_millis(300));
    });
    assert!(late.is_string() && start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_transaction_is_refused_with_the_reason_it_is_told() {
    let net = net().await;
    net.faults().arm(Fault::Refuse { reason: "Custom error: 6".into() });
    let xt = net.remark().await;
    let (code, text) = net.error("author_submitExtrinsic", json!([xt])).await;
    assert_eq!((code, text.as_str()), (1010, r#"Invalid Transaction "Custom error: 6""#));
    net.get("author_submitExtrinsic", json!([xt])).await;
}

#[tokio::test]
async fn a_block_that_is_taken_back_is_told_of_and_the_next_one_holds_its_transaction() {
    let net = net().await;
    net.faults().arm(Fault::Retract { lose: false });
    let mut heads = net.follow("FinalizedHeads").await;
    next(&mut heads).await;
    let mut statuses = net.watch(&net.remark().await).await.unwrap();
    let mut heard = vec![];
    for _ in 0..5 {
        heard.push(next(&mut statuses).await);
    }
    let kinds: Vec<_> = heard.iter().map(kind).collect();
    assert_eq!(kinds, ["ready", "inBlock", "retracted", "inBlock", "finalized"]);
    assert_eq!(heard[1]["inBlock"], heard[2]["retracted"]);
    assert_ne!(heard[1]["inBlock"], heard[3]["inBlock"]);
    assert_eq!(heard[3]["inBlock"], heard[4]["finalized"]);
    let (one, two) = (next(&mut heads).await, next(&mut heads).await);
    assert_eq!((one["number"].clone(), two["number"].clone()), (json!("0x1"), json!("0x2")));
    assert!(
        net.get("chain_getHeader", json!([heard[1]["inBlock"]])).await.is_object(),
        "it can still be read"
    );
}

#[tokio::test]
async fn a_block_that_is_taken_back_may_lose_its_transaction() {
    let net = net().await;
    net.faults().arm(Fault::Retract { lose: true });
    let mut statuses = net.watch(&net.remark().await).await.unwrap();
    let mut kinds = vec![];
    for _ in 0..4 {
        kinds.push(kind(&next(&mut statuses).await));
    }
    assert_eq!(kinds, ["ready", "inBlock", "retracted", "dropped"]);
    let nonce =
        net.get("system_accountNextIndex", json!(["5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"])).await;
    assert_eq!(nonce, 0);
}

#[tokio::test]
async fn while_finality_is_held_no_block_becomes_final_and_then_all_do() {
    let net = net().await;
    net.faults().hold_finality(true);
    let mut statuses = net.watch(&net.remark().await).await.unwrap();
    assert_eq!(kind(&next(&mut statuses).await), "ready");
    assert_eq!(kind(&next(&mut statuses).await), "inBlock");
    net.chain.advance(5).unwrap();
    assert_eq!(net.chain.finalized(), 0);
    net.faults().hold_finality(false);
    assert_eq!(kind(&next(&mut statuses).await), "finalized");
    assert_eq!(net.chain.finalized(), 6);
}

#[test]
fn a_call_fails_by_the_name_it_is_told() {
    let mut w = World::new();
    w.0.armed.arm(Fault::Fail { error: "SettingWeightsTooFast".into() });
    let args = [("netuid", num(49u16)), ("hotkey", raw(account("//Bob")))];
    assert_eq!(w.call("//Alice", "burned_register", &args).unwrap_err(), "SettingWeightsTooFast");
    assert!(w.call("//Alice", "burned_register", &args).is_ok(), "once");
}

#[test]
fn a_call_fails_by_an_index_that_the_metadata_does_not_know() {
    let mut w = World::new();
    w.0.armed.arm(Fault::FailIndex { index: 250 });
    let args = [("netuid", num(49u16)), ("hotkey", raw(account("//Bob")))];
    assert_eq!(w.call("//Alice", "burned_register", &args).unwrap_err(), "unknown error 250");
}

#[test]
fn the_price_jumps_between_the_reading_and_the_block() {
    let mut w = World::new();
    let price: u64 = w.get("Burn", 1);
    w.0.armed.arm(Fault::Price { netuid: 1, burn: 10 * price });
    let args = [("netuid", num(1u16)), ("hotkey", raw(account("//Bob"))), ("limit_price", num(price))];
    assert_eq!(w.call("//Alice", "register_limit", &args).unwrap_err(), "RegistrationPriceLimitExceeded");
}

#[test]
fn a_hotkey_that_is_deregistered_leaves_its_uid_to_a_stranger() {
    let mut w = World::new();
    let uid = register(&mut w, 49, "//Bob");
    w.0.deregister(49, &account("//Bob")).unwrap();
    let v = w.0.now().unwrap();
    assert_eq!(v.uid(49, &account("//Bob")).unwrap(), None);
    let key: [u8; 32] = v.get("Keys", vec![num(49u16), num(uid)]).unwrap();
    assert_ne!(key, account("//Bob"));
    assert_eq!(w.get::<u16>("SubnetworkN", 49), 2);
    assert!(w.0.deregister(49, &account("//Bob")).is_err());
}

#[tokio::test]
async fn an_upgrade_in_mid_run_changes_the_spec_and_the_names_that_readers_find() {
    let net = net().await;
    let before = net.get("chain_getHead", json!([])).await;
    net.faults().upgrade(462, &[("TimelockedWeightCommits", "Gone")]).unwrap();
    let spec = async |at: Json| net.get("state_getRuntimeVersion", at).await["specVersion"].clone();
    assert_eq!((spec(json!([before])).await, spec(json!([])).await), (json!(461), json!(462)));
    let raw = net.get("state_getMetadata", json!([])).await;
    let raw = hex::decode(&raw.as_str().unwrap()[2..]).unwrap();
    let md = subxt_metadata::Metadata::decode_from(&raw).unwrap();
    let storage = md.pallet_by_name("SubtensorModule").unwrap().storage().unwrap();
    assert!(
        storage.entry_by_name("TimelockedWeightCommits").is_none() && storage.entry_by_name("Gone").is_some()
    );
    let (code, text) = net.error("author_submitExtrinsic", json!([net.remark().await])).await;
    assert_eq!((code, text.contains("bad signature")), (1010, true), "signed for the old spec: {text}");
}

#[tokio::test]
async fn a_server_that_is_behind_shows_an_old_head_and_knows_no_newer_block() {
    let net = net().await;
    net.chain.advance(10).unwrap();
    let newest = net.get("chain_getHead", json!([])).await;
    net.faults().behind(4);
    let head = net.get("chain_getFinalizedHead", json!([])).await;
    assert_eq!(net.get("chain_getHeader", json!([head])).await["number"], "0x6");
    assert_eq!(net.get("chain_getHeader", json!([newest])).await, Json::Null);
    assert_eq!(net.get("chain_getBlockHash", json!([10])).await, Json::Null);
}

#[tokio::test]
async fn two_endpoints_of_one_genesis_disagree_about_what_happened() {
    let (a, b) = (net().await, net().await);
    let xt = a.remark().await;
    a.get("author_submitExtrinsic", json!([xt])).await;
    b.chain.advance(1).unwrap();
    let first = async |net: &Net| net.get("chain_getBlockHash", json!([1])).await;
    assert_ne!(first(&a).await, first(&b).await);
}

#[tokio::test]
async fn an_answer_is_replaced_by_garbage_or_an_error_once() {
    let net = net().await;
    net.faults().arm(Fault::Answer { method: "chain_getHeader".into(), result: json!({"number": "no"}) });
    net.faults().arm(Fault::Error {
        method: "chain_getHeader".into(),
        code: -32603,
        message: "internal".into(),
    });
    assert_eq!(net.get("chain_getHeader", json!([])).await, json!({"number": "no"}));
    assert_eq!(net.error("chain_getHeader", json!([])).await.0, -32603);
    assert!(net.get("chain_getHeader", json!([])).await["parentHash"].is_string());
}

#[tokio::test]
async fn a_cut_ends_every_connection_and_a_server_that_is_down_takes_none() {
    let net = net().await;
    net.faults().down(true);
    assert!(matches!(net.ask("system_chain", json!([])).await, Err(ClientError::RestartNeeded(_))));
    assert!(connect(&net.chain).await.is_err());
    net.faults().down(false);
    assert!(connect(&net.chain).await.is_ok());
}

#[tokio::test]
async fn a_caller_may_ask_for_its_own_connection_to_be_cut() {
    let net = net().await;
    assert!(net.ask("dev_cut", json!([])).await.is_err());
    assert!(connect(&net.chain).await.is_ok());
}

#[tokio::test]
async fn a_stalled_server_keeps_its_connections_and_answers_once_it_flows_again() {
    let net = net().await;
    net.faults().stall(true);
    let asked = net.get("system_chain", json!([]));
    tokio::pin!(asked);
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut asked).await.is_err());
    net.faults().stall(false);
    assert_eq!(asked.await, "devchain");
}

#[tokio::test]
async fn with_a_latency_every_answer_comes_later() {
    let net = net().await;
    net.faults().latency(Duration::from_millis(150));
    let start = Instant::now();
    net.get("system_chain", json!([])).await;
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn subscriptions_that_are_dropped_fall_silent_while_calls_are_answered() {
    let net = net().await;
    let mut heads = net.follow("FinalizedHeads").await;
    next(&mut heads).await;
    net.faults().drop_subscriptions();
    // a subscription made afterwards hears of the next block, so the first would have too
    let mut later = net.follow("FinalizedHeads").await;
    next(&mut later).await;
    net.chain.advance(1).unwrap();
    assert_eq!(next(&mut later).await["number"], "0x1");
    let silent = tokio::time::timeout(Duration::from_millis(200), heads.next()).await;
    assert!(matches!(silent, Err(_) | Ok(None)), "{silent:?}");
}

#[tokio::test]
async fn all_faults_are_forgotten_when_they_are_cleared() {
    let net = net().await;
    let faults = net.faults();
    faults.arm(Fault::Refuse { reason: "x".into() });
    faults.hold_finality(true);
    faults.behind(3);
    faults.stall(true);
    net.chain.advance(5).unwrap();
    assert_eq!(faults.waiting(), 1);
    faults.clear();
    assert_eq!((faults.waiting(), net.chain.finalized()), (0, 5));
    net.get("author_submitExtrinsic", json!([net.remark().await])).await;
}

#[test]
fn every_fault_that_the_readme_names_is_read_from_json() {
    let readme = include_str!("../../README.md");
    let (_, list) = readme.split_once("Faults, as `{\"fault\": ..}`:").unwrap();
    let (list, _) = list.split_once("The library also").unwrap();
    let mut known = 0;
    for entry in list.split('`').skip(1).step_by(2) {
        let (name, fields) = entry.split_once(' ').unwrap_or((entry, "{}"));
        let mut json = serde_json::Map::from_iter([("fault".to_owned(), json!(name))]);
        for field in fields.trim_matches(['{', '}']).split(", ").filter(|f| !f.is_empty()) {
            let value = match field {
                "ms" | "code" | "index" | "netuid" | "burn" => json!(1),
                "lose" => json!(true),
                _ => json!("text"),
            };
            json.insert(field.to_owned(), value);
        }
        let read: Result<Fault, _> = serde_json::from_value(Json::Object(json));
        assert!(read.is_ok(), "{entry}: {read:?}");
        known += 1;
    }
    assert_eq!(known, 10);
}
