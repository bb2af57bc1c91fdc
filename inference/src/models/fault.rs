//! Why a source did not give the bytes, and what all the faults of all sources amount to.

use super::archive::ArchiveError;
use super::error::PrepareError;

/// Why a source did not give the bytes.
#[derive(Debug)]
pub(super) enum SourceFault {
    /// No connection, or no answer in time.
    Unreachable(String),
    /// It answered, with other bytes.
    Mismatch(String),
    /// It answered that it has no such file, or broke off again and again.
    Failed(String),
    /// This machine is at fault: no other source can help.
    Local(PrepareError),
}

impl std::fmt::Display for SourceFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(why) | Self::Mismatch(why) | Self::Failed(why) => f.write_str(why),
            Self::Local(error) => error.fmt(f),
        }
    }
}

impl From<PrepareError> for SourceFault {
    fn from(error: PrepareError) -> Self {
        Self::Local(error)
    }
}

impl From<ArchiveError> for SourceFault {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Io { path, source } => Self::Local(PrepareError::io("writing", path, source)),
            other => Self::Mismatch(other.to_string()),
        }
    }
}

/// The error when no source of `name` gave the bytes: by what all the faults have in common.
pub(super) fn give_up(name: String, faults: &[(&str, SourceFault)]) -> PrepareError {
    let tried =
        faults.iter().map(|(place, fault)| format!("{place}: {fault}")).collect::<Vec<_>>().join("; ");
    let all = |test: fn(&SourceFault) -> bool| faults.iter().all(|(_, fault)| test(fault));
    if all(|f| matches!(f, SourceFault::Unreachable(_))) {
        PrepareError::NoNetwork { name, tried }
    } else if all(|f| matches!(f, SourceFault::Mismatch(_) | SourceFault::Unreachable(_))) {
        PrepareError::Corrupt { name, tried }
    } else {
        PrepareError::AllSourcesFailed { name, tried }
    }
}
