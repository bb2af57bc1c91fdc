//! `violet logs`: the log of the stack of a data folder.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use process::exit::BadSetup;

use crate::{cli::Logs, home::Home};

/// Prints the last lines of the newest log file, and goes on with what is added when asked to.
///
/// # Errors
/// [`BadSetup`] when there is no log.
pub async fn run(options: &Logs) -> anyhow::Result<()> {
    let folder = Home::of(&options.data)?.logs();
    let mut path =
        newest(&folder).ok_or_else(|| BadSetup(format!("there is no log in {}", folder.display())))?;
    let text = fs::read_to_string(&path)?;
    let lines: Vec<&str> = text.lines().collect();
    for line in &lines[lines.len().saturating_sub(options.lines)..] {
        println!("{line}");
    }
    let mut read = text.len() as u64;
    if !options.follow {
        return Ok(());
    }
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        read += print_from(&path, read)?;
        // a new day begins a new file
        if let Some(next) = newest(&folder).filter(|next| *next != path) {
            print_from(&path, read)?;
            (path, read) = (next, 0);
        }
    }
}

fn print_from(path: &Path, offset: u64) -> anyhow::Result<u64> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut added = Vec::new();
    file.read_to_end(&mut added)?;
    std::io::stdout().write_all(&added)?;
    Ok(added.len() as u64)
}

/// Log files are named by their day, so the last by name is the newest.
fn newest(folder: &Path) -> Option<PathBuf> {
    let files = fs::read_dir(folder).ok()?.filter_map(|e| Some(e.ok()?.path()));
    files.filter(|p| p.extension().is_some_and(|e| e == "log")).max()
}
