//! The nonces of storage-svc, shared by all replicas of a service and remembered across restarts.

use async_trait::async_trait;
use domain::{ErrorKind, Timestamp};
use proto::client::{Nonce, NoncesClient, Spent};

use crate::{Account, NonceError, Nonces, RETENTION_NS};

#[async_trait]
impl Nonces for NoncesClient {
    async fn spend(&self, hotkey: Account, nonce: u64, now: u64) -> Result<(), NonceError> {
        // counted from the nonce where that lies ahead: a clock that was set back must not shorten the memory
        let until = now.max(nonce).saturating_add(RETENTION_NS) / 1_000 + 1;
        let expires = Timestamp::from_micros(i64::try_from(until).unwrap_or(i64::MAX));
        let nonce = Nonce { hotkey: *hotkey.bytes(), number: nonce };
        match Self::spend(self, nonce, expires).await {
            Ok(Spent::Fresh) => Ok(()),
            Ok(Spent::Seen) => Err(NonceError::Spent),
            Err(e) if e.kind == ErrorKind::StorageFull => Err(NonceError::Full),
            Err(e) => Err(NonceError::Away(Box::new(e))),
        }
    }
}
