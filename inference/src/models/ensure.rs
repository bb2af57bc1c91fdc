//! Closing the gap between a plan and the cache: look, lock, make room, fetch, convert. What fails takes only itself out.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use futures_util::future::{join_all, try_join_all};

use super::cache::Cache;
use super::convert::{Converter, convert};
use super::entries::{Artifact, FileEntry};
use super::error::PrepareError;
use super::fetch::Fetcher;
use super::gap::{Todo, archives, missing, off_thread};
use super::manifest::CORE;
use super::plan::{Key, Plan};
use super::progress::Progress;
use super::room;
use super::soundness::{Look, State, look_at};

/// Why things that were missing are missing still.
#[derive(Debug, Default)]
pub(super) struct Failures<'a> {
    each: HashMap<Key<'a>, PrepareError>,
    /// Everything that was to be done, and why none of it could be begun.
    all: Option<(Vec<Key<'a>>, PrepareError)>,
}

impl<'a> Failures<'a> {
    /// Why this thing is not here, if it is not.
    pub(super) fn why(&self, key: Key<'a>) -> Option<String> {
        let mut all = self.all.iter().filter(|(keys, _)| keys.contains(&key)).map(|(_, error)| error);
        self.each.get(&key).or_else(|| all.next()).map(ToString::to_string)
    }

    /// The error of the first of these things that has one.
    pub(super) fn take(&mut self, keys: impl IntoIterator<Item = Key<'a>>) -> Option<PrepareError> {
        keys.into_iter().find_map(|key| {
            let all = self.all.take_if(|(keys, _)| keys.contains(&key)).map(|(_, error)| error);
            all.or_else(|| self.each.remove(&key))
        })
    }
}

/// Fetches what is missing of a plan. Only one process fetches into a cache at a time; when nothing is missing, nothing is
/// locked, asked or written.
pub(super) async fn ensure<'a>(
    cache: &'a Cache,
    plan: &'a Plan<'a>,
    python: Option<PathBuf>,
    progress: &dyn Progress,
) -> Failures<'a> {
    let todo = missing(cache, plan).await;
    if todo.is_empty() {
        return Failures::default();
    }
    let keys = todo.keys();
    match fetch(cache, plan, python, progress).await {
        Ok(failures) => failures,
        Err(error) => Failures { each: HashMap::new(), all: Some((keys, error)) },
    }
}

/// Fails as a whole when nothing can be fetched at all: the folder can't be written, the disk is full.
async fn fetch<'a>(
    cache: &'a Cache,
    plan: &'a Plan<'a>,
    python: Option<PathBuf>,
    progress: &dyn Progress,
) -> Result<Failures<'a>, PrepareError> {
    let _locked = cache.lock(progress).await?;
    // the process that held the lock may have fetched it all
    let todo = missing(cache, plan).await;
    if todo.is_empty() {
        return Ok(Failures::default());
    }
    for sentence in &todo.damaged {
        progress.note(sentence);
    }
    room::check(cache, &todo)?;
    let anyway = todo.shelves.iter().flat_map(|shelf| &shelf.wheels).map(|wheel| &*wheel.file).collect();
    let fetcher = Fetcher::new(cache, progress, anyway)?;
    let artifacts = todo.artifacts.iter().map(async |(artifact, files)| {
        let fetched = match &artifact.origin {
            Some(origin) if origin_is_there(cache, origin).await => Ok(()),
            Some(origin) => fetcher.file(&artifact.id, origin, &origin_path(cache, origin)).await,
            None => {
                let folder = cache.folder(artifact);
                let each = files.iter().map(|file| {
                    let into = folder.join(&file.path);
                    let fetcher = &fetcher;
                    async move { fetcher.file(&artifact.id, file, &into).await }
                });
                try_join_all(each).await.map(|_| ())
            }
        };
        (Key::Artifact(&artifact.id), fetched)
    });
    let shelves = todo
        .shelves
        .iter()
        .map(async |shelf| (Key::Library(shelf.id), shelf.tree.unpack(&fetcher, &shelf.wheels).await));
    let (artifacts, shelves) = futures_util::future::join(join_all(artifacts), join_all(shelves)).await;
    let mut each = HashMap::new();
    for (key, outcome) in artifacts.into_iter().chain(shelves) {
        if let Err(error) = outcome {
            each.insert(key, error);
        }
    }
    // one after the other: each takes all processors and gigabytes of memory
    for artifact in todo.artifacts.iter().map(|(a, _)| *a).filter(|a| a.origin.is_some()) {
        let key = Key::Artifact(&artifact.id);
        if !each.contains_key(&key)
            && !each.contains_key(&Key::Library(CORE))
            && let Err(error) = convert_one(cache, plan, artifact, python.clone(), progress).await
        {
            each.insert(key, error);
        }
    }
    fetcher.clear(&kept(cache, &todo, &each));
    Ok(Failures { each, all: None })
}

async fn convert_one(
    cache: &Cache,
    plan: &Plan<'_>,
    artifact: &Artifact,
    python: Option<PathBuf>,
    progress: &dyn Progress,
) -> Result<(), PrepareError> {
    let core = plan.shelves.iter().find(|shelf| shelf.id == CORE);
    let (Some(python), Some(core), Some(origin)) = (python, core, &artifact.origin) else {
        let why = "no Python is there to do it".to_owned();
        return Err(PrepareError::Conversion { name: artifact.id.clone(), why });
    };
    let converter = Converter { python, packages: core.tree.site_packages() };
    convert(cache, artifact, &origin_path(cache, origin), &converter, progress).await
}

/// Where a file lies that is only there to be converted.
fn origin_path(cache: &Cache, origin: &FileEntry) -> PathBuf {
    cache.downloads().join(format!("{}.origin", origin.sha256))
}

async fn origin_is_there(cache: &Cache, origin: &FileEntry) -> bool {
    let (path, size, sha256) = (origin_path(cache, origin), origin.size, origin.sha256.clone());
    off_thread(move || look_at(&path, size, &sha256, Look::Once)).await == State::Sound
}

/// Names of archives that a later run will want again: those of what failed now. What the converter failed on stays too.
fn kept(cache: &Cache, todo: &Todo<'_>, failed: &HashMap<Key<'_>, PrepareError>) -> HashSet<String> {
    let mut names = HashSet::new();
    for (artifact, files) in &todo.artifacts {
        if !failed.contains_key(&Key::Artifact(&artifact.id)) {
            continue;
        }
        if let Some(origin) = artifact.origin.as_ref().filter(|o| origin_path(cache, o).is_file()) {
            names.insert(format!("{}.origin", origin.sha256));
            names.insert(format!("{}.origin.ok", origin.sha256));
            continue;
        }
        for source in files.iter().copied().chain(&artifact.origin).flat_map(|f| &f.sources) {
            names.extend(archives(cache, source).into_iter().map(|(hash, _)| hash));
        }
    }
    for shelf in todo.shelves.iter().filter(|s| failed.contains_key(&Key::Library(s.id))) {
        names.extend(shelf.wheels.iter().map(|w| w.sha256.clone()));
    }
    names
}
