//! Taking files out of npm tarballs. Members are chosen by their exact name and written under names of ours: nothing in
//! the archive decides where a byte goes.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use super::archive::ArchiveError;
use super::soundness::Hashed;

/// Takes the wanted members (name, sha256) out in one pass, into new files in the folder `into`. Blocking.
/// Refuses a member that is missing, is no plain file, or has another hash; members that nobody wants are passed over.
pub(super) fn take(
    archive: &Path,
    wanted: &[(String, String)],
    into: &Path,
) -> Result<HashMap<String, PathBuf>, ArchiveError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ArchiveError::Io { path, source }
    };
    let broken = |e: std::io::Error| ArchiveError::Unusable(format!("{}: {e}", archive.display()), None);
    let mut wanted: HashMap<&str, &str> = wanted.iter().map(|(name, hash)| (&**name, &**hash)).collect();
    let file = File::open(archive).map_err(failed(archive))?;
    let mut tar = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    let mut taken = HashMap::new();
    for entry in tar.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(sha256) = wanted.get(&*name).filter(|_| entry.header().entry_type().is_file()) else {
            continue;
        };
        let path = into.join(format!("{}.member", hex::encode(Sha256::digest(&name))));
        let mut file = Hashed::new(File::create(&path).map_err(failed(&path))?);
        file.copy_from(&mut entry).map_err(failed(&path))?;
        let (file, found, _) = file.finish();
        if found != **sha256 {
            return Err(ArchiveError::Mismatch { member: name, found });
        }
        file.sync_all().map_err(failed(&path))?;
        wanted.remove(&*name);
        taken.insert(name, path);
        if wanted.is_empty() {
            return Ok(taken);
        }
    }
    let missing = wanted.keys().min().copied().unwrap_or_default();
    if wanted.is_empty() { Ok(taken) } else { Err(ArchiveError::Unusable(missing.to_owned(), None)) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn sha(bytes: &[u8]) -> String {
        hex::encode(Sha256::digest(bytes))
    }

    /// A tarball whose names are written as they are: also those that no tool would write.
    fn tarball(folder: &Path, members: &[(&str, &[u8], tar::EntryType)]) -> PathBuf {
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, bytes, kind) in members {
            let mut header = tar::Header::new_ustar();
            header.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        let path = folder.join("a.tgz");
        File::create(&path).unwrap().write_all(&tar.into_inner().unwrap().finish().unwrap()).unwrap();
        path
    }

    #[test]
    fn only_wanted_members_are_taken_and_none_chooses_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("into");
        std::fs::create_dir(&into).unwrap();
        let members = [
            ("../escaped", &b"x"[..], tar::EntryType::Regular),
            ("/tmp/violet-escaped", b"y", tar::EntryType::Regular),
            ("package/other", b"z", tar::EntryType::Regular),
            ("package/a.bin", b"abc", tar::EntryType::Regular),
        ];
        let archive = tarball(folder.path(), &members);
        let wanted = [("package/a.bin".to_owned(), sha(b"abc")), ("../escaped".to_owned(), sha(b"x"))];
        let taken = take(&archive, &wanted, &into).unwrap();
        assert_eq!(std::fs::read(&taken["package/a.bin"]).unwrap(), b"abc");
        assert!(taken.values().all(|path| path.parent() == Some(&into)), "{taken:?}");
        assert_eq!(std::fs::read_dir(&into).unwrap().count(), 2);
        assert!(!folder.path().join("escaped").exists());
    }

    #[test]
    fn a_member_that_is_missing_no_file_or_other_bytes_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let members =
            [("p/link", &b""[..], tar::EntryType::Symlink), ("p/a", b"abc", tar::EntryType::Regular)];
        let archive = tarball(folder.path(), &members);
        let ask = |name: &str, hash: String| {
            take(&archive, &[(name.to_owned(), hash)], folder.path()).unwrap_err().to_string()
        };
        assert_eq!(ask("p/link", sha(b"")), "p/link is not usable");
        assert_eq!(ask("p/none", sha(b"")), "p/none is not usable");
        assert_eq!(ask("p/a", sha(b"other")), format!("p/a has sha256 {}", sha(b"abc")));
    }
}
