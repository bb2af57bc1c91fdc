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

use anyhow::Context as _;
use duties::Duties;
use futures_util::future::try_join_all;
use process::{Stop, health::Readiness};
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
        Stack::new(machine, models.device.name(), models.load, all.clone());
    let mut serving = Vec::new();
    for ((config, admin), readiness) in miners.into_iter().zip(all) {
        // before the server is started: the data folder is locked by it, and the server's private folder lies there
        let duties = Duties::new(&config, leaves.clone(), readiness.clone())?;
        serving.push(duties.serve(readiness, admin, stop.clone()));
    }
    let quit = Stop::new();
    let mut supervisor = AbortOnDropHandle::new(tokio::spawn(service.run(quit.clone())));
    let outcome = tokio::select! {
        outcome = try_join_all(serving) => outcome.map(drop),
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
