//! What lasts of the work of miners: the seam between what the service promises and the databases that keep it.

#[cfg(test)]
pub(crate) mod conformance;
mod memory;
mod sql;

use async_trait::async_trait;
use domain::{ErrorKind, MinerId, MinerRecord, TaskKind, Timestamp};

pub use sql::SqlRecords;
pub(crate) use sql::score;

use crate::StoreError;

/// Most records that one call writes or reads.
pub const MAX_RECORDS: usize = 200;

/// Where the work of miners is remembered, one record for each miner and kind.
#[async_trait]
pub trait MinerRecords: Send + Sync + 'static {
    /// Writes at most [`MAX_RECORDS`] records over those that are there, all or none, durable when this returns. Where
    /// the hotkey of a miner is another one than that of records kept under its name, these are forgotten first: the name
    /// changed hands. The same records again change nothing.
    ///
    /// # Errors
    /// `Invalid` for more records.
    async fn put(&self, records: Vec<MinerRecord>) -> Result<(), StoreError>;

    /// The records after that of `after`, by miner and kind (as text), at most `limit`.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=[`MAX_RECORDS`].
    async fn list(
        &self,
        after: Option<(MinerId, TaskKind)>,
        limit: u32,
    ) -> Result<Vec<MinerRecord>, StoreError>;
}

/// What becomes of the records of miners that are gone. Apart from [`MinerRecords`] because only the expiry loop may.
#[async_trait]
pub trait ForgetRecords: Send + Sync + 'static {
    /// Deletes at most `limit` records whose miner was last seen by `before`, earliest first. Returns how many.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn forget_records(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError>;
}

fn refuse_too_many(records: &[MinerRecord]) -> Result<(), StoreError> {
    if records.len() <= MAX_RECORDS {
        return Ok(());
    }
    Err(StoreError::new(ErrorKind::Invalid, format!("records: at most {MAX_RECORDS} at once")))
}
