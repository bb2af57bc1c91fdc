//! The HTTP interface, as the command line uses it.

mod ask;

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::Context as _;
use futures_util::StreamExt as _;
use process::exit::BadSetup;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

pub use ask::{Ask, Input};

/// A gateway.
#[derive(Debug, Clone)]
pub struct Gateway {
    base: String,
    http: reqwest::Client,
}

/// Where a task stands, as the event stream tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// State by name.
    pub status: String,
    /// Work done, if a miner reported it.
    pub percent: Option<u64>,
    /// Why it failed.
    pub failure: Option<String>,
}

impl Progress {
    fn of(event: &Value) -> Self {
        let text = |v: &Value| v.as_str().map(str::to_owned);
        let failure = event.get("failure").and_then(|f| text(&f["detail"]).or_else(|| text(f)));
        Self {
            status: text(&event["status"]).unwrap_or_default(),
            percent: event["progress_percent"].as_u64(),
            failure,
        }
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "completed" | "approved" | "failed" | "cancelled")
    }
}

impl Gateway {
    /// At `http://host:port`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn at(base: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().connect_timeout(Duration::from_secs(5)).build()?;
        Ok(Self { base: base.trim_end_matches('/').to_owned(), http })
    }

    /// On this machine.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn local(address: SocketAddr) -> anyhow::Result<Self> {
        Self::at(&format!("http://{address}"))
    }

    /// Its address.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Submits work and returns the id of its task.
    ///
    /// # Errors
    /// With the gateway's own words when it refuses; [`BadSetup`] when nobody listens.
    pub async fn submit(&self, ask: &Ask) -> anyhow::Result<String> {
        let url = format!("{}/api/v1/{}", self.base, ask.kind);
        let answer = self.said(self.http.post(url).multipart(ask.form().await?)).await?;
        answer["task_id"].as_str().map(str::to_owned).context("the gateway named no task")
    }

    /// Writes what lies at `path` of this gateway to a file.
    ///
    /// # Errors
    /// With the gateway's own words when it refuses; when the file can't be written.
    pub async fn save(&self, path: &str, to: &Path) -> anyhow::Result<()> {
        let response = self.http.get(format!("{}{path}", self.base)).send().await;
        let response = response.with_context(|| self.unreachable())?;
        if !response.status().is_success() {
            anyhow::bail!("{}", words_of(&response.text().await?));
        }
        let mut file =
            tokio::fs::File::create(to).await.with_context(|| format!("write {}", to.display()))?;
        let mut bytes = response.bytes_stream();
        while let Some(chunk) = bytes.next().await {
            file.write_all(&chunk?).await.with_context(|| format!("write {}", to.display()))?;
        }
        file.flush().await.with_context(|| format!("write {}", to.display()))
    }

    /// Follows a task to its end, telling each change.
    ///
    /// # Errors
    /// When the connection breaks and the task can't be read either.
    pub async fn follow(&self, task: &str, mut tell: impl FnMut(&Progress)) -> anyhow::Result<Progress> {
        loop {
            let url = format!("{}/api/v1/tasks/{task}/events", self.base);
            let response = self.http.get(url).send().await.with_context(|| self.unreachable())?;
            let mut lines = String::new();
            let mut events = response.error_for_status()?.bytes_stream();
            while let Some(Ok(chunk)) = events.next().await {
                lines.push_str(&String::from_utf8_lossy(&chunk));
                while let Some(end) = lines.find('\n') {
                    let line: String = lines.drain(..=end).collect();
                    let Some(data) = line.strip_prefix("data:") else {
                        continue;
                    };
                    let Ok(event) = serde_json::from_str::<Value>(data.trim()) else {
                        continue;
                    };
                    let progress = Progress::of(&event);
                    tell(&progress);
                    if progress.is_over() {
                        return Ok(progress);
                    }
                }
            }
        }
    }

    /// The result of a task in one of the forms.
    ///
    /// # Errors
    /// With the gateway's own words when there is none.
    pub async fn result(&self, kind: &str, task: &str, format: &str) -> anyhow::Result<String> {
        let url = format!("{}/api/v1/{kind}/{task}/result?format={format}", self.base);
        let response = self.http.get(url).send().await.with_context(|| self.unreachable())?;
        let (status, text) = (response.status(), response.text().await?);
        anyhow::ensure!(status == 200, "{}", words_of(&text));
        Ok(text)
    }

    /// A JSON document.
    ///
    /// # Errors
    /// With the gateway's own words when it refuses.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.said(self.http.get(format!("{}{path}", self.base))).await
    }

    /// The bytes at a path.
    ///
    /// # Errors
    /// With the gateway's own words when it refuses.
    pub async fn bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let url = format!("{}{path}", self.base);
        let response = self.http.get(url).send().await.with_context(|| self.unreachable())?;
        let (status, bytes) = (response.status(), response.bytes().await?);
        anyhow::ensure!(status.is_success(), "{}", words_of(&String::from_utf8_lossy(&bytes)));
        Ok(bytes.into())
    }

    async fn said(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let response = request.send().await.with_context(|| self.unreachable())?;
        let (status, text) = (response.status(), response.text().await?);
        anyhow::ensure!(status.is_success(), "{}", words_of(&text));
        serde_json::from_str(&text).context("the gateway did not answer with JSON")
    }

    fn unreachable(&self) -> BadSetup {
        BadSetup(format!(
            "no gateway answers at {}: start one with `violet up`, or name one with --gateway",
            self.base
        ))
    }
}

/// What a refusal says, without its wrapping.
fn words_of(body: &str) -> String {
    let problem: Option<Value> = serde_json::from_str(body).ok();
    problem.and_then(|p| p["detail"].as_str().map(str::to_owned)).unwrap_or_else(|| body.to_owned())
}
