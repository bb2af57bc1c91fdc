//! Weights & Biases: what a validator finds, as a run that its site shows. Off unless asked for.
//!
//! The run is a file in the format of the client's own, so that `wandb sync` takes it; online the same file is read again and
//! sent while it grows. So the file is the queue: a server that is away costs no memory, no round and no record.
//!
//! - `settings`: whether, where and under which names, with the `WANDB_` variables;
//! - `row`, `report`, `system`: what is logged, of a round, of a task, of the process;
//! - `wire`, `log`: the records and the file they are in;
//! - `opening`, `run`, `files`: one run from its beginning to its exit;
//! - `batch`, `server`, `upload`, `pace`: what the server is told of it;
//! - `reporter`, `active`: all of it behind a handle that never waits.

mod active;
mod batch;
mod files;
mod log;
mod opening;
mod pace;
mod report;
mod reporter;
mod row;
mod run;
mod server;
mod settings;
mod system;
mod upload;
mod wire;

#[cfg(test)]
mod tests;

pub use pace::Pace;
pub use report::{Means, RoundReport, TaskReport};
pub use reporter::{Options, Reporter};
pub use row::Row;
pub use run::{BeginRun, run_id};
pub use settings::{ApiKey, BadWandb, Mode, Settings, Wandb};
