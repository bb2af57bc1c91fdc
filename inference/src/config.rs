//! The settings of this service; `config.default.toml` documents each.

mod reference;
mod wallet;

pub use reference::Reference;
pub use wallet::Wallet;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use domain::{MinerId, TaskKind};
use process::{
    config::{ConfigError, duration},
    exit::BadSetup,
};
use serde::Deserialize;

use crate::{models::Profile, pipeline::TranscriptionOptions, sidecar::Load, worker};

/// The default file: the reference of every setting.
pub const DEFAULT: &str = include_str!("../config.default.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The scheduler, `http://host:port`; empty: no work is leased.
    pub scheduler: String,
    /// The hotkey of the scheduler's operator, ss58; empty: pairings are not signed.
    pub scheduler_hotkey: String,
    /// Name of this miner; none: a random one that is kept in the data folder.
    #[serde(with = "blank")]
    pub miner: Option<MinerId>,
    /// Folder that this process alone uses.
    pub data_dir: PathBuf,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    pub admin: SocketAddr,
    /// What pairings are signed with.
    pub wallet: Wallet,
    /// Taking work.
    pub worker: Worker,
    /// Reading recordings.
    pub media: Media,
    /// Transcribing them.
    pub transcription: Transcription,
    /// Work for a validator.
    pub reference: Reference,
    /// The models and their server.
    pub models: Models,
}

/// Settings of taking work.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// Most leases at once; 0: as many as the models can run.
    pub max_leases: usize,
    /// Time to finish what it has when it is told to stop.
    #[serde(with = "duration")]
    pub drain: Duration,
    /// How long a model may be out of service before work that needs it is given back.
    #[serde(with = "duration")]
    pub model_patience: Duration,
}

/// Settings of reading recordings.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Longest recording it takes.
    #[serde(with = "duration")]
    pub max_length: Duration,
    /// The ffmpeg to prefer.
    #[serde(with = "blank")]
    pub ffmpeg: Option<PathBuf>,
}

/// Settings of transcribing.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Transcription {
    /// Windows of one recording that the model works on at once.
    pub windows_in_flight: usize,
    /// Time allowed to judge a minute of sound for speech.
    #[serde(with = "duration")]
    pub speech_timeout: Duration,
    /// Time allowed to hear one window.
    #[serde(with = "duration")]
    pub window_timeout: Duration,
}

/// Settings of the models and their server.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// Kinds of task that it does; empty: all whose models it has.
    pub kinds: Vec<TaskKind>,
    /// Which set of models.
    #[cfg_attr(test, serde(serialize_with = "name"))]
    pub profile: Profile,
    /// Where they run.
    pub device: Device,
    /// When they are loaded.
    pub load: Load,
    /// A Triton server that somebody else runs.
    #[serde(with = "blank")]
    pub triton: Option<String>,
    /// What opens its restricted parts. Never printed.
    #[serde(with = "blank")]
    pub triton_admin_key: Option<String>,
    /// One request in so many is traced by the model server even when its task is not.
    pub trace_rate: u32,
}

/// What models run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// The processor.
    Cpu,
    /// A graphics card.
    Gpu,
}

impl Device {
    /// As the model server's configurations are named.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        }
    }
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kinds, profile, device, load, triton, triton_admin_key: _, trace_rate } = self;
        let mut models = f.debug_struct("Models");
        models
            .field("kinds", kinds)
            .field("profile", profile)
            .field("device", device)
            .field("load", load)
            .field("triton", triton);
        models.field("trace_rate", trace_rate).finish_non_exhaustive()
    }
}

impl Config {
    /// The defaults, under a file, under `INFERENCE__` variables, under the `BT_WALLET_` variables of the official tools.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn load(
        file: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut env: Vec<_> = env.into_iter().collect();
        for (variable, setting) in wallet::VARIABLES {
            let given = env.iter().find(|(name, value)| name == variable && !value.is_empty());
            if let Some((_, value)) = given.cloned() {
                env.push((setting.to_owned(), value));
            }
        }
        process::config::load("inference", DEFAULT, file, env)
    }

    /// How the worker works.
    ///
    /// # Errors
    /// A hotkey that can't be read.
    pub fn worker(&self) -> Result<worker::Options, BadSetup> {
        let Transcription { windows_in_flight, speech_timeout, window_timeout } = self.transcription;
        Ok(worker::Options {
            miner: self.miner.clone(),
            key: self.wallet.key()?,
            data_dir: self.data_dir.clone(),
            max_leases: (self.worker.max_leases > 0).then_some(self.worker.max_leases),
            drain: self.worker.drain,
            model_patience: self.worker.model_patience,
            max_media: self.media.max_length,
            transcription: TranscriptionOptions {
                windows_in_flight,
                speech_timeout,
                window_timeout,
                ..TranscriptionOptions::default()
            },
        })
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
        let text = String::deserialize(d)?;
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
    }

    #[cfg(test)]
    pub(super) fn serialize<S: serde::Serializer, T: std::fmt::Debug>(
        value: &Option<T>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.serialize_str(&value.as_ref().map(|v| format!("{v:?}")).unwrap_or_default())
    }
}

#[cfg(test)]
fn name<S: serde::Serializer>(profile: &Profile, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&profile.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(env: &[(&str, &str)]) -> Result<Config, process::config::ConfigError> {
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        process::config::load("inference", DEFAULT, None, env)
    }

    #[test]
    fn the_default_file_names_exactly_the_settings() {
        // E26
        let written = toml::to_string(&load(&[]).unwrap()).unwrap();
        assert_eq!(process::config::keys(DEFAULT), process::config::keys(&written));
    }

    #[test]
    fn an_empty_text_means_none() {
        let config = load(&[]).unwrap();
        assert_eq!((config.miner.clone(), config.worker().unwrap().max_leases), (None, None));
        let config = load(&[("INFERENCE__MINER", "box-7"), ("INFERENCE__WORKER__MAX_LEASES", "3")]).unwrap();
        assert_eq!(config.miner.clone().unwrap().as_str(), "box-7");
        assert_eq!(config.worker().unwrap().max_leases, Some(3));
    }

    #[test]
    fn a_bad_setting_is_refused_by_name() {
        let said = load(&[("INFERENCE__MINER", "a/b"), ("INFERENCE__MODELS__PROFILE", "huge")])
            .unwrap_err()
            .to_string();
        assert!(said.contains("INFERENCE__MINER") && said.contains("INFERENCE__MODELS__PROFILE"), "{said}");
    }

    #[test]
    fn the_admin_key_of_triton_is_never_printed() {
        // S11
        let config = load(&[("INFERENCE__MODELS__TRITON_ADMIN_KEY", "a-secret-not-to-be-seen")]).unwrap();
        assert!(!format!("{config:?}").contains("a-secret"));
    }
}
