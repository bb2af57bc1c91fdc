//! What has to lie on disk before a server can be started, and what is wrong when it does not.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Version of numpy that the server's Python backend can talk to: numpy 2 kills the model process on text input.
pub const NUMPY: &str = "1.26.4";

/// Folders of the system loader, searched for libpython after [`Runtime::library_path`].
const SYSTEM_LIBRARIES: [&str; 6] = [
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
    "/lib",
];

/// Everything a supervised server runs on: unpacked wheels, a Python, weights. Nothing of it is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// The folder `pytriton/tritonserver` of the unpacked nvidia-pytriton wheel; holds `bin`, `backends`,
    /// `python_backend_stubs`. Its libraries lie in `nvidia_pytriton.libs` two folders up, as in the wheel.
    pub tritonserver: PathBuf,
    /// The real interpreter, no shim and no virtual environment: its standard library is what the models use.
    pub python: PathBuf,
    /// Major and minor version of `python`; picks the stub.
    pub python_version: (u32, u32),
    /// One folder with the unpacked wheels of `requirements` (numpy, ctranslate2, tokenizers, onnxruntime).
    pub site_packages: PathBuf,
    /// More folders with unpacked wheels, for the models that need them; searched after `site_packages`.
    pub libraries: Vec<PathBuf>,
    /// Folders with shared libraries that the system loader would not find, above all `libpythonX.Y.so.1.0`
    /// of exactly `python`.
    pub library_path: Vec<PathBuf>,
    /// Folder with the weights, one folder a model: `whisper-base/model.bin`, `silero-vad/silero_vad.onnx`.
    pub models: PathBuf,
}

/// Why no server can be started here. Each is a sentence for the operator and names what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The server's program is not there.
    #[error("no Triton server at {}: run `violet models fetch`", .0.display())]
    NoServer(PathBuf),
    /// The Python is not there.
    #[error("no Python interpreter at {}: install Python 3.9 to 3.12", .0.display())]
    NoPython(PathBuf),
    /// The server carries no stub for this Python.
    #[error("the Triton server does not work with Python {}.{}: install Python 3.9 to 3.12", .0.0, .0.1)]
    NoStub((u32, u32)),
    /// The shared library of the Python is not there.
    #[error(
        "{0} was not found: install the package libpython{1}.{2}, or a Python built with --enable-shared"
    )]
    NoLibpython(String, u32, u32),
    /// The wrong numpy, or none.
    #[error("the models need numpy {NUMPY} and found {}: run `violet models fetch`", .0.as_deref().unwrap_or("none"))]
    WrongNumpy(Option<String>),
    /// Another process supervises a server in the same data folder.
    #[error("another process runs a Triton server in {}: stop it, or choose another data folder", .0.display())]
    InUse(PathBuf),
    /// The folder for the server's own files cannot be written.
    #[error("{} cannot be written: {cause}", folder.display())]
    NotWritable {
        /// The folder.
        folder: PathBuf,
        /// What the file system says.
        cause: io::ErrorKind,
    },
    /// The server says that there is no GPU.
    #[error("the profile needs a GPU and this machine has none: choose the profile `cpu`")]
    NoGpu,
}

impl Runtime {
    /// The server's program.
    #[must_use]
    pub fn server(&self) -> PathBuf {
        self.tritonserver.join("bin/tritonserver")
    }

    /// The stub for this Python, as the wheel carries it.
    #[must_use]
    pub fn stub(&self) -> PathBuf {
        let (major, minor) = self.python_version;
        self.tritonserver.join(format!("python_backend_stubs/{major}.{minor}/triton_python_backend_stub"))
    }

    /// The server's bundled libraries: looked for beside the wheel, because the stub runs from a copy.
    #[must_use]
    pub fn bundled_libraries(&self) -> PathBuf {
        let site = self.tritonserver.ancestors().nth(2).unwrap_or(&self.tritonserver);
        site.join("nvidia_pytriton.libs")
    }

    /// Looks for every part. Reads folders only; starts nothing.
    ///
    /// # Errors
    /// The first part that is missing or of the wrong version.
    pub fn check(&self) -> Result<(), Fault> {
        let (major, minor) = self.python_version;
        if !self.server().is_file() {
            return Err(Fault::NoServer(self.server()));
        }
        if !self.python.is_file() {
            return Err(Fault::NoPython(self.python.clone()));
        }
        if !self.stub().is_file() {
            return Err(Fault::NoStub(self.python_version));
        }
        let library = format!("libpython{major}.{minor}.so.1.0");
        let system = SYSTEM_LIBRARIES.iter().map(Path::new);
        if !self.library_path.iter().map(PathBuf::as_path).chain(system).any(|d| d.join(&library).is_file()) {
            return Err(Fault::NoLibpython(library, major, minor));
        }
        match installed(&self.site_packages, "numpy") {
            Some(found) if found == NUMPY => Ok(()),
            found => Err(Fault::WrongNumpy(found)),
        }
    }
}

/// Version of a package by its `NAME-VERSION.dist-info` folder.
fn installed(site_packages: &Path, package: &str) -> Option<String> {
    fs::read_dir(site_packages).ok()?.filter_map(Result::ok).find_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let version = name.strip_prefix(package)?.strip_prefix('-')?.strip_suffix(".dist-info")?;
        Some(version.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(at: &Path) -> Runtime {
        let runtime = Runtime {
            tritonserver: at.join("site/pytriton/tritonserver"),
            python: at.join("python3.11"),
            python_version: (3, 11),
            site_packages: at.join("packages"),
            libraries: Vec::new(),
            library_path: vec![at.join("lib")],
            models: at.join("models"),
        };
        for file in
            [&runtime.server(), &runtime.stub(), &runtime.python, &at.join("lib/libpython3.11.so.1.0")]
        {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        fs::create_dir_all(at.join("packages/numpy-1.26.4.dist-info")).unwrap();
        runtime
    }

    #[test]
    fn a_whole_runtime_has_no_fault() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = whole(folder.path());
        assert_eq!(runtime.check(), Ok(()));
        assert_eq!(runtime.bundled_libraries(), folder.path().join("site/nvidia_pytriton.libs"));
    }

    #[test]
    fn each_missing_part_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = whole(folder.path());
        fs::rename(
            folder.path().join("packages/numpy-1.26.4.dist-info"),
            folder.path().join("packages/numpy-2.4.6.dist-info"),
        )
        .unwrap();
        let sentence = runtime.check().unwrap_err().to_string();
        assert_eq!(sentence, "the models need numpy 1.26.4 and found 2.4.6: run `violet models fetch`");
        fs::remove_file(folder.path().join("lib/libpython3.11.so.1.0")).unwrap();
        if !SYSTEM_LIBRARIES.iter().any(|d| Path::new(d).join("libpython3.11.so.1.0").exists()) {
            assert!(matches!(runtime.check(), Err(Fault::NoLibpython(..))));
        }
        fs::remove_file(runtime.stub()).unwrap();
        assert_eq!(runtime.check(), Err(Fault::NoStub((3, 11))));
        fs::remove_file(&runtime.python).unwrap();
        assert!(matches!(runtime.check(), Err(Fault::NoPython(_))));
        fs::remove_file(runtime.server()).unwrap();
        assert!(matches!(runtime.check(), Err(Fault::NoServer(_))));
    }
}
