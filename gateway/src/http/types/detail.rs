//! Everything about one task.

use domain::{Answer, Lease, LeaseEnd, Task};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    facts::{FactsView, OptionsView},
    quality::{Quality, is_provisional},
    task::{FailureView, TaskSummary, failure, trace_id},
    transcript::millis,
};

/// Everything about a task.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskDetail {
    #[serde(flatten)]
    summary: TaskSummary,
    /// When it fails if it has not ended by then.
    deadline: String,
    /// What was asked for beyond kind and languages.
    options: OptionsView,
    input: Input,
    /// Every time it was given to a miner, oldest first.
    assignments: Vec<Assignment>,
    /// Every answer, in the order in which they came.
    responses: Vec<ResponseSummary>,
    /// Where the result is; absent until there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<ResultLinks>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureView>,
    /// W3C trace id; everything done for the task is in that trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    /// Grows with every change; the event id in the stream of its events.
    version: u64,
}

/// The stored input.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Input {
    file_id: String,
    /// In bytes.
    size: u64,
    url: String,
}

/// One grant to one miner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Assignment {
    miner: String,
    /// `active`, `responded`, `failed`, `expired`, `dropped` or `revoked`.
    status: &'static str,
    leased_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// Work done as the miner reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureView>,
}

/// One answer of one miner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResponseSummary {
    miner: String,
    file_id: String,
    sha256: String,
    /// In bytes.
    size: u64,
    model: String,
    model_version: String,
    received_at: String,
    /// What is known of it where it is a file of its own: sound or a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<FactsView>,
    /// From the lease of the miner to its answer.
    processing_ms: u64,
    /// Whether this is the answer that is served, for good or for the time being.
    chosen: bool,
}

/// Where the result is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResultLinks {
    file_id: String,
    sha256: String,
    model: String,
    /// The result, as clients of this kind of work read it.
    url: String,
    /// The bytes as the miner stored them.
    file_url: String,
    /// True while more answers are waited for: another one may take its place.
    provisional: bool,
    /// What its choice rests on; absent while it is provisional.
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Quality>,
}

impl From<&Task> for TaskDetail {
    fn from(task: &Task) -> Self {
        let spec = &task.spec;
        let served = task.result().or_else(|| task.provisional().map(|a| a.response));
        let result = served.map(|r| ResultLinks {
            file_id: r.output.file.to_string(),
            sha256: r.output.sha256.to_string(),
            model: r.model.clone(),
            url: format!("/api/v1/{}/{}/result", spec.kind, spec.id),
            file_url: format!("/api/v1/files/{}", r.output.file),
            provisional: is_provisional(task),
            quality: Quality::of(task),
        });
        Self {
            summary: task.into(),
            deadline: spec.deadline.rfc3339(),
            options: (&spec.options).into(),
            input: Input {
                file_id: spec.input.to_string(),
                size: spec.input_size,
                url: format!("/api/v1/files/{}", spec.input),
            },
            assignments: task.leases.iter().map(Assignment::from).collect(),
            responses: ResponseSummary::all(task),
            result,
            failure: failure(task),
            trace_id: trace_id(task).map(str::to_owned),
            version: task.version,
        }
    }
}

impl ResponseSummary {
    /// Every answer to a task, in the order in which they came.
    pub(super) fn all(task: &Task) -> Vec<Self> {
        let answers = task.answers();
        let served = task.result().or_else(|| answers.first().map(|a| a.response)).map(|r| r.output.file);
        let one = |a: &Answer<'_>| Self {
            miner: a.lease.miner.to_string(),
            file_id: a.response.output.file.to_string(),
            sha256: a.response.output.sha256.to_string(),
            size: a.response.output.size,
            model: a.response.model.clone(),
            model_version: a.response.model_version.clone(),
            received_at: a.at.rfc3339(),
            facts: a.response.facts.as_ref().map(FactsView::from),
            processing_ms: millis(a.at.since(a.lease.granted_at)),
            // of a task that ended without a result nothing is served
            chosen: served == Some(a.response.output.file)
                && (task.result().is_some() || is_provisional(task)),
        };
        answers.iter().map(one).collect()
    }

    /// Whether this is the answer that is served.
    pub(super) const fn is_served(&self) -> bool {
        self.chosen
    }
}

impl From<&Lease> for Assignment {
    fn from(l: &Lease) -> Self {
        let failure = match &l.end {
            Some((_, LeaseEnd::Failed(f))) => Some(f.into()),
            _ => None,
        };
        Self {
            miner: l.miner.to_string(),
            status: l.end.as_ref().map_or("active", |(_, end)| end.name()),
            leased_at: l.granted_at.rfc3339(),
            ended_at: l.end.as_ref().map(|(at, _)| at.rfc3339()),
            percent: l.percent,
            failure,
        }
    }
}
