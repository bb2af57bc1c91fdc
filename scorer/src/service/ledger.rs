//! Where a validator keeps what it did: the seam, over the ledger of storage-svc.

use std::sync::Arc;

use async_trait::async_trait;
use process::health::Readiness;
use proto::{
    RpcError,
    client::{Entry, LedgerClient, Written},
};

/// Documents that are written once ([`LedgerClient`]).
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Writes a document unless one of that name is there; it is durable when this answers.
    ///
    /// # Errors
    /// When the ledger is away; the same call may be made again.
    async fn put(&self, stream: &str, key: &str, body: Vec<u8>) -> Result<Written, RpcError>;

    /// A document.
    ///
    /// # Errors
    /// As [`Ledger::put`].
    async fn get(&self, stream: &str, key: &str) -> Result<Option<Vec<u8>>, RpcError>;

    /// Documents behind `key` in the order of their keys.
    ///
    /// # Errors
    /// As [`Ledger::put`].
    async fn after(&self, stream: &str, key: &str, limit: u32) -> Result<Vec<Entry>, RpcError>;

    /// The last key of a stream.
    ///
    /// # Errors
    /// As [`Ledger::put`].
    async fn head(&self, stream: &str) -> Result<Option<String>, RpcError>;
}

#[async_trait]
impl Ledger for LedgerClient {
    async fn put(&self, stream: &str, key: &str, body: Vec<u8>) -> Result<Written, RpcError> {
        Self::put(self, stream, key, body).await
    }
    async fn get(&self, stream: &str, key: &str) -> Result<Option<Vec<u8>>, RpcError> {
        Self::get(self, stream, key).await
    }
    async fn after(&self, stream: &str, key: &str, limit: u32) -> Result<Vec<Entry>, RpcError> {
        Self::after(self, stream, key, limit).await
    }
    async fn head(&self, stream: &str) -> Result<Option<String>, RpcError> {
        Self::head(self, stream).await
    }
}

/// A ledger that says in `/readyz` (`ledger`) how it answered last.
pub(super) struct Watched {
    ledger: Arc<dyn Ledger>,
    readiness: Readiness,
}

impl Watched {
    pub(super) fn new(ledger: Arc<dyn Ledger>, readiness: Readiness) -> Self {
        Self { ledger, readiness }
    }

    fn heard<T>(&self, answer: Result<T, RpcError>) -> Result<T, RpcError> {
        self.readiness.set("ledger", answer.as_ref().map(drop).map_err(ToString::to_string));
        answer
    }
}

#[async_trait]
impl Ledger for Watched {
    async fn put(&self, stream: &str, key: &str, body: Vec<u8>) -> Result<Written, RpcError> {
        self.heard(self.ledger.put(stream, key, body).await)
    }
    async fn get(&self, stream: &str, key: &str) -> Result<Option<Vec<u8>>, RpcError> {
        self.heard(self.ledger.get(stream, key).await)
    }
    async fn after(&self, stream: &str, key: &str, limit: u32) -> Result<Vec<Entry>, RpcError> {
        self.heard(self.ledger.after(stream, key, limit).await)
    }
    async fn head(&self, stream: &str) -> Result<Option<String>, RpcError> {
        self.heard(self.ledger.head(stream).await)
    }
}
