//! An in-process Triton for tests: models are closures, failures are those of the real server.
//!
//! ```no_run
//! use triton_client::{Options, Tensor, Triton, fake::{End, FakeTriton, Reply}};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let fake = FakeTriton::start().await?;
//! fake.serve("upper", |call| match call.inputs().text("text") {
//!     Ok(text) => Reply::answer([("text", Tensor::text([1], [text.to_uppercase()]))]),
//!     Err(_) => Reply::end(End::Refused("no text".into())),
//! });
//! let triton = Triton::connect_lazy(fake.url(), Options::default())?;
//! let output = triton.infer("upper").input("text", Tensor::text([1], ["hi"])).send().await?;
//! assert_eq!(output.text("text")?, "HI");
//! # Ok(())
//! # }
//! ```

mod answers;
mod model;
mod service;
mod state;

use std::{io, sync::Arc};

use tokio::{net::TcpListener, sync::oneshot};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

pub use model::{Call, End, Reply};
pub use state::Seen;

use crate::{
    fake::{service::Service, state::State},
    generated::grpc_inference_service_server::GrpcInferenceServiceServer,
    metadata::TensorInfo,
};

/// A Triton on a free port of 127.0.0.1; it stops taking connections when dropped.
#[derive(Debug)]
pub struct FakeTriton {
    url: String,
    state: Arc<State>,
    _stop: oneshot::Sender<()>,
}

impl FakeTriton {
    /// Starts without models and without an admin key.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(None).await
    }

    /// Starts with repository and shared-memory calls restricted to holders of `admin_key`.
    pub async fn start_restricted(admin_key: impl Into<String>) -> io::Result<Self> {
        Self::start_with(Some(admin_key.into())).await
    }

    async fn start_with(admin_key: Option<String>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(State::new(admin_key));
        let (_stop, stopped) = oneshot::channel::<()>();
        let service = GrpcInferenceServiceServer::new(Service(state.clone()))
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX);
        let server = Server::builder()
            .initial_stream_window_size(8 << 20)
            .initial_connection_window_size(16 << 20)
            .add_service(service);
        tokio::spawn(async move {
            let stopped = async move {
                // a dropped sender means the same as a message
                let _ = stopped.await;
            };
            let served = server.serve_with_incoming_shutdown(TcpListenerStream::new(listener), stopped).await;
            if let Err(error) = served {
                tracing::warn!(%error, "fake triton failed");
            }
        });
        Ok(Self { url, state, _stop })
    }

    /// The address to connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds a loaded model, or replaces it.
    pub fn serve(
        &self,
        model: impl Into<String>,
        behaviour: impl Fn(&Call) -> Reply + Send + Sync + 'static,
    ) {
        self.state.add(model.into(), Arc::new(behaviour), true);
    }

    /// Adds a model to the repository without loading it.
    pub fn store(
        &self,
        model: impl Into<String>,
        behaviour: impl Fn(&Call) -> Reply + Send + Sync + 'static,
    ) {
        self.state.add(model.into(), Arc::new(behaviour), false);
    }

    /// Sets what the model's metadata say it takes and gives.
    pub fn describe(&self, model: &str, inputs: Vec<TensorInfo>, outputs: Vec<TensorInfo>) {
        self.state.describe(model, inputs, outputs);
    }

    /// From now on behaves like a server that was told to stop.
    pub fn drain(&self) {
        self.state.drain();
    }

    /// What has happened so far.
    pub fn seen(&self) -> Seen {
        self.state.seen.borrow().clone()
    }

    /// Waits until what has happened satisfies `until`.
    pub async fn wait(&self, until: impl FnMut(&Seen) -> bool) -> Seen {
        let mut seen = self.state.seen.subscribe();
        // the sender lives as long as self, so the wait never ends early
        seen.wait_for(until).await.map_or_else(|_closed| self.seen(), |seen| seen.clone())
    }
}
