//! What went wrong, as a caller has to know it. Each kind has one gRPC code and one HTTP status; the two tables that say
//! which match this enum without a wildcard.

crate::named! {
    /// The meaning of a failure, independent of any protocol.
    "error kind" pub enum ErrorKind {
        /// The request is malformed or names something unknown. The same request can never succeed.
        Invalid = "invalid",
        /// Nobody said who is calling, or the proof does not hold.
        Unauthenticated = "unauthenticated",
        /// The caller is known and may not do this.
        Forbidden = "forbidden",
        /// There is no such thing, or not for this caller.
        NotFound = "not_found",
        /// The state of the thing does not allow it: cancelling a finished task, answering a lost lease.
        Conflict = "conflict",
        /// An idempotency key was used before with another request.
        KeyReused = "key_reused",
        /// The thing existed and is gone for good.
        Gone = "gone",
        /// More bytes than the limit.
        TooLarge = "too_large",
        /// Too many requests of this caller; later is fine.
        RateLimited = "rate_limited",
        /// No room to store it.
        StorageFull = "storage_full",
        /// A part of the system is away or overloaded; the same request may succeed later.
        Unavailable = "unavailable",
        /// Time ran out.
        Deadline = "deadline",
        /// The caller went away.
        Cancelled = "cancelled",
        /// A fault of ours.
        Internal = "internal",
    }
}

impl ErrorKind {
    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::StorageFull | Self::Unavailable | Self::Deadline)
    }
}
