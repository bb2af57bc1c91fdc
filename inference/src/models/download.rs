//! One file over HTTP into the cache: resumed where it stopped, hashed on the way, renamed when it is right.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::RANGE;
use reqwest::{Client, Response, StatusCode, Url};

use super::error::PrepareError;
use super::fault::SourceFault;
use super::origins::Origins;
use super::partial::Partial;
use super::progress::Progress;

/// What to download.
pub(super) struct Wanted<'a> {
    pub(super) url: Url,
    /// Name for people.
    pub(super) name: &'a str,
    pub(super) size: u64,
    pub(super) sha256: &'a str,
    /// Folder of begun downloads.
    pub(super) folder: &'a Path,
    /// Longest wait for the first answer; none: as long as a read may last.
    pub(super) first_answer: Option<Duration>,
}

impl Wanted<'_> {
    fn partial(&self) -> PathBuf {
        self.folder.join(format!("{}.partial", self.sha256))
    }
}

/// A client that takes proxies and trusted roots from the system and the environment.
pub(super) fn client(origins: &Origins) -> Result<Client, PrepareError> {
    Client::builder()
        .user_agent(concat!("violet/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(origins.connect)
        .read_timeout(origins.read)
        .build()
        .map_err(|e| PrepareError::BadSetting { name: "the TLS or proxy set-up".to_owned(), why: cause(&e) })
}

/// Downloads into `<folder>/<sha256>` and returns that path. What an earlier attempt left in `<sha256>.partial` is used.
/// Retries with growing pauses as long as new bytes arrive, else a few times. Refuses other bytes and removes them.
pub(super) async fn download(
    client: &Client,
    origins: &Origins,
    wanted: &Wanted<'_>,
    progress: &dyn Progress,
) -> Result<PathBuf, SourceFault> {
    let mut begun = false;
    let got = attempts(client, origins, wanted, progress, &mut begun).await;
    match &got {
        Ok(_) => progress.finished(wanted.name),
        Err(_) if begun => progress.abandoned(wanted.name),
        Err(_) => {
            let path = wanted.partial();
            if tokio::fs::metadata(&path).await.is_ok_and(|found| found.len() == 0) {
                // a source that never answered leaves no trace
                let _ = tokio::fs::remove_file(&path).await;
            }
        }
    }
    got
}

async fn attempts(
    client: &Client,
    origins: &Origins,
    wanted: &Wanted<'_>,
    progress: &dyn Progress,
    begun: &mut bool,
) -> Result<PathBuf, SourceFault> {
    let done = wanted.folder.join(wanted.sha256);
    let path = wanted.partial();
    let local = |source| SourceFault::Local(PrepareError::io("writing", &path, source));
    let mut idle_attempts = 0;
    let mut fresh = false;
    loop {
        let mut partial = Partial::open(&path, wanted.size).await.map_err(local)?;
        let before = partial.have;
        fresh |= before == 0;
        let mut broke = None;
        if before < wanted.size {
            match request(client, wanted, before).await? {
                Answer::Body(body) => {
                    *begun = true;
                    broke = partial.receive(body, wanted, &path, progress).await?;
                }
                Answer::Later(why) => broke = Some(why),
            }
        }
        let have = partial.have;
        let found = partial.finish().await.map_err(local)?;
        if have == wanted.size {
            if found == wanted.sha256 {
                tokio::fs::rename(&path, &done).await.map_err(local)?;
                return Ok(done);
            }
            tokio::fs::remove_file(&path).await.map_err(local)?;
            if fresh {
                return Err(SourceFault::Mismatch(format!("sha256 {found}")));
            }
            // the first bytes came from an earlier attempt, perhaps from another source: once more from the start
            continue;
        }
        idle_attempts = if have > before { 0 } else { idle_attempts + 1 };
        let why = broke.unwrap_or_else(|| format!("ended after {have} of {} bytes", wanted.size));
        if idle_attempts >= origins.attempts {
            return Err(SourceFault::Failed(why));
        }
        tracing::debug!(name = wanted.name, have, %why, "download broke off, resuming");
        tokio::time::sleep(origins.backoff * 2_u32.saturating_pow(idle_attempts)).await;
    }
}

/// What came back for a request.
enum Answer {
    Body(Response),
    /// Nothing usable now; why.
    Later(String),
}

async fn request(client: &Client, wanted: &Wanted<'_>, from: u64) -> Result<Answer, SourceFault> {
    let mut request = client.get(wanted.url.clone());
    if from > 0 {
        request = request.header(RANGE, format!("bytes={from}-"));
    }
    let sent = match wanted.first_answer {
        None => request.send().await,
        Some(limit) => match tokio::time::timeout(limit, request.send()).await {
            Ok(sent) => sent,
            Err(_) => {
                return Err(SourceFault::Unreachable(format!("no answer within {} s", limit.as_secs_f32())));
            }
        },
    };
    let response = match sent {
        Ok(response) => response,
        Err(e) if e.is_connect() || (wanted.first_answer.is_some() && e.is_timeout()) => {
            return Err(SourceFault::Unreachable(cause(&e)));
        }
        Err(e) => return Ok(Answer::Later(cause(&e))),
    };
    let status = response.status();
    if status.is_success() {
        return Ok(Answer::Body(response));
    }
    if status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
    {
        return Ok(Answer::Later(format!("answered {}", status.as_u16())));
    }
    Err(SourceFault::Failed(format!("answered {}", status.as_u16())))
}

/// The innermost reason, without the address: that may hold a password.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut inner: Option<&dyn std::error::Error> = std::error::Error::source(error);
    let mut text = None;
    while let Some(e) = inner {
        text = Some(e.to_string());
        inner = e.source();
    }
    text.unwrap_or_else(|| if error.is_timeout() { "timed out" } else { "the request failed" }.to_owned())
}
