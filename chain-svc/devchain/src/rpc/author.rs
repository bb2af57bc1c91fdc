//! `author_*`: transactions come in here.

use std::sync::Arc;

use jsonrpsee::PendingSubscriptionSink;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

use crate::block::hex0x;
use crate::faults::Fault;
use crate::keys::Hash;
use crate::pool::Watcher;
use crate::rpc::{Answer, Method, Module, Params, Shared, failed};

pub(super) const METHODS: &[(&str, Method)] = &[("author_pendingExtrinsics", |c, _| {
    Ok(json!(c.pool.iter().map(|p| hex0x(&p.bytes)).collect::<Vec<_>>()))
})];

/// The two ways to submit: with and without watching.
pub(super) fn register(m: &mut Module) -> Result<(), RegisterMethodError> {
    m.register_method("author_submitExtrinsic", |params, shared, _| -> Answer {
        let xt = Params::read(&params)?.bytes(0)?;
        Ok(json!(hex0x(submit(shared, xt, None)?)))
    })?;
    let (name, update, end) =
        ("author_submitAndWatchExtrinsic", "author_extrinsicUpdate", "author_unwatchExtrinsic");
    m.register_subscription(name, update, end, |params, sink, shared, _| async move {
        let (watcher, statuses) = mpsc::unbounded_channel();
        let xt = Params::read(&params).and_then(|p| p.bytes(0));
        match xt.and_then(|xt| submit(&shared, xt, Some(watcher))) {
            Err(e) => sink.reject(e).await,
            Ok(_) => watch(sink, statuses).await,
        }
    })?;
    Ok(())
}

async fn watch(sink: PendingSubscriptionSink, mut statuses: mpsc::UnboundedReceiver<crate::pool::Status>) {
    let Ok(sink) = sink.accept().await else { return };
    while let Some(status) = statuses.recv().await {
        let Some(message) = message(&status.json()) else { return };
        if sink.send(message).await.is_err() || status.is_last() {
            return;
        }
    }
}

/// A notification of a subscription.
pub(super) fn message(v: &Json) -> Option<jsonrpsee::SubscriptionMessage> {
    serde_json::value::to_raw_value(v).ok().map(jsonrpsee::SubscriptionMessage::from)
}

fn submit(shared: &Arc<Shared>, xt: Vec<u8>, watcher: Option<Watcher>) -> Result<Hash, ErrorObjectOwned> {
    let mut chain = shared.lock();
    match chain.armed.take(|f| matches!(f, Fault::CutBeforeSubmit | Fault::CutAfterSubmit)) {
        Some(Fault::CutBeforeSubmit) => {
            shared.relay.cut();
            return Err(failed(-32000, "the connection is cut"));
        }
        Some(_) => shared.relay.cut(),
        None => {}
    }
    let wording = chain.wording;
    chain.submit(xt, watcher).map_err(|e| {
        let (code, message, data) = e.parts(wording);
        ErrorObjectOwned::owned(code, message, data)
    })
}
