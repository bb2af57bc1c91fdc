//! `dev_*`: what a test or a demonstration does to the chain. No real node has these.

use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::{Value as Json, json};

use crate::block::{BlockRef, hex0x};
use crate::chain::Chain;
use crate::error::BadChange;
use crate::faults::Fault;
use crate::rpc::{Answer, Method, Module, Params, failed};

pub(super) const METHODS: &[(&str, Method)] = &[
    ("dev_makeBlock", |c, _| block(c.make_block())),
    ("dev_advance", |c, p| block(c.advance(p.number(0)?))),
    ("dev_setStorage", set_storage),
    ("dev_setBalance", |c, p| block(c.set_balance(&p.account(0)?, p.number(1)?))),
    ("dev_setPermit", |c, p| block(c.set_permit(p.number(0)?, p.number(1)?, p.flag(2)?))),
    ("dev_setStake", |c, p| block(c.set_stake(p.number(0)?, &p.account(1)?, p.number(2)?))),
    ("dev_deregister", |c, p| block(c.deregister(p.number(0)?, &p.account(1)?))),
    ("dev_setSignature", |c, p| block(c.set_signature(p.number(0)?, p.bytes(1)?))),
    ("dev_calls", |c, _| Ok(json!(c.calls))),
    ("dev_fault", fault),
    ("dev_clearFaults", clear),
    ("dev_holdFinality", hold_finality),
    ("dev_behind", behind),
    ("dev_upgrade", upgrade),
];

fn block(made: Result<BlockRef, BadChange>) -> Answer {
    let b = made.map_err(|e| bad(&e))?;
    Ok(json!({"number": b.number, "hash": hex0x(b.hash)}))
}

fn bad(e: &BadChange) -> ErrorObjectOwned {
    failed(-32602, e)
}

/// What is done to the connections rather than to the chain.
pub(super) fn register(m: &mut Module) -> Result<(), RegisterMethodError> {
    m.register_method("dev_cut", |_, shared, _| {
        shared.relay.cut();
        Json::Null
    })?;
    m.register_method("dev_dropSubscriptions", |_, shared, _| {
        shared.subscriptions.send_modify(|n| *n += 1);
        Json::Null
    })?;
    Ok(())
}

/// `dev_upgrade(spec, [[old name, new name], ..])`.
fn upgrade(c: &mut Chain, p: &Params) -> Answer {
    let json = Json::from(p.list(1)?.to_vec());
    let renames: Vec<(String, String)> = serde_json::from_value(json)
        .map_err(|e| failed(-32602, format!("parameter 1 is no list of names: {e}")))?;
    if renames.iter().any(|(old, _)| old.len() < 4) {
        return Err(failed(-32602, "a name shorter than four letters occurs by chance"));
    }
    c.upgrade(p.number(0)?, &renames).map_err(|e| bad(&e))?;
    Ok(Json::Null)
}

/// `dev_setStorage(pallet, item, [keys], value)`; a value of null removes the item.
fn set_storage(c: &mut Chain, p: &Params) -> Answer {
    let value = p.get(3);
    block(c.set_storage(p.text(0)?, p.text(1)?, p.list(2)?, value))
}

fn fault(c: &mut Chain, p: &Params) -> Answer {
    let json = p.get(0).cloned().unwrap_or_default();
    let fault: Fault =
        serde_json::from_value(json).map_err(|e| failed(-32602, format!("parameter 0 is no fault: {e}")))?;
    c.armed.arm(fault);
    Ok(Json::Null)
}

fn clear(c: &mut Chain, _: &Params) -> Answer {
    c.armed = crate::faults::Armed::default();
    c.settle();
    Ok(Json::Null)
}

fn hold_finality(c: &mut Chain, p: &Params) -> Answer {
    c.armed.unfinal = p.flag(0)?;
    c.settle();
    Ok(Json::Null)
}

fn behind(c: &mut Chain, p: &Params) -> Answer {
    c.armed.behind = p.number(0)?;
    Ok(Json::Null)
}
