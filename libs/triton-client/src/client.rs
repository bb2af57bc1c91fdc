use std::{fmt, future::Future, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;
use tonic::{
    Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

use crate::{
    error::{Error, ErrorKind},
    generated::{
        ServerLiveRequest, ServerReadyRequest, grpc_inference_service_client::GrpcInferenceServiceClient,
    },
    infer::{Infer, within},
    propagate,
    shm::Region,
    status::failed,
};

pub(crate) type Rpc = GrpcInferenceServiceClient<Channel>;

/// The metadata that opens a protocol restricted with `admin-key=SECRET`.
const ADMIN_KEY: &str = "triton-grpc-protocol-admin-key";

/// A Triton server. Cheap to clone; clones share one HTTP/2 connection, which is made on first use
/// and again after it broke.
#[derive(Clone)]
pub struct Triton {
    rpc: Rpc,
    admin_key: Option<MetadataValue<Ascii>>,
    pub(crate) limits: Limits,
}

/// How to reach the server.
#[derive(Clone)]
pub struct Options {
    /// Sent with repository and shared-memory calls, which the server refuses without it.
    pub admin_key: Option<String>,
    /// Bytes of one message, either way; 256 MiB unless set.
    pub max_message: usize,
    /// Limit of making a connection; 2 s unless set.
    pub connect_timeout: Duration,
    /// Limit of every call about state: health, index, metadata, statistics, unload; 5 s unless set.
    pub query_timeout: Duration,
    /// Limit of loading a model; 5 min unless set.
    pub load_timeout: Duration,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_message: usize,
    pub(crate) query: Duration,
    pub(crate) load: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            admin_key: None,
            max_message: 256 << 20,
            connect_timeout: Duration::from_secs(2),
            query_timeout: Duration::from_secs(5),
            load_timeout: Duration::from_secs(300),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("admin_key", &self.admin_key.as_ref().map(|_| "***"))
            .field("max_message", &self.max_message)
            .field("connect_timeout", &self.connect_timeout)
            .field("query_timeout", &self.query_timeout)
            .field("load_timeout", &self.load_timeout)
            .finish()
    }
}

impl fmt::Debug for Triton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Triton").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Triton {
    /// A client for the server at `url`, such as `http://127.0.0.1:8001`. Connects on the first call.
    ///
    /// Refuses (kind `BadRequest`) what is not a URL, and an admin key that no header can carry.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn connect_lazy(url: impl Into<String>, options: Options) -> Result<Self, Error> {
        let endpoint = Endpoint::from_shared(url.into())
            .map_err(|source| Error::new(ErrorKind::BadRequest, "connect", "", source))?
            .tcp_nodelay(true)
            .connect_timeout(options.connect_timeout)
            .initial_stream_window_size(8 << 20)
            .initial_connection_window_size(16 << 20);
        let admin_key = match options.admin_key {
            Some(key) => {
                let mut key = MetadataValue::try_from(key)
                    .map_err(|source| Error::new(ErrorKind::BadRequest, "connect", "", source))?;
                key.set_sensitive(true);
                Some(key)
            }
            None => None,
        };
        let rpc = Rpc::new(endpoint.connect_lazy())
            .max_decoding_message_size(options.max_message)
            .max_encoding_message_size(options.max_message);
        let limits = Limits {
            max_message: options.max_message,
            query: options.query_timeout,
            load: options.load_timeout,
        };
        Ok(Self { rpc, admin_key, limits })
    }

    /// A request to a model, to be filled and sent.
    pub fn infer(&self, model: impl Into<String>) -> Infer {
        Infer::new(self.clone(), model.into())
    }

    /// True if the server's process answers. It says nothing about any model.
    pub async fn live(&self) -> Result<bool, Error> {
        let mut rpc = self.rpc();
        let call = rpc.server_live(self.open(ServerLiveRequest {}));
        Ok(self.ask("live", "", self.limits.query, call).await?.live)
    }

    /// True if the server takes requests; false once it was told to stop. A model whose process died
    /// does not change it.
    pub async fn server_ready(&self) -> Result<bool, Error> {
        let mut rpc = self.rpc();
        let call = rpc.server_ready(self.open(ServerReadyRequest {}));
        match self.ask("server ready", "", self.limits.query, call).await {
            Ok(reply) => Ok(reply.ready),
            Err(error) if error.kind == ErrorKind::Draining => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Puts `contents` where the server reads them without the wire.
    ///
    /// Kind `BadRequest` if there is no shared memory, the server cannot see it, or refuses the admin
    /// key: send the bytes over the wire instead.
    pub async fn shared_memory(&self, contents: impl Into<Bytes>) -> Result<Region, Error> {
        Region::create(self, contents.into()).await
    }

    /// A handle for one call; tonic's client wants `&mut` and is made to be cloned.
    pub(crate) fn rpc(&self) -> Rpc {
        self.rpc.clone()
    }

    /// Runs one call about state, within its time.
    pub(crate) async fn ask<T>(
        &self,
        operation: &'static str,
        model: &str,
        limit: Duration,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Error> {
        let answer = within(Instant::now().checked_add(limit), operation, model, call).await?;
        answer.map(Response::into_inner).map_err(|status| failed(operation, model, status))
    }

    /// A call with the current trace.
    pub(crate) fn open<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        propagate::inject(request.metadata_mut());
        request
    }

    /// A call to a restricted protocol.
    pub(crate) fn admin<T>(&self, message: T) -> Request<T> {
        let mut request = self.open(message);
        if let Some(key) = &self.admin_key {
            request.metadata_mut().insert(ADMIN_KEY, key.clone());
        }
        request
    }
}
