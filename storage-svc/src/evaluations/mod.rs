//! What validators find of answers, and what all of them together do: the seam between what the service promises and the
//! databases that keep it.

#[cfg(test)]
mod conformance;
mod cursor;
mod memory;
mod ruling;
mod sql;

use async_trait::async_trait;
use domain::{
    ErrorKind, MinerId, TaskId, ValidatorId,
    consensus::{Electorate, Evaluation, FinalResult, Merged, MinerStatus, Told},
};
pub use proto::client::{
    Evaluated, EvaluatedPage, Fate, FinalPage, LeadersPage, MinerScore, MinersReport, Pending, PendingPage,
    Recorded, Said, Tally, Totals, ValidatorView,
};

pub(crate) use memory::Books;
pub use sql::SqlEvaluations;
pub(crate) use sql::line;

use crate::StoreError;

/// Where evaluations last.
///
/// Guarantees, of every implementation:
/// - What was answered with `Ok` is durable, and every later read sees it.
/// - A validator, by its hotkey, has one evaluation of a task: the first stands.
/// - The evaluation that makes the verdict final approves the task and writes the final result, all or nothing, as one
///   change of the task like any other: it has a version, and whoever watches tasks hears of it.
/// - A final result never changes. Evaluations that come later are kept and shown beside it.
/// - No answer costs more than it holds, but for what this validator evaluated out of its turn.
#[async_trait]
pub trait Evaluations: Send + Sync + 'static {
    /// Completed tasks that `validator` neither evaluated nor marked as seen, in the order in which they were completed.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200, or a cursor that no page gave.
    async fn pending(
        &self,
        validator: &ValidatorId,
        limit: u32,
        after: Option<&str>,
    ) -> Result<PendingPage, StoreError>;

    /// Takes an evaluation, with who could vote at that time.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a task that is not completed; `Invalid` for findings that are not exactly of the answers
    /// that came in time; `Forbidden` without stake. Nothing is written then.
    async fn record(&self, evaluation: Evaluation, electorate: Electorate) -> Result<Recorded, StoreError>;

    /// Leaves a task out for `validator`, which has this place and stake. Whether it was there before.
    ///
    /// # Errors
    /// `NotFound`.
    async fn mark_seen(
        &self,
        validator: &ValidatorId,
        uid: u16,
        stake: u64,
        task: TaskId,
    ) -> Result<bool, StoreError>;

    /// Final results in the order in which they became so, after `after`. Who goes on where a page ended misses none.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200, or a cursor that no page gave.
    async fn final_results(&self, limit: u32, after: Option<&str>) -> Result<FinalPage, StoreError>;

    /// What validators agreed on of one task; `None` while they did not, and when the task is gone.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn final_result(&self, task: TaskId) -> Result<Option<FinalResult>, StoreError>;

    /// What `validator` evaluated, newest first.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200, or a cursor that no page gave.
    async fn evaluated_by(
        &self,
        validator: &ValidatorId,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<EvaluatedPage, StoreError>;

    /// How many there ever were. Kept as counters.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn totals(&self) -> Result<Totals, StoreError>;

    /// Validators after `after`, by name.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200.
    async fn validators(
        &self,
        limit: u32,
        after: Option<&ValidatorId>,
    ) -> Result<Vec<ValidatorView>, StoreError>;

    /// Miners, the most accurate first.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200, or a cursor that no page gave.
    async fn leaders(&self, limit: u32, cursor: Option<&str>) -> Result<LeadersPage, StoreError>;

    /// How accurate one miner is. A name that changes hands begins anew.
    ///
    /// # Errors
    /// `NotFound` when no answer of it was agreed on.
    async fn score_of(&self, miner: &MinerId) -> Result<MinerScore, StoreError>;

    /// Takes what a validator says of miners, and returns what all say of these now. Its latest word on each counts, once.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn report(&self, report: MinersReport) -> Result<Vec<Merged>, StoreError>;

    /// What all validators together said of miners when one last did, by uid, after `after`.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200.
    async fn reported(&self, limit: u32, after: Option<u16>) -> Result<Vec<Merged>, StoreError>;

    /// What is said of one miner.
    ///
    /// # Errors
    /// Only when the store itself fails.
    async fn told_of(&self, uid: u16) -> Result<Said, StoreError>;
}

/// What each sentence of a report says.
fn told(report: &MinersReport) -> impl Iterator<Item = Told> {
    let told = |status: &MinerStatus| Told {
        validator: report.validator.clone(),
        stake: report.stake,
        epoch: report.epoch,
        at: report.at,
        status: status.clone(),
    };
    report.statuses.iter().map(told)
}

/// Nothing was agreed on about a miner.
fn no_score() -> StoreError {
    StoreError::new(ErrorKind::NotFound, "no answer of such a miner was agreed on")
}
