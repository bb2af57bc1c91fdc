//! Is the result good? Most of it is pure: what it computes depends on its arguments alone, and the same records give the same
//! bytes on every machine. `service` is the validator around it.
//!
//! - `accuracy`: how right an answer is, by kind, by the metrics of the crate `metric`;
//! - `reward`: what an answer earns by being right, fast and staked;
//! - `copies`: identical wrong answers earn once;
//! - `consensus`: what validators agree on, and how far each can be believed;
//! - `standing`, `weights`: how good a miner has been, and its share;
//! - `round`: all of these in order, over records that can be replayed;
//! - `challenge`, `material`: tasks whose truth is known, made from a seed;
//! - `service`: fetches tasks, grades them, closes rounds, sets weights;
//! - `wandb`: what a validator finds, as a run for Weights & Biases; the one part that is not pure.

pub mod accuracy;
pub mod challenge;
mod config;
pub mod copies;
pub mod material;
pub mod reward;
pub mod round;
pub mod service;
pub mod standing;
#[cfg(test)]
#[expect(clippy::print_stdout, reason = "its figures are for people")]
mod trial;
pub mod wandb;
pub mod weights;

pub use config::{Config, DEFAULT, Flags};
pub use domain::consensus;
pub use metric;

use process::Stop;
use tokio::net::TcpListener;

/// A validator until `stop`; `/livez`, `/readyz` and `/metrics` are served on `admin` for as long.
///
/// # Errors
/// As [`service::serve`].
pub async fn run(config: Config, admin: TcpListener, stop: Stop) -> anyhow::Result<()> {
    config.check()?;
    let leaves = service::connect(&config)?;
    service::serve(config, leaves, admin, stop).await
}
