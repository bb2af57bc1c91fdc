//! A begun download: what is on the disk of it, and its hash so far.

use std::io;
use std::path::Path;

use futures_util::StreamExt;
use reqwest::header::CONTENT_RANGE;
use reqwest::{Response, StatusCode};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};

use super::download::{Wanted, cause};
use super::error::PrepareError;
use super::fault::SourceFault;
use super::progress::Progress;

/// A begun download on the disk.
pub(super) struct Partial {
    file: BufWriter<File>,
    hash: Sha256,
    /// Bytes so far.
    pub(super) have: u64,
}

impl Partial {
    /// Opens what an earlier attempt left and hashes it, or begins anew.
    pub(super) async fn open(path: &Path, size: u64) -> io::Result<Self> {
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(path).await?;
        if file.metadata().await?.len() > size {
            file.set_len(0).await?;
        }
        let mut partial = Self { file: BufWriter::new(file), hash: Sha256::new(), have: 0 };
        let mut buffer = vec![0; 1 << 18];
        loop {
            match partial.file.get_mut().read(&mut buffer).await? {
                0 => break,
                n => partial.took(&buffer[..n]),
            }
        }
        let file = partial.file.into_inner();
        Ok(Self { file: BufWriter::with_capacity(1 << 20, file), ..partial })
    }

    fn took(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.have += bytes.len() as u64;
    }

    /// Takes the body in. Returns why it ended early, if it did. Never writes more than the wanted size.
    pub(super) async fn receive(
        &mut self,
        body: Response,
        wanted: &Wanted<'_>,
        path: &Path,
        progress: &dyn Progress,
    ) -> Result<Option<String>, SourceFault> {
        let local = |source| SourceFault::Local(PrepareError::io("writing", path, source));
        if self.have > 0 && !continues(&body, self.have) {
            // the server can't resume and sends everything
            self.file.get_mut().set_len(0).await.map_err(local)?;
            self.file.get_mut().rewind().await.map_err(local)?;
            self.hash = Sha256::new();
            self.have = 0;
        }
        progress.started(wanted.name, wanted.size);
        progress.advanced(wanted.name, self.have);
        let mut chunks = body.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(e) => return Ok(Some(cause(&e))),
            };
            if self.have + chunk.len() as u64 > wanted.size {
                self.file.get_mut().set_len(0).await.map_err(local)?;
                return Err(SourceFault::Mismatch(format!("more than {} bytes", wanted.size)));
            }
            self.file.write_all(&chunk).await.map_err(local)?;
            self.took(&chunk);
            progress.advanced(wanted.name, chunk.len() as u64);
        }
        Ok(None)
    }

    /// Forces the bytes to the disk and tells their hash.
    pub(super) async fn finish(mut self) -> io::Result<String> {
        self.file.flush().await?;
        self.file.get_ref().sync_data().await?;
        Ok(hex::encode(self.hash.finalize()))
    }
}

fn continues(body: &Response, from: u64) -> bool {
    let range = body.headers().get(CONTENT_RANGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    body.status() == StatusCode::PARTIAL_CONTENT && range.starts_with(&format!("bytes {from}-"))
}
