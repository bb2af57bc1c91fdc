//! Who is let in, whatever the protocol.

use std::sync::Arc;

use domain::ErrorKind;

use super::{Denied, Now, Registry, Role};
use crate::{Account, Caller, Headers, Nonces, Refused, Request, prove};

/// Lets in whoever proves a hotkey that is what the subnet must say of it.
pub struct Guard {
    /// Who is registered, and for whom requests must be signed.
    pub registry: Arc<Registry>,
    /// What a caller must be.
    pub role: Role,
    /// The nonces that were spent.
    pub nonces: Arc<dyn Nonces>,
    /// The time.
    pub now: Now,
}

/// Why a caller is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Turned {
    /// It is not believed who it is.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is believed, and may not do this.
    #[error(transparent)]
    Denied(#[from] Denied),
}

impl Turned {
    /// What it means to the caller.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refused) => refused.kind(),
            Self::Denied(denied) => denied.kind(),
        }
    }
}

impl Guard {
    /// The first half, before the body is read: the shape of the headers, and for whom requests must be signed.
    ///
    /// # Errors
    /// Headers out of shape; or that nothing is known of the subnet yet.
    pub fn expect<'a>(
        &self,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(Headers, Account), Turned> {
        let headers = Headers::read(headers).map_err(Refused::from)?;
        Ok((headers, self.registry.me().ok_or(Denied::Unknown)?))
    }

    /// The second half, in this order: receiver, age, signature, role, replay. The role comes before the replay, so that
    /// keys without a place on the subnet cannot fill the store of nonces.
    ///
    /// # Errors
    /// The first that fails.
    pub async fn admit(
        &self,
        (headers, me): (Headers, Account),
        request: &Request,
    ) -> Result<Caller, Turned> {
        let now = (self.now)();
        let proven = prove(&headers, request, me, now)?;
        self.registry.admit(proven.hotkey(), self.role)?;
        let caller = proven.spend(&*self.nonces, now).await;
        if let Err(Refused::Nonces(cause)) = &caller {
            tracing::warn!(error = %cause, "nonce of a signed request not checked");
        }
        Ok(caller?)
    }
}
