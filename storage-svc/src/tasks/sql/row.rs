//! A task as rows, both ways. Names in columns are the `name()` of the domain's enums.

use std::time::Duration;

use diesel::prelude::*;
use domain::{
    Failure, Fence, Lease, LeaseEnd, NewTask, Output, Proof, Response, Sha256, Task, TaskState, Timestamp,
    receipt::Signature, task::StateName,
};

use crate::StoreError;
use crate::records::score;
use crate::sql::schema::{assignments, miner_responses, tasks};
use crate::tasks::Retention;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tasks, treat_none_as_null = true)]
pub(super) struct TaskRow {
    pub(super) id: String,
    kind: String,
    source: String,
    target: Option<String>,
    priority: String,
    wanted: i32,
    input: String,
    input_size: i64,
    submitted_at: i64,
    deadline: i64,
    traceparent: Option<String>,
    pub(super) state: String,
    percent: Option<i32>,
    ended_at: Option<i64>,
    chosen: Option<String>,
    fail_reason: Option<String>,
    fail_detail: Option<String>,
    version: i64,
    open_grants: i32,
    queue_rank: i64,
    due_at: Option<i64>,
    expires_at: Option<i64>,
    options: String,
    lane: String,
    response_window: i64,
    agreement: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = assignments, treat_none_as_null = true)]
pub(super) struct LeaseRow {
    pub(super) id: String,
    pub(super) task_id: String,
    fence: i64,
    miner: String,
    session: i64,
    output: String,
    granted_at: i64,
    expires_at: i64,
    run_until: i64,
    percent: Option<i32>,
    ended_at: Option<i64>,
    end_name: Option<String>,
    fail_reason: Option<String>,
    fail_detail: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = miner_responses)]
pub(super) struct ResponseRow {
    assignment_id: String,
    file: String,
    sha256: Vec<u8>,
    size: i64,
    model: String,
    model_version: String,
    facts: Option<String>,
    signer: Option<String>,
    input_sha256: Option<Vec<u8>>,
    signature: Option<Vec<u8>>,
}

/// SQL integers are signed; ours of 64 bits are kept bit for bit.
fn signed(n: u64) -> i64 {
    n.cast_signed()
}

fn failure_columns(failure: Option<&Failure>) -> (Option<String>, Option<String>) {
    failure.map(|f| (f.reason.name().to_owned(), f.detail.clone())).unzip()
}

impl TaskRow {
    pub(super) fn of(task: &Task, retention: &Retention) -> Self {
        let spec = &task.spec;
        let (percent, chosen, failure) = match &task.state {
            TaskState::InProgress { percent } => (Some(i32::from(*percent)), None, None),
            TaskState::Completed { chosen, .. } | TaskState::Approved { chosen, .. } => {
                (None, Some(chosen), None)
            }
            TaskState::Failed { failure, .. } => (None, None, Some(failure)),
            TaskState::Pending | TaskState::Assigned | TaskState::Cancelled { .. } => (None, None, None),
        };
        let (fail_reason, fail_detail) = failure_columns(failure);
        Self {
            id: spec.id.to_string(),
            kind: spec.kind.name().into(),
            source: spec.source.name().into(),
            target: spec.target.map(|t| t.name().into()),
            priority: spec.priority.name().into(),
            wanted: spec.wanted.into(),
            input: spec.input.to_string(),
            input_size: signed(spec.input_size),
            submitted_at: spec.submitted_at.micros(),
            deadline: spec.deadline.micros(),
            traceparent: spec.traceparent.clone(),
            state: task.state.name().name().into(),
            percent,
            ended_at: task.state.ended_at().map(Timestamp::micros),
            chosen: chosen.map(ToString::to_string),
            fail_reason,
            fail_detail,
            version: signed(task.version),
            open_grants: task.open_grants().into(),
            queue_rank: task.queue_rank(),
            due_at: task.next_due().map(Timestamp::micros),
            expires_at: retention.task_until(task).map(Timestamp::micros),
            // a value of plain fields always has a JSON form
            options: serde_json::to_string(&spec.options).unwrap_or_default(),
            lane: spec.lane(),
            response_window: i64::try_from(spec.window.as_micros()).unwrap_or(i64::MAX),
            agreement: task.agreement().map(|a| a.billionths().into()),
        }
    }

    /// The task that these rows are; `leases` in order of their fences.
    pub(super) fn task(self, leases: Vec<Lease>) -> Result<Task, StoreError> {
        let at = Timestamp::from_micros(self.ended_at.unwrap_or_default());
        let agreement = self.agreement.map(score).transpose()?;
        let state = match read::<StateName>(&self.state)? {
            StateName::Pending => TaskState::Pending,
            StateName::Assigned => TaskState::Assigned,
            StateName::InProgress => TaskState::InProgress { percent: small(present(self.percent)?)? },
            StateName::Completed => {
                TaskState::Completed { at, chosen: read(&present(self.chosen)?)?, agreement }
            }
            StateName::Approved => {
                TaskState::Approved { at, chosen: read(&present(self.chosen)?)?, agreement }
            }
            StateName::Failed => {
                TaskState::Failed { at, failure: failure(self.fail_reason, self.fail_detail)? }
            }
            StateName::Cancelled => TaskState::Cancelled { at },
        };
        let spec = NewTask {
            id: read(&self.id)?,
            kind: read(&self.kind)?,
            source: read(&self.source)?,
            target: self.target.as_deref().map(read).transpose()?,
            options: json(&self.options)?,
            priority: read(&self.priority)?,
            wanted: small(self.wanted)?,
            window: Duration::from_micros(u64::try_from(self.response_window).map_err(StoreError::damaged)?),
            input: read(&self.input)?,
            input_size: self.input_size.cast_unsigned(),
            submitted_at: Timestamp::from_micros(self.submitted_at),
            deadline: Timestamp::from_micros(self.deadline),
            traceparent: self.traceparent,
        };
        Ok(Task { spec, state, leases, version: self.version.cast_unsigned() })
    }
}

impl LeaseRow {
    pub(super) fn of(lease: &Lease, task_id: &str) -> Self {
        let end = lease.end.as_ref().map(|(_, end)| end);
        let (fail_reason, fail_detail) = match end {
            Some(LeaseEnd::Failed(failure)) => failure_columns(Some(failure)),
            _ => (None, None),
        };
        Self {
            id: lease.id.to_string(),
            task_id: task_id.to_owned(),
            fence: signed(lease.fence.0),
            miner: lease.miner.to_string(),
            session: signed(lease.session),
            output: lease.output.to_string(),
            granted_at: lease.granted_at.micros(),
            expires_at: lease.expires_at.micros(),
            run_until: lease.run_until.micros(),
            percent: lease.percent.map(Into::into),
            ended_at: lease.end.as_ref().map(|(at, _)| at.micros()),
            end_name: end.map(|e| e.name().to_owned()),
            fail_reason,
            fail_detail,
        }
    }

    pub(super) fn lease(self, response: Option<ResponseRow>) -> Result<Lease, StoreError> {
        let end = match (self.end_name.as_deref(), response) {
            (None, _) => None,
            (Some("responded"), r) => Some(LeaseEnd::Responded(present(r)?.response()?)),
            (Some("failed"), _) => Some(LeaseEnd::Failed(failure(self.fail_reason, self.fail_detail)?)),
            (Some("expired"), _) => Some(LeaseEnd::Expired),
            (Some("dropped"), _) => Some(LeaseEnd::Dropped),
            (Some("revoked"), _) => Some(LeaseEnd::Revoked),
            (Some(other), _) => {
                return Err(StoreError::damaged(format!("a lease that ended as \"{other}\"")));
            }
        };
        let at = Timestamp::from_micros(self.ended_at.unwrap_or_default());
        Ok(Lease {
            id: read(&self.id)?,
            fence: Fence(self.fence.cast_unsigned()),
            miner: read(&self.miner)?,
            session: self.session.cast_unsigned(),
            output: read(&self.output)?,
            granted_at: Timestamp::from_micros(self.granted_at),
            expires_at: Timestamp::from_micros(self.expires_at),
            run_until: Timestamp::from_micros(self.run_until),
            percent: self.percent.map(small).transpose()?,
            end: end.map(|e| (at, e)),
        })
    }
}

impl ResponseRow {
    /// The answer of a lease, if it has one.
    pub(super) fn of(lease: &Lease) -> Option<Self> {
        let r = lease.response()?;
        Some(Self {
            assignment_id: lease.id.to_string(),
            file: r.output.file.to_string(),
            sha256: r.output.sha256.0.to_vec(),
            size: signed(r.output.size),
            model: r.model.clone(),
            model_version: r.model_version.clone(),
            facts: r.facts.as_ref().and_then(|f| serde_json::to_string(f).ok()),
            signer: r.proof.as_ref().map(|p| p.signer.to_string()),
            input_sha256: r.proof.as_ref().map(|p| p.input_sha256.0.to_vec()),
            signature: r.proof.as_ref().map(|p| p.signature.0.to_vec()),
        })
    }

    fn response(self) -> Result<Response, StoreError> {
        let sha256 = Sha256(bytes(self.sha256)?);
        let output = Output { file: read(&self.file)?, sha256, size: self.size.cast_unsigned() };
        let facts = self.facts.as_deref().map(json).transpose()?;
        let proof = match self.signer {
            Some(signer) => Some(Box::new(Proof {
                signer: read(&signer)?,
                input_sha256: Sha256(bytes(present(self.input_sha256)?)?),
                signature: Signature(bytes(present(self.signature)?)?),
            })),
            None => None,
        };
        Ok(Response { output, model: self.model, model_version: self.model_version, facts, proof })
    }
}

/// A name or id out of a column.
pub(crate) fn read<T>(text: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text.parse().map_err(|e: T::Err| StoreError::damaged(e))
}

fn bytes<const N: usize>(column: Vec<u8>) -> Result<[u8; N], StoreError> {
    column.try_into().map_err(|_| StoreError::damaged("bytes of another length"))
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(StoreError::damaged)
}

fn present<T>(value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::damaged("a column is empty that its state needs"))
}

fn small(n: i32) -> Result<u8, StoreError> {
    u8::try_from(n).map_err(StoreError::damaged)
}

fn failure(reason: Option<String>, detail: Option<String>) -> Result<Failure, StoreError> {
    Ok(Failure::new(read(&present(reason)?)?, present(detail)?))
}
