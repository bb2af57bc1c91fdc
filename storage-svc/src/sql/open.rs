//! Opening the file: what must be true of it, its settings, its tables.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{Connection as _, InstrumentationEvent, SimpleConnection as _};
use diesel::migration::{Migration, MigrationSource as _};
use diesel::sqlite::Sqlite as Backend;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use futures_util::FutureExt as _;

use super::{Conn, Sqlite, SqliteOptions, writer::Writer};
use crate::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
/// "VIOL": how our files say whose they are.
const APPLICATION_ID: i64 = 0x5649_4f4c;
/// How long a statement waits for a lock of another connection.
const BUSY: Duration = Duration::from_secs(5);

/// What COMMIT waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// Until the disk says that the bytes are on it: an acknowledged write survives a power cut.
    Full,
    /// Not for the disk: the file stays consistent, but a power cut may undo the newest acknowledged writes.
    Normal,
}

/// Why a database can't be used, in one sentence with the way out.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another program holds it.
    #[error(
        "the database {0} is locked by another program: stop that program, or choose another data folder"
    )]
    Locked(String),
    /// Some other file.
    #[error("{0} is not a database of this program: move it away, or choose another data folder")]
    Foreign(String),
    /// Made by a newer version.
    #[error(
        "the database {path} was written by a newer version of this program (it has \"{migration}\"): use that version"
    )]
    Newer {
        /// The file.
        path: String,
        /// The first thing in it that is not known here.
        migration: String,
    },
    /// Anything else.
    #[error("the database {path} can't be opened")]
    Failed {
        /// The file.
        path: String,
        /// What the system or SQLite said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Sees the text of every statement.
type See = dyn Fn(&str) + Send + Sync;

/// Who sees the statements, if anybody does; tests look at the plans of what was really asked.
#[derive(Clone, Default)]
pub(crate) struct Watch(pub(crate) Option<Arc<See>>);

/// See [`Sqlite::open`].
pub(crate) async fn sqlite(options: SqliteOptions, watch: Watch) -> Result<Sqlite, OpenError> {
    let SqliteOptions { path, synchronous, readers, max_batch } = options;
    let shown = path.display().to_string();
    let failed =
        |source: Box<dyn std::error::Error + Send + Sync>| OpenError::Failed { path: shown.clone(), source };

    let url = path.to_str().ok_or_else(|| failed("the path is not UTF-8".into()))?.to_owned();
    let (file, tapped) = (url.clone(), watch.clone());
    let writer = tokio::task::spawn_blocking(move || {
        prepare(&file, synchronous)?;
        let shown = file.clone();
        let open = move || connect(&file, synchronous, &tapped);
        Writer::start(Box::new(open), max_batch)
            .map_err(|e| OpenError::Failed { path: shown, source: e.into() })
    });
    let writer = writer.await.map_err(|e| failed(e.into()))??;

    let mut config = ManagerConfig::<SyncConnectionWrapper<Conn>>::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| {
        let (url, watch) = (url.to_owned(), watch.clone());
        let connect = tokio::task::spawn_blocking(move || connect(&url, synchronous, &watch));
        async move {
            let bad = |e: &dyn std::error::Error| diesel::ConnectionError::BadConnection(e.to_string());
            let c = connect.await.map_err(|e| bad(&e))?.map_err(|e| bad(&e))?;
            Ok(SyncConnectionWrapper::new(c))
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    let readers = Pool::builder(manager).max_size(readers).build().map_err(|e| failed(e.into()))?;
    Ok(Sqlite { readers, writer })
}

/// A connection with the settings that every connection has.
fn connect(url: &str, synchronous: Synchronous, watch: &Watch) -> Result<Conn, StoreError> {
    let mut c = Conn::establish(url).map_err(|e| StoreError::away().because(e))?;
    let level = match synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    };
    c.batch_execute(&format!(
        "PRAGMA busy_timeout={}; PRAGMA journal_mode=WAL; PRAGMA synchronous={level}; PRAGMA foreign_keys=ON;",
        BUSY.as_millis()
    ))?;
    if let Some(see) = watch.0.clone() {
        c.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                see(&query.to_string());
            }
        });
    }
    Ok(c)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

pub(super) fn number(c: &mut Conn, sql: &str) -> Result<i64, StoreError> {
    Ok(sql_query(sql).get_result::<Number>(c)?.n)
}

/// Refuses what is not ours, then brings the tables up to date.
fn prepare(url: &str, synchronous: Synchronous) -> Result<(), OpenError> {
    if let Some(folder) = Path::new(url).parent() {
        std::fs::create_dir_all(folder)
            .map_err(|e| OpenError::Failed { path: url.to_owned(), source: e.into() })?;
    }
    let explain = |e: StoreError| {
        let said = std::error::Error::source(&e).map(ToString::to_string).unwrap_or_default();
        if said.contains("locked") {
            OpenError::Locked(url.to_owned())
        } else if said.contains("not a database") {
            OpenError::Foreign(url.to_owned())
        } else {
            OpenError::Failed { path: url.to_owned(), source: e.into() }
        }
    };
    let mut c = connect(url, synchronous, &Watch::default()).map_err(explain)?;
    let whose = number(&mut c, "SELECT application_id AS n FROM pragma_application_id").map_err(explain)?;
    let tables = number(&mut c, "SELECT count(*) AS n FROM sqlite_master").map_err(explain)?;
    match (whose, tables) {
        (APPLICATION_ID, _) => {}
        (0, 0) => c
            .batch_execute(&format!("PRAGMA application_id={APPLICATION_ID};"))
            .map_err(|e| explain(e.into()))?,
        _ => return Err(OpenError::Foreign(url.to_owned())),
    }
    migrate(&mut c, url)
}

fn migrate(c: &mut Conn, url: &str) -> Result<(), OpenError> {
    let failed = |source| OpenError::Failed { path: url.to_owned(), source };
    let known: Vec<Box<dyn Migration<Backend>>> = MIGRATIONS.migrations().map_err(failed)?;
    let newer = c
        .applied_migrations()
        .map_err(failed)?
        .into_iter()
        .find(|v| known.iter().all(|m| m.name().version() != *v));
    if let Some(migration) = newer {
        return Err(OpenError::Newer { path: url.to_owned(), migration: migration.to_string() });
    }
    c.run_pending_migrations(MIGRATIONS).map_err(failed)?;
    Ok(())
}
