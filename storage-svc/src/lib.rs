//! What lasts: tasks, evaluations, spent nonces, the work of miners and the ledger of a validator in a database, files on a disk.
//! The only crate that knows either.
//!
//! [`tasks::TaskStore`], [`evaluations::Evaluations`], [`files::FileStore`], [`nonces::Nonces`], [`records::MinerRecords`],
//! [`ledger::Ledger`] and [`blob::Blobs`] are the seams, each with a conformance suite that every implementation passes; [`grpc`]
//! is the face that the other services see.

pub mod blob;
pub mod config;
pub mod error;
pub mod evaluations;
mod events;
pub mod expiry;
pub mod files;
pub mod grpc;
pub mod ledger;
mod memory;
pub mod nonces;
pub mod records;
pub mod sql;
pub mod tasks;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use process::clock::Clock;
use process::exit::BadSetup;
use process::{Stop, grpc as server};
use tokio::net::TcpListener;

pub use config::{Config, DEFAULT};
pub use error::StoreError;
pub use events::Expired;
pub use memory::MemoryStore;

use blob::{Blobs, DiskBlobs, MemoryBlobs};
use config::Kind;
use evaluations::{Evaluations, SqlEvaluations};
use files::{Depot, DepotOptions, FileStore, SqlFiles};
use ledger::{Ledger, SqlLedger};
use nonces::{ForgetNonces, Nonces, SqlNonces};
use records::{ForgetRecords, MinerRecords, SqlRecords};
use sql::{Sqlite, SqliteOptions};
use tasks::{ForgetTasks, Retention, SqlTasks, TaskStore};

/// Name of the service.
pub const SERVICE: &str = "storage-svc";

/// Serves until `stop`, then drains. When this returns nothing of the service runs any more and the data folder is free.
///
/// # Errors
/// [`BadSetup`] in one sentence when the data folder is in use, not ours, or can't be written; whatever breaks the
/// listener.
pub async fn run(config: Config, listener: TcpListener, clock: Clock, stop: Stop) -> anyhow::Result<()> {
    config.check()?;
    let opened = open(&config).await?;
    let limits = DepotOptions {
        life: config.retention.files,
        max_size: config.limits.max_file_bytes,
        min_free: config.limits.min_free_bytes,
    };
    let depot = Depot::new(opened.files.clone(), opened.blobs.clone(), clock.clone(), limits);
    let expiry = expiry::Service {
        tasks: opened.forget,
        nonces: opened.forget_nonces,
        records: opened.forget_records,
        files: opened.files,
        blobs: opened.blobs,
        depot: depot.clone(),
        clock,
        options: expiry::Options {
            every: config.expiry.every,
            batch: config.expiry.batch,
            keep_nonces: config.retention.nonces,
            keep_records: config.retention.tasks,
        },
        walk: expiry::Walk::default(),
    };
    let expiring = expiry.start(stop.child_token());
    events::Started { data_dir: &config.data_dir, database: &config.database }.emit();
    let stores = grpc::Stores {
        tasks: opened.tasks,
        evaluations: opened.evaluations,
        files: depot,
        nonces: opened.nonces,
        records: opened.records,
        ledger: opened.ledger,
    };
    let routes = grpc::routes(stores, stop.clone());
    let outcome = server::serve(SERVICE, listener, routes, stop, config.drain).await;
    expiring.stop().await;
    drop(opened.lock);
    outcome
}

/// The stores that a configuration asks for.
struct Opened {
    tasks: Arc<dyn TaskStore>,
    evaluations: Arc<dyn Evaluations>,
    forget: Arc<dyn ForgetTasks>,
    nonces: Arc<dyn Nonces>,
    forget_nonces: Arc<dyn ForgetNonces>,
    records: Arc<dyn MinerRecords>,
    forget_records: Arc<dyn ForgetRecords>,
    ledger: Arc<dyn Ledger>,
    files: Arc<dyn FileStore>,
    blobs: Arc<dyn Blobs>,
    /// Held while the stores are in use.
    lock: Option<File>,
}

async fn open(config: &Config) -> anyhow::Result<Opened> {
    let retention = Retention { tasks: config.retention.tasks, keys: config.retention.keys };
    if config.database.kind == Kind::Memory {
        let store = Arc::new(MemoryStore::new(retention));
        let blobs = Arc::new(MemoryBlobs::default());
        return Ok(Opened {
            tasks: store.clone(),
            evaluations: store.clone(),
            forget: store.clone(),
            nonces: store.clone(),
            forget_nonces: store.clone(),
            records: store.clone(),
            forget_records: store.clone(),
            ledger: store.clone(),
            files: store,
            blobs,
            lock: None,
        });
    }
    let folder = config.data_dir.clone();
    let (lock, blobs) = tokio::task::spawn_blocking(move || {
        let lock = claim(&folder)?;
        let blobs = DiskBlobs::open(&folder).map_err(|e| unusable(&folder, &e))?;
        Ok::<_, BadSetup>((lock, blobs))
    })
    .await
    .context("opening the data folder")??;
    let options = SqliteOptions {
        path: config.data_dir.join("violet.sqlite"),
        synchronous: config.database.synchronous,
        readers: config.database.readers,
        max_batch: config.database.max_batch,
    };
    let db = Sqlite::open(options).await.map_err(|e| BadSetup(process::exit::sentence(&e.into())))?;
    let tasks = Arc::new(SqlTasks::new(db.clone(), retention));
    let nonces = Arc::new(SqlNonces::new(db.clone()));
    let records = Arc::new(SqlRecords::new(db.clone()));
    let ledger = Arc::new(SqlLedger::new(db.clone()));
    let files = Arc::new(SqlFiles::new(db));
    Ok(Opened {
        evaluations: Arc::new(SqlEvaluations::new((*tasks).clone())),
        tasks: tasks.clone(),
        forget: tasks,
        nonces: nonces.clone(),
        forget_nonces: nonces,
        records: records.clone(),
        forget_records: records,
        ledger,
        files,
        blobs: Arc::new(blobs),
        lock: Some(lock),
    })
}

/// Makes the data folder and takes it for this process: two processes over one folder would remove each other's blobs.
fn claim(folder: &Path) -> Result<File, BadSetup> {
    let made = std::fs::create_dir_all(folder)
        .and_then(|()| File::options().create(true).truncate(false).write(true).open(folder.join("lock")));
    let lock = made.map_err(|e| unusable(folder, &e))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(BadSetup(format!(
            "the data folder {} is in use by another process: stop that process, or choose another folder",
            folder.display()
        ))),
        Err(std::fs::TryLockError::Error(e)) => Err(unusable(folder, &e)),
    }
}

fn unusable(folder: &Path, e: &std::io::Error) -> BadSetup {
    BadSetup(format!("the data folder {} can't be used: {e}", folder.display()))
}

#[cfg(test)]
mod tests;
