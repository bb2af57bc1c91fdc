//! `chain_*`: headers and blocks.

use serde_json::{Value as Json, json};

use crate::block::hex0x;
use crate::chain::Chain;
use crate::rpc::params::number;
use crate::rpc::{Answer, Method, Params, failed};

pub(super) const METHODS: &[(&str, Method)] = &[
    ("chain_getBlockHash", block_hash),
    ("chain_getHead", head),
    ("chain_getFinalizedHead", |c, _| Ok(json!(hex0x(c.final_seen().hash)))),
    ("chain_getHeader", header),
    ("chain_getBlock", block),
];

/// One number, a list of them, or none for the head.
fn block_hash(c: &mut Chain, p: &Params) -> Answer {
    let hash = |n: &Json| -> Answer {
        let n = number(n).ok_or_else(|| failed(-32602, "parameter 0 is not a block number"))?;
        let seen = c.block(n).filter(|b| b.number <= c.best_seen().number);
        Ok(seen.map_or(Json::Null, |b| json!(hex0x(b.hash))))
    };
    match p.get(0) {
        None => Ok(json!(hex0x(c.best_seen().hash))),
        Some(Json::Array(numbers)) => numbers.iter().map(hash).collect(),
        Some(n) => hash(n),
    }
}

fn head(c: &mut Chain, _: &Params) -> Answer {
    Ok(json!(hex0x(c.best_seen().hash)))
}

/// Null for a block that is not known, as nodes answer.
fn header(c: &mut Chain, p: &Params) -> Answer {
    Ok(known(p, c)?.map_or(Json::Null, |b| b.header()))
}

fn block(c: &mut Chain, p: &Params) -> Answer {
    let whole = |b: &crate::block::Block| {
        let extrinsics: Vec<String> = b.extrinsics.iter().map(hex0x).collect();
        json!({"block": {"header": b.header(), "extrinsics": extrinsics}, "justifications": null})
    };
    Ok(known(p, c)?.map_or(Json::Null, whole))
}

fn known<'c>(
    p: &Params,
    c: &'c Chain,
) -> Result<Option<&'c crate::block::Block>, jsonrpsee::types::ErrorObjectOwned> {
    match p.block(c, 0) {
        Ok(b) => Ok(Some(b)),
        Err(e) if e.code() == 4003 => Ok(None),
        Err(e) => Err(e),
    }
}
