//! Sends a run while its file grows. The file is the queue: what the server has not taken is read again later.

use std::{fs::File, io::BufReader, path::PathBuf, sync::Arc, time::Duration};

use process::{Stop, telemetry::Causes};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{
    Pace,
    batch::{Batch, Feed},
    log::{ReadLog, Reader},
    server::{Call, Place, Server},
};

/// Sends one run.
pub(super) struct Upload {
    pub server: Server,
    /// The file with its records.
    pub file: PathBuf,
    /// The folder of the run.
    pub folder: PathBuf,
    pub pace: Pace,
    /// Rings when the file has grown.
    pub grown: Arc<Notify>,
    /// Fires when the process wants to end: no more pauses.
    pub hurry: Stop,
}

/// Why a run is not sent, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    /// Its file can't be read.
    #[error("read the run again")]
    Read(#[source] ReadLog),
    /// A record is none.
    #[error("decode a record of the run")]
    Decode(#[source] prost::DecodeError),
    /// The server won't have it.
    #[error("send the run")]
    Refused(#[source] Call),
    /// The file does not begin with the run, or the reading of it was cut.
    #[error("the run file begins with something else")]
    Beginning,
}

/// What is open of a file that is being sent.
struct Source {
    reader: Reader<BufReader<File>>,
    feed: Feed,
}

impl Upload {
    /// Sends until the run's exit is sent. Calls that fail for now are made again for ever; the first of a row of them is said.
    ///
    /// # Errors
    /// [`Unsent`]; what is in the file stays there for a `wandb sync`.
    pub(super) async fn run(self) -> Result<(), Unsent> {
        let file = File::open(&self.file).map_err(|e| Unsent::Read(ReadLog::Io(e)))?;
        let reader = Reader::open(BufReader::new(file)).map_err(Unsent::Read)?;
        let (source, first) = next(Source { reader, feed: Feed::default() }).await?;
        let opening = first.opening.as_ref().ok_or(Unsent::Beginning)?;
        let place = self.insist(|| self.server.upsert(opening)).await?;
        tracing::info!(project = %place.project, run = %place.run, "weights & biases shows this run");
        let (mut source, mut batch, mut offsets) = (source, first, (0, 0));
        loop {
            if batch.exit.is_some() {
                return self.finish(&place, batch, offsets).await;
            }
            let body = lines(&batch, offsets);
            self.insist(|| self.server.stream(&place, &body)).await?;
            offsets.0 += batch.history.len();
            offsets.1 += batch.events.len();
            if !batch.is_full() {
                self.pause(self.pace.interval).await;
            }
            (source, batch) = next(source).await?;
            let lives = tokio::time::Instant::now() + self.pace.heartbeat;
            while batch.is_empty() {
                // after that time an empty request says that the run lives
                if tokio::time::timeout_at(lives, self.grown.notified()).await.is_err() {
                    break;
                }
                (source, batch) = next(source).await?;
            }
        }
    }

    async fn finish(&self, place: &Place, batch: Batch, offsets: (usize, usize)) -> Result<(), Unsent> {
        let folder = self.folder.join("files");
        let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
        for name in ["wandb-metadata.json", "config.yaml"] {
            // one that somebody took away is no reason to keep back the rest
            if let Ok(bytes) = tokio::fs::read(folder.join(name)).await {
                files.push((name, bytes));
            }
        }
        if let Some(summary) = &batch.summary {
            files.push(("wandb-summary.json", summary.clone().into_bytes()));
        }
        self.insist(|| self.server.put(place, &files)).await?;
        let mut body = lines(&batch, offsets);
        body["uploaded"] = files.iter().map(|(name, _)| *name).collect();
        body["complete"] = true.into();
        body["exitcode"] = batch.exit.into();
        self.insist(|| self.server.stream(place, &body)).await
    }

    /// Calls until there is an answer.
    async fn insist<T, F: Future<Output = Result<T, Call>>>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<T, Unsent> {
        let mut wait = self.pace.retry;
        let mut away = false;
        loop {
            match call().await {
                Ok(done) => {
                    if away {
                        tracing::info!("weights & biases is back");
                    }
                    return Ok(done);
                }
                Err(e) if e.passes() => {
                    if !away {
                        let error = Causes(&e).to_string();
                        tracing::warn!(
                            error,
                            "weights & biases is away: the run goes on offline until it is back"
                        );
                    }
                    away = true;
                    if self.hurry.is_cancelled() {
                        tokio::time::sleep(self.pace.retry).await;
                    } else {
                        self.pause(wait).await;
                    }
                    wait = (wait * 2).min(self.pace.retry_most);
                }
                Err(e) => return Err(Unsent::Refused(e)),
            }
        }
    }

    /// Waits, unless the process wants to end.
    async fn pause(&self, time: Duration) {
        tokio::select! {
            () = self.hurry.cancelled() => {}
            () = tokio::time::sleep(time) => {}
        }
    }
}

/// Reads what is there, up to a request's worth.
async fn next(mut source: Source) -> Result<(Source, Batch), Unsent> {
    let read = move || {
        let mut batch = Batch::default();
        while !batch.is_full() {
            let Some(record) = source.reader.next().map_err(Unsent::Read)? else {
                break;
            };
            source.feed.take(&record, &mut batch).map_err(Unsent::Decode)?;
        }
        Ok((source, batch))
    };
    // only a runtime that is shutting down cuts it
    tokio::task::spawn_blocking(read).await.unwrap_or(Err(Unsent::Beginning))
}

/// The body of a `file_stream` request; lines are added at these offsets of history and events.
fn lines(batch: &Batch, offsets: (usize, usize)) -> Value {
    let mut files = serde_json::Map::new();
    let mut add = |name: &str, offset: usize, content: &[String]| {
        if !content.is_empty() {
            files.insert(name.to_owned(), json!({"offset": offset, "content": content}));
        }
    };
    add("wandb-history.jsonl", offsets.0, &batch.history);
    add("wandb-events.jsonl", offsets.1, &batch.events);
    add("wandb-summary.json", 0, batch.summary.as_slice());
    if files.is_empty() { json!({}) } else { json!({"files": files}) }
}
