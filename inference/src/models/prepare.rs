//! From a profile to things on disk: what is missing is fetched, what can't be had is told, the paths are handed out.

use std::path::PathBuf;

use domain::{ModelCard, TaskKind};

use super::cache::Cache;
use super::ensure::{Failures, ensure};
use super::entries::{Artifact, Kind};
use super::error::PrepareError;
use super::ffmpeg;
use super::made;
use super::manifest::CORE;
use super::plan::{Key, Plan};
use super::profile::Profile;
use super::progress::Progress;
use super::python::{Python, machine};
use super::soundness::{Look, State, look_at};
use super::tree::Tree;
use super::wheel::Wheel;
use crate::sidecar::Runtime;

/// What is on this machine of a profile, and what is not.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What the sidecar is started from.
    pub runtime: Runtime,
    /// A program for media the Rust decoders refuse; none: such media are refused.
    pub ffmpeg: Option<PathBuf>,
    /// The models that are here with all they need, in the order of the manifest.
    pub cards: Vec<ModelCard>,
    /// Ids of the artifacts that are here with all they need: those of the cards, and their parts.
    pub ready: Vec<String>,
    /// Folders of `triton-models` whose artifacts are here, each once: the models that can be loaded.
    pub models: Vec<String>,
    /// What the profile has and this machine has not.
    pub lacking: Vec<Lacking>,
}

/// An artifact of the profile that is not here, or of no use here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// Its id.
    pub id: String,
    /// Kinds of task that it would do; empty for a part of others.
    pub kinds: Vec<TaskKind>,
    /// Folder of `triton-models` that would serve it.
    pub model: Option<String>,
    /// Why, in one sentence.
    pub reason: String,
}

/// Makes those models of a profile ready that do one of these kinds of task (none: all), and the sidecar's runtime and
/// ffmpeg, fetching what is missing.
///
/// When all is there it only looks: no network, nothing written, a few milliseconds. Fetched bytes are in place only after
/// their hash was right; a file of another size or, at its first use, of another hash is fetched again, with a note. Only one
/// process fetches into a cache at a time. What can't be had is told in a note and in [`Prepared::lacking`].
///
/// # Errors
/// When nothing would work: no Python, no runtime, or not one model of the profile.
pub async fn prepare(
    profile: Profile,
    kinds: &[TaskKind],
    cache: &Cache,
    progress: &dyn Progress,
) -> Result<Prepared, PrepareError> {
    let machine = machine()?;
    let python = Python::discover(cache, Some(progress)).await?;
    let system = ffmpeg::of_system(cache).await;
    let plan = Plan::new(cache, machine, (profile, kinds), Some(python.version), system.is_some())?;
    let mut failures = ensure(cache, &plan, Some(python.executable.clone()), progress).await;
    if let Some(error) = failures.take([Key::Library(CORE)]) {
        return Err(error);
    }
    let (ready, lacking) = sort(&plan, &mut failures, progress)?;
    let libraries = plan.shelves.iter().filter(|shelf| shelf.id != CORE);
    let wanted = libraries.filter(|s| ready.iter().any(|a| a.libraries.iter().any(|id| id == s.id)));
    let (tree, _) = sidecar(cache, machine, &python)?;
    let mut models: Vec<String> = ready.iter().filter_map(|a| a.model.clone()).collect();
    models.sort();
    models.dedup();
    let hashes = |artifact: &Artifact| -> Vec<String> {
        made::parts(cache, artifact).into_iter().map(|part| part.sha256).collect()
    };
    let offered = ready.iter().filter(|a| !a.kinds.is_empty());
    Ok(Prepared {
        runtime: Runtime {
            tritonserver: tree.tritonserver(),
            site_packages: tree.site_packages(),
            libraries: wanted.map(|shelf| shelf.tree.site_packages()).collect(),
            library_path: vec![python.library_folder()],
            python: python.executable.clone(),
            python_version: python.version,
            models: cache.models().to_owned(),
        },
        ffmpeg: system.or_else(|| fetched_tool(cache, machine, "ffmpeg")),
        cards: offered.map(|a| cache.manifest.card(machine, a, &hashes)).collect(),
        ready: ready.iter().map(|a| a.id.clone()).collect(),
        models,
        lacking,
    })
}

/// Makes a profile's models ready, and ffmpeg where the system has none; needs no Python, and so leaves out what has to be
/// converted. Otherwise like [`prepare`]: the answer is what could not be had.
///
/// # Errors
/// When not one model of the profile could be had.
pub async fn fetch(
    profile: Profile,
    cache: &Cache,
    progress: &dyn Progress,
) -> Result<Vec<Lacking>, PrepareError> {
    let machine = machine()?;
    let has_ffmpeg = ffmpeg::of_system(cache).await.is_some();
    let plan = Plan::new(cache, machine, (profile, &[]), None, has_ffmpeg)?;
    let mut failures = ensure(cache, &plan, None, progress).await;
    Ok(sort(&plan, &mut failures, progress)?.1)
}

/// Parts a profile's artifacts into those that can be used and those that can't, and tells of the latter.
fn sort<'a>(
    plan: &Plan<'a>,
    failures: &mut Failures<'a>,
    progress: &dyn Progress,
) -> Result<(Vec<&'a Artifact>, Vec<Lacking>), PrepareError> {
    let (mut ready, mut lacking) = (Vec::new(), Vec::new());
    for artifact in plan.artifacts.iter().copied().chain(plan.refused_artifacts()) {
        match plan.why_not(artifact, &|key| failures.why(key)) {
            None => ready.push(artifact),
            Some(reason) => lacking.push(Lacking {
                id: artifact.id.clone(),
                kinds: artifact.kinds.clone(),
                model: artifact.model.clone(),
                reason,
            }),
        }
    }
    if !ready.iter().any(|a| a.kind == Kind::Model)
        && let Some(error) = failures.take(plan.weights().map(|a| Key::Artifact(&a.id)))
    {
        return Err(error);
    }
    for lack in &lacking {
        progress.note(&format!("going on without {}: {}", lack.id, lack.reason));
    }
    Ok((ready, lacking))
}

/// The runtime of a Python and the wheels it is made of.
pub(super) fn sidecar<'a>(
    cache: &'a Cache,
    machine: &str,
    python: &Python,
) -> Result<(Tree, Vec<&'a Wheel>), PrepareError> {
    let wheels = cache.manifest.runtime(machine, python.version).ok_or_else(|| {
        PrepareError::UnsupportedPlatform(format!(
            "Python {}.{} on {machine}",
            python.version.0, python.version.1
        ))
    })?;
    Ok((Tree::new(&cache.runtimes(), &wheels), wheels))
}

/// The program of a tool that was fetched.
pub(super) fn fetched_tool(cache: &Cache, machine: &str, id: &str) -> Option<PathBuf> {
    let tool = cache.manifest.artifacts(machine).find(|a| a.kind == Kind::Tool && a.id == id)?;
    let file = tool.files.first()?;
    let path = cache.folder(tool).join(&file.path);
    (look_at(&path, file.size, &file.sha256, Look::Size).ok()? == State::Sound).then_some(path)
}
