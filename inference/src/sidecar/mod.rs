//! Starts and supervises the model server (Triton): its process, its models, and what is known of both.
//!
//! Three things about that server shape this module. A model whose process died stays dead and goes on saying that it
//! is ready, so health is a **canary**: a tiny question with a known answer. Its queue has no limit that does not
//! stall it, so order, limits and deadlines are ours. And its files want to lie in one writable folder, so it runs
//! from a private one.
//!
//! [`Service`] is the loop, [`Handle`] the way to watch it and to report a dead model. Knows no tensors: what a model
//! is asked is the business of the [`Canary`] that comes with it.

mod care;
mod child;
mod handle;
mod layout;
mod ledger;
mod logs;
mod orphans;
mod otlp;
pub mod repository;
pub mod runtime;
mod server;
mod spans;
mod state;
mod supervise;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use triton_client::Triton;

pub use handle::{Away, Busy, Handle, Live};
pub use runtime::{Fault, Runtime};
pub use spans::{SpanSink, TritonSpan};
pub use state::{ModelState, ModelView, Snapshot, State};
pub use supervise::Service;

/// What to run, and how.
pub struct Options {
    /// Which server.
    pub server: Server,
    /// The models to keep in service, loaded in this order.
    pub models: Vec<Model>,
    /// When they are loaded.
    pub load: Load,
    /// Where the server's own spans go; `None` leaves its tracing off. Ignored for an external server,
    /// which sends its spans where its operator says.
    pub spans: Option<SpanSink>,
    /// Patience.
    pub timing: Timing,
}

/// When models are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// All of them when the server starts.
    Start,
    /// Each when it is first asked for.
    Demand,
}

/// Which server is supervised.
pub enum Server {
    /// One that is started here, as a child.
    Local(Local),
    /// One that somebody else runs, such as a container. It gets the same canaries; instead of a restart,
    /// it is waited for. Models that it serves already are not loaded again.
    External {
        /// Such as `http://127.0.0.1:8001`.
        url: String,
        /// What opens the parts of its API that load models, where they are restricted.
        admin_key: Option<String>,
        /// Name of the configuration it was started with (`--model-config-name`).
        profile: String,
    },
}

/// How to start a server here.
pub struct Local {
    /// Programs, packages and weights.
    pub runtime: Runtime,
    /// A private folder for it, on a disk that allows execution. One supervisor a folder.
    pub folder: PathBuf,
    /// Which configuration of each model: `cpu` or `gpu`.
    pub profile: String,
    /// Of how many requests without a sampled trace one is traced. Requests with one always are.
    pub trace_rate: u32,
    /// Source of secrets: 128 unpredictable bits a call.
    pub random: fn() -> u128,
}

/// A model to keep in service.
#[derive(Clone)]
pub struct Model {
    /// Its name in the repository.
    pub name: &'static str,
    /// Files it cannot do without, in the folder of weights.
    pub weights: &'static [&'static str],
    /// How to tell that it works.
    pub canary: Arc<dyn Canary>,
}

/// A tiny question with a known answer.
#[async_trait]
pub trait Canary: Send + Sync + 'static {
    /// Asks, waits at most `patience`, and checks the answer.
    ///
    /// # Errors
    /// The model did not answer, or not what it must.
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit>;
}

/// Why a model did not pass its canary.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// No answer.
    #[error("its canary got no answer")]
    NoAnswer(#[from] triton_client::Error),
    /// Another answer than the known one.
    #[error("its canary got a wrong answer: {0}")]
    WrongAnswer(String),
}

/// Patience of the supervisor. The defaults suit a busy two-core machine.
#[derive(Debug, Clone)]
pub struct Timing {
    /// From spawning to the first sign of life.
    pub live_within: Duration,
    /// For one model to be loaded, with its warm-up.
    pub load_within: Duration,
    /// For one canary.
    pub canary_within: Duration,
    /// How often a model that nobody asked meanwhile is asked by its canary.
    pub idle_canary: Duration,
    /// How often a machine that cannot start a server is looked at again.
    pub missing_again: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            live_within: Duration::from_secs(60),
            load_within: Duration::from_secs(180),
            canary_within: Duration::from_secs(60),
            idle_canary: Duration::from_secs(30),
            missing_again: Duration::from_secs(60),
        }
    }
}
