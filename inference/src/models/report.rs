//! What lies in the cache and what this machine has: for `violet models list|verify|path` and `violet doctor`.

use std::path::{Path, PathBuf};

use domain::{Language, Quality, TaskKind};

use super::cache::Cache;
use super::entries::{Artifact, Kind};
use super::error::PrepareError;
use super::ffmpeg;
use super::gap::off_thread;
use super::made;
use super::prepare::{fetched_tool, sidecar};
use super::profile::Profile;
use super::progress::Progress;
use super::python::{Python, machine};
use super::soundness::{Look, State, look_at};
use super::tree;

/// One artifact of the manifest and what is here of it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Name.
    pub id: String,
    /// Weights or program.
    pub kind: Kind,
    /// Profiles that need it.
    pub profiles: Vec<Profile>,
    /// Kinds of task that it does; empty: it is part of others.
    pub kinds: Vec<TaskKind>,
    /// Languages it is offered for; empty: any.
    pub languages: Vec<Language>,
    /// SPDX name of its licence.
    pub licence: String,
    /// True when the licence forbids commercial use.
    pub noncommercial: bool,
    /// What its results are good for.
    pub quality: Quality,
    /// Bytes of all its files.
    pub size: u64,
    /// Its folder; it may not exist yet.
    pub path: PathBuf,
    /// By presence and size of its files, without reading them.
    pub state: State,
}

/// One file, or one unpacked runtime, and what its bytes say.
#[derive(Debug, Clone)]
pub struct Verified {
    /// `whisper-base/model.bin`, `runtime/712506aaaa367416`.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// By hash.
    pub state: State,
}

/// What a person who sets up this machine wants to know. Nothing is fetched or changed to find it out.
#[derive(Debug)]
pub struct Facts {
    /// The processor, or why the sidecar is not offered here.
    pub machine: Result<&'static str, PrepareError>,
    /// The Python the sidecar will use, or why there is none.
    pub python: Result<Python, PrepareError>,
    /// The unpacked runtime for that Python.
    pub runtime: State,
    /// The ffmpeg that will be used, if any is here.
    pub ffmpeg: Option<PathBuf>,
    /// The cache's folder.
    pub cache: PathBuf,
    /// The models' folder.
    pub models: PathBuf,
    /// Bytes free where the cache lies.
    pub free: Option<u64>,
    /// Host of the model hub.
    pub hub: String,
    /// Host of the package index.
    pub index: String,
    /// Every artifact.
    pub artifacts: Vec<Listed>,
}

/// Every artifact offered on this machine. Quick: reads no file. Blocking for the time of a few file look-ups.
pub fn list(cache: &Cache) -> Vec<Listed> {
    let machine = machine().unwrap_or_default();
    cache.manifest.artifacts(machine).map(|artifact| listed(cache, artifact)).collect()
}

/// The folder of an artifact, or none when the manifest has no such id. The folder may not exist yet.
pub fn path(cache: &Cache, id: &str) -> Option<PathBuf> {
    list(cache).into_iter().find(|a| a.id == id).map(|a| a.path)
}

/// Hashes everything that is in the cache, or what one profile has in it. What is damaged is fetched again by the next
/// [`super::prepare`]. Reports each thing to `progress` when it is done. Refuses nothing: a file that can't be read counts
/// as damaged.
pub async fn verify(cache: &Cache, profile: Option<Profile>, progress: &dyn Progress) -> Vec<Verified> {
    let mut verified = Vec::new();
    let wanted = |a: &&Artifact| profile.is_none_or(|p| a.profiles.contains(&p));
    for artifact in cache.manifest.artifacts(machine().unwrap_or_default()).filter(wanted) {
        for part in made::parts(cache, artifact) {
            let path = cache.folder(artifact).join(&part.path);
            let name = format!("{}/{}", artifact.id, part.path);
            let looked = path.clone();
            progress.started(&name, part.size);
            let state = off_thread(move || look_at(&looked, part.size, &part.sha256, Look::Full)).await;
            progress.finished(&name);
            verified.push(Verified { name, path, state });
        }
    }
    let runtimes = std::fs::read_dir(cache.runtimes()).into_iter().flatten().flatten();
    let mut runtimes: Vec<_> = runtimes.map(|e| e.path()).filter(|p| p.join("files").is_file()).collect();
    runtimes.sort();
    for path in runtimes {
        let name = format!("runtime/{}", path.file_name().unwrap_or_default().to_string_lossy());
        let looked = path.clone();
        let state = off_thread(move || tree::look_at(&looked, true)).await;
        verified.push(Verified { name, path, state });
    }
    verified
}

/// Collects what there is to know about this machine and its cache.
pub async fn facts(cache: &Cache) -> Facts {
    let machine = machine();
    let python = Python::discover(cache, None).await;
    let runtime = match (&machine, &python) {
        (Ok(machine), Ok(python)) => match sidecar(cache, machine, python) {
            Ok((tree, _)) => off_thread(move || tree.look_at(false)).await,
            Err(_) => State::Missing,
        },
        _ => State::Missing,
    };
    let packaged = || fetched_tool(cache, machine.as_ref().ok()?, "ffmpeg");
    let there = cache.root().ancestors().find(|f| f.exists()).unwrap_or(Path::new("/"));
    let host = |url: &reqwest::Url| url.host_str().unwrap_or_default().to_owned();
    Facts {
        runtime,
        ffmpeg: ffmpeg::of_system(cache).await.or_else(packaged),
        cache: cache.root().to_owned(),
        models: cache.models().to_owned(),
        free: (cache.free_space)(there).ok(),
        hub: host(&cache.origins.hub),
        index: host(&cache.origins.index),
        artifacts: list(cache),
        machine,
        python,
    }
}

fn listed(cache: &Cache, artifact: &Artifact) -> Listed {
    Listed {
        id: artifact.id.clone(),
        kind: artifact.kind,
        profiles: artifact.profiles.clone(),
        kinds: artifact.kinds.clone(),
        languages: artifact.languages.clone(),
        licence: artifact.licence.clone(),
        noncommercial: artifact.noncommercial,
        quality: artifact.quality,
        size: artifact.files.iter().map(|f| f.size).sum(),
        path: cache.folder(artifact),
        state: made::look_at_all(cache, artifact, Look::Size),
    }
}
