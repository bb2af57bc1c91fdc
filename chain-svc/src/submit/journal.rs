//! What was intended, what was sent, and how it ended: a small file of lines that survives the process.
//!
//! A line is on the disk before the call that writes it returns. A line cut off by a crash is dropped at the next start. One
//! process at a time holds a journal.

mod error;
mod line;

pub use error::JournalError;
pub use line::{Entry, Outcome};

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::chain::{Account, Hash, Signed};
use line::Line;

/// Decided intentions that are kept when the file is written anew at a start.
const KEPT: usize = 2_000;

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    entries: HashMap<String, Entry>,
    /// Names in the order of their newest line.
    order: Vec<String>,
}

impl Journal {
    /// Opens the journal at `path`, or begins it. Its folder is made.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let disk = |source| JournalError::Disk { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(disk)?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(disk)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Taken(path.to_owned())),
            Err(TryLockError::Error(e)) => return Err(disk(e)),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(disk)?;
        // a crash in the middle of a line leaves it without its end: nothing was sent because of it
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64).map_err(disk)?;
        let mut journal = Self { path: path.to_owned(), file, entries: HashMap::new(), order: Vec::new() };
        for (i, line) in text[..whole].lines().enumerate() {
            let line: Line = serde_json::from_str(line)
                .map_err(|_| JournalError::Broken { path: path.to_owned(), line: i + 1 })?;
            journal.apply(line);
        }
        if text.lines().count() > 4 * KEPT {
            journal.shorten().map_err(disk)?;
        }
        Ok(journal)
    }

    /// What is known of an intention.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// The newest entries, newest first.
    #[must_use]
    pub fn newest(&self, n: usize) -> Vec<Entry> {
        self.order.iter().rev().take(n).filter_map(|name| self.entries.get(name)).cloned().collect()
    }

    /// Transactions of `account` whose outcome is not known, oldest first.
    #[must_use]
    pub fn undecided(&self, account: &Account) -> Vec<(String, Signed)> {
        let open = |e: &&Entry| e.outcome.is_none() && e.signed.account == *account;
        let mut all: Vec<_> = self.entries.values().filter(open).collect();
        all.sort_by_key(|e| (e.signed.nonce, e.at));
        all.into_iter().map(|e| (e.name.clone(), e.signed.clone())).collect()
    }

    /// Writes down a transaction that is about to be sent.
    ///
    /// # Errors
    /// [`JournalError::Disk`]; the transaction must not be sent then.
    pub fn signed(
        &mut self,
        at: i64,
        name: &str,
        call: &str,
        intended: &Value,
        signed: &Signed,
    ) -> Result<(), JournalError> {
        let (name, call, intended) = (name.to_owned(), call.to_owned(), intended.clone());
        self.write(Line::Signed(Entry { name, call, intended, at, signed: signed.clone(), outcome: None }))
    }

    /// Writes down how a transaction ended.
    ///
    /// # Errors
    /// [`JournalError::Disk`]; the outcome is looked up again at the next call.
    pub fn ended(&mut self, at: i64, name: &str, hash: Hash, outcome: Outcome) -> Result<(), JournalError> {
        self.write(Line::Ended { at, name: name.to_owned(), hash, outcome })
    }

    fn write(&mut self, line: Line) -> Result<(), JournalError> {
        self.append(&line).map_err(|source| JournalError::Disk { path: self.path.clone(), source })?;
        self.apply(line);
        Ok(())
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let end = self.file.seek(io::SeekFrom::End(0))?;
        let written = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        if written.is_err() {
            // half a line would spoil the next one; when even this fails, the next start drops it
            let _ = self.file.set_len(end);
        }
        written
    }

    fn apply(&mut self, line: Line) {
        let name = match line {
            Line::Signed(entry) => {
                let name = entry.name.clone();
                self.entries.insert(name.clone(), entry);
                name
            }
            Line::Ended { name, hash, outcome, .. } => {
                if let Some(entry) = self.entries.get_mut(&name).filter(|e| e.signed.hash == hash) {
                    entry.outcome = Some(outcome);
                }
                name
            }
        };
        self.order.retain(|n| *n != name);
        self.order.push(name);
    }

    /// Writes the file anew without old decided intentions: beside it, then in its place, with the lock held on both.
    fn shorten(&mut self) -> io::Result<()> {
        let drop = self.order.len().saturating_sub(KEPT);
        let (old, kept) = (self.order[..drop].to_vec(), self.order[drop..].to_vec());
        let open = old.into_iter().filter(|n| self.entries.get(n).is_some_and(|e| e.outcome.is_none()));
        self.order = open.chain(kept).collect();
        let names: std::collections::HashSet<_> = self.order.iter().cloned().collect();
        self.entries.retain(|name, _| names.contains(name));
        let beside = self.path.with_extension("new");
        let mut file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&beside)?;
        file.try_lock().map_err(|_| io::ErrorKind::WouldBlock)?;
        for entry in self.order.iter().filter_map(|n| self.entries.get(n)) {
            serde_json::to_writer(&mut file, &Line::Signed(entry.clone()))?;
            file.write_all(b"\n")?;
        }
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        self.file = file;
        Ok(())
    }
}
