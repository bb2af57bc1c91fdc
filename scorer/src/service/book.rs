//! What a validator writes down, each thing once, before anything is done that rests on it.
//!
//! | stream | key | what |
//! | --- | --- | --- |
//! | `evaluated` | task | what this validator found; written before it is told |
//! | `challenges` | number | that the number is used up; written before the task is submitted |
//! | `posed` | task | which challenge the task is |
//! | `documents` | digest / part | records and outcomes of rounds, by the sha256 of their bytes |
//! | `rounds` | number | how a round ended, and which documents are its |
//! | `weights` | round | that its weights are on the chain |

mod document;

pub use document::{Closed, Evaluated, Posed};

use std::sync::Arc;

use domain::{Sha256, TaskId, canonical};
use proto::{RpcError, client::Written};
use serde::{Serialize, de::DeserializeOwned};

use super::ledger::Ledger;
use document::VERSION;

/// Bytes of one part of a long document.
const PART: usize = 512 << 10;

/// Why nothing was written or read.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The ledger is away.
    #[error("use the ledger")]
    Ledger(#[from] RpcError),
    /// What is there is no document of this program.
    #[error("read {name} of the ledger")]
    Damaged {
        /// Which document.
        name: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// It has no JSON form.
    #[error("write a document of the ledger")]
    Write(#[source] serde_json::Error),
    /// Another process of this validator wrote something else first.
    #[error("{0} of the ledger was written by another process")]
    Taken(String),
    /// A document that is named elsewhere is not there, or not whole.
    #[error("the ledger has no document {0}")]
    Missing(Sha256),
}

/// The book of one validator.
#[derive(Clone)]
pub struct Book(Arc<dyn Ledger>);

impl Book {
    /// Over this ledger.
    #[must_use]
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self(ledger)
    }

    /// What was found of a task, if it was graded.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn evaluated(&self, task: TaskId) -> Result<Option<Evaluated>, BookError> {
        self.read("evaluated", &task.to_string()).await
    }

    /// Writes down what was found of a task. Answers with what counts: where something is written already, that.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn evaluate(&self, task: TaskId, found: Evaluated) -> Result<Evaluated, BookError> {
        match self.write("evaluated", &task.to_string(), &found).await? {
            Written::Fresh | Written::Same => Ok(found),
            Written::Differs => Ok(self.evaluated(task).await?.unwrap_or(found)),
        }
    }

    /// The number of the next challenge.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn next_challenge(&self) -> Result<u64, BookError> {
        Ok(self.number("challenges").await?.map_or(1, |last| last.saturating_add(1)))
    }

    /// Uses up the number of a challenge.
    ///
    /// # Errors
    /// [`BookError::Taken`] when somebody else has.
    pub async fn use_up(&self, challenge: &Posed) -> Result<(), BookError> {
        self.write_first("challenges", &number(challenge.number), challenge).await
    }

    /// Remembers that a task is a challenge.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn pose(&self, task: TaskId, challenge: &Posed) -> Result<(), BookError> {
        self.write("posed", &task.to_string(), challenge).await.map(drop)
    }

    /// Which challenge a task is.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn posed(&self, task: TaskId) -> Result<Option<Posed>, BookError> {
        self.read("posed", &task.to_string()).await
    }

    /// Keeps a document of any length, and tells its name.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn keep(&self, bytes: &[u8]) -> Result<Sha256, BookError> {
        let digest = canonical::digest(bytes);
        for (i, part) in bytes.chunks(PART).enumerate() {
            self.0.put("documents", &format!("{digest}/{i:06}"), part.to_vec()).await?;
        }
        Ok(digest)
    }

    /// A document that was kept.
    ///
    /// # Errors
    /// [`BookError::Missing`] when it is not there as it was.
    pub async fn document(&self, digest: Sha256) -> Result<Vec<u8>, BookError> {
        let mut bytes = Vec::new();
        for i in 0_u32.. {
            match self.0.get("documents", &format!("{digest}/{i:06}")).await? {
                Some(part) => bytes.extend(part),
                None => break,
            }
        }
        if canonical::digest(&bytes) == digest { Ok(bytes) } else { Err(BookError::Missing(digest)) }
    }

    /// A round by its number; `None` when there is none.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn round(&self, round: u64) -> Result<Option<Closed>, BookError> {
        self.read("rounds", &number(round)).await
    }

    /// The last round that was closed.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn last_round(&self) -> Result<Option<Closed>, BookError> {
        match self.0.head("rounds").await? {
            Some(key) => self.read("rounds", &key).await,
            None => Ok(None),
        }
    }

    /// Closes a round: from now on its documents are what is built upon.
    ///
    /// # Errors
    /// [`BookError::Taken`] when somebody else has.
    pub async fn close(&self, closed: &Closed) -> Result<(), BookError> {
        self.write_first("rounds", &number(closed.round), closed).await
    }

    /// Whether the weights of a round are on the chain.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn weighed(&self, round: u64) -> Result<bool, BookError> {
        Ok(self.0.get("weights", &number(round)).await?.is_some())
    }

    /// Writes down that they are.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn weigh(&self, round: u64) -> Result<(), BookError> {
        self.write("weights", &number(round), &VERSION).await.map(drop)
    }

    async fn number(&self, stream: &str) -> Result<Option<u64>, BookError> {
        let Some(key) = self.0.head(stream).await? else { return Ok(None) };
        let damaged = |e: std::num::ParseIntError| BookError::Damaged {
            name: format!("{stream} {key}"),
            source: serde::de::Error::custom(e),
        };
        key.parse().map(Some).map_err(damaged)
    }

    async fn read<T: DeserializeOwned>(&self, stream: &str, key: &str) -> Result<Option<T>, BookError> {
        let Some(body) = self.0.get(stream, key).await? else { return Ok(None) };
        let damaged = |source| BookError::Damaged { name: format!("{stream} {key}"), source };
        serde_json::from_slice(&body).map(Some).map_err(damaged)
    }

    async fn write(&self, stream: &str, key: &str, body: &impl Serialize) -> Result<Written, BookError> {
        let body = serde_json::to_vec(body).map_err(BookError::Write)?;
        Ok(self.0.put(stream, key, body).await?)
    }

    async fn write_first(&self, stream: &str, key: &str, body: &impl Serialize) -> Result<(), BookError> {
        match self.write(stream, key, body).await? {
            // the same: an earlier try whose answer was lost
            Written::Fresh | Written::Same => Ok(()),
            Written::Differs => Err(BookError::Taken(format!("{stream} {key}"))),
        }
    }
}

/// Numbers in the order of their keys.
fn number(n: u64) -> String {
    format!("{n:020}")
}

#[cfg(test)]
mod tests;
