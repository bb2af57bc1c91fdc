//! The judge of a scheduler: reads the answers from storage-svc and compares what they say.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{ErrorKind, FileId, Language, Response, Score, Sha256, Task, TaskKind};
use futures_util::{StreamExt as _, pin_mut};
use metric::likeness;
use proto::{RpcError, client::FilesClient};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{Judge, Judged, heard::Heard};

/// Answers longer than this are not read, in bytes: they are like their equals alone.
const MOST_BYTES: u64 = 16 << 20;

/// Compares answers by the metric of their kind. At most so many comparisons at once: the rest waits, and what one reads is
/// bounded too.
pub(crate) struct FilesJudge {
    files: FilesClient,
    room: Semaphore,
}

impl FilesJudge {
    /// Over these files, with room for that many comparisons.
    pub(crate) fn new(files: FilesClient, room: usize) -> Self {
        Self { files, room: Semaphore::new(room) }
    }

    /// What an answer says. Empty hands are no error: only a store that is away is.
    async fn hear(&self, kind: TaskKind, response: &Response) -> Result<Heard, RpcError> {
        let Some(bytes) = self.read(response.output.file).await? else {
            return Ok(Heard::Nothing);
        };
        let facts = response.facts.clone();
        // what breaks the reader breaks this answer alone
        Ok(spawn_blocking(move || Heard::read(kind, facts.as_ref(), bytes)).await.unwrap_or(Heard::Nothing))
    }

    async fn read(&self, file: FileId) -> Result<Option<Vec<u8>>, RpcError> {
        let reader = match self.files.get(file, 0, None).await {
            Ok(reader) => reader,
            Err(e) if e.kind == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        if reader.meta.size > MOST_BYTES {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(reader.meta.size).unwrap_or_default());
        let chunks = reader.chunks();
        pin_mut!(chunks);
        while let Some(chunk) = chunks.next().await {
            bytes.extend_from_slice(&chunk?);
        }
        Ok(Some(bytes))
    }
}

#[async_trait]
impl Judge for FilesJudge {
    async fn judge(&self, task: &Task) -> Result<Judged, RpcError> {
        let answers = task.answers();
        let digests: Vec<Sha256> = answers.iter().map(|a| a.response.output.sha256).collect();
        let mut distinct = digests.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let table = match distinct.len() {
            // the same bytes say the same: nothing has to be read
            0 | 1 => Table { of: 1, cells: vec![Score::ONE] },
            _ => {
                let _room = self.room.acquire().await.map_err(|_| closed())?;
                let mut heard = Vec::with_capacity(distinct.len());
                for digest in &distinct {
                    let answer = answers.iter().find(|a| a.response.output.sha256 == *digest);
                    heard.push(match answer {
                        Some(answer) => self.hear(task.spec.kind, answer.response).await?,
                        None => Heard::Nothing,
                    });
                }
                let (kind, language) = (task.spec.kind, language(task, &heard));
                let of = heard.len();
                let heard = Arc::new(heard);
                let compared = spawn_blocking(move || Table::compare(kind, language, &heard)).await;
                compared.unwrap_or_else(|_| Table::unlike(of))
            }
        };
        let place = |i: usize| distinct.binary_search(&digests[i]).unwrap_or_default();
        Ok(Judged::of(answers.len(), |i, j| table.at(place(i), place(j))).unwrap_or_else(Judged::first))
    }
}

fn closed() -> RpcError {
    RpcError::new(ErrorKind::Unavailable, "the scheduler stops")
}

/// The language that the answers are in: as the task has it, else as the first answer that says one.
fn language(task: &Task, heard: &[Heard]) -> Language {
    let asked = task.spec.target.or_else(|| task.spec.source.given());
    asked.or_else(|| heard.iter().find_map(Heard::language)).unwrap_or(Language::En)
}

/// Likeness of every two of some contents.
struct Table {
    of: usize,
    cells: Vec<Score>,
}

impl Table {
    /// Nothing is like anything but itself.
    fn unlike(of: usize) -> Self {
        Self {
            of,
            cells: (0..of * of).map(|n| if n / of == n % of { Score::ONE } else { Score::ZERO }).collect(),
        }
    }

    fn compare(kind: TaskKind, language: Language, heard: &[Heard]) -> Self {
        let mut table = Self::unlike(heard.len());
        for (i, a) in heard.iter().enumerate() {
            for (j, b) in heard.iter().enumerate().take(i) {
                let Some((a, b)) = a.said().zip(b.said()) else { continue };
                let alike = likeness(kind, language, a, b);
                (table.cells[i * table.of + j], table.cells[j * table.of + i]) = (alike, alike);
            }
        }
        table
    }

    fn at(&self, i: usize, j: usize) -> Score {
        self.cells.get(i * self.of + j).copied().unwrap_or_default()
    }
}

#[cfg(test)]
#[path = "../tests/judge.rs"]
mod tests;
