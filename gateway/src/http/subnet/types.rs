//! The JSON of the subnet. Points in time are microseconds since the Unix epoch; what validators count is in billionths.

use domain::{
    AudioFormat, DocumentFormat, Lease, SummaryMode, TaskOptions,
    consensus::{Came, FinalAnswer, FinalResult, Holder, Vote},
    task::StateName,
};
use proto::client::{Evaluated, Recorded};
use serde::Serialize;
use utoipa::ToSchema;

/// What was asked for beyond kind and languages; what is absent was left to the miner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AskedOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    voice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed_percent: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_words: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_format: Option<&'static str>,
}

impl From<&TaskOptions> for AskedOptions {
    fn from(o: &TaskOptions) -> Self {
        Self {
            voice: o.voice.clone(),
            speed_percent: o.speed_percent,
            audio_format: o.audio_format.map(AudioFormat::name),
            max_words: o.max_words,
            mode: o.summary_mode.map(SummaryMode::name),
            document_format: o.document_format.map(DocumentFormat::name),
        }
    }
}

/// A stored file with leave to read it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TicketedFile {
    pub(super) file_id: String,
    /// 64 hexadecimal digits.
    pub(super) sha256: String,
    /// In bytes.
    pub(super) size: u64,
    pub(super) content_type: String,
    pub(super) url: String,
    /// To be sent as bearer token.
    pub(super) ticket: String,
    /// Of a result that is a file of its own: what its miner says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(super) facts: Option<domain::Facts>,
}

/// What came from one miner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MinerResponse {
    miner: String,
    /// Its place on the subnet, if it has one.
    uid: Option<u16>,
    /// Who has that place now.
    hotkey: Option<String>,
    lease_id: String,
    fence: u64,
    /// `in_time`, `late`, `invalid` or `nothing`.
    came: &'static str,
    granted_at: i64,
    answered_at: Option<i64>,
    /// From lease to answer, by the scheduler's clock.
    took_ms: Option<u64>,
    model: Option<String>,
    model_version: Option<String>,
    /// Whether its answer is the one that is served.
    chosen: bool,
    result: Option<TicketedFile>,
}

impl MinerResponse {
    pub(super) fn of(
        lease: &Lease,
        holder: Option<&Holder>,
        chosen: bool,
        result: Option<TicketedFile>,
    ) -> Self {
        let came = Came::of(lease);
        let answered = lease.end.as_ref().map(|(at, _)| *at).filter(|_| came == Came::InTime);
        let took = answered.map(|at| at.since(lease.granted_at).as_millis());
        Self {
            miner: lease.miner.to_string(),
            uid: holder.map(|h| h.uid),
            hotkey: holder.map(|h| h.hotkey.to_string()),
            lease_id: lease.id.to_string(),
            fence: lease.fence.0,
            came: came.name(),
            granted_at: lease.granted_at.micros(),
            answered_at: answered.map(domain::Timestamp::micros),
            took_ms: took.map(|ms| u64::try_from(ms).unwrap_or(u64::MAX)),
            model: lease.response().map(|r| r.model.clone()),
            model_version: lease.response().map(|r| r.model_version.clone()),
            chosen,
            result,
        }
    }
}

/// A completed task that waits for a validator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValidatorTask {
    pub(super) task_id: String,
    pub(super) task_type: &'static str,
    pub(super) status: &'static str,
    pub(super) source_language: &'static str,
    pub(super) target_language: Option<&'static str>,
    pub(super) options: AskedOptions,
    pub(super) submitted_at: i64,
    pub(super) completed_at: Option<i64>,
    pub(super) input: TicketedFile,
    /// Each miner that was asked, once.
    pub(super) responses: Vec<MinerResponse>,
}

/// A page of tasks that wait for a validator, the one that was completed first first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValidatorTasks {
    pub(super) tasks: Vec<ValidatorTask>,
    /// `after` of the next page.
    pub(super) next: Option<String>,
}

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
    pub(super) fn of(task: domain::TaskId, recorded: bool, told: Recorded) -> Self {
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
            answers: r.answers.iter().map(FinalAnswerView::from).collect(),
        }
    }
}

/// A page of final results, the first approval first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FinalResults {
    pub(super) results: Vec<FinalResultView>,
    /// `after` of the next page, now or later; null when nothing was returned.
    pub(super) next: Option<String>,
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
    pub(super) validator_uid: u16,
    pub(super) evaluated_tasks: Vec<EvaluatedTask>,
    pub(super) next_cursor: Option<String>,
}
