//! The nonces that signed requests spent: the seam between what the service promises and the databases that keep it.

#[cfg(test)]
pub(crate) mod conformance;
mod memory;
mod sql;

use async_trait::async_trait;
use domain::Timestamp;
pub use proto::client::{Nonce, Spent};

pub use sql::SqlNonces;

use crate::StoreError;

/// Where spent nonces last.
///
/// Of any number of calls with one nonce, at once or one after the other, by any replica and across restarts, exactly one
/// is told [`Spent::Fresh`]; it is durable by then. Whether a call that failed spent the nonce is not known.
#[async_trait]
pub trait Nonces: Send + Sync + 'static {
    /// Spends a nonce, which is remembered at least until `expires`: until then a copy of its request could be served.
    ///
    /// # Errors
    /// Only when the store itself fails: then the request must not be served.
    async fn spend(&self, nonce: Nonce, expires: Timestamp) -> Result<Spent, StoreError>;
}

/// What becomes of nonces that had their time. Apart from [`Nonces`] because only the expiry loop may.
#[async_trait]
pub trait ForgetNonces: Send + Sync + 'static {
    /// Deletes at most `limit` nonces that expired by `before`, earliest first. Returns how many.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn forget_nonces(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError>;
}
