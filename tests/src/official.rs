//! The official Python tools in an environment of their own: tests that need them as a second opinion run on it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use sha2::Digest as _;

/// A Python that has exactly the packages of `lock`, every file of them checked against its hash; made once for each lock, in
/// `cache`. `None` when the Python of this machine is older than these packages take.
///
/// # Errors
/// No Python, no network on the first run, a package that differs from its hash.
pub fn python(cache: &Path, lock: &Path) -> anyhow::Result<Option<PathBuf>> {
    let digest = sha2::Sha256::digest(fs::read(lock).with_context(|| format!("read {}", lock.display()))?);
    let folder = cache.join("official").join(hex::encode(&digest[..8]));
    let (python, made) = (folder.join("bin/python"), folder.join("made"));
    if made.exists() {
        return Ok(Some(python));
    }
    if !Command::new("python3").args(["-c", NEW_ENOUGH]).status().context("start python3")?.success() {
        return Ok(None);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("empty {}", folder.display()))?;
    }
    println!("== the official tools are not here: installing them once into {}", folder.display());
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"])
        .arg(lock);
    if let Some(index) = std::env::var_os("VIOLET_PYPI_INDEX") {
        pip.arg("--index-url").arg(index);
    }
    run(&mut pip)?;
    fs::write(&made, []).with_context(|| format!("write {}", made.display()))?;
    Ok(Some(python))
}

/// Ends with 0 where the packages can be installed.
const NEW_ENOUGH: &str = "import sys; sys.exit(sys.version_info < (3, 10))";

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("start {}", command.get_program().display()))?;
    anyhow::ensure!(
        status.success(),
        "the official tools could not be installed: {}",
        command.get_program().display()
    );
    Ok(())
}
