//! Files of keys on disk.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use zeroize::Zeroizing;

use super::WalletError;

/// No keyfile is longer; what is, is something else.
const LONGEST: u64 = 64 * 1024;

/// Tells the temporary files of one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A whole file, wiped from memory when dropped.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, WalletError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => WalletError::Missing(path.to_owned()),
        _ => WalletError::Read { path: path.to_owned(), source },
    };
    let file = File::open(path).map_err(failed)?;
    // room for the whole file at once: a buffer that grows leaves copies of the secret behind
    let room = usize::try_from(file.metadata().map_err(failed)?.len().min(LONGEST)).unwrap_or(0);
    let mut data = Zeroizing::new(Vec::with_capacity(room + 1));
    file.take(LONGEST).read_to_end(&mut data).map_err(failed)?;
    Ok(data)
}

/// Writes a file that is not there yet, whole or not at all, readable for its owner only. Folders that are missing are
/// made, for their owner only.
pub(super) fn write_new(path: &Path, content: &[u8]) -> Result<(), WalletError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => WalletError::Exists(path.to_owned()),
        _ => WalletError::Write { path: path.to_owned(), source },
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;

    let name = format!(".new-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let temporary = folder.join(name);
    // of a process that died with this number: in a container every process is number 1
    let _ = std::fs::remove_file(&temporary);
    let result = fill(&temporary, content)
        .and_then(|()| Ok(renameat_with(CWD, &temporary, CWD, path, RenameFlags::NOREPLACE)?))
        .and_then(|()| File::open(folder)?.sync_all());
    if result.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    result.map_err(failed)
}

fn fill(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
