//! The private folder that a server runs from. The wheels stay untouched, so that they may be read-only and shared.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    repository,
    runtime::{Fault, Runtime},
};

/// A prepared folder. Its lock is held as long as it lives, and by the system let go when the process dies.
#[derive(Debug)]
pub(super) struct Layout {
    /// The folder.
    pub root: PathBuf,
    _lock: File,
}

impl Layout {
    /// Claims `root`, which is created if missing.
    pub(super) fn claim(root: &Path) -> Result<Self, Fault> {
        let failed = |e: io::Error| Fault::NotWritable { folder: root.to_owned(), cause: e.kind() };
        fs::create_dir_all(root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        let lock = File::create(root.join("lock")).map_err(failed)?;
        lock.try_lock().map_err(|_| Fault::InUse(root.clone()))?;
        Ok(Self { root, _lock: lock })
    }

    /// Writes what a server with `runtime` needs; what an earlier one left is replaced. No server may be running.
    pub(super) fn prepare(&self, runtime: &Runtime) -> Result<(), Fault> {
        self.write(runtime).map_err(|e| Fault::NotWritable { folder: self.root.clone(), cause: e.kind() })
    }

    /// The server's program: in place if it may be executed there, else a copy.
    pub(super) fn server(&self) -> PathBuf {
        self.root.join("bin/tritonserver")
    }
    /// Backends, with the stub beside the library: the server looks for it nowhere else.
    pub(super) fn backends(&self) -> PathBuf {
        self.root.join("backends")
    }
    /// A virtual environment of three entries. The stub's interpreter is isolated and ignores PYTHONPATH;
    /// what it does follow is `pyvenv.cfg` beside the first `python3` on PATH, and `.pth` files in its `site-packages`:
    /// one line for each folder of unpacked wheels.
    pub(super) fn environment(&self) -> PathBuf {
        self.root.join("env")
    }
    /// The model repository.
    pub(super) fn models(&self) -> PathBuf {
        self.root.join("models")
    }
    /// An empty folder to run in: the interpreter searches its working folder for modules.
    pub(super) fn work(&self) -> PathBuf {
        self.root.join("work")
    }
    /// Where the server's process id is kept for whoever comes after us.
    pub(super) fn pid_file(&self) -> PathBuf {
        self.root.join("server.pid")
    }
    /// What the names of this server's shared memory begin with: the same at every start from this folder.
    pub(super) fn shm_prefix(&self) -> String {
        let digest = Sha256::digest(self.root.as_os_str().as_encoded_bytes());
        format!("violet_{}_", hex::encode(&digest[..6]))
    }

    fn write(&self, runtime: &Runtime) -> io::Result<()> {
        for folder in [&self.root.join("bin"), &self.backends(), &self.environment(), &self.work()] {
            match fs::remove_dir_all(folder) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => fs::create_dir_all(folder)?,
            }
        }
        repository::write(&self.models())?;
        if fs::metadata(runtime.server())?.permissions().mode() & 0o111 != 0 {
            symlink(runtime.server(), self.server())?;
        } else {
            copy_executable(&runtime.server(), &self.server())?;
        }
        let backend = self.backends().join("python");
        fs::create_dir_all(&backend)?;
        for entry in fs::read_dir(runtime.tritonserver.join("backends/python"))? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), backend.join(entry.file_name()))?;
            }
        }
        copy_executable(&runtime.stub(), &backend.join("triton_python_backend_stub"))?;
        self.write_environment(runtime)
    }

    fn write_environment(&self, runtime: &Runtime) -> io::Result<()> {
        let (major, minor) = runtime.python_version;
        let (env, python) = (self.environment(), runtime.python.canonicalize()?);
        let site = env.join(format!("lib/python{major}.{minor}/site-packages"));
        fs::create_dir_all(env.join("bin"))?;
        fs::create_dir_all(&site)?;
        symlink(&python, env.join("bin/python3"))?;
        let mut lines = Vec::new();
        for folder in std::iter::once(&runtime.site_packages).chain(&runtime.libraries) {
            lines.extend_from_slice(folder.canonicalize()?.as_os_str().as_encoded_bytes());
            lines.push(b'\n');
        }
        fs::write(site.join("violet.pth"), lines)?;
        let home = python.parent().unwrap_or(Path::new("/")).display().to_string();
        fs::write(env.join("pyvenv.cfg"), format!("home = {home}\ninclude-system-site-packages = false\n"))
    }
}

fn copy_executable(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_claimed_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = Layout::claim(folder.path()).unwrap();
        assert!(matches!(Layout::claim(folder.path()), Err(Fault::InUse(_))));
        drop(first);
        assert!(Layout::claim(folder.path()).is_ok());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_a_named_fault() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let fault = Layout::claim(&folder.path().join("file/triton")).unwrap_err();
        assert!(fault.to_string().contains("cannot be written"), "{fault}");
    }

    #[test]
    fn the_environment_names_the_core_packages_before_those_of_single_models() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().canonicalize().unwrap().join(name);
        for name in ["core", "one", "two"] {
            fs::create_dir(at(name)).unwrap();
        }
        fs::write(at("python3.11"), "").unwrap();
        let runtime = Runtime {
            tritonserver: at("triton"),
            python: at("python3.11"),
            python_version: (3, 11),
            site_packages: at("core"),
            libraries: vec![at("one"), at("two")],
            library_path: Vec::new(),
            models: at("models"),
        };
        let layout = Layout::claim(&at("run")).unwrap();
        layout.write_environment(&runtime).unwrap();
        let list = layout.environment().join("lib/python3.11/site-packages/violet.pth");
        let lines: Vec<String> = fs::read_to_string(list).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(lines, ["core", "one", "two"].map(|name| at(name).display().to_string()));
    }

    #[test]
    fn two_folders_have_different_shared_memory() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (a, b) = (Layout::claim(a.path()).unwrap(), Layout::claim(b.path()).unwrap());
        assert_ne!(a.shm_prefix(), b.shm_prefix());
        assert_eq!(a.shm_prefix().len(), "violet_".len() + 13);
    }
}
