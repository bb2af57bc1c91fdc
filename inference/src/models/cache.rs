//! Where fetched things lie, where they are fetched from, and who may write there now.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::entries::{Artifact, Kind};
use super::error::PrepareError;
use super::manifest::Manifest;
use super::origins::Origins;
use super::progress::Progress;
use super::python::Surroundings;

/// How often a fetcher looks whether the other process has finished.
const LOCK_POLL: Duration = Duration::from_millis(200);

/// Tells the free bytes of the file system a folder is on.
pub(super) type FreeSpace = Arc<dyn Fn(&Path) -> io::Result<u64> + Send + Sync>;

/// The cache of models and of the sidecar's runtime. Cheap to clone.
///
/// Lies outside the repository and is shared by all processes of a user. A complete cache is only read: it may be on a
/// read-only file system, and no network is used.
#[derive(Clone)]
pub struct Cache {
    root: PathBuf,
    models: PathBuf,
    pub(super) ffmpeg: Option<PathBuf>,
    pub(super) origins: Origins,
    pub(super) surroundings: Surroundings,
    pub(super) free_space: FreeSpace,
    pub(super) manifest: Arc<Manifest>,
    /// Whether weights may be used whose licence forbids commercial use.
    pub(super) allow_noncommercial: bool,
}

/// Held while the cache is written. Other processes wait; the system releases it when this one dies.
#[derive(Debug)]
pub(super) struct Locked {
    _file: File,
}

impl Cache {
    /// The cache that the environment names: `VIOLET_CACHE`, else `$XDG_CACHE_HOME/violet`, else `~/.cache/violet`; models
    /// in `VIOLET_MODELS`, else in its folder `models`. Sources: `HF_ENDPOINT`, and the first set of `VIOLET_PYPI_INDEX`,
    /// `PIP_INDEX_URL`, `UV_DEFAULT_INDEX`, `UV_INDEX_URL`; for npm `VIOLET_NPM_REGISTRY`, `NPM_CONFIG_REGISTRY`,
    /// `npm_config_registry`, and the user's `.npmrc`; for Debian `VIOLET_DEBIAN_MIRROR`. `VIOLET_ALLOW_NONCOMMERCIAL` is `true` where weights may be used
    /// whose licence forbids commercial use. Creates nothing. Refuses addresses that are none.
    pub fn from_env() -> Result<Self, PrepareError> {
        Self::from_vars(&|name| std::env::var_os(name).filter(|v| !v.is_empty()))
    }

    pub(super) fn from_vars(var: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, PrepareError> {
        let path = |name: &str| var(name).map(PathBuf::from);
        let root = path("VIOLET_CACHE")
            .or_else(|| path("XDG_CACHE_HOME").filter(|p| p.is_absolute()).map(|p| p.join("violet")))
            .or_else(|| path("HOME").map(|p| p.join(".cache/violet")))
            .ok_or(PrepareError::NoCacheFolder)?;
        let root = std::path::absolute(&root).map_err(|e| PrepareError::io("resolving", &root, e))?;
        let models = path("VIOLET_MODELS").unwrap_or_else(|| root.join("models"));
        let models = std::path::absolute(&models).map_err(|e| PrepareError::io("resolving", &models, e))?;
        Ok(Self {
            root,
            models,
            ffmpeg: path("VIOLET_FFMPEG"),
            origins: Origins::from_vars(var)?,
            surroundings: Surroundings::from_vars(var),
            free_space: Arc::new(|folder| {
                let stat = rustix::fs::statvfs(folder)?;
                Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
            }),
            manifest: Arc::new(Manifest::shipped()?),
            allow_noncommercial: var("VIOLET_ALLOW_NONCOMMERCIAL").is_some_and(|v| v == "true"),
        })
    }

    /// The list of what may be fetched.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The folder everything lies under, except the models when `VIOLET_MODELS` is set.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the models: one folder per id.
    pub fn models(&self) -> &Path {
        &self.models
    }

    /// The folder of one artifact. It may not exist yet.
    pub(super) fn folder(&self, artifact: &Artifact) -> PathBuf {
        match artifact.kind {
            Kind::Model => self.models.join(&artifact.id),
            Kind::Tool => self.root.join("tools").join(&artifact.id),
        }
    }

    /// The folder of all unpacked runtimes.
    pub(super) fn runtimes(&self) -> PathBuf {
        self.root.join("runtime")
    }

    /// The folder of archives and of begun downloads, each named by its hash. Empty between two fetches.
    pub(super) fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    /// Waits until no other process writes the cache, then keeps the others out until the answer is dropped.
    pub(super) async fn lock(&self, progress: &dyn Progress) -> Result<Locked, PrepareError> {
        let path = self.root.join(".lock");
        make_folder(&self.root)?;
        let mut options = File::options();
        let options = options.create(true).truncate(false).write(true);
        let file = options.open(&path).map_err(|e| PrepareError::io("opening", &self.root, e))?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Locked { _file: file }),
                Err(TryLockError::Error(e)) => return Err(PrepareError::io("locking", path, e)),
                Err(TryLockError::WouldBlock) => {
                    if !told {
                        progress.note("waiting for another process that fills the same cache");
                        told = true;
                    }
                    tokio::time::sleep(LOCK_POLL).await;
                }
            }
        }
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache")
            .field("root", &self.root)
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}

/// Creates a folder of the cache.
pub(super) fn make_folder(folder: &Path) -> Result<(), PrepareError> {
    std::fs::create_dir_all(folder).map_err(|e| PrepareError::io("creating", folder, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(vars: &[(&str, &str)]) -> Result<Cache, PrepareError> {
        Cache::from_vars(&|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into()))
    }

    #[test]
    fn the_cache_lies_where_the_environment_says() {
        let plain = cache(&[("HOME", "/home/a")]).unwrap();
        assert_eq!(plain.root(), Path::new("/home/a/.cache/violet"));
        assert_eq!(plain.models(), Path::new("/home/a/.cache/violet/models"));
        let xdg = cache(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "/x")]).unwrap();
        assert_eq!(xdg.root(), Path::new("/x/violet"));
        let own = cache(&[("HOME", "/home/a"), ("VIOLET_CACHE", "/c"), ("VIOLET_MODELS", "/m")]).unwrap();
        assert_eq!((own.root(), own.models()), (Path::new("/c"), Path::new("/m")));
    }

    #[test]
    fn without_a_home_or_with_a_bad_mirror_the_sentence_says_what_to_set() {
        let none = cache(&[]).unwrap_err();
        assert!(none.is_setup() && none.to_string().contains("VIOLET_CACHE"), "{none}");
        let bad = cache(&[("HOME", "/h"), ("VIOLET_PYPI_INDEX", "ftp://x")]).unwrap_err();
        assert!(bad.is_setup() && bad.to_string().starts_with("VIOLET_PYPI_INDEX is not usable"), "{bad}");
    }
}
