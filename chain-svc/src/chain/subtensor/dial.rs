//! Opening a connection to a node.

use std::time::Duration;

use async_trait::async_trait;
use subxt_rpcs::{
    RpcClient, RpcClientT,
    client::{RawRpcFuture, RawRpcSubscription, RawValue},
};
use tokio::time::timeout;

use crate::chain::ChainError;

/// Opens connections.
#[async_trait]
pub trait Dial: Send + Sync + 'static {
    /// A connection to the node at `url`.
    ///
    /// # Errors
    /// [`ChainError::Away`].
    async fn dial(&self, url: &str) -> Result<RpcClient, ChainError>;
}

/// Web sockets, in the clear or over TLS with the machine's own list of authorities.
pub struct WebSocket;

#[async_trait]
impl Dial for WebSocket {
    async fn dial(&self, url: &str) -> Result<RpcClient, ChainError> {
        // the transport asks for the process's choice of cryptography and panics when there is none
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // somebody else may have been faster: theirs is as good
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        RpcClient::from_insecure_url(url).await.map_err(ChainError::away)
    }
}

/// A connection whose every request ends in time.
pub(super) struct Timed {
    pub(super) inner: RpcClient,
    pub(super) limit: Duration,
}

/// A request that was not answered in time.
#[derive(Debug, thiserror::Error)]
#[error("no answer to {method} in {limit:?}")]
struct Late {
    method: String,
    limit: Duration,
}

impl Timed {
    fn late(&self, method: &str) -> subxt_rpcs::Error {
        let late = Late { method: method.to_owned(), limit: self.limit };
        subxt_rpcs::Error::Client(Box::new(late))
    }
}

impl RpcClientT for Timed {
    fn request_raw<'a>(
        &'a self,
        method: &'a str,
        params: Option<Box<RawValue>>,
    ) -> RawRpcFuture<'a, Box<RawValue>> {
        Box::pin(async move {
            let asked = timeout(self.limit, self.inner.request_raw(method, params)).await;
            asked.unwrap_or_else(|_| Err(self.late(method)))
        })
    }

    fn subscribe_raw<'a>(
        &'a self,
        sub: &'a str,
        params: Option<Box<RawValue>>,
        unsub: &'a str,
    ) -> RawRpcFuture<'a, RawRpcSubscription> {
        Box::pin(async move {
            let asked = timeout(self.limit, self.inner.subscribe_raw(sub, params, unsub)).await;
            asked.unwrap_or_else(|_| Err(self.late(sub)))
        })
    }
}
