//! Whether the deployment works, asked of the parts themselves at most once a second.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{Timestamp, task::StateName};
use http::StatusCode;
use process::{clock::Clock, telemetry};
use proto::client::{MinerView, SchedulerClient, TasksClient};
use tokio::{sync::Mutex, time::Instant};

use super::{
    answer::{self, Answer},
    call::Call,
    types::health::{Component, Health, Ready},
};
use crate::{Upstream, subnet::Subnet};

/// A part that does not answer within this is away.
const PATIENCE: Duration = Duration::from_secs(2);
/// Answers are remembered this long, so that no prober can load the parts.
const FRESH: Duration = Duration::from_secs(1);

/// What these routes need.
#[derive(Clone)]
pub(crate) struct Probe {
    tasks: TasksClient,
    scheduler: SchedulerClient,
    subnet: Option<Subnet>,
    clock: Clock,
    started: Instant,
    last: Arc<Mutex<Option<(Instant, Seen)>>>,
}

/// How many tasks are where, from counters that the store keeps.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    pending: u64,
    processing: u64,
    completed: u64,
    failed: u64,
    cancelled: u64,
    total: u64,
}

/// What the parts said; `None` for a part that is away.
#[derive(Debug, Clone, Copy)]
struct Seen {
    counts: Option<Counts>,
    miners: Option<usize>,
}

impl Probe {
    pub(crate) fn new(upstream: &Upstream, subnet: Option<Subnet>, clock: Clock) -> Self {
        let (tasks, scheduler) = (upstream.tasks.clone(), upstream.scheduler.clone());
        Self { tasks, scheduler, subnet, clock, started: Instant::now(), last: Arc::default() }
    }

    /// One caller asks, the others wait for its answer.
    async fn look(&self) -> Seen {
        let mut last = self.last.lock().await;
        match *last {
            Some((at, seen)) if at.elapsed() < FRESH => seen,
            _ => {
                let (counts, miners) = tokio::join!(
                    tokio::time::timeout(PATIENCE, self.tasks.counts()),
                    tokio::time::timeout(PATIENCE, self.scheduler.miners()),
                );
                let counts = counts.ok().and_then(Result::ok).map(|c| count(&c));
                // a miner that offers nothing yet, because its models are loading, takes no work
                let working = |m: Vec<MinerView>| m.iter().filter(|m| !m.offers.is_empty()).count();
                let miners = miners.ok().and_then(Result::ok).map(working);
                let seen = Seen { counts, miners };
                *last = Some((Instant::now(), seen));
                seen
            }
        }
    }
}

fn count(states: &[(StateName, u64)]) -> Counts {
    let mut sum = Counts::default();
    for (state, tasks) in states {
        sum.total += tasks;
        *match state {
            StateName::Pending => &mut sum.pending,
            StateName::Assigned | StateName::InProgress => &mut sum.processing,
            StateName::Completed | StateName::Approved => &mut sum.completed,
            StateName::Failed => &mut sum.failed,
            StateName::Cancelled => &mut sum.cancelled,
        } += tasks;
    }
    sum
}

/// Tells how the deployment is, for people and dashboards. `/health`, `/api/v1/health` and `/api/v1/status` are the same.
#[utoipa::path(
    get, path = "/api/v1/health", tag = "health", operation_id = "getHealth",
    responses(
        (status = 200, description = "It works, perhaps without miners", body = Health),
        (status = 503, description = "A part is away", body = Health),
    )
)]
pub(crate) async fn health(_: Call, s: Probe) -> Answer {
    let seen = s.look().await;
    let part = |up: bool| Component {
        status: if up { "up" } else { "down" },
        detail: (!up).then(|| "it does not answer".to_owned()),
    };
    let miners = match seen.miners {
        Some(0) => Component {
            status: "idle",
            detail: Some("no miner is paired: tasks are kept and wait".to_owned()),
        },
        Some(n) => Component { status: "up", detail: Some(format!("{n} paired")) },
        None => Component { status: "down", detail: Some("unknown while the scheduler is away".to_owned()) },
    };
    let works = seen.counts.is_some() && seen.miners.is_some();
    let (status, code) = match (works, seen.miners) {
        (false, _) => ("unhealthy", StatusCode::SERVICE_UNAVAILABLE),
        (true, Some(0)) => ("degraded", StatusCode::OK),
        (true, _) => ("healthy", StatusCode::OK),
    };
    let health = Health {
        status,
        timestamp: Timestamp::from_micros(s.clock.micros()).rfc3339(),
        uptime_seconds: s.started.elapsed().as_secs(),
        version: env!("CARGO_PKG_VERSION"),
        components: BTreeMap::from([
            ("storage", part(seen.counts.is_some())),
            ("scheduler", part(seen.miners.is_some())),
            ("miners", miners),
        ]),
        pending_tasks: seen.counts.map(|c| c.pending),
        processing_tasks: seen.counts.map(|c| c.processing),
        completed_tasks: seen.counts.map(|c| c.completed),
        failed_tasks: seen.counts.map(|c| c.failed),
        cancelled_tasks: seen.counts.map(|c| c.cancelled),
        total_tasks: seen.counts.map(|c| c.total),
        bittensor_connected: s.subnet.as_ref().is_some_and(Subnet::reached),
    };
    Ok(answer::json(code, &health))
}

/// The same as `/api/v1/health`.
#[utoipa::path(
    get, path = "/health", tag = "health", operation_id = "getHealthAtRoot",
    responses((status = 200, description = "It works", body = Health), (status = 503, description = "A part is away", body = Health))
)]
pub(crate) async fn health_at_root(call: Call, s: Probe) -> Answer {
    health(call, s).await
}

/// The same as `/api/v1/health`.
#[utoipa::path(
    get, path = "/api/v1/status", tag = "health", operation_id = "getStatus",
    responses((status = 200, description = "It works", body = Health), (status = 503, description = "A part is away", body = Health))
)]
pub(crate) async fn status(call: Call, s: Probe) -> Answer {
    health(call, s).await
}

/// Tells that the process runs. It asks nobody.
#[utoipa::path(
    get, path = "/livez", tag = "health", operation_id = "livez",
    responses((status = 200, description = "The process runs", body = String, content_type = "text/plain"))
)]
pub(crate) async fn livez(_: Call, (): ()) -> Answer {
    Ok(answer::bytes(StatusCode::OK, "text/plain; charset=utf-8", "ok\n"))
}

/// Tells whether tasks can be taken: storage and scheduler answer.
#[utoipa::path(
    get, path = "/readyz", tag = "health", operation_id = "readyz",
    responses(
        (status = 200, description = "Tasks can be taken", body = Ready),
        (status = 503, description = "A part that is needed is away", body = Ready),
    )
)]
pub(crate) async fn readyz(_: Call, s: Probe) -> Answer {
    let seen = s.look().await;
    let state = |up: bool| if up { "up" } else { "down" };
    let parts = [("storage", seen.counts.is_some()), ("scheduler", seen.miners.is_some())];
    let ready = parts.iter().all(|(_, up)| *up);
    let body = Ready { ready, parts: parts.iter().map(|(name, up)| (*name, state(*up))).collect() };
    let code = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut response = answer::json(code, &body);
    if !ready {
        answer::set(&mut response, http::header::RETRY_AFTER, "2");
    }
    Ok(response)
}

/// The metrics of this process in the Prometheus text format.
#[utoipa::path(
    get, path = "/metrics", tag = "health", operation_id = "metrics",
    responses((status = 200, description = "Metrics", body = String, content_type = "text/plain"))
)]
pub(crate) async fn metrics(_: Call, (): ()) -> Answer {
    Ok(answer::bytes(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", telemetry::metrics_text()))
}
