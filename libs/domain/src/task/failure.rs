//! Why a task ended without a result.

crate::named! {
    /// A closed set of reasons, safe to show and to count.
    "failure reason" pub enum FailReason {
        /// The media can't be decoded.
        BrokenFile = "broken_file",
        /// The input holds no sound track, no text, nothing to work on.
        NothingToDo = "nothing_to_do",
        /// A format or feature that is not supported.
        Unsupported = "unsupported",
        /// The input is longer than the limit.
        TooLong = "too_long",
        /// The model failed on this input.
        ModelFailed = "model_failed",
        /// A miner had a fault that is not the input's.
        MinerFault = "miner_fault",
        /// Several miners in a row failed at it: the input is held to be at fault.
        Poison = "poison",
        /// It did not end within its total time.
        TimedOut = "timed_out",
    }
}

impl FailReason {
    /// Whether the input itself is at fault, so that no other miner can do better.
    #[must_use]
    pub const fn blames_input(self) -> bool {
        matches!(self, Self::BrokenFile | Self::NothingToDo | Self::Unsupported | Self::TooLong)
    }
}

/// A reason with one sentence for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Failure {
    /// The reason.
    pub reason: FailReason,
    /// One sentence for people, without internal text; at most 500 bytes.
    pub detail: String,
}

impl Failure {
    /// Cuts `detail` to 500 bytes at a character boundary and drops control characters.
    #[must_use]
    pub fn new(reason: FailReason, detail: impl AsRef<str>) -> Self {
        let mut text: String = detail.as_ref().chars().filter(|c| !c.is_control()).collect();
        while text.len() > 500 {
            text.pop();
        }
        Self { reason, detail: text }
    }
}
