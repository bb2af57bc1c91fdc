//! A round: what came in as records, what follows from them as an outcome. The outcome is a pure function of the records,
//! in integers, so anybody who has the records gets the same bytes.

mod close;
mod record;

pub use close::close;
pub use record::{Answer, Asked, BadRecord, Came, Outcome, Records, Result, Scored};

use domain::canonical::{self, NotCanonical};

/// The version of the layout that this code writes and reads.
pub const VERSION: u8 = 1;

/// Why a round can't be replayed.
#[derive(Debug, thiserror::Error)]
pub enum Unreplayable {
    /// The records do not have the form of records.
    #[error("read the records")]
    Malformed(#[source] serde_json::Error),
    /// They contradict themselves.
    #[error("check the records")]
    Bad(#[source] BadRecord),
    /// The outcome has no canonical form.
    #[error("write the outcome")]
    Write(#[source] NotCanonical),
}

/// The canonical bytes of the outcome of a round, from the bytes of its records.
///
/// # Errors
/// When `records` are no records, or contradict themselves.
pub fn replay(records: &[u8]) -> std::result::Result<Vec<u8>, Unreplayable> {
    let records: Records = serde_json::from_slice(records).map_err(Unreplayable::Malformed)?;
    let outcome = close(&records).map_err(Unreplayable::Bad)?;
    canonical::bytes(&outcome).map_err(Unreplayable::Write)
}

#[cfg(test)]
#[expect(clippy::print_stdout, reason = "its figures are for people")]
mod budget;
#[cfg(test)]
#[expect(clippy::print_stdout, reason = "its figures are for people")]
mod simulation;
#[cfg(test)]
mod tests;
