//! Who signs many requests.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Account, Headers, Keypair, Request};

/// Nonces of one signer are this far apart, so that up to a thousand signers of one hotkey never meet.
const STEP_NS: u64 = 1_000;
/// Nonces run ahead of the clock by no more than this; a clock that was set back starts them anew.
const AHEAD_NS: u64 = 1_000_000_000;

/// A hotkey that signs requests, each with a nonce of its own, also for many at one instant of a coarse clock.
///
/// Two signers of one hotkey, in two processes, do not use the same nonce while their salts differ.
#[derive(Debug)]
pub struct Signer {
    pub(crate) key: Keypair,
    salt: u64,
    last: AtomicU64,
}

impl Signer {
    /// Signs with `key`. `salt` is a random number, of which the last three decimal digits count.
    #[must_use]
    pub const fn new(key: Keypair, salt: u64) -> Self {
        Self { key, salt: salt % STEP_NS, last: AtomicU64::new(0) }
    }

    /// Whom it signs for.
    #[must_use]
    pub fn account(&self) -> Account {
        self.key.account()
    }

    /// Signs `request` for `receiver` at the time `now`, in nanoseconds since the Unix epoch.
    #[must_use]
    pub fn sign(&self, request: &Request, receiver: Account, now: u64) -> Headers {
        request.sign(&self.key, receiver, self.nonce(now))
    }

    fn nonce(&self, now: u64) -> u64 {
        let own = now - now % STEP_NS + self.salt;
        let after = |last: u64| {
            let next = last.saturating_add(STEP_NS).max(own);
            if next > now.saturating_add(AHEAD_NS) { own } else { next }
        };
        // the update never refuses, and the value before it leads to the one that it wrote
        let update = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(after(last)));
        after(update.unwrap_or_else(|last| last))
    }
}
