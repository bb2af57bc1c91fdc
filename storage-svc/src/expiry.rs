//! Deletes what had its time: tasks, keys, nonces, records of miners, files, and bytes that no file has.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use domain::{Sha256, Timestamp};
use process::Stop;
use process::clock::Clock;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::StoreError;
use crate::blob::Blobs;
use crate::events::{Expired, Failed};
use crate::files::{Depot, FileStore};
use crate::nonces::ForgetNonces;
use crate::records::ForgetRecords;
use crate::tasks::ForgetTasks;

/// How the loop works.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Time between two passes.
    pub every: Duration,
    /// Records of each kind that one transaction deletes, and blobs that one pass looks at.
    pub batch: u32,
    /// How long a nonce is kept after its request became too old to be served.
    pub keep_nonces: Duration,
    /// How long the record of a miner is kept after its last work.
    pub keep_records: Duration,
}

/// Transactions of each kind in one pass: the rest waits for the next, so that deleting never crowds out serving.
const ROUNDS: u32 = 20;
const SHELVES: u16 = 256;

/// The loop before it runs.
pub struct Service {
    /// Whose tasks and keys.
    pub tasks: Arc<dyn ForgetTasks>,
    /// Whose nonces.
    pub nonces: Arc<dyn ForgetNonces>,
    /// Whose records of miners.
    pub records: Arc<dyn ForgetRecords>,
    /// Whose rows of files.
    pub files: Arc<dyn FileStore>,
    /// Where the bytes are.
    pub blobs: Arc<dyn Blobs>,
    /// Who may remove them.
    pub depot: Depot,
    /// What time it is.
    pub clock: Clock,
    /// How.
    pub options: Options,
    /// Where the walk through all blobs is.
    pub walk: Walk,
}

/// A place in the endless walk over all blobs, in search of those that a crash left without a row.
#[derive(Debug, Default)]
pub struct Walk {
    next_shelf: u8,
    found: VecDeque<Sha256>,
}

/// The running loop.
pub struct Handle {
    stop: Stop,
    running: JoinHandle<()>,
}

impl Handle {
    /// Ends the loop, once the transaction under way is through.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(e) = self.running.await {
            tracing::error!(error = %e, "expiry loop broke");
        }
    }
}

impl Service {
    /// Runs passes until `stop`: one at once, then one every [`Options::every`].
    #[must_use]
    pub fn start(mut self, stop: Stop) -> Handle {
        let handle = stop.clone();
        let running = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(self.options.every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return,
                    _ = ticks.tick() => {}
                }
                match self.pass(&stop).await {
                    Ok(expired) => expired.emit(),
                    Err(error) => Failed { operation: "expire", error: &error }.emit(),
                }
            }
        });
        Handle { stop: handle, running }
    }

    /// One pass over everything whose time has come by the clock. Ends early at `stop`. What it could not finish is left
    /// to the next pass.
    ///
    /// # Errors
    /// Only when a store itself fails.
    pub async fn pass(&mut self, stop: &Stop) -> Result<Expired, StoreError> {
        let now = Timestamp::from_micros(self.clock.micros());
        let Options { batch, keep_nonces, keep_records, .. } = self.options;
        let mut done = Expired::default();
        for _ in 0..ROUNDS {
            let round = Expired {
                tasks: self.tasks.forget_tasks(now, batch).await?,
                keys: self.tasks.forget_keys(now, batch).await?,
                nonces: self.nonces.forget_nonces(before(now, keep_nonces), batch).await?,
                records: self.records.forget_records(before(now, keep_records), batch).await?,
                ..self.files(now).await?
            };
            done.tasks += round.tasks;
            done.keys += round.keys;
            done.nonces += round.nonces;
            done.records += round.records;
            done.files += round.files;
            done.blobs += round.blobs;
            let most = [round.tasks, round.keys, round.nonces, round.records, round.files].into_iter().max();
            if stop.is_cancelled() || most.unwrap_or_default() < batch {
                break;
            }
        }
        done.blobs += self.blobs.sweep().await? + self.orphans(stop).await?;
        Ok(done)
    }

    async fn files(&self, now: Timestamp) -> Result<Expired, StoreError> {
        let mut digests = self.files.forget(now, self.options.batch).await?;
        let files = u32::try_from(digests.len()).unwrap_or(u32::MAX);
        digests.sort_unstable();
        digests.dedup();
        let mut blobs = 0;
        for digest in digests {
            // a crash before this leaves the blob to the walk
            blobs += u32::from(self.depot.collect(digest).await?);
        }
        Ok(Expired { files, blobs, ..Expired::default() })
    }

    /// Looks at the next blobs of the walk and removes those without a row.
    async fn orphans(&mut self, stop: &Stop) -> Result<u32, StoreError> {
        let (mut removed, mut shelves) = (0, 0);
        for _ in 0..self.options.batch {
            while self.walk.found.is_empty() {
                if shelves == SHELVES || stop.is_cancelled() {
                    return Ok(removed);
                }
                self.walk.found = self.blobs.shelf(self.walk.next_shelf).await?.into();
                self.walk.next_shelf = self.walk.next_shelf.wrapping_add(1);
                shelves += 1;
            }
            let Some(digest) = self.walk.found.pop_front() else {
                break;
            };
            removed += u32::from(self.depot.collect(digest).await?);
        }
        Ok(removed)
    }
}

fn before(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_micros(now.micros().saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests;
