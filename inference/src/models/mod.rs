//! Models and the sidecar's runtime: a pinned list, a cache outside the repository, and the way from one to the other.
//!
//! A file IS its sha256. The list (`triton-models/manifest.toml`, compiled in) says for each file which places may hold those
//! bytes; the cache holds them; [`prepare`] closes the gap. There is no pip and no venv: pinned wheels are unpacked by us, each
//! library into a folder of its own, so that what one model imports can be missing without harm to the others.
//!
//! ```text
//! <cache>/models/<id>/..        weights, each with a stamp `.ok` once its hash was seen to be right
//!   <id>/made                   only where a converted model has other hashes than the pinned ones: what they are
//! <cache>/tools/<id>/..         programs (ffmpeg)
//! <cache>/runtime/<hash>/..     the unpacked wheels of one library for one Python, and the list `files` of what was unpacked
//! <cache>/libpython/<version>/  a shared library fetched from the system's packages, where an interpreter has none
//! <cache>/downloads/..          begun downloads (`<sha256>.partial`) and archives not unpacked yet
//! <cache>/python.json, ffmpeg.json   which program was chosen, remembered while its file is unchanged
//! <cache>/.lock                 held by the process that fetches
//! ```

mod archive;
mod cache;
mod cards;
mod check;
mod convert;
mod download;
mod ensure;
mod entries;
mod error;
mod fault;
mod fetch;
mod ffmpeg;
mod gap;
mod index;
mod libpython;
mod made;
mod manifest;
mod memo;
mod origins;
mod packages;
mod partial;
mod plan;
mod prepare;
mod profile;
mod progress;
mod python;
mod report;
mod requirements;
mod room;
mod soundness;
mod tarball;
mod tree;
mod wheel;

pub use cache::Cache;
pub use entries::{
    ArchiveMember, Artifact, Candidate, FileEntry, HubFile, Kind, Library, LicenceSource, Member, Source,
    Transform,
};
pub use error::PrepareError;
pub use manifest::{Manifest, ManifestError, NoWheel};
pub use prepare::{Lacking, Prepared, fetch, prepare};
pub use profile::{Profile, UnknownProfile};
pub use progress::{Logged, Progress, Silent};
pub use python::Python;
pub use report::{Facts, Listed, Verified, facts, list, path, verify};
pub use soundness::State;
pub use wheel::{Archive, Registry, Wheel};

#[cfg(test)]
mod tests;
