//! What is signed.

use sha2::{Digest, Sha256};

use crate::{Account, Headers, Keypair, Malformed, Signature};

/// The first line of what is signed, and the name of the scheme.
const PROTOCOL: &str = "btauth/1";
/// The only kind of key that is taken.
const SCHEME: &str = "sr25519";

/// The part of a request that a signature covers: method, target and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    method: String,
    target: String,
    body: [u8; 32],
}

impl Request {
    /// A request with its raw body. `target` is path and query exactly as sent, percent-encoded: `/tasks?limit=5`;
    /// over gRPC it is the full path of the method, and the method is `POST`.
    ///
    /// # Errors
    /// When the method is not in capitals, or method or target are empty or have spaces, control characters or letters
    /// beyond ASCII: in a signed text of lines such a target could pass for another one.
    pub fn new(method: &str, target: &str, body: &[u8]) -> Result<Self, Malformed> {
        Self::hashed(method, target, Sha256::digest(body).into())
    }

    /// A request whose body was hashed by sha256 while it streamed by.
    ///
    /// # Errors
    /// As [`Request::new`].
    pub fn hashed(method: &str, target: &str, body: [u8; 32]) -> Result<Self, Malformed> {
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !plain(method) || !plain(target) || method.bytes().any(|b| b.is_ascii_lowercase()) {
            return Err(Malformed::Target);
        }
        Ok(Self { method: method.to_owned(), target: target.to_owned(), body })
    }

    /// Signs it for `receiver`. `nonce` is the time in nanoseconds since the Unix epoch; a retry needs a new one, and
    /// so do two requests of one instant.
    #[must_use]
    pub fn sign(&self, sender: &Keypair, receiver: Account, nonce: u64) -> Headers {
        let hotkey = sender.account();
        let signature = sender.sign(self.payload(hotkey, receiver, nonce).as_bytes());
        Headers { hotkey, receiver: Some(receiver), nonce, signature }
    }

    /// The signed text: eight lines, no newline at the end.
    #[must_use]
    pub fn payload(&self, sender: Account, receiver: Account, nonce: u64) -> String {
        let body = hex::encode(self.body);
        let Self { method, target, .. } = self;
        format!("{PROTOCOL}\n{SCHEME}\n{method}\n{target}\n{body}\n{nonce}\n{sender}\n{receiver}")
    }

    /// Whether `signature` is `sender`'s for this request.
    #[must_use]
    pub(crate) fn signed(
        &self,
        sender: Account,
        receiver: Account,
        nonce: u64,
        signature: &Signature,
    ) -> bool {
        sender.verify(self.payload(sender, receiver, nonce).as_bytes(), signature)
    }
}
