//! What was found out about this machine's programs, remembered while their files are unchanged.
//! Starting an interpreter to ask it costs more than everything else of a second run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Memo<T> {
    key: String,
    marks: Vec<(u64, u128)>,
    value: T,
}

/// The remembered value, if it was found under the same key and none of its files has changed since.
pub(super) fn recall<T: DeserializeOwned>(
    memory: &Path,
    key: &str,
    files: impl Fn(&T) -> Vec<&PathBuf>,
) -> Option<T> {
    let memo: Memo<T> = serde_json::from_slice(&fs::read(memory).ok()?).ok()?;
    let marks: Option<Vec<_>> = files(&memo.value).into_iter().map(|file| mark(file)).collect();
    (memo.key == key && marks? == memo.marks).then_some(memo.value)
}

/// Remembers a value. Without effect where nothing can be written: then it is found out again each time.
pub(super) fn remember<T: Serialize>(memory: &Path, key: &str, value: &T, files: &[&Path]) {
    let Some(marks) = files.iter().map(|file| mark(file)).collect() else {
        return;
    };
    let memo = Memo { key: key.to_owned(), marks, value };
    let Ok(text) = serde_json::to_vec(&memo) else {
        return;
    };
    let new = memory.with_extension(format!("{}.new", std::process::id()));
    let folder = memory.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::write(&new, text))
        .and_then(|()| fs::rename(&new, memory));
    if let Err(e) = written {
        tracing::debug!(error = %e, "not remembered");
    }
}

fn mark(file: &Path) -> Option<(u64, u128)> {
    let found = fs::metadata(file).ok()?;
    let changed = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((found.len(), changed.as_nanos()))
}
