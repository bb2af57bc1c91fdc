//! The granting of one lease: durable first, then sent.

use std::time::Duration;

use domain::{ErrorKind, Event, FileId, Lease, LeaseId, Task};
use proto::{
    RpcError,
    convert::{kind_to_pb, options_to_pb},
    pb::scheduler_message as told,
    ticket::{self, Access},
};
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::{
    core::{Core, is_away},
    events::{self, Why},
    message::{self, Claim},
    miners::{Seat, Work},
    trace,
};

/// Tickets are honoured this long after the work must be over, so that a result made in time can be sent.
const TICKET_GRACE: Duration = Duration::from_secs(60);

/// How an attempt to grant a lease ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granted {
    /// The miner has it.
    Sent,
    /// Something changed since the choice was made: it is to be made anew.
    Stale,
    /// The store does not take this one, for a reason of its own.
    Failed,
    /// The store does not answer.
    Away,
}

/// Grants `task` to the miner on this stream.
pub(crate) async fn grant(core: &Core, seat: &Seat, task: &Task) -> Granted {
    // a stream outlives a place on the subnet
    if let Err(why) = core.still_member(seat) {
        core.miners.with(seat, |p| p.dismiss(why));
        return Granted::Stale;
    }
    let lease = LeaseId::from_random(process::id::random());
    let now = core.now();
    let run_until =
        (now + core.config.run_time(task.spec.kind, task.spec.input_size)).min(task.spec.deadline);
    let work = Work {
        task: task.spec.id,
        kind: task.spec.kind,
        traceparent: task.spec.traceparent.clone(),
        granted_at: now,
        run_until,
    };
    // the slot is taken before the store is asked: a cancel that comes meanwhile finds it
    if core.miners.with(seat, |p| p.reserve(lease, work.clone())) != Some(true) {
        return Granted::Stale;
    }
    let span = trace::lease_span(task, lease, &seat.miner, now);
    let traceparent = process::telemetry::traceparent(&span).or_else(|| task.spec.traceparent.clone());
    let asked = make_durable(core, seat, task, lease, run_until.since(now)).instrument(span.clone());
    // later than this the lease would have lapsed, and others wait behind it
    let made = match timeout(core.config.lease, asked).await {
        Ok(Ok(Some(made))) => made,
        missed => {
            core.miners.with(seat, |p| p.free(lease, core.now()));
            return match missed {
                Ok(Ok(_)) => Granted::Stale,
                Ok(Err(e)) if !is_away(e.kind) => {
                    tracing::error!(task = %task.spec.id, miner = %seat.miner, error = %e, "lease not granted");
                    Granted::Failed
                }
                Ok(Err(_)) | Err(_) => Granted::Away,
            };
        }
    };
    let claim = Claim { task: task.spec.id, lease, fence: made.fence };
    let message = message::lease(lease_message(core, task, &made, traceparent.unwrap_or_default()));
    match core.miners.with(seat, |p| p.hand_over(claim, message, core.now())) {
        Some(true) => {
            span.in_scope(|| {
                events::Leased { work: &work, lease, miner: &seat.miner }.emit();
            });
            Granted::Sent
        }
        _ => {
            // the miner left, or the task ended: in the store the lease must not outlive this moment
            core.drop_lease(&seat.miner, lease, &work, Why::Unsent).await;
            Granted::Stale
        }
    }
}

/// The lease as the store has it; `None` when the task can't be granted to this miner any more.
async fn make_durable(
    core: &Core,
    seat: &Seat,
    task: &Task,
    lease: LeaseId,
    allowed: Duration,
) -> Result<Option<Lease>, RpcError> {
    let session = core.miners.with(seat, |p| p.session);
    let Some(session) = session else { return Ok(None) };
    let output = FileId::from_random(process::id::random());
    let mut tries = 0_u32;
    let applied = core
        .until_answered(|| {
            tries += 1;
            let now = core.now();
            let event = Event::Grant {
                lease,
                miner: seat.miner.clone(),
                session,
                output,
                expires_at: now + core.config.lease,
                run_until: now + allowed,
            };
            async move { core.apply(task.spec.id, &event, now).await }
        })
        .await;
    let after = match applied {
        Ok(after) => Some(after),
        // an earlier try may have become durable although its answer was lost
        Err(e) if e.kind == ErrorKind::Conflict && tries > 1 => {
            let held = core.until_answered(|| core.tasks.held_by(&seat.miner)).await?;
            held.into_iter().find(|t| t.spec.id == task.spec.id)
        }
        Err(e) if matches!(e.kind, ErrorKind::Conflict | ErrorKind::NotFound) => None,
        Err(e) => return Err(e),
    };
    Ok(after.and_then(|t| t.leases.into_iter().find(|l| l.id == lease && l.is_live())))
}

fn lease_message(core: &Core, task: &Task, lease: &Lease, traceparent: String) -> told::Lease {
    let (spec, key) = (&task.spec, &core.ticket_key);
    let expires = lease.run_until + TICKET_GRACE;
    let run = lease.run_until.since(lease.granted_at).as_millis();
    told::Lease {
        task: spec.id.to_string(),
        lease: lease.id.to_string(),
        fence: lease.fence.0,
        kind: kind_to_pb(spec.kind),
        source_language: spec.source.to_string(),
        target_language: spec.target.map(|l| l.to_string()).unwrap_or_default(),
        input_url: core.file_url(spec.input, true),
        input_ticket: ticket::issue(key, Access::Read, spec.input, expires),
        input_size: spec.input_size,
        output_url: core.file_url(lease.output, false),
        output_ticket: ticket::issue(key, Access::Write, lease.output, expires),
        output_file: lease.output.to_string(),
        run_ms: u64::try_from(run).unwrap_or(u64::MAX),
        traceparent,
        options: options_to_pb(&spec.options),
    }
}
