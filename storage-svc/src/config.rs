//! The settings, as `config.default.toml` explains them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use process::config::duration;
use serde::{Deserialize, Serialize};

use crate::sql::Synchronous;

/// The default settings, which are the reference too.
pub const DEFAULT: &str = include_str!("../config.default.toml");

/// Settings of the service.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the service listens.
    pub listen: SocketAddr,
    /// The folder of everything that lasts.
    pub data_dir: PathBuf,
    /// Time for calls in flight at the end.
    #[serde(with = "duration")]
    pub drain: Duration,
    /// The database.
    pub database: Database,
    /// How long things are kept.
    pub retention: Keep,
    /// What is taken.
    pub limits: Limits,
    /// The loop that deletes.
    pub expiry: Expiry,
}

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A file in the data folder.
    Sqlite,
    /// Nothing lasts.
    Memory,
}

/// The database.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Which.
    pub kind: Kind,
    /// What an acknowledged write has survived.
    pub synchronous: Synchronous,
    /// Connections that read.
    pub readers: usize,
    /// Most writes that share one COMMIT.
    pub max_batch: usize,
}

/// How long things are kept.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// A task after its end.
    #[serde(with = "duration")]
    pub tasks: Duration,
    /// An idempotency key.
    #[serde(with = "duration")]
    pub keys: Duration,
    /// A file that no task uses.
    #[serde(with = "duration")]
    pub files: Duration,
    /// A nonce after its request became too old to be served.
    #[serde(with = "duration")]
    pub nonces: Duration,
}

/// What is taken.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Longest file.
    pub max_file_bytes: u64,
    /// Room that is left free.
    pub min_free_bytes: u64,
}

/// The loop that deletes.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expiry {
    /// Time between two passes.
    #[serde(with = "duration")]
    pub every: Duration,
    /// Records that one transaction deletes.
    pub batch: u32,
}

impl Config {
    /// What no single field can say is wrong.
    ///
    /// # Errors
    /// One sentence naming the setting.
    pub fn check(&self) -> Result<(), process::exit::BadSetup> {
        let positive = [
            ("database.readers", self.database.readers > 0),
            ("database.max_batch", self.database.max_batch > 0),
            ("expiry.batch", self.expiry.batch > 0),
            ("expiry.every", !self.expiry.every.is_zero()),
        ];
        match positive.iter().find(|(_, fine)| !fine) {
            Some((key, _)) => Err(process::exit::BadSetup(format!("storage-svc: {key} must be more than 0"))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_names_exactly_the_fields() {
        // E26
        let config: Config = process::config::load("storage-svc", DEFAULT, None, []).unwrap();
        config.check().unwrap();
        let written = toml::to_string(&config).unwrap();
        assert_eq!(process::config::keys(&written), process::config::keys(DEFAULT));
    }

    #[test]
    fn a_setting_that_can_never_work_is_named() {
        let env = [("STORAGE_SVC__DATABASE__READERS".to_owned(), "0".to_owned())];
        let config: Config = process::config::load("storage-svc", DEFAULT, None, env).unwrap();
        assert!(config.check().unwrap_err().0.contains("database.readers"));
    }
}
