//! Taking files out of archives that hold a tar: npm's tarballs and Debian's packages. Members are chosen by their exact
//! name and written under names of ours: nothing in the archive decides where a byte goes, and nothing of it is run.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use lzma_rust2::XzReader;
use sha2::{Digest, Sha256};

use super::archive::ArchiveError;
use super::soundness::Hashed;
use super::wheel::Registry;

/// The member of a Debian package that holds its files.
const DATA: &[u8] = b"data.tar.xz";

/// Takes the wanted members (name, sha256) out in one pass, into new files in the folder `into`. Blocking.
/// Refuses a member that is missing, is no plain file, or has another hash; members that nobody wants are passed over.
pub(super) fn take(
    registry: Registry,
    archive: &Path,
    wanted: &[(String, String)],
    into: &Path,
) -> Result<HashMap<String, PathBuf>, ArchiveError> {
    let file = File::open(archive).map_err(failed(archive))?;
    let file = BufReader::new(file);
    match registry {
        Registry::Npm => members(archive, GzDecoder::new(file), wanted, into),
        Registry::Debian => {
            let mut package = ar::Archive::new(file);
            while let Some(entry) = package.next_entry() {
                let entry = entry.map_err(broken(archive))?;
                if entry.header().identifier() == DATA {
                    return members(archive, XzReader::new(entry, false), wanted, into);
                }
            }
            Err(ArchiveError::Unusable(archive.display().to_string(), None))
        }
    }
}

fn members(
    archive: &Path,
    tar: impl Read,
    wanted: &[(String, String)],
    into: &Path,
) -> Result<HashMap<String, PathBuf>, ArchiveError> {
    let mut wanted: HashMap<&str, &str> = wanted.iter().map(|(name, hash)| (&**name, &**hash)).collect();
    let mut tar = tar::Archive::new(tar);
    let mut taken = HashMap::new();
    for entry in tar.entries().map_err(broken(archive))? {
        let mut entry = entry.map_err(broken(archive))?;
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
            break;
        }
    }
    match wanted.keys().min() {
        None => Ok(taken),
        Some(missing) => Err(ArchiveError::Unusable((*missing).to_owned(), None)),
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |source| ArchiveError::Io { path: path.clone(), source }
}

fn broken(archive: &Path) -> impl Fn(io::Error) -> ArchiveError {
    move |error| ArchiveError::Unusable(format!("{}: {error}", archive.display()), None)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use lzma_rust2::{XzOptions, XzWriter};

    use super::*;

    fn sha(bytes: &[u8]) -> String {
        hex::encode(Sha256::digest(bytes))
    }

    /// A tar whose names are written as they are: also those that no tool would write.
    fn tar(members: &[(&str, &[u8], tar::EntryType)]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes, kind) in members {
            let mut header = tar::Header::new_ustar();
            header.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        tar.into_inner().unwrap()
    }

    fn tarball(folder: &Path, members: &[(&str, &[u8], tar::EntryType)]) -> PathBuf {
        let path = folder.join("a.tgz");
        let mut packed = GzEncoder::new(File::create(&path).unwrap(), Compression::fast());
        packed.write_all(&tar(members)).unwrap();
        packed.finish().unwrap();
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
        let taken = take(Registry::Npm, &archive, &wanted, &into).unwrap();
        assert_eq!(std::fs::read(&taken["package/a.bin"]).unwrap(), b"abc");
        assert!(taken.values().all(|path| path.parent() == Some(&into)), "{taken:?}");
        assert_eq!(std::fs::read_dir(&into).unwrap().count(), 2);
        assert!(!folder.path().join("escaped").exists());
    }

    #[test]
    fn the_files_of_a_debian_package_are_those_of_its_data() {
        let folder = tempfile::tempdir().unwrap();
        let mut data = XzWriter::new(Vec::new(), XzOptions::with_preset(1)).unwrap();
        data.write_all(&tar(&[("./usr/lib/a.so", b"abc", tar::EntryType::Regular)])).unwrap();
        let (data, path) = (data.finish().unwrap(), folder.path().join("a.deb"));
        let package = |members: &[(&str, &[u8])]| {
            let mut ar = ar::Builder::new(File::create(&path).unwrap());
            for (name, bytes) in members {
                let header = ar::Header::new(name.as_bytes().to_vec(), bytes.len() as u64);
                ar.append(&header, *bytes).unwrap();
            }
        };
        let ask = || {
            let wanted = [("./usr/lib/a.so".to_owned(), sha(b"abc"))];
            take(Registry::Debian, &path, &wanted, folder.path())
        };
        package(&[("debian-binary", b"2.0\n"), ("data.tar.xz", &data)]);
        assert_eq!(std::fs::read(&ask().unwrap()["./usr/lib/a.so"]).unwrap(), b"abc");
        package(&[("debian-binary", b"2.0\n")]);
        assert!(ask().unwrap_err().to_string().ends_with("a.deb is not usable"));
        package(&[("data.tar.xz", &data[..data.len() / 2])]);
        assert!(matches!(ask(), Err(ArchiveError::Unusable(..) | ArchiveError::Io { .. })));
    }

    #[test]
    fn a_member_that_is_missing_no_file_or_other_bytes_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let members =
            [("p/link", &b""[..], tar::EntryType::Symlink), ("p/a", b"abc", tar::EntryType::Regular)];
        let archive = tarball(folder.path(), &members);
        let ask = |name: &str, hash: String| {
            take(Registry::Npm, &archive, &[(name.to_owned(), hash)], folder.path()).unwrap_err().to_string()
        };
        assert_eq!(ask("p/link", sha(b"")), "p/link is not usable");
        assert_eq!(ask("p/none", sha(b"")), "p/none is not usable");
        assert_eq!(ask("p/a", sha(b"other")), format!("p/a has sha256 {}", sha(b"abc")));
    }
}
