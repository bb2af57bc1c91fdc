//! The face on the wire: decode, call, encode.

mod evaluations;
mod files;
mod ledger;
mod nonces;
mod records;
mod tasks;

use std::sync::Arc;

use process::Stop;
use proto::pb;
use tonic::service::Routes;

use crate::StoreError;
use crate::evaluations::Evaluations;
use crate::events::Failed;
use crate::files::Depot;
use crate::ledger::{Ledger, MAX_BODY};
use crate::nonces::Nonces;
use crate::records::MinerRecords;
use crate::tasks::TaskStore;

/// Longest chunk of a file that is taken, in bytes.
pub const MAX_CHUNK: usize = 4 << 20;

/// What is served.
pub struct Stores {
    /// Tasks.
    pub tasks: Arc<dyn TaskStore>,
    /// What validators find of them.
    pub evaluations: Arc<dyn Evaluations>,
    /// Files.
    pub files: Depot,
    /// Spent nonces.
    pub nonces: Arc<dyn Nonces>,
    /// The work of miners.
    pub records: Arc<dyn MinerRecords>,
    /// What a validator wrote down.
    pub ledger: Arc<dyn Ledger>,
}

/// The services over these stores. Streams that have no end of their own end when `stop` fires.
#[must_use]
pub fn routes(stores: Stores, stop: Stop) -> Routes {
    let Stores { tasks, evaluations, files, nonces, records, ledger } = stores;
    let tasks = pb::tasks_server::TasksServer::new(tasks::TasksService { store: tasks, stop });
    let evaluations = evaluations::EvaluationsService { store: evaluations };
    let evaluations = pb::evaluations_server::EvaluationsServer::new(evaluations);
    // a message holds a chunk and a few bytes around it
    let files = pb::files_server::FilesServer::new(files::FilesService { depot: files })
        .max_decoding_message_size(MAX_CHUNK + 4_096);
    let nonces = pb::nonces_server::NoncesServer::new(nonces::NoncesService { store: nonces });
    let records =
        pb::miner_records_server::MinerRecordsServer::new(records::RecordsService { store: records });
    let ledger = pb::ledger_server::LedgerServer::new(ledger::LedgerService { store: ledger })
        // what is longer than a body may be still gets an answer that says so
        .max_decoding_message_size(MAX_BODY + (64 << 10));
    let routes = Routes::new(tasks).add_service(evaluations).add_service(files).add_service(nonces);
    routes.add_service(records).add_service(ledger)
}

/// What callers hear of an error; what they can do nothing about is told to the log, here and only here.
fn status(operation: &'static str, e: StoreError) -> tonic::Status {
    Failed { operation, error: &e }.emit();
    e.into()
}

#[cfg(test)]
mod tests;
