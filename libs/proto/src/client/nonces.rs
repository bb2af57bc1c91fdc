//! The spent nonces of storage-svc.

use domain::Timestamp;

use super::{Wire, unary};
use crate::{RpcError, pb};

/// What makes a signed request another one than all others of its hotkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce {
    /// The public key of the signer.
    pub hotkey: [u8; 32],
    /// The number in the request.
    pub number: u64,
}

/// What a store says of a nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// It was not spent before, and is now.
    Fresh,
    /// It was spent before: the request is a copy.
    Seen,
}

/// Client of `violet.v1.Nonces`.
#[derive(Clone)]
pub struct NoncesClient(pb::nonces_client::NoncesClient<Wire>);

impl NoncesClient {
    /// Over this connection.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        Self(pb::nonces_client::NoncesClient::new(wire))
    }

    /// Spends a nonce, which is remembered at least until `expires`. Never tried again here: a second try would find the
    /// nonce spent by the first.
    ///
    /// # Errors
    /// `Unavailable` and the like; whether the nonce was spent is not known then.
    pub async fn spend(&self, nonce: Nonce, expires: Timestamp) -> Result<Spent, RpcError> {
        let Nonce { hotkey, number } = nonce;
        let request =
            pb::SpendNonceRequest { hotkey: hotkey.to_vec(), nonce: number, expires_at: expires.micros() };
        let reply = self.0.clone().spend(unary(request)).await?;
        Ok(if reply.get_ref().fresh { Spent::Fresh } else { Spent::Seen })
    }
}
