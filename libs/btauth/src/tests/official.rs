//! Against the official SDK 11.3.0. `golden/official.json` is what it signed (`chain-svc/oracles/btauth.py`); what we
//! sign lies in `golden/ours.json`, which that program checks with the SDK's own `verify`.

use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::{Refused, names, prove};

fn golden(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "golden", name].iter().collect()
}

fn cases(name: &str) -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(golden(name)).unwrap()).unwrap()
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_else(|| panic!("{field} of {case}"))
}

fn sent(case: &Value) -> Vec<(String, Vec<u8>)> {
    let headers = case["headers"].as_object().unwrap();
    headers.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().into())).collect()
}

fn asked(case: &Value) -> Request {
    let body = hex::decode(text(case, "body")).unwrap();
    Request::new(text(case, "method"), text(case, "target"), &body).unwrap()
}

#[test]
fn the_published_vector_gives_its_eight_lines() {
    let lines = [
        "btauth/1",
        "sr25519",
        "POST",
        "/generate?stream=false",
        "341c57448e531310fbbe83f44cea2a5e838bd9e8a6b82b269f01d0dbbc23c3cc",
        "1752076800000000000",
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
        "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
    ];
    assert_eq!(request().payload(alice().account(), bob().account(), NOW), lines.join("\n"));
}

#[test]
fn addresses_are_read_and_written_as_by_the_official_core() {
    let cases = cases("addresses.json");
    let (mut good, mut bad) = (0, 0);
    for case in &cases {
        let read = text(case, "address").parse::<Account>().map(|account| hex::encode(account.bytes()));
        match case["key"].as_str() {
            Some(key) => {
                assert_eq!(read.as_deref(), Ok(key));
                assert_eq!(account(text(case, "address")).to_string(), text(case, "address"));
                good += 1;
            }
            None => {
                assert!(read.is_err(), "{case}");
                bad += 1;
            }
        }
    }
    assert_eq!((good, bad), (100, 100));
}

#[test]
fn what_the_official_sdk_signs_is_believed() {
    let cases = cases("official.json");
    assert!(cases.len() >= 50, "{} cases", cases.len());
    for case in &cases {
        let (request, headers) = (asked(case), read(&sent(case)).unwrap());
        let receiver = account(text(case, "receiver"));
        assert_eq!(request.payload(headers.hotkey, receiver, headers.nonce), text(case, "payload"));
        let proven = prove(&headers, &request, receiver, headers.nonce).unwrap();
        assert_eq!(proven.hotkey(), headers.hotkey);
    }
}

#[test]
fn what_the_official_sdk_refuses_is_refused() {
    let cases = cases("refused.json");
    assert!(cases.len() >= 10, "{} cases", cases.len());
    for case in &cases {
        let now = text(case, "now").parse().unwrap();
        let answer = read(&sent(case))
            .map_err(Refused::from)
            .and_then(|headers| prove(&headers, &asked(case), account(text(case, "receiver")), now));
        let class = match answer {
            Ok(_) => "Served",
            Err(Refused::Malformed(_)) => "MalformedAuth",
            Err(Refused::NoReceiver | Refused::OtherReceiver(_)) => "WrongReceiver",
            Err(Refused::TooOld | Refused::TooFarAhead) => "StaleRequest",
            Err(Refused::Signature) => "BadSignature",
            Err(Refused::Replayed | Refused::Nonces(_)) => "ReplayedRequest",
            Err(Refused::Frame(_)) => unreachable!("there are no frames here"),
        };
        assert_eq!(class, text(case, "refusal"), "{}", text(case, "why"));
    }
}

#[test]
fn what_we_sign_is_what_was_shown_to_the_official_sdk() {
    // signatures are salted: the file keeps those that the SDK believed, and they must stay believed here
    let targets = ["/", "/generate?stream=false", "/v1/tasks/%C3%A9?a=1&b=%20", "/violet.v1.Scheduler/Lease"];
    if std::env::var_os("REGEN").is_some_and(|v| v == "1") {
        let bodies: [&[u8]; 3] = [b"", BODY, &[0, 159, 255]];
        let all = targets.iter().flat_map(|target| bodies.map(|body| (*target, body)));
        let cases: Vec<Value> = all
            .enumerate()
            .map(|(i, (target, body))| {
                let method = ["POST", "GET", "DELETE"][i % 3];
                let request = Request::new(method, target, body).unwrap();
                let headers = request.sign(&alice(), bob().account(), NOW + i as u64).write();
                serde_json::json!({
                    "method": method, "target": target, "body": hex::encode(body),
                    "headers": headers.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
                })
            })
            .collect();
        std::fs::write(golden("ours.json"), serde_json::to_string_pretty(&cases).unwrap() + "\n").unwrap();
    }
    let cases = cases("ours.json");
    assert_eq!(cases.len(), 12);
    for case in &cases {
        let headers = read(&sent(case)).unwrap();
        assert!(sent(case).iter().all(|(name, _)| name != names::CRYPTO));
        let proven = prove(&headers, &asked(case), bob().account(), headers.nonce).unwrap();
        assert_eq!(proven.hotkey(), alice().account());
    }
}

/// A request that the SDK signed.
#[cfg(feature = "grpc")]
pub(super) struct ByTheSdk {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) body: Vec<u8>,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) receiver: Account,
}

/// All of them.
#[cfg(feature = "grpc")]
pub(super) fn signed_by_the_sdk() -> Vec<ByTheSdk> {
    let one = |case: &Value| ByTheSdk {
        method: text(case, "method").to_owned(),
        target: text(case, "target").to_owned(),
        body: hex::decode(text(case, "body")).unwrap(),
        headers: sent(case),
        receiver: account(text(case, "receiver")),
    };
    cases("official.json").iter().map(one).collect()
}
