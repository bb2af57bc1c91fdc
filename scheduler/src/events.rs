//! What happened, said once: a log line and a counter together. Labels are closed sets; ids are fields of the line.

use std::sync::LazyLock;

use domain::{LeaseEnd, LeaseId, MinerId, Task, TaskKind, TaskState, Timestamp};
use opentelemetry::{KeyValue, global, metrics::Counter};
use tracing::{info, warn};

use crate::miners::Work;

struct Counters {
    submitted: Counter<u64>,
    completed: Counter<u64>,
    failed: Counter<u64>,
    cancelled: Counter<u64>,
    leased: Counter<u64>,
    expired: Counter<u64>,
    dropped: Counter<u64>,
    given_up: Counter<u64>,
    late: Counter<u64>,
    paired: Counter<u64>,
    left: Counter<u64>,
}

static COUNTERS: LazyLock<Counters> = LazyLock::new(|| {
    let meter = global::meter("violet.scheduler");
    let counter =
        |name: &'static str, what: &'static str| meter.u64_counter(name).with_description(what).build();
    Counters {
        submitted: counter("violet_tasks_submitted", "tasks taken"),
        completed: counter("violet_tasks_completed", "tasks that got their result"),
        failed: counter("violet_tasks_failed", "tasks that ended without a result, by reason"),
        cancelled: counter("violet_tasks_cancelled", "tasks ended by their clients"),
        leased: counter("violet_leases_granted", "leases sent to miners"),
        expired: counter("violet_leases_expired", "leases that lapsed without renewal or ran out of time"),
        dropped: counter("violet_leases_dropped", "leases whose holder was gone or gave them back, by cause"),
        given_up: counter("violet_leases_failed", "leases that miners gave up, by reason"),
        late: counter("violet_responses_late", "answers refused because the lease was lost"),
        paired: counter("violet_miners_paired", "miners that joined"),
        left: counter("violet_miners_left", "miners whose stream ended"),
    }
});

fn kind(kind: TaskKind) -> KeyValue {
    KeyValue::new("kind", kind.name())
}

/// A task became durable.
pub(crate) struct TaskSubmitted<'a>(pub(crate) &'a Task);

impl TaskSubmitted<'_> {
    pub(crate) fn emit(&self) {
        let spec = &self.0.spec;
        info!(task = %spec.id, kind = %spec.kind, priority = %spec.priority, wanted = spec.wanted, "task submitted");
        COUNTERS.submitted.add(1, &[kind(spec.kind), KeyValue::new("priority", spec.priority.name())]);
    }
}

/// A task was cancelled.
pub(crate) struct TaskCancelled<'a>(pub(crate) &'a Task);

impl TaskCancelled<'_> {
    pub(crate) fn emit(&self) {
        info!(task = %self.0.spec.id, kind = %self.0.spec.kind, "task cancelled");
        COUNTERS.cancelled.add(1, &[kind(self.0.spec.kind)]);
    }
}

/// A lease was sent to a miner.
pub(crate) struct Leased<'a> {
    pub(crate) work: &'a Work,
    pub(crate) lease: LeaseId,
    pub(crate) miner: &'a MinerId,
}

impl Leased<'_> {
    pub(crate) fn emit(&self) {
        info!(task = %self.work.task, lease = %self.lease, miner = %self.miner, "task leased");
        COUNTERS.leased.add(1, &[kind(self.work.kind)]);
    }
}

/// A lease lapsed.
pub(crate) struct LeaseExpired<'a> {
    pub(crate) task: &'a Task,
    pub(crate) lease: LeaseId,
    pub(crate) miner: &'a MinerId,
}

impl LeaseExpired<'_> {
    pub(crate) fn emit(&self) {
        warn!(task = %self.task.spec.id, lease = %self.lease, miner = %self.miner, "lease expired");
        COUNTERS.expired.add(1, &[kind(self.task.spec.kind)]);
    }
}

/// Why a lease was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The miner runs anew and has none of its former work.
    Restarted,
    /// The miner does not know the lease.
    Unknown,
    /// The miner stopped the work of its own accord.
    GivenBack,
    /// The lease could not be sent.
    Unsent,
}

impl Why {
    const fn name(self) -> &'static str {
        match self {
            Self::Restarted => "restarted",
            Self::Unknown => "unknown",
            Self::GivenBack => "given_back",
            Self::Unsent => "unsent",
        }
    }
}

/// A lease ended because its holder is gone or gave it back.
pub(crate) struct LeaseDropped<'a> {
    pub(crate) work: &'a Work,
    pub(crate) lease: LeaseId,
    pub(crate) miner: &'a MinerId,
    pub(crate) why: Why,
}

impl LeaseDropped<'_> {
    pub(crate) fn emit(&self) {
        let why = self.why.name();
        warn!(task = %self.work.task, lease = %self.lease, miner = %self.miner, why, "lease dropped");
        COUNTERS.dropped.add(1, &[kind(self.work.kind), KeyValue::new("cause", why)]);
    }
}

/// A task got its result.
pub(crate) struct TaskCompleted<'a> {
    pub(crate) task: &'a Task,
    pub(crate) miner: &'a MinerId,
}

impl TaskCompleted<'_> {
    pub(crate) fn emit(&self) {
        let agreement = self.task.agreement().map(tracing::field::display);
        let answers = self.task.responses();
        info!(task = %self.task.spec.id, miner = %self.miner, answers, agreement, "task completed");
        COUNTERS.completed.add(1, &[kind(self.task.spec.kind)]);
    }
}

/// A miner gave a lease up.
pub(crate) struct LeaseFailed<'a> {
    pub(crate) task: &'a Task,
    pub(crate) lease: LeaseId,
    pub(crate) miner: &'a MinerId,
    pub(crate) failure: &'a domain::Failure,
}

impl LeaseFailed<'_> {
    pub(crate) fn emit(&self) {
        let reason = self.failure.reason;
        let detail = &self.failure.detail;
        warn!(task = %self.task.spec.id, lease = %self.lease, miner = %self.miner, %reason, detail, "lease failed");
        COUNTERS.given_up.add(1, &[kind(self.task.spec.kind), KeyValue::new("reason", reason.name())]);
    }
}

/// An answer came after its lease was lost.
pub(crate) struct LateResponse<'a> {
    pub(crate) lease: LeaseId,
    pub(crate) miner: &'a MinerId,
    pub(crate) reason: &'a str,
}

impl LateResponse<'_> {
    pub(crate) fn emit(&self) {
        warn!(lease = %self.lease, miner = %self.miner, reason = self.reason, "late response");
        COUNTERS.late.add(1, &[]);
    }
}

/// A miner joined and may be given work.
pub(crate) struct MinerPaired<'a> {
    pub(crate) miner: &'a MinerId,
    pub(crate) hotkey: Option<btauth::Account>,
    pub(crate) adopted: usize,
    pub(crate) dropped: usize,
}

impl MinerPaired<'_> {
    pub(crate) fn emit(&self) {
        let hotkey = self.hotkey.map(tracing::field::display);
        info!(miner = %self.miner, hotkey, adopted = self.adopted, dropped = self.dropped, "miner paired");
        COUNTERS.paired.add(1, &[]);
    }
}

/// A miner's stream ended.
pub(crate) struct MinerLeft<'a> {
    pub(crate) miner: &'a MinerId,
    pub(crate) why: &'a str,
}

impl MinerLeft<'_> {
    pub(crate) fn emit(&self) {
        info!(miner = %self.miner, why = self.why, "miner left");
        COUNTERS.left.add(1, &[]);
    }
}

/// Says that a task failed, if the change at `now` made it so.
pub(crate) fn ended_without_result(task: &Task, now: Timestamp) {
    if let TaskState::Failed { at, failure } = &task.state
        && *at == now
    {
        let reason = failure.reason;
        warn!(task = %task.spec.id, %reason, detail = failure.detail, "task failed");
        COUNTERS.failed.add(1, &[kind(task.spec.kind), KeyValue::new("reason", reason.name())]);
    }
}

/// Says which leases the change at `now` ended by the passing of time, and to whom they belonged.
pub(crate) fn expired(task: &Task, now: Timestamp) -> Vec<MinerId> {
    let ended = task.leases.iter().filter(|l| l.end == Some((now, LeaseEnd::Expired)));
    ended
        .map(|l| {
            LeaseExpired { task, lease: l.id, miner: &l.miner }.emit();
            l.miner.clone()
        })
        .collect()
}
