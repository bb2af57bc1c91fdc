//! The part next to the models: media in, model result out. Paired with a scheduler it leases work; beside a validator it does
//! the same work without a lease.
//!
//! Read in this order: [`worker`] takes leases; [`reference`] works for a validator; [`pipeline`] turns one input into one result, with [`media`] to decode
//! it and [`engine`] to ask the models; [`sidecar`] keeps the model server alive; [`models`] fetches what it needs.

pub mod config;
pub mod document;
mod duties;
pub mod engine;
pub mod events;
pub mod media;
pub mod models;
pub mod pipeline;
pub mod reference;
pub mod sidecar;
mod stack;
pub mod text;
pub mod worker;

pub use config::{Config, DEFAULT};
pub use stack::{Machine, prepare};
pub use worker::Leaves;

<<<<<<< HEAD
use std::sync::Arc;

use anyhow::Context as _;
use futures_util::future::try_join_all;

use btauth::{
    Signer,
    grpc::{Signing, signed},
};
use process::{
    Stop,
    clock::Clock,
    exit::BadSetup,
    grpc,
    health::{Readiness, serve_admin},
};
=======
use duties::Duties;
use process::{Stop, health::Readiness};
>>>>>>> h-c
use stack::Stack;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// A miner with these leaves, until `stop`; then it drains. `/livez`, `/readyz` (paired, and a model has passed its
/// canary) and `/metrics` are served on `admin` for as long. Dropping the future ends all of it at once.
///
/// # Errors
/// [`BadSetup`](process::exit::BadSetup) for a data folder that can't be used and an address that is none; a broken listener.
pub async fn run(config: Config, leaves: Leaves, admin: TcpListener, stop: Stop) -> anyhow::Result<()> {
    let readiness = Readiness::new();
    Duties::new(&config, leaves, readiness.clone())?.serve(readiness, admin, stop).await
}

/// The same with a model server that is supervised here, or watched when it is somebody else's. It is stopped when the
/// work is done, and nothing of it remains. Of several miners on one machine each has a configuration and an admin listener
/// of its own; the server is the first one's.
///
/// # Errors
/// As [`run`], and when the supervisor itself has a fault. A server that can't be started is no error: the miners
/// declare nothing, say why in `/readyz`, and try again.
pub async fn run_with_sidecar(
    miners: Vec<(Config, TcpListener)>,
    machine: Machine,
    stop: Stop,
) -> anyhow::Result<()> {
    let models = miners.first().map(|(first, _)| &first.models).context("a miner is needed")?;
    let all: Vec<_> = miners.iter().map(|_| Readiness::new()).collect();
    let Stack { service, leaves, relay } =
<<<<<<< HEAD
        Stack::new(machine, models.device.name(), models.load, all.clone());
    let mut serving = Vec::new();
    for ((config, admin), readiness) in miners.into_iter().zip(all) {
        // before the server is started: the data folder is locked by it, and the server's private folder lies there
        let worker = worker(&config, leaves.clone(), readiness.clone())?;
        serving.push(serve(worker, readiness, admin, stop.clone()));
    }
    let quit = Stop::new();
    let mut supervisor = AbortOnDropHandle::new(tokio::spawn(service.run(quit.clone())));
    let outcome = tokio::select! {
        outcome = try_join_all(serving) => outcome.map(drop),
=======
        Stack::new(machine, config.models.device.name(), config.models.load, readiness.clone());
    // before the server is started: the data folder is locked by it, and the server's private folder lies there
    let duties = Duties::new(&config, leaves, readiness.clone())?;
    let quit = Stop::new();
    let mut supervisor = AbortOnDropHandle::new(tokio::spawn(service.run(quit.clone())));
    let outcome = tokio::select! {
        outcome = duties.serve(readiness, admin, stop) => outcome,
>>>>>>> h-c
        ended = &mut supervisor => {
            return Err(match ended {
                Ok(()) => anyhow::anyhow!("the model server's supervisor left"),
                Err(e) => anyhow::Error::new(e).context("the model server's supervisor had a fault"),
            });
        }
    };
    quit.cancel();
    let stopped = supervisor.await;
    drop(relay);
    outcome.and(stopped.map_err(Into::into))
}
<<<<<<< HEAD

fn worker(config: &Config, leaves: Leaves, readiness: Readiness) -> Result<Worker, BadSetup> {
    let scheduler = grpc::wire(&config.scheduler).map_err(|e| BadSetup(format!("scheduler: {e}")))?;
    let scheduler = match config.signing()? {
        Some((key, receiver)) => {
            let (signer, clock) = (Signer::new(key, process::id::random_u64()), Clock::system());
            let now = Arc::new(move || u64::try_from(clock.micros()).unwrap_or(0).saturating_mul(1_000));
            tracing::info!(hotkey = %signer.account(), %receiver, "pairings are signed");
            signed(scheduler, Arc::new(Signing { signer, receiver, now }))
        }
        None => scheduler,
    };
    Worker::new(config.worker()?, leaves, scheduler, readiness)
}

async fn serve(worker: Worker, readiness: Readiness, admin: TcpListener, stop: Stop) -> anyhow::Result<()> {
    tracing::info!(miner = %worker.miner(), admin = %admin.local_addr()?, "inference starts");
    let quit = Stop::new();
    let _on_drop = quit.clone().drop_guard();
    let health = AbortOnDropHandle::new(tokio::spawn(serve_admin(admin, readiness, quit.clone())));
    worker.run(stop).await;
    quit.cancel();
    health.await?
}
=======
>>>>>>> h-c
