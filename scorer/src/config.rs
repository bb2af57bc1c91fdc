//! Settings of the scorer; `config.default.toml` is the reference.

mod challenges;
mod flags;
mod wallet;

use challenges::Challenges;
pub use flags::Flags;
use wallet::Wallet;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use domain::TaskKind;
use process::{config::duration, exit::BadSetup};
use serde::Deserialize;

use crate::{reward, wandb::Wandb};

/// The built-in defaults: the first layer of every configuration.
pub const DEFAULT: &str = include_str!("../config.default.toml");

/// Settings of the scorer.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where operators reach `/livez`, `/readyz` and `/metrics`.
    pub admin: SocketAddr,
    /// Folder that this process alone uses.
    pub data_dir: PathBuf,
    /// Time to finish what it is at when it is told to stop.
    #[serde(with = "duration")]
    pub drain: Duration,
    /// Whose tasks are graded.
    pub proxy: Proxy,
    /// How the chain is reached.
    pub chain: Chain,
    /// Which hotkey that must be.
    pub wallet: Wallet,
    /// Where things last.
    pub ledger: Ledger,
    /// The validator's own inference.
    pub reference: Reference,
    /// Grading.
    pub work: Work,
    /// Closing rounds.
    pub round: Round,
    /// Asking what is known.
    pub challenges: Challenges,
    /// Runs for Weights & Biases.
    pub wandb: Wandb,
}

/// Whose tasks are graded.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// The gateway.
    pub url: String,
    /// Its operator's hotkey, ss58; empty: the owner of the subnet.
    pub hotkey: String,
    /// Time to connect.
    #[serde(with = "duration")]
    pub connect: Duration,
    /// Time without a single byte.
    #[serde(with = "duration")]
    pub stall: Duration,
}

/// How the chain is reached.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// chain-svc.
    pub url: String,
    /// The subnet it must read.
    #[serde(with = "blank")]
    pub netuid: Option<u16>,
    /// The network it must read.
    pub network: String,
}

/// Where things last.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// storage-svc.
    pub url: String,
}

/// The validator's own inference.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Where it is; empty: there is none.
    pub url: String,
    /// Time for one piece of work.
    #[serde(with = "duration")]
    pub time: Duration,
    /// References that are kept.
    pub keep: usize,
}

/// Grading.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Time between two looks.
    #[serde(with = "duration")]
    pub every: Duration,
    /// Tasks of one look.
    pub tasks: usize,
    /// Sound of one look.
    #[serde(with = "duration")]
    pub sound: Duration,
    /// Longest file.
    pub max_file_bytes: usize,
    /// Longest sound.
    #[serde(with = "duration")]
    pub max_sound: Duration,
    /// Looks at one task.
    pub attempts: u32,
}

/// Closing rounds.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Blocks of a round.
    pub blocks: u64,
    /// Blocks before the end of an epoch.
    pub before_epoch: u64,
    /// Time between two looks at the chain.
    #[serde(with = "duration")]
    pub every: Duration,
    /// Tasks of a round.
    pub tasks: usize,
    /// How answers are rewarded.
    pub profile: Profile,
    /// Whether weights are sent.
    pub weights: bool,
}

/// How answers are rewarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// 40/40/20 for every kind.
    Standard,
    /// Kinds weighed differently.
    ByKind,
}

impl Profile {
    /// Its name in the settings.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::ByKind => "by_kind",
        }
    }
}

impl Round {
    /// The profile by its name.
    pub(crate) fn profile(&self) -> reward::Profile {
        match self.profile {
            Profile::Standard => reward::Profile::standard(),
            Profile::ByKind => reward::Profile::by_kind(),
        }
    }
}

impl Config {
    /// Checks what no single field can tell.
    ///
    /// # Errors
    /// [`BadSetup`] naming every fault.
    pub(crate) fn check(&self) -> Result<(), BadSetup> {
        let mut faults = Vec::new();
        if self.proxy.url.is_empty() {
            faults.push("proxy.url: is missing, give --proxy_server_url or PROXY_SERVER_URL".to_owned());
        }
        let positive = [
            ("reference.time", self.reference.time.is_zero()),
            ("work.every", self.work.every.is_zero()),
            ("work.tasks", self.work.tasks == 0),
            ("work.attempts", self.work.attempts == 0),
            ("work.max_sound", self.work.max_sound.is_zero()),
            ("round.every", self.round.every.is_zero()),
            ("round.blocks", self.round.blocks == 0),
            ("round.tasks", self.round.tasks == 0),
        ];
        faults.extend(positive.iter().filter(|p| p.1).map(|p| format!("{}: must be more than zero", p.0)));
        if self.challenges.kinds.contains(&TaskKind::Summarization) {
            faults.push("challenges.kinds: no truth can be made for summarization".to_owned());
        }
        if faults.is_empty() {
            return Ok(());
        }
        Err(BadSetup(format!("the configuration of scorer has faults: {}", faults.join("; "))))
    }
}

/// Serde for settings that may be left empty.
mod blank {
    use std::{fmt::Display, str::FromStr};

    use serde::{Deserialize as _, Deserializer, de::Error as _};

    pub(super) fn deserialize<'de, D, T>(d: D) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: Display>,
    {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Given {
            Number(u64),
            Text(String),
        }
        let text = match Given::deserialize(d)? {
            Given::Number(number) => number.to_string(),
            Given::Text(text) => text,
        };
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
    }

    #[cfg(test)]
    // serde's `with` hands over a reference to the field
    #[allow(clippy::ref_option)]
    pub(super) fn serialize<S: serde::Serializer, T: Display>(
        value: &Option<T>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.serialize_str(&value.as_ref().map(ToString::to_string).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
