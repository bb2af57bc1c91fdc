//! Evaluations and final results as JSON. Points in time are microseconds since the Unix epoch; what validators count is in
//! billionths.

use domain::{
    consensus::{FinalAnswer, FinalResult, Vote},
    task::StateName,
};
use proto::client::{Evaluated, Recorded};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of an evaluation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationTaken {
    success: bool,
    task_id: String,
    /// False when the very same was there.
    recorded: bool,
    /// `completed` while validators are missing, else `approved`.
    status: &'static str,
    /// How many validators evaluated the task.
    validators: u32,
    /// How many are needed.
    required: u32,
    message: &'static str,
}

impl EvaluationTaken {
    pub(in crate::http::subnet) fn of(task: domain::TaskId, recorded: bool, told: Recorded) -> Self {
        let message = match told.status {
            StateName::Approved => "validators agreed: the task is approved",
            _ => "the evaluation is kept; further validators are needed",
        };
        let Recorded { status, validators, required, .. } = told;
        let (success, task_id) = (true, task.to_string());
        Self { success, task_id, recorded, status: status.name(), validators, required, message }
    }
}

/// What a validator found of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GradeView {
    accuracy: u32,
    completeness: u32,
    fault: Option<&'static str>,
}

/// The vote of one validator on one answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoteView {
    validator: String,
    /// In rao, when it voted.
    stake: u64,
    grade: GradeView,
    /// `truth`, `inference` or `agreement`.
    basis: &'static str,
}

impl From<&Vote> for VoteView {
    fn from(v: &Vote) -> Self {
        let (accuracy, completeness) = (v.grade.accuracy.billionths(), v.grade.completeness.billionths());
        let grade = GradeView { accuracy, completeness, fault: v.grade.fault.map(|f| f.name()) };
        Self { validator: v.validator.to_string(), stake: v.stake, grade, basis: v.basis.name() }
    }
}

/// What one miner's part was worth.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FinalAnswerView {
    miner: String,
    uid: Option<u16>,
    hotkey: Option<String>,
    lease_id: String,
    /// `in_time`, `late`, `invalid` or `nothing`.
    came: &'static str,
    took_ms: Option<u64>,
    output_sha256: Option<String>,
    /// Stake-weighted median of the votes.
    accuracy: Option<u32>,
    /// What the middle half of the stake says.
    #[schema(value_type = Option<Vec<u32>>)]
    interval: Option<(u32, u32)>,
    votes: Vec<VoteView>,
}

impl From<&FinalAnswer> for FinalAnswerView {
    fn from(a: &FinalAnswer) -> Self {
        Self {
            miner: a.miner.to_string(),
            uid: a.uid,
            hotkey: a.hotkey.as_ref().map(ToString::to_string),
            lease_id: a.lease.to_string(),
            came: a.came.name(),
            took_ms: a.took_ms,
            output_sha256: a.output.map(|d| d.to_string()),
            accuracy: a.accuracy.map(domain::Score::billionths),
            interval: a.interval.map(|(low, high)| (low.billionths(), high.billionths())),
            votes: a.votes.votes().iter().map(VoteView::from).collect(),
        }
    }
}

/// What validators agreed on. It never changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FinalResultView {
    task_id: String,
    task_type: &'static str,
    source_language: &'static str,
    target_language: Option<&'static str>,
    approved_at: i64,
    /// How far validators agree: one less the widest interval.
    agreement: u32,
    /// Size of the work: seconds of sound or video, words of text; the stake-weighted median of what validators told.
    units: Option<u32>,
    answers: Vec<FinalAnswerView>,
}

impl From<&FinalResult> for FinalResultView {
    fn from(r: &FinalResult) -> Self {
        Self {
            task_id: r.task.to_string(),
            task_type: r.kind.name(),
            source_language: r.source.name(),
            target_language: r.target.map(|l| l.name()),
            approved_at: r.approved_at.micros(),
            agreement: r.agreement.billionths(),
            units: r.units,
            answers: r.answers.iter().map(FinalAnswerView::from).collect(),
        }
    }
}

/// A page of final results, the first approval first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FinalResults {
    pub(in crate::http::subnet) results: Vec<FinalResultView>,
    /// `after` of the next page, now or later; null when nothing was returned.
    pub(in crate::http::subnet) next: Option<String>,
}

/// One grade of an evaluation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingView {
    lease_id: String,
    accuracy: u32,
    completeness: u32,
    fault: Option<&'static str>,
    basis: &'static str,
}

/// An evaluation that a validator sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluatedTask {
    task_id: String,
    task_type: &'static str,
    status: &'static str,
    evaluated_at: i64,
    /// In rao, then.
    stake: u64,
    /// It came before validators agreed, so that it is part of what they agreed on.
    counted: bool,
    grades: Vec<FindingView>,
}

impl From<&Evaluated> for EvaluatedTask {
    fn from(e: &Evaluated) -> Self {
        let finding = |f: &domain::consensus::Finding| FindingView {
            lease_id: f.lease.to_string(),
            accuracy: f.accuracy.billionths(),
            completeness: f.completeness.billionths(),
            fault: f.fault.map(|f| f.name()),
            basis: f.basis.name(),
        };
        Self {
            task_id: e.evaluation.task.to_string(),
            task_type: e.kind.name(),
            status: e.status.name(),
            evaluated_at: e.evaluation.at.micros(),
            stake: e.evaluation.stake,
            counted: e.counted,
            grades: e.evaluation.findings.iter().map(finding).collect(),
        }
    }
}

/// A page of evaluations, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluatedTasks {
    pub(in crate::http::subnet) validator_uid: u16,
    pub(in crate::http::subnet) evaluated_tasks: Vec<EvaluatedTask>,
    pub(in crate::http::subnet) next_cursor: Option<String>,
}
