//! The one service that knows a chain: it reads a subnet of Bittensor and writes to it with a hotkey.
//!
//! - `chain`: the seam; over the RPC of subtensor nodes, and in memory;
//! - `cache`: the subnet as last read, stale while the chain is away;
//! - `submit`: transactions of one key, each intention at most once;
//! - `neuron`: where this service's neuron serves, and the weights it sets;
//! - `register`: a place for a hotkey, by explicit command with a limit on the price;
//! - `wallet`: the hotkey, in the files of btcli;
//! - `weights`, `epoch`, `timelock`: pure: what the chain takes, when, and how it is sealed.

pub mod cache;
pub mod chain;
mod config;
pub mod epoch;
mod events;
mod grpc;
pub mod neuron;
pub mod register;
pub mod submit;
pub mod timelock;
pub mod wallet;
pub mod weights;

#[cfg(test)]
mod tests;

pub use config::{AxonNames, Config, DEFAULT, Flags, KeyNames, Names, Secret, WalletNames};

use std::sync::Arc;

use anyhow::Context as _;
use btauth::{Keypair, Signer};
use process::{Stop, clock::Clock, exit::BadSetup, health::Readiness};
use tokio::{net::TcpListener, task::JoinSet};

use chain::{Chain, Subnet, subtensor::Subtensor};

/// Serves on `listener` until `stop` fires, then drains. Announces the axon that is configured. Binds the admin listener
/// itself when the configuration names one.
///
/// # Errors
/// A configuration that does not hold together, a hotkey that can't be read, a journal that another process holds
/// ([`BadSetup`]); calls cut at the end of the drain time. A chain that is away is no error: it is waited for.
pub async fn run(config: Config, listener: TcpListener, clock: Clock, stop: Stop) -> anyhow::Result<()> {
    let checked = config.check()?;
    let key = config.wallet.hotkey()?;
    let chain = Arc::new(Subtensor::new(checked.reach, clock.clone()));
    let leaves = Leaves { chain, key, axon: checked.axon };
    serve(config, leaves, listener, clock, stop).await
}

/// The chain that a configuration names. Connects at the first call.
///
/// # Errors
/// [`BadSetup`] naming every fault of the configuration.
pub fn connect(config: &Config, clock: Clock) -> Result<Subtensor, BadSetup> {
    Ok(Subtensor::new(config.check()?.reach, clock))
}

/// What a test replaces.
pub struct Leaves {
    /// The chain.
    pub chain: Arc<dyn Chain>,
    /// The hotkey.
    pub key: Keypair,
    /// The address that is announced, if any.
    pub axon: Option<std::net::SocketAddr>,
}

/// The same over any chain.
///
/// # Errors
/// As [`run`].
pub async fn serve(
    config: Config,
    leaves: Leaves,
    listener: TcpListener,
    clock: Clock,
    stop: Stop,
) -> anyhow::Result<()> {
    let subnet = Subnet { netuid: config.netuid, mecid: config.mecid };
    let Leaves { chain, key, axon } = leaves;
    let file = config.data.join(format!("{}.journal", key.account()));
    let journal = submit::Journal::open(&file).map_err(|e| BadSetup(e.to_string()))?;
    let submitter =
        submit::Submitter::new(chain.clone(), key.clone(), journal, clock.clone(), config.patience);
    let neuron = neuron::Neuron::new(chain.clone(), submitter, subnet, process::id::random);
    let readiness = Readiness::new();
    let (refresher, cache) =
        cache::Refresher::new(chain.clone(), subnet, clock.clone(), readiness.clone(), config.stale_after);
    let stop = stop.child_token();
    let mut loops = JoinSet::new();
    loops.spawn(refresher.run(stop.clone()));
    if let Some(address) = axon {
        loops.spawn(neuron::announce(neuron.clone(), cache.clone(), address, stop.clone()));
    }
    if let Some(address) = config.admin {
        let admin = process::net::bind("chain-svc's admin listener", address).await?;
        let serving = process::health::serve_admin(admin, readiness, stop.clone());
        loops.spawn(async move {
            if let Err(e) = serving.await {
                tracing::warn!(error = %e, "the admin listener ended badly");
            }
        });
    }
    let signer = Arc::new(Signer::new(key, process::id::random_u64()));
    let face = grpc::Face { chain, neuron, cache, signer, clock, stop: stop.clone() };
    let served =
        process::grpc::serve("chain-svc", listener, grpc::routes(face), stop.clone(), config.drain).await;
    stop.cancel();
    while loops.join_next().await.is_some() {}
    served.context("chain-svc")
}
