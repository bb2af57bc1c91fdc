//! Which Python the sidecar runs on: CPython 3.9 to 3.12 whose shared library is there too.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::cache::Cache;
use super::error::PrepareError;
use super::libpython;
use super::memo;
use super::progress::Progress;

/// Names of interpreters, the best first.
const NAMES: [&str; 5] = ["python3.12", "python3.11", "python3.10", "python3.9", "python3"];

/// Oldest C library that the sidecar's binaries run on.
const GLIBC: (u32, u32) = (2, 35);

/// Longest wait for a candidate to say what it is.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks an interpreter what it is. Reads no site folder, so it is quick and sees no foreign code.
const QUESTION: &str = "
import json, os, platform, sys, sysconfig
try:
    glibc = os.confstr('CS_GNU_LIBC_VERSION') or ''
except (ValueError, OSError, AttributeError):
    glibc = ''
v = lambda name: sysconfig.get_config_var(name) or ''
print(json.dumps(dict(
    implementation=sys.implementation.name, version=list(sys.version_info[:2]), machine=platform.machine(),
    executable=os.path.realpath(sys.executable), debug=hasattr(sys, 'gettotalrefcount'), glibc=glibc,
    folders=[v('LIBDIR'), os.path.join(sys.base_prefix, 'lib'), '/usr/lib/' + v('MULTIARCH')])))
";

/// The interpreter that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Python {
    /// The real program, no shim and no virtual environment.
    pub executable: PathBuf,
    /// Major and minor version.
    pub version: (u32, u32),
    /// Its `libpythonX.Y.so.1.0`.
    pub library: PathBuf,
    /// Version of the system's C library.
    pub glibc: (u32, u32),
}

/// The parts of this machine that choose a Python. A value, so that tests can make one up.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    /// `VIOLET_PYTHON`.
    pub(super) python: Option<PathBuf>,
    /// `PATH`.
    pub(super) path: OsString,
    /// Folders of the system loader.
    pub(super) system_folders: Vec<PathBuf>,
}

/// What an interpreter says about itself.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    implementation: String,
    pub(super) version: (u32, u32),
    machine: String,
    pub(super) executable: PathBuf,
    debug: bool,
    glibc: String,
    pub(super) folders: Vec<PathBuf>,
}

impl Surroundings {
    pub(super) fn from_vars(var: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let folders = ["/usr/lib64", "/lib64", "/usr/lib", "/lib", "/usr/local/lib"];
        Self {
            python: var("VIOLET_PYTHON").map(PathBuf::from),
            path: var("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()),
            system_folders: folders.map(PathBuf::from).to_vec(),
        }
    }

    /// All programs of this name on the path, in its order.
    pub(super) fn programs(&self, name: &str) -> Vec<PathBuf> {
        let places = std::env::split_paths(&self.path).map(|folder| folder.join(name));
        places.filter(|place| place.is_file()).collect()
    }

    /// `VIOLET_PYTHON` alone if set, else every name on every folder of the path.
    fn candidates(&self) -> Vec<PathBuf> {
        match &self.python {
            Some(python) if python.components().count() == 1 && !python.exists() => {
                self.programs(&python.to_string_lossy())
            }
            Some(python) => vec![python.clone()],
            None => {
                let mut seen = std::collections::HashSet::new();
                let all = NAMES.iter().flat_map(|name| self.programs(name));
                // /bin and /usr/bin are often one folder. A shim keeps its own name: many lead to one program.
                let real = |p: &PathBuf| (p.file_name().map(OsStr::to_owned), p.canonicalize().ok());
                all.filter(|program| seen.insert(real(program))).collect()
            }
        }
    }

    /// What decides the choice: a remembered one is used only while this is the same.
    fn key(&self) -> String {
        let python = self.python.as_deref().map(Path::as_os_str).unwrap_or_default();
        format!("{}\n{}", python.to_string_lossy(), self.path.to_string_lossy())
    }
}

impl Python {
    /// The first Python that can run the sidecar. A shim that does not run is passed over. When no candidate has its shared
    /// library, that is fetched from the system's package source into the cache, without root, if the tools for it exist
    /// and there is a `progress` to tell it to. The choice is remembered in the cache while the files are unchanged.
    pub(super) async fn discover(
        cache: &Cache,
        progress: Option<&dyn Progress>,
    ) -> Result<Self, PrepareError> {
        let surroundings = &cache.surroundings;
        let memory = cache.root().join("python.json");
        let key = surroundings.key();
        if let Some(known) = memo::recall::<Self>(&memory, &key, |p| vec![&p.executable, &p.library]) {
            return Ok(known);
        }
        let found = Self::look(cache, progress).await?;
        memo::remember(&memory, &key, &found, &[&found.executable, &found.library]);
        Ok(found)
    }

    async fn look(cache: &Cache, progress: Option<&dyn Progress>) -> Result<Self, PrepareError> {
        let surroundings = &cache.surroundings;
        let mut refused = Vec::new();
        let mut without_library: Option<(Said, (u32, u32))> = None;
        let mut old_glibc = None;
        for candidate in surroundings.candidates() {
            let judged = match ask(&candidate, &surroundings.path).await {
                Ok(said) => judge(said),
                Err(why) => Err(Refusal::Unfit(why)),
            };
            match judged {
                Ok((said, glibc)) => match libpython::find(&said, surroundings, cache).await {
                    Some(library) => {
                        let (executable, version) = (said.executable, said.version);
                        return Ok(Self { executable, version, library, glibc });
                    }
                    None => without_library = without_library.or(Some((said, glibc))),
                },
                Err(Refusal::OldGlibc(found)) => old_glibc = Some(found),
                Err(Refusal::Unfit(why)) => refused.push(format!("{}: {why}", candidate.display())),
            }
        }
        if let Some((said, glibc)) = without_library {
            let library = libpython::obtain(&said, surroundings, cache, progress).await?;
            return Ok(Self { executable: said.executable, version: said.version, library, glibc });
        }
        if let Some(found) = old_glibc {
            return Err(PrepareError::OldGlibc { found });
        }
        let seen = if refused.is_empty() { "none on PATH".to_owned() } else { refused.join("; ") };
        Err(PrepareError::NoPython { seen })
    }

    /// The folder that the loader has to search for the shared library.
    pub(super) fn library_folder(&self) -> PathBuf {
        self.library.parent().unwrap_or(Path::new("/")).to_owned()
    }
}

/// The processor, if the sidecar is offered for it.
pub(super) fn machine() -> Result<&'static str, PrepareError> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("x86_64"),
        ("linux", "aarch64") => Ok("aarch64"),
        (os, machine) => Err(PrepareError::UnsupportedPlatform(format!("{os} on {machine}"))),
    }
}

enum Refusal {
    Unfit(String),
    OldGlibc(String),
}

fn judge(said: Said) -> Result<(Said, (u32, u32)), Refusal> {
    let (major, minor) = said.version;
    let unfit = |why: String| Err(Refusal::Unfit(why));
    if said.implementation != "cpython" {
        return unfit(format!("{} instead of CPython", said.implementation));
    }
    if major != 3 || !(9..=12).contains(&minor) {
        return unfit(format!("version {major}.{minor}"));
    }
    if said.debug {
        return unfit("a debug build".to_owned());
    }
    if said.machine != std::env::consts::ARCH {
        return unfit(format!("built for {}", said.machine));
    }
    match parse_glibc(&said.glibc) {
        None => unfit("not built for glibc".to_owned()),
        Some(found) if found < GLIBC => Err(Refusal::OldGlibc(said.glibc)),
        Some(found) => Ok((said, found)),
    }
}

fn parse_glibc(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = text.strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, rest.split('.').next()?.parse().ok()?))
}

async fn ask(candidate: &Path, path: &OsStr) -> Result<Said, String> {
    let mut command = Command::new(candidate);
    command.args(["-I", "-S", "-c", QUESTION]).env("PATH", path);
    let output = run(command).await?;
    serde_json::from_slice(&output).map_err(|_| "gives no sensible answer".to_owned())
}

/// Runs a program to its end and returns what it printed. Says why when it fails, takes too long or does not start.
pub(super) async fn run(mut command: Command) -> Result<Vec<u8>, String> {
    command.stdin(std::process::Stdio::null()).kill_on_drop(true);
    let mut busy = 0;
    let output = loop {
        match tokio::time::timeout(PATIENCE, command.output()).await {
            // a thread of ours that starts another program holds open, for a moment, what was just written
            Ok(Err(e)) if e.kind() == std::io::ErrorKind::ExecutableFileBusy && busy < 50 => {
                busy += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(output) => break output.map_err(|e| format!("does not start ({})", e.kind()))?,
            Err(_) => return Err("did not end in time".to_owned()),
        }
    };
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|l| !l.trim().is_empty()).unwrap_or("no message").trim();
    Err(format!("does not run ({line})"))
}
