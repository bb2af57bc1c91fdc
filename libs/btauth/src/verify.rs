//! Who sent this request.

use crate::{Account, Headers, NonceError, Nonces, Refused, Request};

/// A request older than this is refused.
pub const MAX_AGE_NS: u64 = 10_000_000_000;
/// A request from further ahead than this is refused.
pub const MAX_SKEW_NS: u64 = 2_000_000_000;

/// A sender that is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Its hotkey.
    pub hotkey: Account,
    /// The nonce that it spent.
    pub nonce: u64,
}

/// A request whose signature holds, but which may be a copy of an earlier one.
#[derive(Debug)]
#[must_use = "a copy passes too: spend the nonce"]
pub struct Proven(Caller);

/// Checks everything but the replay, in this order: the receiver is `me`; age and skew at `now`; the signature.
/// Changes nothing, so that a stranger cannot spend the nonces of a hotkey.
///
/// `now` is in nanoseconds since the Unix epoch.
///
/// # Errors
/// The first check that fails; all of them mean "unauthenticated".
pub fn prove(headers: &Headers, request: &Request, me: Account, now: u64) -> Result<Proven, Refused> {
    let Headers { hotkey, receiver, nonce, signature } = headers;
    match receiver {
        None => return Err(Refused::NoReceiver),
        Some(other) if *other != me => return Err(Refused::OtherReceiver(me)),
        Some(_) => {}
    }
    if now.saturating_sub(*nonce) > MAX_AGE_NS {
        return Err(Refused::TooOld);
    }
    if nonce.saturating_sub(now) > MAX_SKEW_NS {
        return Err(Refused::TooFarAhead);
    }
    if !request.signed(*hotkey, me, *nonce, signature) {
        return Err(Refused::Signature);
    }
    Ok(Proven(Caller { hotkey: *hotkey, nonce: *nonce }))
}

impl Proven {
    /// Who signed: to look the hotkey up before the nonce is spent, never to serve it.
    #[must_use]
    pub const fn hotkey(&self) -> Account {
        self.0.hotkey
    }

    /// Spends the nonce; of all copies of a request one passes.
    ///
    /// # Errors
    /// When the nonce was spent before, or when the store cannot tell.
    pub async fn spend(self, nonces: &dyn Nonces, now: u64) -> Result<Caller, Refused> {
        match nonces.spend(self.0.hotkey, self.0.nonce, now).await {
            Ok(()) => Ok(self.0),
            Err(NonceError::Spent) => Err(Refused::Replayed),
            Err(other) => Err(Refused::Nonces(other)),
        }
    }
}

/// Reads the headers, proves the request and spends its nonce. What the caller may do is decided afterwards, from a
/// snapshot of the subnet: see [`crate::Forbidden`]. A limit on the size of the body applies before it is hashed.
///
/// # Errors
/// The first check that fails, in the order: shape of the headers, receiver, age and skew, signature, replay.
pub async fn verify<'a>(
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    request: &Request,
    me: Account,
    now: u64,
    nonces: &dyn Nonces,
) -> Result<Caller, Refused> {
    let proven = prove(&Headers::read(headers)?, request, me, now)?;
    proven.spend(nonces, now).await
}
