//! The list of everything the product may fetch: `triton-models/manifest.toml`, parsed and checked once.

use std::collections::HashMap;

use serde::Deserialize;

use super::entries::{Artifact, Candidate, Library, Source};
use super::profile::Profile;
use super::wheel::{Archive, Wheel};

/// The manifest that was compiled into this binary.
pub(super) const SHIPPED: &str = include_str!("../../../triton-models/manifest.toml");

/// The library that the sidecar itself and the converter run on.
pub(super) const CORE: &str = "core";

/// The manifest as a value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub(super) format: u32,
    #[serde(default, rename = "artifact")]
    pub(super) artifacts: Vec<Artifact>,
    #[serde(default, rename = "library")]
    pub(super) libraries: Vec<Library>,
    #[serde(default, rename = "wheel")]
    pub(super) wheels: Vec<Wheel>,
    #[serde(default, rename = "archive")]
    pub(super) archives: Vec<Archive>,
    #[serde(default, rename = "candidate")]
    candidates: Vec<Candidate>,
    #[serde(skip)]
    by_file: HashMap<String, usize>,
}

/// Why a manifest was refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not TOML, or not of this shape.
    #[error("the manifest of models can't be read")]
    Syntax(#[source] Box<toml::de::Error>),
    /// It contradicts itself.
    #[error("the manifest of models is wrong: {0}")]
    Wrong(String),
}

/// A library that is not offered for a machine and a Python.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the Python package {package} does not exist for Python {}.{} on {machine}: Python 3.11 and 3.12 on x86_64 have every package", python.0, python.1)]
pub struct NoWheel {
    /// The package.
    pub package: String,
    /// The machine.
    pub machine: String,
    /// The Python.
    pub python: (u32, u32),
}

impl Manifest {
    /// The manifest this binary was built with.
    pub fn shipped() -> Result<Self, ManifestError> {
        Self::parse(SHIPPED)
    }

    /// Parses and checks a manifest. Refuses unknown keys, hashes that are none, paths that leave their folder, archives,
    /// libraries and artifacts that are named and not listed, a file without a source, and parts where nothing is joined.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut manifest: Self = toml::from_str(text).map_err(|e| ManifestError::Syntax(Box::new(e)))?;
        manifest.by_file = manifest.wheels.iter().enumerate().map(|(i, w)| (w.file.clone(), i)).collect();
        manifest.check().map_err(ManifestError::Wrong)?;
        Ok(manifest)
    }

    /// The artifacts for this machine, in the order of the manifest.
    pub fn artifacts<'a>(&'a self, machine: &'a str) -> impl Iterator<Item = &'a Artifact> + 'a {
        self.artifacts.iter().filter(move |a| a.machine.as_deref().is_none_or(|m| m == machine))
    }

    /// The artifacts of a profile for this machine.
    pub fn profile<'a>(
        &'a self,
        machine: &'a str,
        profile: Profile,
    ) -> impl Iterator<Item = &'a Artifact> + 'a {
        self.artifacts(machine).filter(move |a| a.profiles.contains(&profile))
    }

    /// Checkpoints that are known to be better and are not fetched, because nobody here has hashed them.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The wheels of the sidecar for a machine and a Python, or none when it is not offered there.
    #[must_use]
    pub fn runtime(&self, machine: &str, python: (u32, u32)) -> Option<Vec<&Wheel>> {
        self.library(CORE, machine, python).ok()
    }

    /// The wheels of a library for a machine and a Python: of each of its packages the first that fits.
    ///
    /// # Errors
    /// The first package that has none; the id itself when no such library is listed.
    pub fn library(&self, id: &str, machine: &str, python: (u32, u32)) -> Result<Vec<&Wheel>, NoWheel> {
        let refused = |package: String| NoWheel { package, machine: machine.to_owned(), python };
        let library = self.libraries.iter().find(|l| l.id == id).ok_or_else(|| refused(id.to_owned()))?;
        let mut packages: Vec<(String, Option<&Wheel>)> = Vec::new();
        for wheel in library.wheels.iter().filter_map(|file| self.wheel(file)) {
            let fitting = Some(wheel).filter(|w| w.fits(machine, python));
            match packages.iter_mut().find(|(name, _)| *name == wheel.package()) {
                Some((_, taken)) => *taken = taken.or(fitting),
                None => packages.push((wheel.package(), fitting)),
            }
        }
        packages.into_iter().map(|(name, taken)| taken.ok_or_else(|| refused(name))).collect()
    }

    /// The pinned wheel of this file name.
    #[must_use]
    pub fn wheel(&self, file: &str) -> Option<&Wheel> {
        self.by_file.get(file).and_then(|i| self.wheels.get(*i))
    }

    /// The pinned archive of this file name.
    #[must_use]
    pub fn archive(&self, file: &str) -> Option<&Archive> {
        self.archives.iter().find(|archive| archive.file() == file)
    }

    /// Every member of an archive that some file is taken from, with its hash.
    pub(super) fn members(&self, archive: &str) -> Vec<(String, String)> {
        let files = self.artifacts.iter().flat_map(|a| a.files.iter().chain(&a.origin));
        let members = files.flat_map(|f| &f.sources).filter_map(|source| match source {
            Source::Archive(m) if m.file == archive => Some((m.member.clone(), m.sha256.clone())),
            _ => None,
        });
        members.collect()
    }
}
