//! Why a file gave no sound.

use std::time::Duration;

use domain::FailReason;

/// Every way in which reading a media file can end without its sound. Display is one sentence for the person who sent
/// the file: no path, no text of a decoder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// Not one byte.
    #[error("the file is empty")]
    Empty,
    /// Some other kind of file. The text names the kind.
    #[error("the file is not audio or video: it looks like {0}")]
    NotMedia(&'static str),
    /// A list that points at other files. The text names the kind.
    #[error("the file is a playlist ({0}), not a recording: send the recording itself")]
    Playlist(&'static str),
    /// Media without a sound track.
    #[error("the file has no audio track")]
    NoAudioTrack,
    /// A sound track without a single sample.
    #[error("the file holds no audio samples")]
    NoSamples,
    /// Nothing here decodes it. The text names the container.
    #[error("the audio in this {0} file is in a format that is not supported")]
    Unsupported(&'static str),
    /// Damaged or cut off. Sound before that point could be read.
    #[error("the file is damaged or cut off at second {at_second}")]
    Broken {
        /// Whole seconds of sound before the damage.
        at_second: u64,
    },
    /// More sound than is allowed.
    #[error("the recording is longer than the limit of {} minutes", limit.as_secs().div_ceil(60))]
    TooLong {
        /// What is allowed.
        limit: Duration,
    },
    /// Locked by rights management.
    #[error("the file is encrypted")]
    Encrypted,
    /// It takes an external decoder that this machine does not have. The text names the container.
    #[error("this {0} file needs a decoder that is not installed on the machine that took the task")]
    DecoderMissing(&'static str),
    /// Decoding took more time or memory than it may.
    #[error("decoding the file took more time or memory than is allowed")]
    ResourceLimit,
    /// Nobody wants the sound any more.
    #[error("decoding was cancelled")]
    Cancelled,
    /// A fault of this machine, not of the file.
    #[error("the machine that took the task could not read the file")]
    Internal,
}

impl MediaError {
    /// The reason under which a task that met this error fails. Reasons that blame the input stop further attempts;
    /// a missing decoder does not: another machine may have it.
    #[must_use]
    pub const fn reason(&self) -> FailReason {
        match self {
            Self::Empty | Self::NotMedia(_) | Self::Broken { .. } | Self::Encrypted => FailReason::BrokenFile,
            Self::NoAudioTrack | Self::NoSamples => FailReason::NothingToDo,
            Self::Playlist(_) | Self::Unsupported(_) => FailReason::Unsupported,
            Self::TooLong { .. } => FailReason::TooLong,
            Self::DecoderMissing(_) | Self::ResourceLimit | Self::Cancelled | Self::Internal => {
                FailReason::MinerFault
            }
        }
    }
}
