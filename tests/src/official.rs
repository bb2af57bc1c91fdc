//! The official Python tools in environments of their own: tests that need them as a second opinion run on them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

/// Some of them, and where tests look for a Python that has them.
pub struct Official {
    /// What they are.
    pub name: &'static str,
    /// The variable that names the Python.
    pub variable: &'static str,
    /// Their packages with the hashes of all files, from the root of the workspace, in the order in which they are installed:
    /// a package that is only there as source is built with what stands in an earlier one.
    locks: &'static [&'static str],
}

/// All of them.
pub const ALL: [Official; 3] = [
    Official {
        name: "the official SDK",
        variable: "DEVCHAIN_SDK_PYTHON",
        locks: &["chain-svc/oracles/requirements.lock"],
    },
    Official {
        name: "the field's metrics",
        variable: "METRIC_ORACLE_PYTHON",
        locks: &["libs/metric/oracles/build.lock", "libs/metric/oracles/requirements.lock"],
    },
    Official {
        name: "the client of Weights & Biases",
        variable: "WANDB_CLIENT_PYTHON",
        locks: &["scorer/oracles/wandb/requirements.lock"],
    },
];

impl Official {
    /// A Python that has exactly these packages, every file of them checked against its hash; made once for each state of the
    /// locks below `root`, in `cache`. `None` when the Python of this machine is older than these packages take.
    ///
    /// # Errors
    /// No Python, no network on the first run, a package that differs from its hash.
    pub fn python(&self, root: &Path, cache: &Path) -> anyhow::Result<Option<PathBuf>> {
        let locks: Vec<PathBuf> = self.locks.iter().map(|lock| root.join(lock)).collect();
        let mut digest = Sha256::new();
        for lock in &locks {
            digest.update(fs::read(lock).with_context(|| format!("read {}", lock.display()))?);
        }
        let folder = cache.join("official").join(hex::encode(&digest.finalize()[..8]));
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
        println!("not here: installing once into {}", folder.display());
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        for lock in &locks {
            run(install(&python).arg(lock))?;
        }
        fs::write(&made, []).with_context(|| format!("write {}", made.display()))?;
        Ok(Some(python))
    }
}

/// Ends with 0 where the packages can be installed.
const NEW_ENOUGH: &str = "import sys; sys.exit(sys.version_info < (3, 10))";

/// Installs the lock that is its last argument. Builds see this environment only, so nothing comes without its hash.
fn install(python: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-build-isolation"]);
    if let Some(index) = std::env::var_os("VIOLET_PYPI_INDEX") {
        pip.arg("--index-url").arg(index);
    }
    pip.args(["--require-hashes", "-r"]);
    pip
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("start {}", command.get_program().display()))?;
    anyhow::ensure!(
        status.success(),
        "the official tools could not be installed: {}",
        command.get_program().display()
    );
    Ok(())
}
