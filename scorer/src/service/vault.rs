//! The data folder of a validator: the secret of its challenges, and the sound that is their truth until they are graded.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use domain::{Sha256, TaskId, canonical};
use process::exit::BadSetup;

use crate::challenge::Secret;

/// How names of files begin that are not whole yet.
const DRAFT: &str = "draft-";
/// Sound is kept this long at most: its task is over for longer, and nobody will grade it.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// A folder that this process alone uses, for its owner only.
#[derive(Debug)]
pub(crate) struct Vault {
    root: PathBuf,
    clean: PathBuf,
    _lock: File,
}

impl Vault {
    /// Opens or makes the folder.
    ///
    /// # Errors
    /// A folder that another process uses or that can't be written, in a sentence for the operator.
    pub(crate) fn open(root: &Path) -> Result<Self, BadSetup> {
        let shown = root.display();
        let unusable = |e: io::Error| {
            BadSetup(format!("the data folder {shown} can't be used ({e}): choose another with data_dir"))
        };
        let clean = root.join("clean");
        DirBuilder::new().recursive(true).mode(0o700).create(&clean).map_err(unusable)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(root.join("lock"));
        let lock = lock.map_err(unusable)?;
        lock.try_lock().map_err(|e| match e {
            fs::TryLockError::WouldBlock => BadSetup(format!(
                "the data folder {shown} is in use by another scorer: stop it, or choose another with data_dir"
            )),
            fs::TryLockError::Error(e) => unusable(e),
        })?;
        let vault = Self { root: root.to_owned(), clean, _lock: lock };
        vault.tidy().map_err(unusable)?;
        Ok(vault)
    }

    /// Removes the sound of challenges that came to nothing, and what a crash left half written.
    fn tidy(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.clean)?.chain(fs::read_dir(&self.root)?) {
            let entry = entry?;
            let draft = entry.file_name().to_string_lossy().starts_with(DRAFT);
            // by the clock that files are dated by; one from the future is young, one that is gone was graded just now
            let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
            let sound = entry.path().parent() == Some(self.clean.as_path());
            if draft || sound && age.is_some_and(|age| age > KEPT) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// The secret that was given as text, else the one kept here, else a new one that is kept from now on.
    ///
    /// # Errors
    /// Text or a file that is no secret; a folder that can't be written.
    pub(crate) fn secret(&self, given: &str) -> Result<Secret, BadSetup> {
        let path = self.root.join("challenge.secret");
        let bad = |what: &dyn std::fmt::Display| {
            BadSetup(format!("the file {} can't be used as the secret of challenges: {what}", path.display()))
        };
        if !given.is_empty() {
            let no = || BadSetup("challenges.secret: 64 hexadecimal digits are expected".to_owned());
            return parse(given).ok_or_else(no);
        }
        match fs::read_to_string(&path) {
            Ok(text) => parse(text.trim()).ok_or_else(|| bad(&"64 hexadecimal digits are expected")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let mut secret = [0; 32];
                for half in secret.chunks_mut(16) {
                    half.copy_from_slice(&process::id::random().to_be_bytes());
                }
                self.write(&path, Sha256(secret).to_string().as_bytes()).map_err(|e| bad(&e))?;
                Ok(Secret::from_random(secret))
            }
            Err(e) => Err(bad(&e)),
        }
    }

    /// Keeps the sound that is the truth of a task.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn keep(&self, task: TaskId, wave: &[u8]) -> io::Result<Sha256> {
        self.tidy()?;
        self.write(&self.clean.join(task.to_string()), wave)?;
        Ok(canonical::digest(wave))
    }

    /// That sound; `None` when it is not here as it was.
    pub(crate) fn clean(&self, task: TaskId, digest: Sha256) -> Option<Bytes> {
        let bytes = fs::read(self.clean.join(task.to_string())).ok()?;
        (canonical::digest(&bytes) == digest).then(|| bytes.into())
    }

    /// The task was graded.
    pub(crate) fn forget(&self, task: TaskId) {
        if let Err(e) = remove(&self.clean.join(task.to_string())) {
            tracing::warn!(error = %e, "the sound of a challenge was not removed");
        }
    }

    /// Renamed into place, for its owner only: a file that was cut off by a crash would be another.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let draft = self.root.join(format!("{DRAFT}{:016x}", process::id::random_u64()));
        let write = || {
            let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&draft)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&draft, path)?;
            File::open(path.parent().unwrap_or(&self.root))?.sync_all()
        };
        write().inspect_err(|_| {
            // the first error is the one to tell
            let _ = fs::remove_file(&draft);
        })
    }
}

/// Removes a file, unless it is gone already.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

fn parse(text: &str) -> Option<Secret> {
    text.parse::<Sha256>().ok().map(|digits| Secret::from_random(digits.0))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_is_for_its_owner_only() {
        // S11
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("a");
        let first = Vault::open(&root).unwrap().secret("").unwrap();
        assert_eq!(Vault::open(&root).unwrap().secret("").unwrap(), first);
        let mode = |name: &str| fs::metadata(root.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("challenge.secret"), mode("clean")), (0o600, 0o700));
        let given = Vault::open(&root).unwrap().secret(&"ab".repeat(32)).unwrap();
        assert_eq!(given, Secret::from_random([0xab; 32]));
        fs::write(root.join("challenge.secret"), "short").unwrap();
        assert!(Vault::open(&root).unwrap().secret("").unwrap_err().0.contains("challenge.secret"));
    }

    #[test]
    fn the_sound_of_a_challenge_is_kept_until_it_is_graded() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let task = TaskId::from_random(7);
        let digest = vault.keep(task, b"wave").unwrap();
        assert_eq!(vault.clean(task, digest).unwrap(), "wave");
        assert!(vault.clean(task, Sha256([0; 32])).is_none(), "other bytes than were kept");
        vault.forget(task);
        assert!(vault.clean(task, digest).is_none());
    }

    #[test]
    fn what_came_to_nothing_is_not_kept_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let [old, young] = [7, 8].map(TaskId::from_random);
        let digests = [old, young].map(|task| vault.keep(task, b"wave").unwrap());
        let file = File::options().write(true).open(dir.path().join("clean").join(old.to_string()));
        file.unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        fs::write(dir.path().join("draft-1"), "half").unwrap();
        drop(vault);
        let vault = Vault::open(dir.path()).unwrap();
        assert!(vault.clean(old, digests[0]).is_none() && vault.clean(young, digests[1]).is_some());
        assert!(!dir.path().join("draft-1").exists());
    }

    #[test]
    fn two_scorers_never_share_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let _first = Vault::open(dir.path()).unwrap();
        assert!(Vault::open(dir.path()).unwrap_err().0.contains("in use"));
    }
}
