//! The settings of the gateway; `config.default.toml` documents each.

use std::{net::SocketAddr, time::Duration};

use process::config::duration;
use serde::Deserialize;

/// The default file: the reference of every setting.
pub const DEFAULT: &str = include_str!("../config.default.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The listener.
    pub http: Http,
    /// The services behind it.
    pub upstream: Addresses,
    /// Sizes.
    pub limits: Limits,
    /// Transcription tasks.
    pub transcription: Transcription,
    /// Leave for miners to read inputs and write results.
    pub tickets: Tickets,
    /// Who may use the routes of the subnet.
    pub auth: Auth,
}

/// Settings of the listener.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where it listens.
    pub listen: SocketAddr,
    /// How others reach it; empty: as each request names it.
    pub public_url: String,
    /// Connections at once.
    pub max_connections: usize,
    /// Time for a client to send its headers.
    #[serde(with = "duration")]
    pub header_timeout: Duration,
    /// Time for requests in flight to finish after the stop.
    #[serde(with = "duration")]
    pub drain: Duration,
    /// Uploads of clients at once.
    pub max_uploads: usize,
    /// Uploads of miners at once.
    pub max_result_uploads: usize,
    /// Open event streams at once.
    pub max_event_streams: usize,
    /// Time between comments on a quiet event stream.
    #[serde(with = "duration")]
    pub event_comment: Duration,
    /// Longest silence within an upload.
    #[serde(with = "duration")]
    pub upload_idle: Duration,
}

/// Where the other services are.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// The scheduler, `http://host:port`.
    pub scheduler: String,
    /// storage-svc, `http://host:port`.
    pub storage: String,
}

/// Limits in bytes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Longest audio upload.
    pub audio_bytes: u64,
    /// Longest video upload.
    pub video_bytes: u64,
    /// Longest document upload.
    pub document_bytes: u64,
    /// Longest text to work on.
    pub text_bytes: u64,
    /// Longest result of a miner.
    pub result_bytes: u64,
    /// Longest result document read into memory.
    pub transcript_bytes: u64,
}

/// Settings of transcription tasks.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Transcription {
    /// Names that `model_id` may have.
    pub models: Vec<String>,
}

/// Who may use the routes of the subnet.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Whether callers have to prove who they are.
    pub miners: Who,
    /// chain-svc, `http://host:port`; empty: it follows no chain.
    pub chain: String,
    /// The least stake of a validator, in rao.
    pub validator_stake: u64,
}

/// Whether callers have to prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// Not while the gateway listens on the loopback.
    Off,
    /// By a hotkey that is registered on the subnet.
    Registered,
}

/// The secret behind tickets.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Tickets {
    /// Shared with the scheduler, at least 32 characters.
    pub key: String,
}

impl std::fmt::Debug for Tickets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tickets(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_names_exactly_the_settings() {
        // E26
        let config: Config = process::config::load("gateway", DEFAULT, None, []).unwrap();
        let written = toml::to_string(&config).unwrap();
        assert_eq!(process::config::keys(DEFAULT), process::config::keys(&written));
    }

    #[test]
    fn the_ticket_key_is_never_printed_and_has_no_default() {
        // S11
        let env = [("GATEWAY__TICKETS__KEY".to_owned(), "a-secret-that-must-not-be-seen".to_owned())];
        let config: Config = process::config::load("gateway", DEFAULT, None, env).unwrap();
        assert!(!format!("{config:?}").contains("must-not-be-seen"));
        let config: Config = process::config::load("gateway", DEFAULT, None, []).unwrap();
        assert_eq!(config.tickets.key, "");
    }
}
