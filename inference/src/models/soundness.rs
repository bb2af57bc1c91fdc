//! Is a file of the cache what it should be? The size is looked at on every use; the hash once, recorded in a stamp.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

/// What is known of a file, or of a set of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is what the manifest says.
    Sound,
    /// It is not there.
    Missing,
    /// It is something else; why.
    Damaged(String),
}

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Size only: never reads the file. Damage of the same size is not seen.
    Size,
    /// Size, and the hash unless a stamp says that this very file was hashed before.
    Once,
    /// Size and hash.
    Full,
}

/// Looks at one file. After a successful hash a stamp is left beside it, if the folder can be written.
pub(super) fn look_at(path: &Path, size: u64, sha256: &str, look: Look) -> io::Result<State> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(State::Missing);
        }
        Err(e) => return Err(e),
    };
    if !found.is_file() || found.len() != size {
        return Ok(State::Damaged(format!("{} bytes instead of {size}", found.len())));
    }
    let stamp = stamp_of(&found, sha256);
    let stamp_path = stamp_path(path);
    if look == Look::Size
        || (look == Look::Once && fs::read(&stamp_path).is_ok_and(|s| s == stamp.as_bytes()))
    {
        return Ok(State::Sound);
    }
    let hash = sha256_of(path)?;
    if hash != sha256 {
        // the next use must look again even if it is content with a stamp
        let _ = fs::remove_file(&stamp_path);
        return Ok(State::Damaged(format!("sha256 {hash} instead of {sha256}")));
    }
    let _ = fs::write(&stamp_path, stamp);
    Ok(State::Sound)
}

/// Writes the stamp of a file that was hashed while it was written.
pub(super) fn stamp(path: &Path, sha256: &str) -> io::Result<()> {
    fs::write(stamp_path(path), stamp_of(&fs::metadata(path)?, sha256))
}

/// The hash of a file, in lower-case hex.
pub(super) fn sha256_of(path: &Path) -> io::Result<String> {
    let mut hashed = Hashed::new(io::sink());
    hashed.copy_from(&mut File::open(path)?)?;
    Ok(hashed.finish().1)
}

/// A writer that knows the hash of what went through it.
pub(super) struct Hashed<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashed<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// Copies all of `from`.
    pub(super) fn copy_from(&mut self, from: &mut impl Read) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 18];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(n) => {
                    self.inner.write_all(&buffer[..n])?;
                    self.hash.update(&buffer[..n]);
                    self.bytes += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// The writer, the hash in hex and the count of bytes.
    pub(super) fn finish(self) -> (W, String, u64) {
        (self.inner, hex::encode(self.hash.finalize()), self.bytes)
    }
}

fn stamp_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".ok");
    PathBuf::from(name)
}

fn stamp_of(found: &fs::Metadata, sha256: &str) -> String {
    let changed = found.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    format!("{sha256} {} {}\n", found.len(), changed.map_or(0, |t| t.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_stamp_spares_the_hash_until_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        assert_eq!(look_at(&path, 3, ABC, Look::Once).unwrap(), State::Missing);
        fs::write(&path, "abc").unwrap();
        assert_eq!(look_at(&path, 3, ABC, Look::Once).unwrap(), State::Sound);
        // same size and time, other bytes: only a full look can see it
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, "abd").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        assert_eq!(look_at(&path, 3, ABC, Look::Once).unwrap(), State::Sound);
        assert!(matches!(look_at(&path, 3, ABC, Look::Full).unwrap(), State::Damaged(_)));
        // and the full look took the stamp away
        assert!(matches!(look_at(&path, 3, ABC, Look::Once).unwrap(), State::Damaged(_)));
    }

    #[test]
    fn a_file_of_another_size_is_damaged_without_reading_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, "abcd").unwrap();
        let state = look_at(&path, 3, ABC, Look::Size).unwrap();
        assert_eq!(state, State::Damaged("4 bytes instead of 3".to_owned()));
    }
}
