//! Settings of the scheduler; `config.default.toml` is the reference.

mod auth;
mod fanout;

pub use auth::{Auth, Who};
pub use fanout::Fanout;

use std::{fmt, net::SocketAddr, time::Duration};

use domain::TaskKind;
use process::exit::BadSetup;
use proto::ticket::TicketKey;
use serde::{Deserialize, Serialize};

/// The built-in defaults: the first layer of every configuration.
pub const DEFAULT: &str = include_str!("../config.default.toml");

/// Settings of the scheduler.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where gateways and miners reach it, gRPC.
    pub listen: SocketAddr,
    /// Where operators reach `/livez`, `/readyz` and `/metrics`; `None` (empty text): nowhere.
    #[serde(with = "optional")]
    pub admin: Option<SocketAddr>,
    /// The storage service, `http://host:port`.
    pub storage: String,
    /// The gateway as miners reach it, `http://host:port`.
    pub gateway_url: String,
    /// The secret shared with the gateway.
    pub ticket_key: Secret,
    /// A lease lapses this long after its last renewal.
    #[serde(with = "process::config::duration")]
    pub lease: Duration,
    /// Miners send a sign of life at least this often.
    #[serde(with = "process::config::duration")]
    pub heartbeat: Duration,
    /// A task that has not ended this long after submit fails.
    #[serde(with = "process::config::duration")]
    pub total_timeout: Duration,
    /// Time allowed for one attempt, whatever the size of the input.
    #[serde(with = "process::config::duration")]
    pub run_base: Duration,
    /// Further time allowed for each megabyte of sound or video.
    #[serde(with = "process::config::duration")]
    pub run_per_mb: Duration,
    /// Further time allowed for each kilobyte of text or document.
    #[serde(with = "process::config::duration")]
    pub run_per_text_kb: Duration,
    /// Miners that can be paired at once.
    pub max_miners: usize,
    /// Calls in flight when the service stops may take this long to finish.
    #[serde(with = "process::config::duration")]
    pub drain: Duration,
    /// How the answers of several miners to one task are waited for and compared.
    pub fanout: Fanout,
    /// Who is let in.
    pub auth: Auth,
}

/// Text that is never printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Config {
    /// Checks what no single field can tell for a service that listens there, and reads the ticket key.
    ///
    /// # Errors
    /// [`BadSetup`] naming every fault.
    pub(crate) fn check(&self, listens: SocketAddr) -> Result<TicketKey, BadSetup> {
        let mut faults = Vec::new();
        let key: Result<TicketKey, _> = self.ticket_key.0.parse();
        if let Err(weak) = &key {
            faults.push(format!("ticket_key: {weak}"));
        }
        if self.heartbeat.is_zero() || self.heartbeat * 2 > self.lease {
            faults.push("heartbeat: must be more than zero and at most half of the lease".to_owned());
        }
        if self.run_base.is_zero() || self.total_timeout.is_zero() {
            faults.push("run_base, total_timeout: must be more than zero".to_owned());
        }
        if self.max_miners == 0 {
            faults.push("max_miners: must be at least 1".to_owned());
        }
        faults.extend(self.fanout.fault());
        faults.extend(self.auth.fault(listens));
        match key {
            Ok(key) if faults.is_empty() => Ok(key),
            _ => Err(BadSetup(format!("the configuration of scheduler has faults: {}", faults.join("; ")))),
        }
    }

    /// Time allowed for one attempt at an input of `bytes`.
    #[must_use]
    pub(crate) fn run_time(&self, kind: TaskKind, bytes: u64) -> Duration {
        let (each, of) = match kind {
            TaskKind::Transcription
            | TaskKind::VideoTranscription
            | TaskKind::AudioEnhancement
            | TaskKind::AudioAnalysis => (self.run_per_mb, 1_000_000),
            TaskKind::Tts
            | TaskKind::Summarization
            | TaskKind::TextTranslation
            | TaskKind::DocumentTranslation => (self.run_per_text_kb, 1_000),
        };
        let by_size = each.as_micros().saturating_mul(u128::from(bytes)) / of;
        self.run_base.saturating_add(Duration::from_micros(u64::try_from(by_size).unwrap_or(u64::MAX)))
    }
}

/// An address, or empty text for none.
mod optional {
    use std::net::SocketAddr;

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<SocketAddr>, D::Error> {
        let text = String::deserialize(d)?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| D::Error::custom(format!("\"{text}\" is no address; write 127.0.0.1:7191")))
    }

    // serde's `with` hands over a reference to the field
    #[allow(clippy::ref_option)]
    pub(super) fn serialize<S: Serializer>(address: &Option<SocketAddr>, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&address.map(|a| a.to_string()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7101);

    fn load(env: &[(&str, &str)]) -> Result<Config, process::config::ConfigError> {
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        process::config::load("scheduler", DEFAULT, None, env)
    }

    #[test]
    fn the_default_file_names_exactly_the_fields() {
        let written = toml::to_string(&load(&[]).unwrap()).unwrap();
        assert_eq!(process::config::keys(DEFAULT), process::config::keys(&written));
    }

    #[test]
    fn a_scheduler_without_a_ticket_key_does_not_start() {
        let said = load(&[]).unwrap().check(LOOPBACK).unwrap_err().to_string();
        assert!(said.contains("ticket_key") && said.contains("openssl"), "{said}");
    }

    #[test]
    fn every_fault_between_fields_is_told_at_once() {
        let said = load(&[
            ("SCHEDULER__HEARTBEAT", "9s"),
            ("SCHEDULER__MAX_MINERS", "0"),
            ("SCHEDULER__FANOUT__JUDGEMENTS", "0"),
        ])
        .unwrap()
        .check(LOOPBACK)
        .unwrap_err();
        let said = said.to_string();
        for part in ["ticket_key", "heartbeat", "max_miners", "fanout.judgements"] {
            assert!(said.contains(part), "{part} is missing in: {said}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        // S11
        let key = "0123456789abcdef0123456789abcdef";
        let config = load(&[("SCHEDULER__TICKET_KEY", key)]).unwrap();
        assert!(config.check(LOOPBACK).is_ok());
        assert!(!format!("{config:?}").contains(key));
    }

    #[test]
    fn anybody_may_pair_on_the_loopback_alone() {
        let key = ("SCHEDULER__TICKET_KEY", "0123456789abcdef0123456789abcdef");
        let check = |miners: &str, listens: &str| {
            let config = load(&[key, ("SCHEDULER__AUTH__MINERS", miners)]).unwrap();
            config.check(listens.parse().unwrap()).map(drop)
        };
        for address in ["0.0.0.0:7101", "10.0.0.7:7101", "[::]:7101", "[2001:db8::1]:7101"] {
            let said = check("off", address).unwrap_err().to_string();
            assert!(said.contains("auth.miners") && said.contains("\"registered\""), "{said}");
            assert!(check("registered", address).is_ok());
        }
        for address in ["127.0.0.1:7101", "127.9.9.9:1", "[::1]:7101", "[::ffff:127.0.0.1]:7101"] {
            assert!(check("off", address).is_ok(), "{address}");
        }
    }

    #[test]
    fn longer_inputs_get_more_time() {
        let config = load(&[("SCHEDULER__RUN_BASE", "60s"), ("SCHEDULER__RUN_PER_MB", "10s")]).unwrap();
        let heard = |bytes| config.run_time(TaskKind::Transcription, bytes);
        assert_eq!(heard(0), Duration::from_secs(60));
        assert_eq!(heard(2_500_000), Duration::from_secs(85));
        assert!(heard(u64::MAX) > Duration::from_secs(1 << 40));
        assert_eq!(config.run_time(TaskKind::Tts, 2_000) - heard(0), config.run_per_text_kb * 2);
    }
}
