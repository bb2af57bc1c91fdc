use std::{
    collections::HashMap,
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use rand::RngCore as _;
use tokio::runtime::Handle;

use crate::{
    Triton,
    datatype::DataType,
    error::{Error, ErrorKind},
    generated::{InferParameter, SystemSharedMemoryRegisterRequest, SystemSharedMemoryUnregisterRequest},
    param::Param,
    tensor::{Payload, Tensor},
};

const FOLDER: &str = "/dev/shm";

/// Bytes that the server reads from shared memory instead of the wire: pays from 1 MB up, and only
/// where the server runs on this machine.
///
/// The file (mode 0600, `violet_client_PID_RANDOM` in `/dev/shm`) is written once and never reused.
/// The region lives as long as a clone of it, a tensor made from it, or a request that the server
/// has not answered; then it is unregistered and its file removed.
#[derive(Debug, Clone)]
pub struct Region(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    triton: Triton,
    name: String,
    file: File,
    contents: Bytes,
}

impl Region {
    /// Writes and registers the region.
    ///
    /// Kind `BadRequest` if the server cannot see this machine's shared memory or refuses the admin
    /// key: send the bytes over the wire instead.
    pub(crate) async fn create(triton: &Triton, contents: Bytes) -> Result<Self, Error> {
        let name = unpredictable();
        let (path, data) = (Path::new(FOLDER).join(&name), contents.clone());
        let written = tokio::task::spawn_blocking(move || File::create(path, &data)).await;
        let file = written
            .map_err(io::Error::other)
            .flatten()
            .map_err(|source| Error::new(ErrorKind::BadRequest, "shared memory", "", source))?;
        let request = triton.admin(SystemSharedMemoryRegisterRequest {
            name: name.clone(),
            key: format!("/{name}"),
            offset: 0,
            byte_size: contents.len() as u64,
        });
        let mut rpc = triton.rpc();
        let call = rpc.system_shared_memory_register(request);
        triton.ask("shared memory", "", triton.limits.query, call).await?;
        Ok(Self(Arc::new(Inner { triton: triton.clone(), name, file, contents })))
    }

    /// The whole region as a tensor. A shape that does not fit is refused by `send`.
    pub fn tensor(&self, datatype: DataType, shape: impl IntoIterator<Item = usize>) -> Tensor {
        Tensor { datatype, shape: shape.into_iter().collect(), payload: Payload::Shared(self.clone()) }
    }

    /// Bytes in the region.
    pub fn len(&self) -> usize {
        self.0.contents.len()
    }

    /// True for a region of no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.contents.is_empty()
    }

    /// The file behind the region.
    pub fn path(&self) -> &Path {
        &self.0.file.0
    }

    /// What an input says in place of its data.
    pub(crate) fn parameters(&self) -> HashMap<String, InferParameter> {
        let size = i64::try_from(self.len()).unwrap_or(i64::MAX);
        HashMap::from([
            ("shared_memory_region".to_owned(), Param::Text(self.0.name.clone()).into()),
            ("shared_memory_byte_size".to_owned(), Param::Int(size).into()),
        ])
    }

    pub(crate) fn contents(&self) -> &[u8] {
        &self.0.contents
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // outside of a runtime the server keeps its mapping until it exits; the file goes either way
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let triton = self.triton.clone();
        let request = triton.admin(SystemSharedMemoryUnregisterRequest { name: self.name.clone() });
        runtime.spawn(async move {
            let mut rpc = triton.rpc();
            let call = rpc.system_shared_memory_unregister(request);
            if let Err(error) = triton.ask("shared memory", "", triton.limits.query, call).await {
                tracing::debug!(%error, "shared memory not unregistered");
            }
        });
    }
}

/// A file that is removed when dropped.
#[derive(Debug)]
struct File(PathBuf);

impl File {
    fn create(path: PathBuf, contents: &[u8]) -> io::Result<Self> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let guard = Self(path);
        file.write_all(contents)?;
        Ok(guard)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::debug!(%error, path = %self.0.display(), "shared memory file not removed");
        }
    }
}

fn unpredictable() -> String {
    let mut random = [0u8; 16];
    rand::rng().fill_bytes(&mut random);
    let mut name = format!("violet_client_{}_", std::process::id());
    for byte in random {
        // writing to a String cannot fail
        let _ = write!(name, "{byte:02x}");
    }
    name
}
