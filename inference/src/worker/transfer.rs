//! Bytes between the gateway and this machine: the input comes, the result goes.

use std::{io, time::Duration};

use reqwest::{Client, RequestBuilder, StatusCode, header, redirect};
use tempfile::NamedTempFile;
use tokio::{
    fs::File,
    io::{AsyncSeekExt as _, AsyncWriteExt as _},
};
use tokio_util::io::ReaderStream;
use tracing::{Instrument as _, Span, field};

use super::{assignment::Door, backoff::Backoff};
use crate::pipeline::Body;

/// Time to connect.
const CONNECT: Duration = Duration::from_secs(5);
/// Time without a single byte, after which an attempt is given up.
const STALL: Duration = Duration::from_secs(60);
/// Bytes read from a file at once.
const CHUNK: usize = 256 << 10;

/// The file routes, as a miner uses them. Every attempt that may succeed later is made again, with longer and longer
/// waits, until the caller drops the future: the lease says how long that is.
#[derive(Debug, Clone)]
pub(super) struct Transfer {
    client: Client,
}

/// Which way the bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The input.
    Fetch,
    /// The result.
    Upload,
}

/// Why bytes did not get through.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransferError {
    /// The route says no, and will say so again.
    #[error("the file route answered {0}")]
    Refused(StatusCode),
    /// The route has a fault that may pass.
    #[error("the file route answered {0}")]
    Busy(StatusCode),
    /// No answer, or one that broke off.
    #[error("the file route can't be reached")]
    Unreachable(#[source] reqwest::Error),
    /// Not the input that was announced.
    #[error("the input has {got} bytes, {expected} were announced")]
    Size {
        /// Bytes in the lease.
        expected: u64,
        /// Bytes that came, or at least so many.
        got: u64,
    },
    /// This machine can't keep it.
    #[error("the input can't be written")]
    Disk(#[source] io::Error),
}

impl TransferError {
    const fn retryable(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Unreachable(_))
    }
}

impl Transfer {
    /// A client that follows no redirect: a ticket is for one place.
    pub(super) fn new() -> reqwest::Result<Self> {
        let builder =
            Client::builder().connect_timeout(CONNECT).read_timeout(STALL).redirect(redirect::Policy::none());
        Ok(Self { client: builder.build()? })
    }

    /// Writes the `size` bytes behind `door` into `file`. Refuses more and fewer, and never writes past `size`.
    pub(super) async fn fetch(
        &self,
        door: &Door,
        size: u64,
        file: &NamedTempFile,
    ) -> Result<(), TransferError> {
        let span = tracing::info_span!("fetch", bytes = size, attempts = field::Empty, error = field::Empty);
        async {
            let mut file = File::from_std(file.reopen().map_err(TransferError::Disk)?);
            let mut retry = Retry::new(Way::Fetch);
            loop {
                match self.fetch_once(door, size, &mut file).await {
                    Ok(()) => {
                        retry.worked();
                        return Ok(());
                    }
                    Err(e) => retry.after(e).await?,
                }
            }
        }
        .instrument(span)
        .await
    }

    /// Stores `size` bytes of `body` behind `door`.
    pub(super) async fn upload(
        &self,
        door: &Door,
        media_type: &str,
        body: &Body,
        size: u64,
    ) -> Result<(), TransferError> {
        let span =
            tracing::info_span!("upload_result", bytes = size, attempts = field::Empty, error = field::Empty);
        async {
            let mut retry = Retry::new(Way::Upload);
            loop {
                let request = self.client.put(door.url.clone()).header(header::CONTENT_TYPE, media_type);
                let request = match body {
                    Body::Bytes(bytes) => request.body(bytes.clone()),
                    Body::File(file) => {
                        let file = File::from_std(file.reopen().map_err(TransferError::Disk)?);
                        let bytes = reqwest::Body::wrap_stream(ReaderStream::with_capacity(file, CHUNK));
                        request.header(header::CONTENT_LENGTH, size).body(bytes)
                    }
                };
                match answer(request, door).await {
                    Ok(_) => {
                        retry.worked();
                        return Ok(());
                    }
                    Err(e) => retry.after(e).await?,
                }
            }
        }
        .instrument(span)
        .await
    }

    async fn fetch_once(&self, door: &Door, size: u64, file: &mut File) -> Result<(), TransferError> {
        file.set_len(0).await.map_err(TransferError::Disk)?;
        file.rewind().await.map_err(TransferError::Disk)?;
        let mut response = answer(self.client.get(door.url.clone()), door).await?;
        let mut got = 0;
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            got += chunk.len() as u64;
            if got > size {
                return Err(TransferError::Size { expected: size, got });
            }
            file.write_all(&chunk).await.map_err(TransferError::Disk)?;
        }
        file.flush().await.map_err(TransferError::Disk)?;
        if got == size { Ok(()) } else { Err(TransferError::Size { expected: size, got }) }
    }
}

/// The answer to a request under the door's ticket and the trace of the current span.
async fn answer(request: RequestBuilder, door: &Door) -> Result<reqwest::Response, TransferError> {
    let mut request = request.bearer_auth(&door.ticket);
    if let Some(traceparent) = process::telemetry::traceparent(&Span::current()) {
        request = request.header("traceparent", traceparent);
    }
    let response = request.send().await.map_err(unreachable)?;
    match response.status() {
        status if status.is_success() => Ok(response),
        status if status.is_server_error() => Err(TransferError::Busy(status)),
        status @ (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS) => {
            Err(TransferError::Busy(status))
        }
        status => Err(TransferError::Refused(status)),
    }
}

/// An address may hold what is not for logs.
fn unreachable(e: reqwest::Error) -> TransferError {
    TransferError::Unreachable(e.without_url())
}

/// Attempts at one transfer.
struct Retry {
    way: Way,
    attempts: u32,
    backoff: Backoff,
}

impl Retry {
    fn new(way: Way) -> Self {
        Self { way, attempts: 1, backoff: Backoff::new(Duration::from_millis(200), Duration::from_secs(5)) }
    }

    fn worked(&self) {
        Span::current().record("attempts", self.attempts);
    }

    /// Waits if the attempt may be made again, else hands the error on.
    async fn after(&mut self, error: TransferError) -> Result<(), TransferError> {
        if !error.retryable() {
            Span::current().record("attempts", self.attempts).record("error", field::display(&error));
            return Err(error);
        }
        let wait = self.backoff.next(process::id::random_u64());
        tracing::debug!(way = ?self.way, attempt = self.attempts, %error, ?wait, "transfer will be tried again");
        self.attempts += 1;
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
