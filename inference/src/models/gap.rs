//! What of a plan is not in the cache as it should be.

use super::cache::Cache;
use super::entries::{Artifact, FileEntry, Source};
use super::made;
use super::manifest::CORE;
use super::plan::{Key, Plan, Shelf};
use super::soundness::{Look, State, look_at};

/// What has to be fetched.
#[derive(Default)]
pub(super) struct Todo<'a> {
    /// Artifacts, with those of their files that are not as they should be.
    pub(super) artifacts: Vec<(&'a Artifact, Vec<&'a FileEntry>)>,
    pub(super) shelves: Vec<&'a Shelf<'a>>,
    /// Sentences about things that are there and wrong.
    pub(super) damaged: Vec<String>,
}

/// Looks at everything of a plan: at sizes each time, at hashes once.
pub(super) async fn missing<'a>(cache: &'a Cache, plan: &'a Plan<'a>) -> Todo<'a> {
    let mut todo = Todo::default();
    for artifact in &plan.artifacts {
        let mut files = Vec::new();
        if artifact.origin.is_some() {
            let (of_cache, looked) = (cache.clone(), (*artifact).clone());
            let state = off_thread(move || Ok(made::look_at_all(&of_cache, &looked, Look::Once))).await;
            if let State::Damaged(why) = &state {
                todo.damaged.push(format!("the cached {} is damaged ({why}), making it again", artifact.id));
            }
            if state != State::Sound {
                todo.artifacts.push((artifact, files));
            }
            continue;
        }
        for file in &artifact.files {
            let path = cache.folder(artifact).join(&file.path);
            let (size, sha256) = (file.size, file.sha256.clone());
            let state = off_thread(move || look_at(&path, size, &sha256, Look::Once)).await;
            if let State::Damaged(why) = &state {
                let name = format!("{}/{}", artifact.id, file.path);
                todo.damaged.push(format!("the cached file {name} is damaged ({why}), fetching it again"));
            }
            if state != State::Sound {
                files.push(file);
            }
        }
        if !files.is_empty() {
            todo.artifacts.push((artifact, files));
        }
    }
    for shelf in &plan.shelves {
        let looked = shelf.tree.clone();
        let state = off_thread(move || looked.look_at(false)).await;
        if let State::Damaged(why) = &state {
            let what = if shelf.id == CORE { "runtime".to_owned() } else { format!("packages {}", shelf.id) };
            todo.damaged.push(format!("the cached {what} is damaged ({why}), unpacking it again"));
        }
        if state != State::Sound {
            todo.shelves.push(shelf);
        }
    }
    todo
}

impl<'a> Todo<'a> {
    /// Whether everything is there.
    pub(super) fn is_empty(&self) -> bool {
        self.artifacts.is_empty() && self.shelves.is_empty()
    }

    /// What is not there.
    pub(super) fn keys(&self) -> Vec<Key<'a>> {
        let artifacts = self.artifacts.iter().map(|(a, _)| Key::Artifact(&a.id));
        artifacts.chain(self.shelves.iter().map(|s| Key::Library(s.id))).collect()
    }
}

/// The archives that a source needs: hash and bytes.
pub(super) fn archives(cache: &Cache, source: &Source) -> Vec<(String, u64)> {
    match source {
        Source::Hub(_) => Vec::new(),
        Source::Pypi(parts) => {
            let wheels = parts.iter().filter_map(|part| cache.manifest.wheel(&part.wheel));
            wheels.map(|w| (w.sha256.clone(), w.size)).collect()
        }
        Source::Archive(member) => {
            let archive = cache.manifest.archive(&member.file);
            archive.map(|a| (a.sha256.clone(), a.size)).into_iter().collect()
        }
    }
}

/// Looks at files on a thread where waiting for the disk harms nobody. What can't be looked at counts as damaged.
pub(super) async fn off_thread(look: impl FnOnce() -> std::io::Result<State> + Send + 'static) -> State {
    let looked = tokio::task::spawn_blocking(look).await.unwrap_or_else(|e| Err(std::io::Error::other(e)));
    looked.unwrap_or_else(|e| State::Damaged(e.to_string()))
}
