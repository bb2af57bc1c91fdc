//! What the files of an artifact are. Those that are fetched are what the manifest pins. Those that are made on this
//! machine may differ from the pins on another processor: then a list beside them, `made`, says what they are.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::cache::Cache;
use super::entries::Artifact;
use super::manifest::CORE;
use super::soundness::{Look, State, look_at};

/// The converter, as it ships.
pub(super) const SCRIPT: &str = include_str!("../../../triton-models/tools/gguf2ct2.py");

/// Name of the list.
const LIST: &str = "made";

/// One file as it should be here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// The files of an artifact: as they were made here by the present converter, else as the manifest pins them.
pub(super) fn parts(cache: &Cache, artifact: &Artifact) -> Vec<Part> {
    let list = || read(&cache.folder(artifact).join(LIST), &key(cache, artifact));
    artifact.origin.as_ref().and_then(|_| list()).unwrap_or_else(|| pinned(artifact))
}

/// The files of an artifact as the manifest pins them.
pub(super) fn pinned(artifact: &Artifact) -> Vec<Part> {
    let part =
        |f: &super::entries::FileEntry| Part { path: f.path.clone(), size: f.size, sha256: f.sha256.clone() };
    artifact.files.iter().map(part).collect()
}

/// Looks at all files of an artifact; one damaged file says more than one missing. Blocking.
pub(super) fn look_at_all(cache: &Cache, artifact: &Artifact, look: Look) -> State {
    let folder = cache.folder(artifact);
    let states = parts(cache, artifact).into_iter().map(|part| {
        let state = look_at(&folder.join(&part.path), part.size, &part.sha256, look);
        match state {
            Ok(State::Damaged(why)) => State::Damaged(format!("{}: {why}", part.path)),
            Ok(state) => state,
            Err(e) => State::Damaged(format!("{}: {e}", part.path)),
        }
    });
    states.fold(State::Sound, |all, one| match (all, one) {
        (damaged @ State::Damaged(_), _) | (State::Sound, damaged) => damaged,
        (State::Missing, damaged @ State::Damaged(_)) => damaged,
        (State::Missing, _) => State::Missing,
    })
}

/// Leaves the list of what was made in a folder.
pub(super) fn write(
    cache: &Cache,
    artifact: &Artifact,
    folder: &Path,
    parts: &[Part],
) -> std::io::Result<()> {
    let lines = parts.iter().map(|p| format!("{} {} {}\n", p.sha256, p.size, p.path));
    let text: String = std::iter::once(format!("{}\n", key(cache, artifact)))
        .chain(lines)
        .chain(["end\n".to_owned()])
        .collect();
    fs::write(folder.join(LIST), text)
}

/// Of what and with what it was made: another source, another version of a tool or another script is another key.
fn key(cache: &Cache, artifact: &Artifact) -> String {
    let mut hash = Sha256::new_with_prefix(SCRIPT);
    if let Some(origin) = &artifact.origin {
        hash.update(&origin.sha256);
    }
    for library in cache.manifest.libraries.iter().filter(|l| l.id == CORE) {
        hash.update(library.wheels.join("\n"));
    }
    hex::encode(hash.finalize())
}

fn read(list: &Path, key: &str) -> Option<Vec<Part>> {
    let text = fs::read_to_string(list).ok()?;
    let lines = text.strip_prefix(key)?.strip_prefix('\n')?.strip_suffix("end\n")?.lines();
    let part = |line: &str| {
        let mut words = line.splitn(3, ' ');
        let (sha256, size, path) = (words.next()?, words.next()?, words.next()?);
        Some(Part { path: path.to_owned(), size: size.parse().ok()?, sha256: sha256.to_owned() })
    };
    lines.map(part).collect()
}
