//! The scheduler: who does what, and when. Policy over durable state.
//!
//! Tasks come from gateways, work goes to miners over one pairing stream each. Everything that lasts is storage-svc's: a
//! task is acknowledged after it is durable there, a lease is sent after it is durable there, an answer is acknowledged
//! after it is durable there. What is kept here (which miners are paired, what occupies them) is told anew by the miners,
//! so this process may be killed at any moment and nothing is lost.
//!
//! - `service`: submit and cancel;
//! - `pairing`, `claims`, `report`: one miner's stream, what it held before, what it reports;
//! - `receipt`: what miners signed, countersigned;
//! - `members`: who may pair, by the word of chain-svc;
//! - `miners`: who is paired, what occupies each, how each did so far;
//! - `dispatch`, `assign`, `grant`: giving tasks to miners; `assign` is pure;
//! - `choose`, `judge`: which of several answers is served;
//! - `keeper`: what is known of the work of miners, across restarts;
//! - `agenda`: what wakes the dispatcher;
//! - `feed`: what other schedulers changed.

mod agenda;
mod assign;
mod choose;
mod claims;
mod config;
mod core;
mod dispatch;
mod events;
mod feed;
mod grant;
mod grpc;
mod judge;
mod keeper;
mod members;
mod message;
mod miners;
mod pairing;
mod receipt;
mod report;
mod service;
mod store;
mod trace;

#[cfg(test)]
mod tests;

pub use config::{Auth, Config, DEFAULT, Fanout, Secret, Who};

use std::sync::Arc;

use anyhow::Context as _;
use process::{Stop, clock::Clock};
use proto::client::{ChainClient, EvaluationsClient, FilesClient, NoncesClient, RecordsClient, TasksClient};
use tokio::{net::TcpListener, task::JoinSet};

/// Serves on `listener` until `stop` fires, then drains: streams of miners end, calls in flight finish. Binds the admin
/// listener itself when the configuration names one.
///
/// # Errors
/// A configuration that does not hold together ([`process::exit::BadSetup`]), an address that can't be bound, calls cut at
/// the end of the drain time. A store that is away is no error: it is waited for.
pub async fn run(config: Config, listener: TcpListener, clock: Clock, stop: Stop) -> anyhow::Result<()> {
    let key = config.check(listener.local_addr()?)?;
    let wire = |uri: &str| process::grpc::wire(uri).map_err(|e| process::exit::BadSetup(e.to_string()));
    let storage = wire(&config.storage)?;
    let members = match config.auth.miners {
        Who::Off => None,
        Who::Registered => Some(members::Members {
            registry: Arc::default(),
            nonces: Arc::new(NoncesClient::new(storage.clone())),
            chain: Some(ChainClient::new(wire(&config.auth.chain)?)),
        }),
    };
    let leaves = core::Leaves {
        tasks: Arc::new(TasksClient::new(storage.clone())),
        past: Arc::new(RecordsClient::new(storage.clone())),
        verdicts: Arc::new(EvaluationsClient::new(storage.clone())),
        judge: Arc::new(judge::FilesJudge::new(FilesClient::new(storage), config.fanout.judgements)),
        members,
    };
    let core = core::Core::new(config, key, leaves, clock, stop.child_token());
    serve(Arc::new(core), listener).await
}

async fn serve(core: Arc<core::Core>, listener: TcpListener) -> anyhow::Result<()> {
    let stop = core.stop.clone();
    let mut loops = JoinSet::new();
    loops.spawn(dispatch::run(core.clone()));
    loops.spawn(feed::run(core.clone()));
    loops.spawn(choose::run(core.clone()));
    loops.spawn(keeper::run(core.clone()));
    loops.spawn(members::run(core.clone()));
    if let Some(address) = core.config.admin {
        let admin = process::net::bind("the scheduler's admin listener", address).await?;
        let serving = process::health::serve_admin(admin, core.readiness.clone(), stop.clone());
        loops.spawn(async move {
            if let Err(e) = serving.await {
                tracing::warn!(error = %e, "the admin listener ended badly");
            }
        });
    }
    let drain = core.config.drain;
    let served = process::grpc::serve("scheduler", listener, grpc::routes(core), stop.clone(), drain).await;
    stop.cancel();
    while loops.join_next().await.is_some() {}
    served.context("scheduler")
}
