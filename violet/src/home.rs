//! The data folder of a stack: who owns it, its keys, and where its process is reached.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use process::exit::BadSetup;

use crate::cli::{DataDir, Running};

/// A data folder. Layout: `violet.lock`, `violet.pid`, `ticket.key`, `logs/`, and one folder for each service.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

/// The data folder is ours as long as this lives.
#[derive(Debug)]
pub struct Owned {
    _lock: File,
}

impl Home {
    /// The folder that was named, else `$XDG_DATA_HOME/violet`, else `~/.local/share/violet`.
    ///
    /// # Errors
    /// When no folder was named and there is no home.
    pub fn of(named: &DataDir) -> anyhow::Result<Self> {
        if let Some(folder) = &named.data_dir {
            return Ok(Self(std::path::absolute(folder)?));
        }
        let base = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
        let base = base.or_else(|| std::env::home_dir().map(|h| h.join(".local/share")));
        let base =
            base.ok_or_else(|| BadSetup("no home folder is known: name a folder with --data-dir".into()))?;
        Ok(Self(base.join("violet")))
    }

    /// At this folder.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Folder of the log files.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// Makes the folder and takes it for this process.
    ///
    /// # Errors
    /// [`BadSetup`] when another process has it, or it can't be written.
    pub fn own(&self) -> anyhow::Result<Owned> {
        let at = self.0.display();
        let unusable = |e: std::io::Error| {
            BadSetup(format!("the data folder {at} can't be used ({e}): choose another with --data-dir"))
        };
        fs::create_dir_all(&self.0).map_err(unusable)?;
        let path = self.0.join("violet.lock");
        let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Owned { _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(BadSetup(format!(
                "another violet runs in {at}: stop it with `violet down`, or choose another folder with --data-dir"
            ))
            .into()),
            Err(fs::TryLockError::Error(e)) => Err(unusable(e).into()),
        }
    }

    /// The secret that scheduler and gateway share; made on first use, mode 0600.
    ///
    /// # Errors
    /// When it can't be read or written.
    pub fn ticket_key(&self) -> anyhow::Result<String> {
        let path = self.0.join("ticket.key");
        if let Ok(key) = fs::read_to_string(&path)
            && key.len() >= 32
        {
            return Ok(key);
        }
        let key = format!("{:032x}{:032x}", process::id::random(), process::id::random());
        write_whole(&path, &key)?;
        Ok(key)
    }

    /// Writes down where the stack is reached.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn announce(&self, running: &Running) -> anyhow::Result<()> {
        write_whole(&self.0.join("violet.pid"), &serde_json::to_string(running)?)
    }

    /// Takes the announcement back.
    pub fn withdraw(&self) {
        let _ = fs::remove_file(self.0.join("violet.pid"));
    }

    /// The stack that runs in this folder; `None` when none does, whatever an old announcement says.
    #[must_use]
    pub fn running(&self) -> Option<Running> {
        let text = fs::read_to_string(self.0.join("violet.pid")).ok()?;
        let running: Running = serde_json::from_str(&text).ok()?;
        self.is_owned().then_some(running)
    }

    /// Whether a process has the folder; also one that takes no more work, and finishes what it has.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        // the lock, not the pid, tells whether it lives: pids are used again
        let lock = File::open(self.0.join("violet.lock"));
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
    }
}

/// Writes a small private file so that a reader sees all of it or the one before.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path).with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_has_one_owner() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let owned = home.own().unwrap();
        let said = home.own().unwrap_err();
        assert!(said.to_string().contains("violet down"), "{said}");
        assert_eq!(process::exit::code_of(&said), 64);
        drop(owned);
        home.own().unwrap();
    }

    #[test]
    fn a_stack_is_running_only_while_its_owner_lives() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let owned = home.own().unwrap();
        let running = Running {
            pid: 1,
            http: ([127, 0, 0, 1], 8000).into(),
            ready: true,
            chain: None,
            validators: Vec::new(),
        };
        home.announce(&running).unwrap();
        assert_eq!(home.running().unwrap().http.port(), 8000);
        home.withdraw();
        assert!(home.running().is_none() && home.is_owned(), "it is being stopped");
        home.announce(&running).unwrap();
        drop(owned);
        assert!(home.running().is_none(), "the announcement outlived its process");
    }

    #[test]
    fn the_ticket_key_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let key = home.ticket_key().unwrap();
        assert_eq!(key.len(), 64);
        assert_eq!(home.ticket_key().unwrap(), key);
    }
}
