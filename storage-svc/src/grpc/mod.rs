//! The face on the wire: decode, call, encode.

mod files;
mod ledger;
mod nonces;
mod tasks;

use std::sync::Arc;

use process::Stop;
use proto::pb;
use tonic::service::Routes;

use crate::StoreError;
use crate::events::Failed;
use crate::files::Depot;
use crate::ledger::{Ledger, MAX_BODY};
use crate::nonces::Nonces;
use crate::tasks::TaskStore;

/// Longest chunk of a file that is taken, in bytes.
pub const MAX_CHUNK: usize = 4 << 20;

/// The services over these stores. Streams that have no end of their own end when `stop` fires.
#[must_use]
pub fn routes(
    tasks: Arc<dyn TaskStore>,
    files: Depot,
    nonces: Arc<dyn Nonces>,
    ledger: Arc<dyn Ledger>,
    stop: Stop,
) -> Routes {
    let tasks = pb::tasks_server::TasksServer::new(tasks::TasksService { store: tasks, stop });
    // a message holds a chunk and a few bytes around it
    let files = pb::files_server::FilesServer::new(files::FilesService { depot: files })
        .max_decoding_message_size(MAX_CHUNK + 4_096);
    let nonces = pb::nonces_server::NoncesServer::new(nonces::NoncesService { store: nonces });
    let ledger = pb::ledger_server::LedgerServer::new(ledger::LedgerService { store: ledger })
        // what is longer than a body may be still gets an answer that says so
        .max_decoding_message_size(MAX_BODY + (64 << 10));
    Routes::new(tasks).add_service(files).add_service(nonces).add_service(ledger)
}

/// What callers hear of an error; what they can do nothing about is told to the log, here and only here.
fn status(operation: &'static str, e: StoreError) -> tonic::Status {
    Failed { operation, error: &e }.emit();
    e.into()
}

#[cfg(test)]
mod tests;
