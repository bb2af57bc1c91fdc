//! Making the files of an artifact from its GGUF file: a Python program, in a child process with packages of its own.
//! What it leaves is looked at here; nothing is in place until all of it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;

use super::cache::Cache;
use super::entries::Artifact;
use super::error::PrepareError;
use super::made::{self, Part, SCRIPT};
use super::progress::Progress;
use super::soundness;

/// Longest silence of the converter: it tells its progress more often than that.
const SILENCE: Duration = Duration::from_secs(600);

/// What the converter runs on.
#[derive(Debug)]
pub(super) struct Converter {
    pub(super) python: PathBuf,
    /// The folder of the core packages.
    pub(super) packages: PathBuf,
}

/// Makes the files of `artifact` from the GGUF file `origin` in the cache, whole or not at all. What another processor
/// makes differs in single bits: other hashes than the pinned ones are told in a note, recorded, and accepted.
pub(super) async fn convert(
    cache: &Cache,
    artifact: &Artifact,
    origin: &Path,
    converter: &Converter,
    progress: &dyn Progress,
) -> Result<(), PrepareError> {
    let folder = cache.folder(artifact);
    // a folder of its own for each attempt: a converter that outlived a killed process writes into none of ours
    let new = folder.with_file_name(format!("{}.new.{}", artifact.id, std::process::id()));
    let io_failed = |source: io::Error| PrepareError::io("writing", &new, source);
    remove_attempts(&folder, &artifact.id);
    let out = new.join("out");
    fs::create_dir_all(&out).map_err(io_failed)?;
    let made = make(artifact, origin, &new, converter, progress).await;
    let placed = match made {
        Ok(()) => {
            let (cache, artifact, out) = (cache.clone(), artifact.clone(), out.clone());
            let placed = tokio::task::spawn_blocking(move || place(&cache, &artifact, &out)).await;
            placed.unwrap_or_else(|e| Err(PrepareError::io("writing", &folder, io::Error::other(e))))
        }
        Err(why) => Err(PrepareError::Conversion { name: artifact.id.clone(), why }),
    };
    // what is left of it is of no use; the next attempt begins anew
    let _ = remove(&new);
    for sentence in placed? {
        progress.note(&sentence);
    }
    Ok(())
}

/// Runs the converter. Says why it failed.
async fn make(
    artifact: &Artifact,
    origin: &Path,
    new: &Path,
    converter: &Converter,
    progress: &dyn Progress,
) -> Result<(), String> {
    let script = new.join("gguf2ct2.py");
    fs::write(&script, SCRIPT).map_err(|e| e.to_string())?;
    let mut command = Command::new(&converter.python);
    // no packages but ours: neither the user's nor the interpreter's own
    command.args(["-s", "-S", "-B"]).arg(&script).arg(origin).arg(new.join("out"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("PYTHONPATH", &converter.packages);
    command
        .env("LC_ALL", "C.UTF-8")
        .current_dir(new)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child =
        command.kill_on_drop(true).spawn().map_err(|e| format!("it does not start ({})", e.kind()))?;
    let (Some(said), Some(complaint)) = (child.stdout.take(), child.stderr.take()) else {
        return Err("its output can't be read".to_owned());
    };
    let complaint = tokio::spawn(async move {
        let mut text = Vec::new();
        // a converter that complains without end is no reason to keep it all
        let _ = complaint.take(1 << 16).read_to_end(&mut text).await;
        String::from_utf8_lossy(&text).into_owned()
    });
    let name = format!("{} (converting)", artifact.id);
    let total: u64 = artifact.files.iter().map(|f| f.size).sum();
    progress.started(&name, total);
    let (mut told, mut lines) = (0, BufReader::new(said).lines());
    loop {
        match tokio::time::timeout(SILENCE, lines.next_line()).await {
            Err(_) => {
                progress.abandoned(&name);
                return Err(format!("it said nothing for {} s", SILENCE.as_secs()));
            }
            Ok(Ok(Some(line))) => {
                let now = share(&line, total).unwrap_or(told).max(told);
                progress.advanced(&name, now - told);
                told = now;
            }
            Ok(Ok(None) | Err(_)) => break,
        }
    }
    let status = child.wait().await.map_err(|e| e.to_string())?;
    if status.success() {
        progress.advanced(&name, total - told);
        progress.finished(&name);
        return Ok(());
    }
    progress.abandoned(&name);
    let said = complaint.await.unwrap_or_default();
    match said.lines().rev().find(|l| !l.trim().is_empty()) {
        Some(line) => Err(line.trim().to_owned()),
        // killed by the system, most likely: it needs several GB of memory
        None => Err(format!("it ended with {status}, perhaps for lack of memory")),
    }
}

/// `progress DONE OF` as a part of `total`.
fn share(line: &str, total: u64) -> Option<u64> {
    let (done, of) = line.strip_prefix("progress ")?.split_once(' ')?;
    let (done, of): (u64, u64) = (done.parse().ok()?, of.trim().parse().ok()?);
    let part = u128::from(total) * u128::from(done.min(of)) / u128::from(of.max(1));
    u64::try_from(part).ok()
}

/// Looks at what was made and moves it to its place; what nobody asked for stays behind. Returns sentences about files with other hashes than the pinned ones.
fn place(cache: &Cache, artifact: &Artifact, out: &Path) -> Result<Vec<String>, PrepareError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| PrepareError::io("writing", path, source)
    };
    let missing = |path: &str| PrepareError::Conversion {
        name: artifact.id.clone(),
        why: format!("it left no {path}"),
    };
    let files = out.with_file_name("files");
    let (mut parts, mut sentences) = (Vec::new(), Vec::new());
    for pin in made::pinned(artifact) {
        let path = files.join(&pin.path);
        fs::create_dir_all(path.parent().unwrap_or(&files)).map_err(failed(&files))?;
        fs::rename(out.join(&pin.path), &path).map_err(|_| missing(&pin.path))?;
        let size = fs::metadata(&path).map_err(failed(&path))?.len();
        let sha256 = soundness::sha256_of(&path).map_err(failed(&path))?;
        soundness::stamp(&path, &sha256).map_err(failed(&path))?;
        if sha256 != pin.sha256 {
            sentences.push(format!(
                "{}/{} was made with sha256 {sha256}; {} is expected: it is used all the same, but its results are \
                 not those of other machines",
                artifact.id, pin.path, pin.sha256
            ));
        }
        parts.push(Part { path: pin.path, size, sha256 });
    }
    if !sentences.is_empty() {
        made::write(cache, artifact, &files, &parts).map_err(failed(&files))?;
    }
    let opened = fs::File::open(&files).map_err(failed(&files))?;
    rustix::fs::syncfs(&opened).map_err(|e| failed(&files)(e.into()))?;
    let folder = cache.folder(artifact);
    remove(&folder).map_err(failed(&folder))?;
    fs::rename(&files, &folder).map_err(failed(&folder))?;
    Ok(sentences)
}

/// Removes what killed processes left. Nobody else is at it: the cache is locked.
fn remove_attempts(folder: &Path, id: &str) {
    let begins = format!("{id}.new.");
    let beside = folder.parent().and_then(|parent| fs::read_dir(parent).ok());
    for entry in beside.into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&begins) {
            // what can't be removed costs space only
            let _ = remove(&entry.path());
        }
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn progress_is_read_from_the_lines_of_the_converter() {
        assert_eq!(super::share("progress 1 4", 100), Some(25));
        assert_eq!(super::share("progress 9 4", 100), Some(100));
        assert_eq!(super::share("progress 0 0", 100), Some(0));
        assert_eq!(super::share("loading", 100), None);
    }
}
