//! The SQLite database: one writer with group commit, a small pool of readers.
//!
//! Every verb of a store is one function on a plain connection, run whole in one hop: nothing can stop it half way. The
//! statements keep to what PostgreSQL has too; what is SQLite's own lives in this folder.

mod open;
pub(crate) mod schema;
mod writer;

use std::path::PathBuf;
use std::time::Duration;

use diesel::SqliteConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;

pub use open::{OpenError, Synchronous};

use crate::StoreError;
use writer::Writer;

/// The connection that statements run on.
pub(crate) type Conn = SqliteConnection;

/// Where the database is and how it is kept.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The file; made when it does not exist.
    pub path: PathBuf,
    /// What COMMIT waits for.
    pub synchronous: Synchronous,
    /// Connections that read.
    pub readers: usize,
    /// Most writes that share one COMMIT.
    pub max_batch: usize,
}

/// Longest wait for a free reading connection.
const READER_WAIT: Duration = Duration::from_secs(5);

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Sqlite {
    readers: Pool<SyncConnectionWrapper<Conn>>,
    writer: Writer,
}

impl Sqlite {
    /// Opens the database, after bringing its tables up to date.
    ///
    /// # Errors
    /// [`OpenError`] says in one sentence what is wrong with the file: locked, no database, another program's, newer.
    pub async fn open(options: SqliteOptions) -> Result<Self, OpenError> {
        open::sqlite(options, open::Watch::default()).await
    }

    /// Runs `read` on one consistent snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        use diesel::Connection as _;
        let reader = tokio::time::timeout(READER_WAIT, self.readers.get()).await;
        let mut reader =
            reader.map_err(|e| StoreError::away().because(e))?.map_err(|e| StoreError::away().because(e))?;
        let done = reader.spawn_blocking(move |c| Ok(c.transaction(read))).await;
        done.map_err(StoreError::from)?
    }

    /// Runs `change` in a transaction; durable when this returns. `after` is called once it is, in the order of commits.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(change, after).await
    }

    /// COMMITs since it was opened: how many fsyncs all the writes so far shared.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }
}

#[cfg(test)]
pub(crate) mod tests;
