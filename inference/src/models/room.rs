//! Is there room on the disk for what has to be fetched?

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::cache::Cache;
use super::entries::Kind;
use super::error::{PrepareError, human};
use super::gap::{Todo, archives};
use super::manifest::Manifest;

/// Room left free beside what is fetched.
const SPARE: u64 = 64 << 20;

/// Refuses to begin when the disk has no room for the archives and what is made of them.
pub(super) fn check(cache: &Cache, todo: &Todo<'_>) -> Result<(), PrepareError> {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    let (mut models, mut rest) = (0, SPARE);
    for shelf in &todo.shelves {
        rest += Manifest::unpacked(&shelf.wheels);
        all.extend(shelf.wheels.iter().map(|w| (w.sha256.clone(), w.size)));
    }
    for (artifact, files) in &todo.artifacts {
        let (fetched, made) = match &artifact.origin {
            Some(origin) => (vec![origin], &artifact.files[..]),
            None => (files.clone(), &[][..]),
        };
        // what is only fetched to be converted lies with the archives
        rest += artifact.origin.as_ref().map_or(0, |origin| origin.size);
        let bytes: u64 = if made.is_empty() {
            fetched.iter().map(|f| f.size).sum()
        } else {
            made.iter().map(|f| f.size).sum()
        };
        match artifact.kind {
            Kind::Model => models += bytes,
            Kind::Tool => rest += bytes,
        }
        // of several places one is enough
        let first = fetched.iter().filter_map(|f| {
            f.sources.iter().map(|source| archives(cache, source)).find(|archives| !archives.is_empty())
        });
        all.extend(first.flatten());
    }
    rest += all.values().sum::<u64>();
    if device(cache.root()) == device(cache.models()) {
        return room(cache, cache.root(), rest + models);
    }
    room(cache, cache.root(), rest)?;
    room(cache, cache.models(), models)
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
