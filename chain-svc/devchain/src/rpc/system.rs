//! `system_*` and `payment_*`: what a client asks before it signs.

use serde_json::{Value as Json, json};

use crate::apply::FEE;
use crate::chain::Chain;
use crate::rpc::{Answer, Method, Params, failed};

pub(super) const METHODS: &[(&str, Method)] = &[
    ("system_chain", |_, _| Ok(json!("devchain"))),
    ("system_name", |_, _| Ok(json!("devchain"))),
    ("system_version", |_, _| Ok(json!(env!("CARGO_PKG_VERSION")))),
    ("system_properties", |_, _| Ok(json!({"ss58Format": 42, "tokenDecimals": 9, "tokenSymbol": "TAO"}))),
    ("system_health", |_, _| Ok(json!({"peers": 0, "isSyncing": false, "shouldHavePeers": false}))),
    ("system_accountNextIndex", next_index),
    ("payment_queryInfo", query_info),
];

fn next_index(c: &mut Chain, p: &Params) -> Answer {
    let nonce = c.next_nonce(&p.account(0)?);
    nonce.map(Json::from).map_err(|e| failed(1002, e))
}

fn query_info(c: &mut Chain, p: &Params) -> Answer {
    p.bytes(0)?;
    p.block(c, 1)?;
    Ok(
        json!({"weight": {"ref_time": 1000, "proof_size": 0}, "class": "normal", "partialFee": FEE.to_string()}),
    )
}
