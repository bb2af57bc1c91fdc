//! Group commit: one thread owns the one connection that writes.
//!
//! What queues up while a COMMIT is on its way to the disk shares the next one, so many concurrent writers wait for few
//! fsyncs. Nothing here can be cancelled half way: a caller that goes away only loses the answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::Connection as _;
use domain::ErrorKind;
use tokio::sync::{mpsc, oneshot};

use super::Conn;
use crate::StoreError;

/// Tells its caller how a write ended; called after COMMIT, or with the error that undid the batch.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Runs one write in its own savepoint. `Err` carries an answer too: the write itself failed, alone.
type Job = Box<dyn FnOnce(&mut Conn) -> (Answer, Fate) + Send>;

/// What a write left behind in its transaction.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    /// Done, or rolled back to its savepoint: the others are untouched.
    Alone,
    /// The disk or the database failed under it: SQLite may have undone the whole transaction.
    Batch,
}

/// Opens a connection that writes; called again when the last one broke.
pub(crate) type Open = Box<dyn Fn() -> Result<Conn, StoreError> + Send>;

/// The writing side of a database. Cheap to clone; the thread ends when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Job>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread. At most `max_batch` writes share a COMMIT.
    ///
    /// # Errors
    /// What `open` says, and when the system gives no thread.
    pub(crate) fn start(open: Open, max_batch: usize) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel(1_024);
        let commits = Arc::new(AtomicU64::new(0));
        let first = open()?;
        let mut thread = Thread { open, connection: Some(first), commits: commits.clone() };
        std::thread::Builder::new().name("sql-writer".into()).spawn(move || thread.run(jobs, max_batch))?;
        Ok(Self { queue, commits })
    }

    /// Runs `change` in a savepoint and answers after the COMMIT that made it durable. `after` is called then, in the
    /// order of the commits, even when the caller has gone away.
    ///
    /// # Errors
    /// What `change` says: then nothing of it remains, and the writes beside it are untouched. `Unavailable` or
    /// `StorageFull` when the COMMIT failed: the outcome is not known.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tx, rx) = oneshot::channel();
        let job: Job = Box::new(move |c| {
            let done = c.transaction(change);
            let fate = match &done {
                Err(e) if matches!(e.kind, ErrorKind::StorageFull | ErrorKind::Unavailable) => Fate::Batch,
                _ => Fate::Alone,
            };
            let answer: Answer = Box::new(move |committed| {
                let done = done.and_then(|value| committed.map(|()| value));
                if let Ok(value) = &done {
                    after(value);
                }
                // nobody listens any more: the caller went away, the change stays
                let _ = tx.send(done);
            });
            (answer, fate)
        });
        self.queue.send(job).await.map_err(|_| StoreError::away())?;
        rx.await.map_err(|_| StoreError::away())?
    }

    /// Writes that wait for their turn.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// COMMITs so far.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

struct Thread {
    open: Open,
    connection: Option<Conn>,
    commits: Arc<AtomicU64>,
}

impl Thread {
    fn run(&mut self, mut jobs: mpsc::Receiver<Job>, max_batch: usize) {
        let mut batch = Vec::new();
        while jobs.blocking_recv_many(&mut batch, max_batch) > 0 {
            // a panic in one write must not end all writing: its batch is lost, as when the disk fails
            let ended = catch_unwind(AssertUnwindSafe(|| self.commit(batch.drain(..))));
            if ended.is_err() {
                tracing::error!("a write panicked");
            }
        }
    }

    fn commit(&mut self, jobs: impl Iterator<Item = Job>) {
        let opened = self.connection.take().map_or_else(|| (self.open)(), Ok);
        let mut c = match opened {
            Ok(c) => c,
            Err(e) => {
                // the jobs are dropped, and with them the answers: their callers hear "away"
                tracing::error!(error = %e, "database not open for writing");
                return;
            }
        };
        let mut answers = Vec::new();
        let done = c.immediate_transaction(|c| {
            for job in jobs {
                let (answer, fate) = job(c);
                answers.push(answer);
                if fate == Fate::Batch {
                    return Err(StoreError::away());
                }
            }
            Ok(())
        });
        match done {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                self.connection = Some(c);
                answers.into_iter().for_each(|a| a(Ok(())));
            }
            // the connection may be in the middle of something: the next batch opens another
            Err(e) => answers.into_iter().for_each(|a| a(Err(StoreError::new(e.kind, e.to_string())))),
        }
    }
}
