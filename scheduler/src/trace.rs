//! Spans that join the trace of a task outside the call of its client.

use domain::{LeaseId, MinerId, Task, Timestamp};
use tracing::{Span, info_span};

use crate::miners::Work;

fn joined(span: Span, traceparent: Option<&str>) -> Span {
    if let Some(parent) = traceparent {
        process::telemetry::child_of(&span, parent);
    }
    span
}

/// The granting of a lease, up to its sending; says how long the task waited for a miner.
pub(crate) fn lease_span(task: &Task, lease: LeaseId, miner: &MinerId, now: Timestamp) -> Span {
    let ends = task.leases.iter().filter_map(|l| l.end.as_ref().map(|(at, _)| *at));
    let waits_since = ends.fold(task.spec.submitted_at, Timestamp::max);
    let queued_ms = u64::try_from(now.since(waits_since).as_millis()).unwrap_or(u64::MAX);
    let id = task.spec.id;
    let span = info_span!(
        parent: None, "lease", service.name = "scheduler", task = %id, %lease, %miner, queued_ms,
    );
    joined(span, task.spec.traceparent.as_deref())
}

/// The storing of an answer or a failure.
pub(crate) fn complete_span(work: Option<&Work>, lease: LeaseId, miner: &MinerId) -> Span {
    let span = info_span!(parent: None, "complete", service.name = "scheduler", %lease, %miner);
    joined(span, work.and_then(|w| w.traceparent.as_deref()))
}

/// The end of a lease whose holder is gone.
pub(crate) fn drop_span(work: &Work, lease: LeaseId) -> Span {
    let span = info_span!(parent: None, "drop", service.name = "scheduler", task = %work.task, %lease);
    joined(span, work.traceparent.as_deref())
}

/// The end of what ran out of time.
pub(crate) fn expire_span(task: &Task) -> Span {
    let span = info_span!(parent: None, "expire", service.name = "scheduler", task = %task.spec.id);
    joined(span, task.spec.traceparent.as_deref())
}

/// The choice among the answers.
pub(crate) fn choose_span(task: &Task) -> Span {
    let (id, answers) = (task.spec.id, task.responses());
    let span = info_span!(parent: None, "choose", service.name = "scheduler", task = %id, answers);
    joined(span, task.spec.traceparent.as_deref())
}

/// For calls that belong to no task and come by the thousand (renewals, looking for work): their trace is marked as not
/// sampled, here and in the services called, so that they never push traces of tasks out of sight.
pub(crate) fn unsampled() -> Span {
    let span = info_span!(parent: None, "housekeeping");
    let (trace, parent) = (process::id::random(), process::id::random_u64());
    process::telemetry::child_of(&span, &format!("00-{:032x}-{:016x}-00", trace | 1, parent | 1));
    span
}
