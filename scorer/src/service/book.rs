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

use std::{collections::BTreeMap, sync::Arc};

use domain::{Language, MinerId, Sha256, TaskId, TaskKind, canonical};
use proto::{RpcError, client::Written};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{ledger::Ledger, wire::Evaluation};
use crate::challenge::Done;

/// The version of every document here.
const VERSION: u8 = 1;
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

/// A task that was graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluated {
    version: u8,
    /// Its size: seconds of sound or video, words of text.
    pub units: u32,
    /// Which challenge it is, if it is one.
    pub challenge: Option<u64>,
    /// Who was asked, by hotkey where there is one.
    pub miners: Vec<MinerId>,
    /// What each answer says, by which copies are told; in the order of the grades.
    pub fingerprints: Vec<Sha256>,
    /// What was found, as the gateway is told.
    pub evaluation: Evaluation,
}

/// A challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posed {
    version: u8,
    /// Its number.
    pub number: u64,
    /// Its kind.
    pub kind: TaskKind,
    /// Its language.
    pub language: Language,
    /// The commitment of what it follows from.
    pub commitment: Sha256,
    /// The sound that is its truth, by the sha256 of its file.
    pub clean: Option<Sha256>,
}

/// How a round ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    version: u8,
    /// Which round.
    pub round: u64,
    /// The block at which it was closed.
    pub block: u64,
    /// Where its tasks end in the gateway's list of results.
    pub next: Option<String>,
    /// Its records.
    pub records: Sha256,
    /// What followed from them.
    pub outcome: Sha256,
    /// What each miner was given lately.
    pub done: BTreeMap<MinerId, Done>,
}

impl Evaluated {
    /// What was found of a task.
    #[must_use]
    pub const fn new(
        units: u32,
        challenge: Option<u64>,
        miners: Vec<MinerId>,
        fingerprints: Vec<Sha256>,
        evaluation: Evaluation,
    ) -> Self {
        Self { version: VERSION, units, challenge, miners, fingerprints, evaluation }
    }
}

impl Posed {
    /// Challenge `number`.
    #[must_use]
    pub const fn new(number: u64, kind: TaskKind, language: Language, commitment: Sha256) -> Self {
        Self { version: VERSION, number, kind, language, commitment, clean: None }
    }
}

impl Closed {
    /// A round that ended at `block`.
    #[must_use]
    pub const fn new(
        round: u64,
        block: u64,
        next: Option<String>,
        (records, outcome): (Sha256, Sha256),
        done: BTreeMap<MinerId, Done>,
    ) -> Self {
        Self { version: VERSION, round, block, next, records, outcome, done }
    }
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
mod tests {
    use super::*;
    use crate::service::tests::ledger::MemoryLedger;

    #[tokio::test]
    async fn a_number_of_a_challenge_is_used_once() {
        // G9
        let book = Book::new(Arc::new(MemoryLedger::default()));
        assert_eq!(book.next_challenge().await.unwrap(), 1);
        let posed = |n, kind| Posed::new(n, kind, Language::En, Sha256([1; 32]));
        for n in 1..=11 {
            book.use_up(&posed(n, TaskKind::Tts)).await.unwrap();
        }
        assert_eq!(book.next_challenge().await.unwrap(), 12);
        let again = book.use_up(&posed(11, TaskKind::Transcription)).await.unwrap_err();
        assert!(matches!(again, BookError::Taken(_)), "{again}");
    }

    #[tokio::test]
    async fn what_was_found_first_counts() {
        let book = Book::new(Arc::new(MemoryLedger::default()));
        let task = TaskId::from_random(1);
        let found = |units| {
            Evaluated::new(
                units,
                None,
                vec![],
                vec![],
                Evaluation { version: 1, units: None, grades: vec![] },
            )
        };
        assert_eq!(book.evaluate(task, found(3)).await.unwrap().units, 3);
        assert_eq!(book.evaluate(task, found(4)).await.unwrap().units, 3);
        assert_eq!(book.evaluated(task).await.unwrap(), Some(found(3)));
    }

    #[tokio::test]
    async fn a_long_document_reads_back_and_a_cut_one_is_missed() {
        let ledger = Arc::new(MemoryLedger::default());
        let book = Book::new(ledger.clone());
        let long: Vec<u8> = (0..PART * 2 + 7).map(|i| (i % 251) as u8).collect();
        let digest = book.keep(&long).await.unwrap();
        assert_eq!(book.keep(&long).await.unwrap(), digest, "again is fine");
        assert!(book.document(digest).await.unwrap() == long);
        ledger.remove("documents", &format!("{digest}/000001"));
        assert!(matches!(book.document(digest).await, Err(BookError::Missing(_))));
    }
}
