//! What storage-svc tells of evaluations.

use domain::{
    FileMeta, MinerId, Score, Task, TaskKind, Timestamp, ValidatorId,
    consensus::{Evaluation, FinalResult, Merged, MinerStatus, Told},
    task::StateName,
};

/// A task that waits for a validator.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The task.
    pub task: Task,
    /// Its input.
    pub input: FileMeta,
}

/// A page of tasks that wait for a validator.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingPage {
    /// The tasks, the one that was completed first first.
    pub tasks: Vec<Pending>,
    /// Opaque; `None` on the last page.
    pub next: Option<String>,
}

/// What became of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is durable now.
    Recorded,
    /// The very same was there.
    Repeated,
    /// Another one of the same validator was there, and stands.
    Differs,
}

/// The answer to an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// What became of it.
    pub fate: Fate,
    /// Where the task stands now.
    pub status: StateName,
    /// How many validators evaluated the task.
    pub validators: u32,
    /// How many are needed for a verdict.
    pub required: u32,
}

/// A page of final results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalPage {
    /// In the order in which they became so.
    pub results: Vec<FinalResult>,
    /// Opaque: where to go on, also when there are no more yet; `None` when nothing was returned.
    pub next: Option<String>,
}

/// An evaluation with what became of its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// The evaluation.
    pub evaluation: Evaluation,
    /// Kind of the task.
    pub kind: TaskKind,
    /// Where the task stands.
    pub status: StateName,
    /// It came before validators agreed, so that it is part of what they agreed on.
    pub counted: bool,
}

/// A page of evaluations, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluatedPage {
    /// The evaluations.
    pub evaluations: Vec<Evaluated>,
    /// Opaque; `None` on the last page.
    pub next: Option<String>,
}

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Evaluations that were recorded.
    pub evaluations: u64,
    /// Tasks that validators agreed on.
    pub final_results: u64,
}

/// What is known of a validator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorView {
    /// Who: its hotkey.
    pub validator: ValidatorId,
    /// Its place on the subnet, when it was last heard of.
    pub uid: u16,
    /// Its stake then.
    pub stake: u64,
    /// How many tasks it evaluated.
    pub evaluations: u64,
    /// How far it is believed: a moving average of how near it is to what all agree on.
    pub trust: Score,
    /// Its last evaluation; the epoch's beginning when it has none.
    pub last_at: Timestamp,
}

/// How accurate a miner is. Answers that were asked for and did not come count as 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinerScore {
    /// Its name, as tasks have it.
    pub miner: MinerId,
    /// Its place on the subnet, if it has one.
    pub uid: Option<u16>,
    /// Its hotkey, if it is known.
    pub hotkey: Option<MinerId>,
    /// Over all kinds of work, a moving average.
    pub tally: Tally,
    /// How many miners are more accurate.
    pub better: u64,
    /// The same by kind.
    pub kinds: Vec<(TaskKind, Tally)>,
}

/// Accuracy over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// A moving average: the newest counts a tenth.
    pub accuracy: Score,
    /// Answers that validators agreed on.
    pub graded: u64,
    /// Answers that did not come in time.
    pub missed: u64,
}

/// A page of miners, the most accurate first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadersPage {
    /// The miners.
    pub miners: Vec<MinerScore>,
    /// Opaque; `None` on the last page.
    pub next: Option<String>,
}

/// What a validator says of miners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinersReport {
    /// Who.
    pub validator: ValidatorId,
    /// Its stake as the chain has it.
    pub stake: u64,
    /// Its epoch, as it counts them.
    pub epoch: u64,
    /// When it came.
    pub at: Timestamp,
    /// How many validators have stake.
    pub validators: u32,
    /// What it says, at most [`MinersReport::MOST`], each uid once.
    pub statuses: Vec<MinerStatus>,
}

impl MinersReport {
    /// Most miners that one report may name.
    pub const MOST: usize = 1_024;
}

/// What is said of one miner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// By each validator.
    pub told: Vec<Told>,
    /// By all together; `None` when nothing counts.
    pub merged: Option<Merged>,
}
