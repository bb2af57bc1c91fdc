//! Settings, and what the miner of a stack needs before it starts.

use std::path::Path;

use inference::{Leaves, Machine, models::Progress};
use process::config;
use serde::de::DeserializeOwned;

/// Where a stack's miner gets its models from.
pub enum Models {
    /// The models of this machine, as [`machine`] prepared them.
    Sidecar(Box<Machine>),
    /// These, for every miner; for tests that are not about models.
    Given(Box<Leaves>),
    /// These, for each miner its own; for tests that are about miners.
    Each(Vec<Leaves>),
    /// No miner: others pair.
    None,
}

/// Settings of one service: its defaults under the stack's.
pub(super) fn settings<T: DeserializeOwned>(
    service: &str,
    defaults: &str,
    env: &[(String, String)],
) -> anyhow::Result<T> {
    Ok(config::load(service, defaults, None, env.iter().cloned())?)
}

/// Settings of the miner with this number of a stack in `folder`; the first one's models are everybody's.
pub(super) fn miner_settings(
    folder: &Path,
    number: usize,
    settings_given: &[(String, String)],
) -> anyhow::Result<inference::Config> {
    let name = if number == 1 { "inference".to_owned() } else { format!("inference-{number}") };
    let own = ("INFERENCE__DATA_DIR".to_owned(), folder.join(name).display().to_string());
    let env: Vec<_> = settings_given.iter().cloned().chain([own]).collect();
    settings("inference", inference::DEFAULT, &env)
}

/// Fetches what the models need and finds what is here, for a stack in `folder` with these settings.
///
/// # Errors
/// One sentence with the way out: no Python, no network, no room.
pub async fn machine(
    folder: &Path,
    settings: &[(String, String)],
    progress: &dyn Progress,
) -> anyhow::Result<Box<Machine>> {
    let config = miner_settings(folder, 1, settings)?;
    Ok(Box::new(inference::prepare(&config, progress).await?))
}
