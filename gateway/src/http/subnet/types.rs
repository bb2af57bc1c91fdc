//! The tasks of validators as JSON. Points in time are microseconds since the Unix epoch.

mod verdict;

pub(crate) use verdict::{EvaluatedTask, EvaluatedTasks, EvaluationTaken, FinalResultView, FinalResults};

use domain::{
    AudioFormat, DocumentFormat, Lease, SummaryMode, TaskOptions,
    consensus::{Came, Holder},
};
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
