//! Whether a run is kept, where, and under which names.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Where runs go unless another server is named.
const PUBLIC: &str = "https://api.wandb.ai";
/// The project of a run that names none.
const PROJECT: &str = "violet";

/// The section `wandb` of a configuration. Empty text is no value; the variable beside a field wins over it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wandb {
    /// `online`, `offline` (or `dryrun`), `disabled` (`WANDB_MODE`). Empty: disabled when no project is named, else online with
    /// a key and offline without.
    pub mode: String,
    /// The project of the run (`WANDB_PROJECT`); empty: `violet`.
    pub project: String,
    /// The user or team it belongs to (`WANDB_ENTITY`); empty: the key's own.
    pub entity: String,
    /// Runs are folders below `wandb/` in this one (`WANDB_DIR`); empty: the service's data folder.
    pub dir: String,
    /// What the run is called on the site (`WANDB_NAME`); empty: the site makes a name up.
    pub name: String,
    /// The server (`WANDB_BASE_URL`); empty: the public one.
    pub base_url: String,
}

/// What the section and the variables come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether a run is kept, and whether it is sent.
    pub mode: Mode,
    /// True when it was to be sent and there is no key: it is kept only.
    pub keyless: bool,
    /// The project.
    pub project: String,
    /// The user or team.
    pub entity: Option<String>,
    /// What the run is called.
    pub name: Option<String>,
    /// The folder that `wandb/` is made in.
    pub dir: PathBuf,
    /// The server, without a slash at its end.
    pub base_url: String,
}

/// Whether a run is kept, and whether it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is written, nothing is sent.
    Disabled,
    /// Written, for a `wandb sync` later.
    Offline,
    /// Written, and sent while it grows.
    Online(ApiKey),
}

/// The secret of an account. It is sent to the server and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadWandb {
    /// No such mode.
    #[error("wandb.mode or WANDB_MODE: \"{0}\" is none of online, offline, dryrun, disabled")]
    Mode(String),
    /// A name that can't be part of an address of the site.
    #[error(
        "wandb.{field} or {variable}: \"{value}\" has one of / \\ # ? % : or a line break in it, or is too long"
    )]
    Name {
        /// The setting.
        field: &'static str,
        /// Its variable.
        variable: &'static str,
        /// What it says.
        value: String,
    },
    /// No address of a server.
    #[error(
        "wandb.base_url or WANDB_BASE_URL: \"{0}\" does not begin with https:// or http://, or names no host"
    )]
    BaseUrl(String),
    /// A key with characters that no key has; it is not repeated here.
    #[error("WANDB_API_KEY: a key has letters, digits, - and _ only, at least 20 of them")]
    Key,
}

impl Wandb {
    /// Reads the section together with the variables that `env` tells; runs go below `data_dir` when no folder is named.
    ///
    /// # Errors
    /// [`BadWandb`] with the first fault.
    pub fn settings(
        &self,
        env: impl Fn(&str) -> Option<String>,
        data_dir: &Path,
    ) -> Result<Settings, BadWandb> {
        let said = |variable: &str, setting: &str| {
            let given = env(variable).unwrap_or_default().trim().to_owned();
            Some(if given.is_empty() { setting.trim().to_owned() } else { given }).filter(|s| !s.is_empty())
        };
        let key = said("WANDB_API_KEY", "").map(ApiKey::parse).transpose()?;
        let project = said("WANDB_PROJECT", &self.project);
        let mode = said("WANDB_MODE", &self.mode);
        let online = |key| match key {
            Some(key) => (Mode::Online(key), false),
            None => (Mode::Offline, true),
        };
        let (mode, keyless) = match mode.as_deref() {
            // a key alone may be there for something else on this machine
            None if project.is_none() => (Mode::Disabled, false),
            None => (online(key).0, false),
            Some("online" | "run") => online(key),
            Some("offline" | "dryrun") => (Mode::Offline, false),
            Some("disabled") => (Mode::Disabled, false),
            Some(other) => return Err(BadWandb::Mode(other.to_owned())),
        };
        let base_url = said("WANDB_BASE_URL", &self.base_url).unwrap_or_else(|| PUBLIC.to_owned());
        let host = base_url.strip_prefix("https://").or_else(|| base_url.strip_prefix("http://"));
        if host.is_none_or(|h| h.trim_end_matches('/').is_empty() || h.contains([' ', '?', '#'])) {
            return Err(BadWandb::BaseUrl(base_url));
        }
        Ok(Settings {
            mode,
            keyless,
            project: named("project", "WANDB_PROJECT", project)?.unwrap_or_else(|| PROJECT.to_owned()),
            entity: named("entity", "WANDB_ENTITY", said("WANDB_ENTITY", &self.entity))?,
            name: said("WANDB_NAME", &self.name),
            dir: said("WANDB_DIR", &self.dir).map_or_else(|| data_dir.to_owned(), PathBuf::from),
            base_url: base_url.trim_end_matches('/').to_owned(),
        })
    }
}

fn named(
    field: &'static str,
    variable: &'static str,
    value: Option<String>,
) -> Result<Option<String>, BadWandb> {
    let bad = |v: &str| {
        v.chars().count() > 128
            || v == ".."
            || v.contains(['/', '\\', '#', '?', '%', ':'])
            || v.contains(char::is_control)
    };
    match value {
        Some(value) if bad(&value) => Err(BadWandb::Name { field, variable, value }),
        value => Ok(value),
    }
}

impl ApiKey {
    /// Takes `text` for a key.
    ///
    /// # Errors
    /// When no key looks like it.
    pub fn parse(text: String) -> Result<Self, BadWandb> {
        let sound = text.len() >= 20 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if sound { Ok(Self(text)) } else { Err(BadWandb::Key) }
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}
