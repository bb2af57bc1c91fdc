//! Bytes on their way from a client into the file store: counted, timed, never gathered.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use domain::{ErrorKind, FileMeta};
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderMap, header};
use proto::client::{FilesClient, PutFile};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{call::Body, problem::Problem};

/// Why the bytes of a client stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("it is longer than {limit} bytes, the limit here")]
    TooLarge { limit: u64 },
    #[error("no byte came for {} s", .after.as_secs())]
    Idle { after: Duration },
    #[error("the body broke off")]
    Off,
    #[error("the multipart body is malformed: {0}")]
    Malformed(String),
    #[error("the head of a part is longer than {limit} bytes")]
    LongHead { limit: usize },
}

impl Broken {
    /// The problem, with the name of what was being read in front.
    pub(crate) fn problem(&self, what: &str) -> Problem {
        let kind = match self {
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Idle { .. } | Self::Off | Self::Malformed(_) | Self::LongHead { .. } => ErrorKind::Invalid,
        };
        Problem::new(kind, format!("{what}: {self}"))
    }
}

/// Leave for one upload; held until it is stored.
///
/// # Errors
/// At once when all leaves are taken: a queue of uploads would hold memory and connections for nothing.
pub(crate) fn admit(room: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    let permit = room.clone().try_acquire_owned();
    permit.map_err(|_| Problem::busy("too many uploads at once; try again shortly"))
}

/// Refuses by the announced length, before a byte is read.
///
/// # Errors
/// `TooLarge`, naming the limit.
pub(crate) fn check_length(
    headers: &HeaderMap,
    what: &str,
    limit: u64,
    overhead: u64,
) -> Result<(), Problem> {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    match length {
        Some(length) if length > limit.saturating_add(overhead) => {
            Err(Broken::TooLarge { limit }.problem(what))
        }
        _ => Ok(()),
    }
}

/// A body that fails when no byte comes for `idle`.
pub(crate) fn paced(
    body: Body,
    idle: Duration,
) -> impl Stream<Item = Result<Bytes, Broken>> + Send + 'static {
    stream::unfold(Some(body), move |body| async move {
        let mut body = body?;
        match tokio::time::timeout(idle, body.next()).await {
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(body))),
            Ok(Some(Err(_))) => Some((Err(Broken::Off), None)),
            Ok(None) => None,
            Err(_) => Some((Err(Broken::Idle { after: idle }), None)),
        }
    })
    // a form that is given up asks its body again
    .fuse()
}

/// Stores what `bytes` gives, up to `file.max_size`. Either the whole is durable or nothing is.
///
/// # Errors
/// What broke the upload off, with `what` in front; else what the store says.
pub(crate) async fn store(
    files: &FilesClient,
    file: PutFile,
    what: &str,
    bytes: impl Stream<Item = Result<Bytes, Broken>> + Send + 'static,
) -> Result<FileMeta, Problem> {
    let fault: Arc<OnceLock<Broken>> = Arc::default();
    let (limit, told) = (file.max_size, fault.clone());
    // the state goes with the last item: whoever waits for the end of the body finds the form free again
    let guarded = stream::unfold((Some(Box::pin(bytes)), 0u64), move |(bytes, sent)| {
        let told = told.clone();
        async move {
            let mut bytes = bytes?;
            let chunk = match bytes.next().await? {
                Ok(chunk) if sent + chunk.len() as u64 > limit => Err(Broken::TooLarge { limit }),
                other => other,
            };
            match chunk {
                Ok(chunk) => {
                    let sent = sent + chunk.len() as u64;
                    Some((Ok(chunk), (Some(bytes), sent)))
                }
                Err(broken) => {
                    let _ = told.set(broken.clone());
                    Some((Err(broken), (None, sent)))
                }
            }
        }
    });
    let stored = files.put(file, guarded).await;
    match fault.get() {
        Some(broken) => Err(broken.problem(what)),
        None => Ok(stored?),
    }
}
