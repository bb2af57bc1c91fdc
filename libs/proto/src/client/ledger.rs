//! The ledger of storage-svc.

use domain::ErrorKind;

use super::{Wire, unary};
use crate::{BadField, RpcError, pb};

/// A document of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// What was written.
    pub body: Vec<u8>,
}

/// What became of a document that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is there now.
    Fresh,
    /// The very same was there.
    Same,
    /// Another of that name is there, and stays.
    Differs,
}

/// Client of `violet.v1.Ledger`.
#[derive(Clone)]
pub struct LedgerClient(pb::ledger_client::LedgerClient<Wire>);

impl LedgerClient {
    /// Over this connection.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        Self(pb::ledger_client::LedgerClient::new(wire))
    }

    /// Writes a document unless one of that name is there; it is durable when this answers.
    ///
    /// # Errors
    /// `Invalid` or `TooLarge` for what can't be written; `Unavailable` and the like, after which it may be tried again.
    pub async fn put(&self, stream: &str, key: &str, body: Vec<u8>) -> Result<Written, RpcError> {
        let request = pb::PutEntryRequest { stream: stream.to_owned(), key: key.to_owned(), body };
        let reply = self.0.clone().put(unary(request)).await?;
        match reply.get_ref().written() {
            pb::put_entry_reply::Written::Fresh => Ok(Written::Fresh),
            pb::put_entry_reply::Written::Same => Ok(Written::Same),
            pb::put_entry_reply::Written::Differs => Ok(Written::Differs),
            pb::put_entry_reply::Written::Unspecified => {
                Err(BadField::new("written", "is unspecified or unknown").into())
            }
        }
    }

    /// A document; `None` when there is none of that name.
    ///
    /// # Errors
    /// `Invalid` for a bad name; `Unavailable` and the like.
    pub async fn get(&self, stream: &str, key: &str) -> Result<Option<Vec<u8>>, RpcError> {
        let request = pb::GetEntryRequest { stream: stream.to_owned(), key: key.to_owned() };
        match self.0.clone().get(unary(request)).await.map_err(RpcError::from) {
            Ok(reply) => Ok(Some(reply.into_inner().body)),
            Err(e) if e.kind == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// At most `limit` documents behind `key` in the order of their keys; from the first one for an empty key. Fewer when
    /// they are long, but one when there is any.
    ///
    /// # Errors
    /// As [`LedgerClient::get`].
    pub async fn after(&self, stream: &str, key: &str, limit: u32) -> Result<Vec<Entry>, RpcError> {
        let request = pb::EntriesAfterRequest { stream: stream.to_owned(), key: key.to_owned(), limit };
        let reply = self.0.clone().after(unary(request)).await?.into_inner();
        Ok(reply.entries.into_iter().map(|e| Entry { key: e.key, body: e.body }).collect())
    }

    /// The last key of a stream; `None` when the stream is empty.
    ///
    /// # Errors
    /// As [`LedgerClient::get`].
    pub async fn head(&self, stream: &str) -> Result<Option<String>, RpcError> {
        let request = pb::LedgerHeadRequest { stream: stream.to_owned() };
        let reply = self.0.clone().head(unary(request)).await?.into_inner();
        Ok((!reply.key.is_empty()).then_some(reply.key))
    }
}
