//! The data folder of a miner: its name, its key, and the inputs it works on now.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use btauth::{Keypair, keyfile};
use domain::MinerId;
use process::exit::BadSetup;
use rustix::fs::{FlockOperation, flock};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// A folder that this process alone uses, until it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    inputs: PathBuf,
    _lock: File,
}

impl Folder {
    /// Opens or makes the folder, for its owner only, and throws away the inputs that a former process left behind.
    /// Refuses a folder that another process uses or that can't be written, in a sentence for the operator.
    pub(crate) fn open(root: &Path) -> Result<Self, BadSetup> {
        let shown = root.display();
        let unusable = |e: io::Error| {
            BadSetup(format!("the data folder {shown} can't be used ({e}): choose another with data_dir"))
        };
        let private = |path: &Path| DirBuilder::new().recursive(true).mode(0o700).create(path);
        private(root).map_err(unusable)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(root.join("lock"));
        let lock = lock.map_err(unusable)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|e| match e {
            rustix::io::Errno::WOULDBLOCK => BadSetup(format!(
                "the data folder {shown} is in use by another miner: stop it, or choose another with data_dir"
            )),
            other => unusable(other.into()),
        })?;
        let inputs = root.join("inputs");
        match fs::remove_dir_all(&inputs) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(unusable(e)),
            _ => private(&inputs).map_err(unusable)?,
        }
        Ok(Self { root: root.to_owned(), inputs, _lock: lock })
    }

    /// The name of this miner: the one kept here, or a new one made of `random` and kept from now on.
    pub(super) fn miner(&self, random: u64) -> Result<MinerId, BadSetup> {
        let path = self.root.join("miner");
        let bad = |what: &dyn std::fmt::Display| {
            BadSetup(format!(
                "the file {} holds no name of a miner ({what}): delete it, or set miner",
                path.display()
            ))
        };
        match fs::read_to_string(&path) {
            Ok(name) => name.trim().parse().map_err(|e| bad(&e)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let name = format!("miner-{:08x}", random >> 32);
                self.keep(&path, name.as_bytes()).map_err(|e| bad(&e))?;
                name.parse().map_err(|e| bad(&e))
            }
            Err(e) => Err(bad(&e)),
        }
    }

    /// The key that signs for a miner without a wallet: the one kept here, or a new one from `seed`, kept from now on for
    /// its owner only, in the form of the official tools.
    pub(super) fn key(&self, seed: &Zeroizing<[u8; 32]>) -> Result<Keypair, BadSetup> {
        let path = self.root.join("hotkey");
        let bad = |e: &dyn std::fmt::Display| {
            BadSetup(format!("the key {} can't be used ({e}): delete it for a new one", path.display()))
        };
        if !path.try_exists().map_err(|e| bad(&e))? {
            let key = Keypair::from_seed(seed);
            let (secret, address) = (Zeroizing::new(hex::encode(seed.as_slice())), key.account());
            let text = format!(r#"{{"secretSeed":"0x{}","ss58Address":"{address}"}}"#, secret.as_str());
            self.keep(&path, Zeroizing::new(text).as_bytes()).map_err(|e| bad(&e))?;
        }
        keyfile::read(&path).map_err(|e| bad(&e))
    }

    /// Writes a small file, for its owner only. Renamed into place: a name that was cut off by a crash would be another name.
    fn keep(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.root)?;
        io::Write::write_all(&mut file, content)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(())
    }

    /// Where files of work under way may be put; emptied when the next process begins.
    pub(super) fn scratch(&self) -> &Path {
        &self.inputs
    }

    /// An empty file for an input, for its owner only, that is gone when it is dropped.
    pub(super) fn input(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix("input-").tempfile_in(&self.inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miner_keeps_its_name_and_loses_the_inputs_of_its_former_self() {
        // R11
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("a/b");
        let folder = Folder::open(&root).unwrap();
        let name = folder.miner(0x1234_5678_0000_0000).unwrap();
        assert_eq!(name.as_str(), "miner-12345678");
        let (_, left) = folder.input().unwrap().keep().unwrap();
        drop(folder);
        let again = Folder::open(&root).unwrap();
        assert!(!left.exists());
        assert_eq!(again.miner(7).unwrap(), name);
    }

    #[test]
    fn a_miner_without_a_wallet_keeps_a_key_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let first = folder.key(&Zeroizing::new([7; 32])).unwrap().account();
        assert_eq!(first, Keypair::from_seed(&[7; 32]).account());
        assert_eq!(folder.key(&Zeroizing::new([8; 32])).unwrap().account(), first);
        let mode = fs::metadata(dir.path().join("hotkey")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(dir.path().join("hotkey"), "{}").unwrap();
        let said = folder.key(&Zeroizing::new([7; 32])).unwrap_err().to_string();
        assert!(said.contains("delete it"), "{said}");
    }

    #[test]
    fn two_miners_never_share_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let _first = Folder::open(dir.path()).unwrap();
        let said = Folder::open(dir.path()).unwrap_err().to_string();
        assert!(said.contains("in use by another miner"), "{said}");
    }

    #[test]
    fn a_damaged_name_is_refused_with_the_way_out() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        fs::write(dir.path().join("miner"), "../x").unwrap();
        let said = folder.miner(1).unwrap_err().to_string();
        assert!(said.contains("delete it"), "{said}");
    }
}
