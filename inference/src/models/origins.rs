//! The places bytes come from, as the environment names them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;

use super::error::PrepareError;

/// The places bytes come from, and how patient to be with them.
#[derive(Debug, Clone)]
pub(super) struct Origins {
    /// Model hub: `<hub>/<repo>/resolve/<revision>/<file>`.
    pub(super) hub: Url,
    /// Simple index: `<index>/<package>/`.
    pub(super) index: Url,
    /// npm registry: `<npm>/<package>/-/<file>`.
    pub(super) npm: Url,
    /// Mirror of Debian: `<debian>/pool/..`.
    pub(super) debian: Url,
    /// Longest wait for a connection, and for the first answer of the hub.
    pub(super) connect: Duration,
    /// Longest silence within an answer.
    pub(super) read: Duration,
    /// First pause before a retry; doubles with each.
    pub(super) backoff: Duration,
    /// Attempts without a new byte before a source is given up.
    pub(super) attempts: u32,
}

impl Origins {
    /// The places that the environment names. Refuses addresses that are none.
    pub(super) fn from_vars(var: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, PrepareError> {
        let indexes = ["VIOLET_PYPI_INDEX", "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"];
        let registries = ["VIOLET_NPM_REGISTRY", "NPM_CONFIG_REGISTRY", "npm_config_registry"];
        let registry = npmrc(var).unwrap_or_else(|| "https://registry.npmjs.org/".to_owned());
        Ok(Self {
            hub: first_url(var, &["HF_ENDPOINT"], "https://huggingface.co/")?,
            index: first_url(var, &indexes, "https://pypi.org/simple/")?,
            npm: first_url(var, &registries, &registry)?,
            debian: first_url(var, &["VIOLET_DEBIAN_MIRROR"], "https://deb.debian.org/debian/")?,
            connect: Duration::from_secs(4),
            read: Duration::from_secs(30),
            backoff: Duration::from_millis(500),
            attempts: 4,
        })
    }
}

/// The registry that the user's configuration of npm names.
fn npmrc(var: &dyn Fn(&str) -> Option<OsString>) -> Option<String> {
    let named = var("NPM_CONFIG_USERCONFIG").map(PathBuf::from);
    let path = named.or_else(|| var("HOME").map(|home| Path::new(&home).join(".npmrc")))?;
    let text = std::fs::read_to_string(path).ok()?;
    let value =
        |line: &str| line.trim().strip_prefix("registry")?.trim_start().strip_prefix('=').map(str::to_owned);
    // a value that npm itself would take from the environment is none that is known here
    text.lines().filter_map(value).map(|v| v.trim().to_owned()).rfind(|v| !v.contains("${"))
}

fn first_url(
    var: &dyn Fn(&str) -> Option<OsString>,
    names: &[&str],
    default: &str,
) -> Result<Url, PrepareError> {
    let set = names.iter().find_map(|name| var(name).map(|value| (*name, value)));
    let (name, value) = set.unwrap_or(("the default", default.into()));
    let bad = |why: String| PrepareError::BadSetting { name: name.to_owned(), why };
    let mut text = value.into_string().map_err(|_| bad("not text".to_owned()))?;
    if !text.ends_with('/') {
        // without it `join` would replace the last segment
        text.push('/');
    }
    let url = Url::parse(&text).map_err(|e| bad(e.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("not an http or https address".to_owned()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(vars: &[(&str, &str)]) -> Origins {
        Origins::from_vars(&|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into())).unwrap()
    }

    #[test]
    fn mirrors_named_in_the_environment_are_used() {
        let plain = origins(&[("HOME", "/h")]);
        assert_eq!(plain.index.as_str(), "https://pypi.org/simple/");
        let vars = [
            ("HOME", "/h"),
            ("PIP_INDEX_URL", "https://m.example/simple"),
            ("HF_ENDPOINT", "http://h.example"),
        ];
        let mirror = origins(&vars);
        assert_eq!(mirror.index.as_str(), "https://m.example/simple/");
        assert_eq!(mirror.hub.as_str(), "http://h.example/");
        assert_eq!(plain.debian.as_str(), "https://deb.debian.org/debian/");
        assert_eq!(
            origins(&[("VIOLET_DEBIAN_MIRROR", "http://d.example/debian")]).debian.as_str(),
            "http://d.example/debian/"
        );
    }

    #[test]
    fn the_npm_registry_is_taken_from_the_environment_or_from_npms_own_configuration() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().to_str().unwrap();
        let npm = |vars: &[(&str, &str)]| origins(vars).npm.as_str().to_owned();
        assert_eq!(npm(&[("HOME", folder)]), "https://registry.npmjs.org/");
        std::fs::write(home.path().join(".npmrc"), "fund=false\nregistry = https://n.example/npm\n").unwrap();
        assert_eq!(npm(&[("HOME", folder)]), "https://n.example/npm/");
        let set = [("HOME", folder), ("NPM_CONFIG_REGISTRY", "https://o.example")];
        assert_eq!(npm(&set), "https://o.example/");
    }
}
