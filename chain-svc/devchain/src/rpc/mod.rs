//! JSON-RPC: one file per family of methods. Parameters are read without trust; what is malformed gets an error.

mod author;
mod blocks;
mod dev;
mod heads;
mod params;
mod storage;
mod system;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use crate::chain::Chain;
use crate::relay::Relay;
pub(crate) use crate::rpc::params::Params;

/// What a method answers.
pub(crate) type Answer = Result<Json, ErrorObjectOwned>;
type Method = fn(&mut Chain, &Params) -> Answer;
/// Where methods are registered.
pub(crate) type Module = RpcModule<Arc<Shared>>;

/// What all connections share.
pub(crate) struct Shared {
    chain: Mutex<Chain>,
    pub(crate) relay: Relay,
    /// Subscriptions of an older number fall silent.
    pub(crate) subscriptions: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn new(chain: Chain) -> Shared {
        Shared { chain: Mutex::new(chain), relay: Relay::new(), subscriptions: watch::Sender::new(0) }
    }

    /// The chain; held for one call, never across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error that is the server's or the runtime's.
pub(crate) fn failed(code: i32, message: impl std::fmt::Display) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(code, message.to_string(), None::<()>)
}

/// All methods.
pub(crate) fn module(shared: Arc<Shared>) -> Result<Module, RegisterMethodError> {
    let mut m = RpcModule::new(shared);
    let families = [blocks::METHODS, storage::METHODS, system::METHODS, author::METHODS, dev::METHODS];
    for (name, method) in families.into_iter().flatten() {
        m.register_method(name, move |params, shared, _| -> Answer {
            let params = Params::read(&params)?;
            method(&mut shared.lock(), &params)
        })?;
    }
    author::register(&mut m)?;
    heads::register(&mut m)?;
    dev::register(&mut m)?;
    m.register_alias("account_nextIndex", "system_accountNextIndex")?;
    m.register_alias("state_getStorageAt", "state_getStorage")?;
    m.register_alias("chain_getFinalisedHead", "chain_getFinalizedHead")?;
    // no archive_v1_ or chainHead_v1_ name is among them: a client that looks then speaks the legacy API only
    let mut names: Vec<String> = m.method_names().map(String::from).collect();
    names.push("rpc_methods".into());
    names.sort();
    m.register_method("rpc_methods", move |_, _, _| json!({"methods": names.clone()}))?;
    Ok(m)
}
