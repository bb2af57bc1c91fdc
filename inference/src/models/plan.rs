//! What a profile takes on this machine: artifacts, and the Python packages that their models import.

use std::collections::HashMap;

use domain::TaskKind;

use super::cache::Cache;
use super::entries::{Artifact, Kind, Transform};
use super::error::PrepareError;
use super::manifest::CORE;
use super::profile::Profile;
use super::tree::Tree;
use super::wheel::Wheel;

/// Something that is fetched whole or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key<'a> {
    /// An artifact, by its id.
    Artifact(&'a str),
    /// A library, by its id.
    Library(&'a str),
}

/// A library for this machine and Python.
#[derive(Debug)]
pub(super) struct Shelf<'a> {
    pub(super) id: &'a str,
    pub(super) tree: Tree,
    pub(super) wheels: Vec<&'a Wheel>,
}

/// Everything a profile takes.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    cache: &'a Cache,
    machine: &'a str,
    /// Artifacts of the profile that may be fetched.
    pub(super) artifacts: Vec<&'a Artifact>,
    /// Their libraries, the core first; without a Python none.
    pub(super) shelves: Vec<Shelf<'a>>,
    /// Why something of the profile is not even tried.
    refused: HashMap<Key<'a>, String>,
}

impl<'a> Plan<'a> {
    /// The plan for these kinds of task (none: all) and a Python of this version; without one, only of artifacts that are
    /// fetched as they are. Leaves out ffmpeg where the system has one. Refuses Pythons that the sidecar is not offered for.
    pub(super) fn new(
        cache: &'a Cache,
        machine: &'a str,
        (profile, kinds): (Profile, &[TaskKind]),
        python: Option<(u32, u32)>,
        has_ffmpeg: bool,
    ) -> Result<Self, PrepareError> {
        let mut plan =
            Self { cache, machine, artifacts: Vec::new(), shelves: Vec::new(), refused: HashMap::new() };
        let mut libraries = vec![CORE];
        for artifact in wanted(cache, machine, profile, kinds) {
            let made = artifact.transform == Transform::Gguf2ct2;
            if (has_ffmpeg && artifact.id == "ffmpeg") || (made && python.is_none()) {
                continue;
            }
            if artifact.noncommercial && !cache.allow_noncommercial {
                let why = format!(
                    "its licence {} forbids commercial use: set VIOLET_ALLOW_NONCOMMERCIAL=true to use it all the same",
                    artifact.licence
                );
                plan.refused.insert(Key::Artifact(&artifact.id), why);
                continue;
            }
            let library = |id: &String| cache.manifest.library(id, machine, python?).err();
            if let Some(why) = artifact.libraries.iter().find_map(library) {
                plan.refused.insert(Key::Artifact(&artifact.id), why.to_string());
                continue;
            }
            plan.artifacts.push(artifact);
            libraries.extend(artifact.libraries.iter().map(String::as_str));
        }
        for library in libraries.into_iter().filter(|_| python.is_some()) {
            let known = plan.shelves.iter().any(|s| s.id == library);
            if let Some(shelf) = python.filter(|_| !known).and_then(|python| plan.shelf(library, python)) {
                plan.shelves.push(shelf);
            }
        }
        match (python, plan.refused.get(&Key::Library(CORE))) {
            (Some((major, minor)), Some(_)) => {
                Err(PrepareError::UnsupportedPlatform(format!("Python {major}.{minor} on {machine}")))
            }
            _ => Ok(plan),
        }
    }

    fn shelf(&mut self, id: &'a str, python: (u32, u32)) -> Option<Shelf<'a>> {
        match self.cache.manifest.library(id, self.machine, python) {
            Ok(wheels) => Some(Shelf { id, tree: Tree::new(&self.cache.runtimes(), &wheels), wheels }),
            Err(why) => {
                self.refused.insert(Key::Library(id), why.to_string());
                None
            }
        }
    }

    /// Ids of the profile's artifacts for which nothing is tried, with the reason.
    pub(super) fn refused_artifacts(&self) -> impl Iterator<Item = &'a Artifact> + '_ {
        let all = self.cache.manifest.artifacts(self.machine);
        all.filter(|a| self.refused.contains_key(&Key::Artifact(&a.id)))
    }

    /// Why an artifact is of no use, if it is: it could not be had, or something that it needs. `failed` tells why a thing
    /// that was tried is not here.
    pub(super) fn why_not(
        &self,
        artifact: &'a Artifact,
        failed: &dyn Fn(Key<'a>) -> Option<String>,
    ) -> Option<String> {
        let one = |key: Key<'a>| self.refused.get(&key).cloned().or_else(|| failed(key));
        if let Some(why) = one(Key::Artifact(&artifact.id)) {
            return Some(why);
        }
        let packages = || artifact.libraries.iter().find_map(|id| one(Key::Library(id)));
        let needs = self.cache.manifest.needs(self.machine, artifact);
        packages().or_else(|| {
            needs.into_iter().find_map(|need| {
                let why = one(Key::Artifact(&need.id));
                why.or_else(|| need.libraries.iter().find_map(|id| one(Key::Library(id))))
                    .map(|why| format!("it needs {}: {why}", need.id))
            })
        })
    }

    /// The artifacts that hold weights.
    pub(super) fn weights(&self) -> impl Iterator<Item = &'a Artifact> + '_ {
        self.artifacts.iter().copied().filter(|a| a.kind == Kind::Model)
    }
}

/// The artifacts of a profile that do one of these kinds, what those need, and programs; without kinds the whole profile.
fn wanted<'a>(cache: &'a Cache, machine: &'a str, profile: Profile, kinds: &[TaskKind]) -> Vec<&'a Artifact> {
    let all: Vec<&Artifact> = cache.manifest.profile(machine, profile).collect();
    if kinds.is_empty() {
        return all;
    }
    let does = |a: &Artifact| a.kinds.iter().any(|kind| kinds.contains(kind));
    let needed: Vec<&str> = all
        .iter()
        .filter(|a| does(a))
        .flat_map(|a| cache.manifest.needs(machine, a))
        .map(|need| need.id.as_str())
        .collect();
    all.into_iter().filter(|a| does(a) || a.kind == Kind::Tool || needed.contains(&&*a.id)).collect()
}
