//! `state_*`: storage, metadata and runtime APIs, all at one block.

use serde_json::{Value as Json, json};

use crate::block::hex0x;
use crate::chain::Chain;
use crate::metadata::TX_VERSION;
use crate::rpc::params::unhex;
use crate::rpc::{Answer, Method, Params, failed};
use crate::runtime_api;

/// As many keys as a node gives in one page.
const PAGE: u64 = 1000;

pub(super) const METHODS: &[(&str, Method)] = &[
    ("state_getStorage", storage),
    ("state_getKeysPaged", keys_paged),
    ("state_queryStorageAt", query),
    ("state_getMetadata", metadata),
    ("state_getRuntimeVersion", version),
    ("state_call", call),
];

fn storage(c: &mut Chain, p: &Params) -> Answer {
    let (_, view) = p.storage(c, 1)?;
    Ok(view.map.get(&p.bytes(0)?).map_or(Json::Null, |v| json!(hex0x(v))))
}

fn keys_paged(c: &mut Chain, p: &Params) -> Answer {
    let prefix = if p.get(0).is_none() { vec![] } else { p.bytes(0)? };
    let count: u64 = p.number(1)?;
    if count > PAGE {
        return Err(failed(4002, format!("count exceeds maximum value. value: {count}, max: {PAGE}")));
    }
    let start = if p.get(2).is_none() { None } else { Some(p.bytes(2)?) };
    let (_, view) = p.storage(c, 3)?;
    let range = view.map.range(prefix.clone()..).map(|(k, _)| k).take_while(|k| k.starts_with(&prefix));
    let after = range.filter(|k| start.as_ref().is_none_or(|s| *k > s));
    Ok(json!(after.take(usize::try_from(count).unwrap_or_default()).map(hex0x).collect::<Vec<_>>()))
}

fn query(c: &mut Chain, p: &Params) -> Answer {
    let (block, view) = p.storage(c, 1)?;
    let value = |k: &Json| -> Answer {
        let key = unhex(k).ok_or_else(|| failed(-32602, "parameter 0 is not a list of keys"))?;
        Ok(json!([k, view.map.get(&key).map(hex0x)]))
    };
    let changes: Vec<Json> = p.list(0)?.iter().map(value).collect::<Result<_, _>>()?;
    Ok(json!([{"block": hex0x(block.hash), "changes": changes}]))
}

fn metadata(c: &mut Chain, p: &Params) -> Answer {
    Ok(json!(hex0x(&p.block(c, 0)?.runtime.raw)))
}

fn version(c: &mut Chain, p: &Params) -> Answer {
    let spec = p.block(c, 0)?.runtime.spec;
    Ok(
        json!({"specName": "node-subtensor", "implName": "node-subtensor", "authoringVersion": 1, "specVersion": spec,
        "implVersion": 1, "apis": [], "transactionVersion": TX_VERSION, "systemVersion": 1, "stateVersion": 1}),
    )
}

fn call(c: &mut Chain, p: &Params) -> Answer {
    let name = p.text(0)?;
    *c.calls.entry(format!("state_call {name}")).or_default() += 1;
    let argument = p.bytes(1)?;
    let (block, view) = p.storage(c, 2)?;
    let answer = runtime_api::call(&runtime_api::At { block, view }, name, &argument);
    Ok(json!(hex0x(answer.map_err(|e| failed(4003, format!("Client error: Execution failed: {e}")))?)))
}
