//! Why a request is not served.

use domain::ErrorKind;

use crate::{Account, BadFrame, NonceError, names};

/// A request that is not in the shape of the scheme. Texts never repeat a value that the caller sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A header that must be there is not.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header is there twice.
    #[error("the header {0} is there twice")]
    Twice(&'static str),
    /// A header's value is not in shape.
    #[error("the header {0} is not in shape")]
    Header(&'static str),
    /// A key of another kind than the one that is taken.
    #[error("only sr25519 keys are taken")]
    Scheme,
    /// A method or target that cannot be signed.
    #[error("method and target are printable ASCII without spaces, the method in capitals")]
    Target,
}

/// Why it is not believed who sent a request. All of these are "unauthenticated" (401) but for a message
/// over the limit (413) and for the last, which is a fault on our side.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The headers are not in shape.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No receiver is named, and an unbound request could be replayed elsewhere.
    #[error("the header {} is missing", names::RECEIVER)]
    NoReceiver,
    /// Signed for somebody else than this receiver.
    #[error("the request was signed for another receiver than {0}")]
    OtherReceiver(Account),
    /// Signed too long ago.
    #[error("the nonce is older than 10 s: check the clock and sign each attempt anew")]
    TooOld,
    /// Signed too far ahead.
    #[error("the nonce is more than 2 s ahead: check the clock")]
    TooFarAhead,
    /// The signature does not hold.
    #[error("the signature does not hold for this hotkey and this request")]
    Signature,
    /// The same hotkey spent the same nonce before.
    #[error("the nonce was used before")]
    Replayed,
    /// The body cannot be hashed as sent.
    #[error(transparent)]
    Frame(#[from] BadFrame),
    /// Whether the nonce is new could not be found out.
    #[error("whether the nonce is new could not be found out; try again")]
    Nonces(#[source] NonceError),
}

/// Why a caller that is believed may still not do this (403). The snapshot of the subnet decides, not this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The hotkey has no uid.
    #[error("the hotkey is not registered on this subnet")]
    NotRegistered,
    /// The route is for validators.
    #[error("the hotkey holds no validator permit on this subnet")]
    NoPermit,
    /// The route is for validators with more stake.
    #[error("the hotkey has too little stake on this subnet")]
    TooLittleStake,
}

impl Refused {
    /// What it means to the caller.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Nonces(_) => ErrorKind::Unavailable,
            Self::Frame(BadFrame::TooLong(_)) => ErrorKind::TooLarge,
            Self::Malformed(_)
            | Self::NoReceiver
            | Self::OtherReceiver(_)
            | Self::TooOld
            | Self::TooFarAhead
            | Self::Signature
            | Self::Frame(BadFrame::Compressed | BadFrame::Flag)
            | Self::Replayed => ErrorKind::Unauthenticated,
        }
    }
}

impl Forbidden {
    /// What it means to the caller.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        ErrorKind::Forbidden
    }
}
