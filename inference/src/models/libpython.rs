//! The shared library of a Python: found where it may lie, or fetched from the system's package source without root.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::cache::{Cache, make_folder};
use super::error::PrepareError;
use super::progress::Progress;
use super::python::{Said, Surroundings, run};

/// `libpython3.11.so.1.0`, the name the sidecar's stub asks the loader for.
fn file_name((major, minor): (u32, u32)) -> String {
    format!("libpython{major}.{minor}.so.1.0")
}

/// Looks where the interpreter says, in the loader's own list, in the system's folders, and in what was fetched before.
pub(super) async fn find(said: &Said, surroundings: &Surroundings, cache: &Cache) -> Option<PathBuf> {
    let name = file_name(said.version);
    let told = said.folders.iter().filter(|f| f.is_absolute());
    if let Some(place) = told.map(|f| f.join(&name)).find(|p| p.is_file()) {
        return Some(place);
    }
    if let Some(place) = from_loader(&name, surroundings).await {
        return Some(place);
    }
    let fetched = fetched_folder(cache, said.version);
    let folders = surroundings.system_folders.iter().chain([&fetched]);
    folders.map(|f| f.join(&name)).find(|p| p.is_file())
}

/// Fetches the library with the system's own package tools into the cache. Needs no root and installs nothing.
pub(super) async fn obtain(
    said: &Said,
    surroundings: &Surroundings,
    cache: &Cache,
    progress: Option<&dyn Progress>,
) -> Result<PathBuf, PrepareError> {
    let (major, minor) = said.version;
    let version = format!("{major}.{minor}");
    let missing = |tried: String| PrepareError::NoLibpython {
        python: said.executable.clone(),
        version: version.clone(),
        tried,
    };
    let tool = |name: &str| surroundings.programs(name).into_iter().next();
    let (Some(apt), Some(dpkg), Some(progress)) = (tool("apt-get"), tool("dpkg-deb"), progress) else {
        return Err(missing("LIBDIR, ldconfig, the system's folders".to_owned()));
    };
    let _locked = cache.lock(progress).await?;
    let into = fetched_folder(cache, said.version);
    let library = into.join(file_name(said.version));
    if library.is_file() {
        return Ok(library);
    }
    progress.note(&format!("fetching libpython{version} with apt-get into the cache (nothing is installed)"));
    let work = into.with_extension("new");
    let _ = std::fs::remove_dir_all(&work);
    make_folder(&work)?;
    let mut why = Vec::new();
    // the second name is the one of Ubuntu 24.04 and Debian 13
    for package in [format!("libpython{version}"), format!("libpython{version}t64")] {
        match unpack_package(&apt, &dpkg, &package, &work, &file_name(said.version)).await {
            Ok(file) => {
                make_folder(&into)?;
                std::fs::rename(&file, &library).map_err(|e| PrepareError::io("writing", &library, e))?;
                let _ = std::fs::remove_dir_all(&work);
                return Ok(library);
            }
            Err(e) => why.push(format!("{package}: {e}")),
        }
    }
    let _ = std::fs::remove_dir_all(&work);
    Err(missing(why.join("; ")))
}

async fn unpack_package(
    apt: &Path,
    dpkg: &Path,
    package: &str,
    work: &Path,
    name: &str,
) -> Result<PathBuf, String> {
    let mut download = Command::new(apt);
    download.args(["download", package]).current_dir(work);
    run(download).await.map_err(|e| format!("apt-get {e}"))?;
    let begins = format!("{package}_");
    let deb = entries(work).into_iter().find(|p| {
        let file = p.file_name().unwrap_or_default().to_string_lossy();
        file.starts_with(&begins) && file.ends_with(".deb")
    });
    let mut unpack = Command::new(dpkg);
    unpack.arg("-x").arg(deb.ok_or("apt-get left no package")?).arg(work.join("root"));
    run(unpack).await.map_err(|e| format!("dpkg-deb {e}"))?;
    let usr = work.join("root/usr/lib");
    let folders = entries(&usr).into_iter().chain([usr.clone()]);
    folders.map(|f| f.join(name)).find(|p| p.is_file()).ok_or_else(|| format!("holds no {name}"))
}

async fn from_loader(name: &str, surroundings: &Surroundings) -> Option<PathBuf> {
    let beside = ["/sbin/ldconfig", "/usr/sbin/ldconfig"].map(PathBuf::from);
    let ldconfig = surroundings.programs("ldconfig").into_iter().chain(beside).find(|p| p.is_file())?;
    let mut command = Command::new(ldconfig);
    command.arg("-p");
    let list = run(command).await.ok()?;
    String::from_utf8_lossy(&list).lines().find_map(|line| {
        let (library, place) = line.split_once("=>")?;
        let place = PathBuf::from(place.trim());
        let ours = library.split_whitespace().next() == Some(name) && library.contains(loader_tag());
        (ours && place.is_file()).then_some(place)
    })
}

/// How the loader's list marks libraries of this processor.
fn loader_tag() -> &'static str {
    if cfg!(target_arch = "aarch64") { "AArch64" } else { "x86-64" }
}

fn fetched_folder(cache: &Cache, (major, minor): (u32, u32)) -> PathBuf {
    cache.root().join("libpython").join(format!("{major}_{minor}"))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).map(|all| all.flatten().map(|e| e.path()).collect()).unwrap_or_default()
}
