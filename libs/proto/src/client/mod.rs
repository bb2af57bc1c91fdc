//! Typed clients: domain values in, domain values or [`RpcError`](crate::RpcError) out.

mod chain;
mod evaluations;
mod files;
mod ledger;
mod nonces;
mod records;
mod reference;
mod scheduler;
mod tasks;

pub use chain::{ChainClient, Metagraph, Neuron};
pub use evaluations::{
    Evaluated, EvaluatedPage, EvaluationsClient, Fate, FinalPage, LeadersPage, MinerScore, MinersReport,
    Pending, PendingPage, Recorded, Said, Tally, Totals, ValidatorView,
};
pub use files::{FileReader, FilesClient, PutFile};
pub use ledger::{Entry, LedgerClient, Written};
pub use nonces::{Nonce, NoncesClient, Spent};
pub use records::RecordsClient;
pub use reference::{Made, Order, Picture, Recording, ReferenceClient, Sound, Vectors};
pub use scheduler::{MinerView, SchedulerClient};
pub use tasks::{Created, Due, Idempotency, Page, TaskFilter, TasksClient, idempotency, idempotency_to_pb};

use std::time::Duration;

use tower::util::BoxCloneSyncService;

/// A connection to a service, with whatever layers its maker put around it (tracing above all).
pub type Wire = BoxCloneSyncService<
    http::Request<tonic::body::Body>,
    http::Response<tonic::body::Body>,
    tonic::transport::Error,
>;

/// Time allowed for a call that moves no bytes of files.
const UNARY: Duration = Duration::from_secs(15);

fn unary<T>(message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.set_timeout(UNARY);
    request
}
