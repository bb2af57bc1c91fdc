//! Configuration: the default file is the reference, a file overrides it, the environment overrides both.

use std::{collections::BTreeSet, fmt, path::Path};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Everything that is wrong with a configuration, one line each.
#[derive(Debug)]
pub struct ConfigError {
    service: String,
    faults: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration of {} has faults: {}", self.service, self.faults.join("; "))
    }
}

impl std::error::Error for ConfigError {}

/// Reads a configuration: `default_toml`, then `file`, then variables `SERVICE__SECTION__KEY` from `env`, where SERVICE is
/// the service's name in upper case with `_` for `-`. A variable's value is TOML if it parses as such, else text.
///
/// # Errors
/// [`ConfigError`] with all faults at once: unreadable file, unknown keys, values of the wrong form.
pub fn load<T: DeserializeOwned>(
    service: &str,
    default_toml: &str,
    file: Option<&Path>,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let mut faults = Vec::new();
    let default: Table = default_toml.parse().unwrap_or_else(|e| {
        faults.push(format!("built-in defaults: {e}"));
        Table::new()
    });
    let known = leaves(&default);
    let mut merged = default.clone();
    let mut given: Vec<(String, Vec<Value>, String)> = Vec::new();
    if let Some(path) = file {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| e.to_string());
        match text.and_then(|t| t.parse::<Table>().map_err(|e| e.message().to_owned())) {
            Ok(table) => {
                given.extend(flatten("", table).into_iter().map(|(k, v)| (k, vec![v], name.clone())));
            }
            Err(e) => faults.push(format!("{name}: {e}")),
        }
    }
    let prefix = format!("{}__", service.to_uppercase().replace('-', "_"));
    for (name, text) in env {
        if let Some(key) = name.strip_prefix(&prefix) {
            let key = key.to_lowercase().replace("__", ".");
            let value = format!("v = {text}").parse::<Table>().ok().and_then(|mut t| t.remove("v"));
            given.push((key, value.into_iter().chain([Value::String(text)]).collect(), name));
        }
    }
    let default_is_whole = T::deserialize(Value::Table(default.clone())).is_ok();
    for (key, readings, source) in given {
        if !known.contains(&key) {
            faults.push(format!("{source}: there is no setting \"{key}\""));
            continue;
        }
        // each value is tried alone, so that one bad value does not hide another
        let tried = readings.iter().map(|value| {
            let mut alone = default.clone();
            set(&mut alone, &key, value.clone());
            T::deserialize(Value::Table(alone)).err().filter(|_| default_is_whole)
        });
        let tried: Vec<_> = tried.collect();
        match (tried.iter().position(Option::is_none), tried.into_iter().next().flatten()) {
            (Some(fits), _) => set(&mut merged, &key, readings[fits].clone()),
            (None, Some(e)) => faults.push(format!("{source}: {key}: {}", e.message())),
            (None, None) => {}
        }
    }
    let parsed = T::deserialize(Value::Table(merged)).map_err(|e| e.message().to_owned());
    match parsed {
        Ok(config) if faults.is_empty() => Ok(config),
        Err(e) if faults.is_empty() => Err(ConfigError { service: service.to_owned(), faults: vec![e] }),
        _ => Err(ConfigError { service: service.to_owned(), faults }),
    }
}

/// The keys of a configuration file, dotted. An empty text is the way to say "no value" of an optional setting.
#[must_use]
pub fn keys(toml: &str) -> BTreeSet<String> {
    toml.parse::<Table>().map(|t| leaves(&t)).unwrap_or_default()
}

fn leaves(table: &Table) -> BTreeSet<String> {
    flatten("", table.clone()).into_iter().map(|(k, _)| k).collect()
}

fn flatten(prefix: &str, table: Table) -> Vec<(String, Value)> {
    let mut flat = Vec::new();
    for (key, value) in table {
        let key = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        match value {
            Value::Table(inner) => flat.extend(flatten(&key, inner)),
            leaf => flat.push((key, leaf)),
        }
    }
    flat
}

fn set(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((section, rest)) => {
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

/// Serde for durations written as people do: `90s`, `5m`, `24h`. Use `#[serde(with = "process::config::duration")]`.
pub mod duration {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    /// Reads `90s`.
    ///
    /// # Errors
    /// When the text is no duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(d)?;
        humantime::parse_duration(&text)
            .map_err(|e| D::Error::custom(format!("\"{text}\" is no duration ({e}); write 90s")))
    }

    /// Writes `1m 30s`.
    ///
    /// # Errors
    /// When the serializer fails.
    pub fn serialize<S: Serializer>(d: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&humantime::format_duration(*d).to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[derive(Debug, serde::Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Conf {
        listen: std::net::SocketAddr,
        limits: Limits,
    }

    #[derive(Debug, serde::Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        #[serde(with = "duration")]
        lease: Duration,
        most: u32,
    }

    const DEFAULT: &str = "listen = \"127.0.0.1:1\"\n[limits]\nlease = \"10s\"\nmost = 3\n";

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_environment_overrides_the_file_and_the_file_the_defaults() {
        // E26
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("c.toml");
        std::fs::write(&file, "[limits]\nmost = 4\nlease = \"20s\"\n").unwrap();
        let env = env(&[("STORAGE_SVC__LIMITS__LEASE", "90s"), ("OTHER__LIMITS__MOST", "9")]);
        let c: Conf = load("storage-svc", DEFAULT, Some(&file), env).unwrap();
        assert_eq!(c.limits, Limits { lease: Duration::from_secs(90), most: 4 });
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let env = env(&[
            ("X__LIMITS__LEASE", "soon"),
            ("X__LIMITS__MOST", "many"),
            ("X__LIMIT", "1"),
            ("X__LISTEN", "nowhere"),
        ]);
        let said = load::<Conf>("x", DEFAULT, None, env).unwrap_err().to_string();
        for part in ["X__LIMITS__LEASE", "X__LIMITS__MOST", "there is no setting \"limit\"", "X__LISTEN"] {
            assert!(said.contains(part), "{part} is missing in: {said}");
        }
    }
}
