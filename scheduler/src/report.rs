//! What a miner reports of its leases, on its way to the store.

use std::sync::Arc;

use domain::{ErrorKind, Event, Facts, FailReason, Failure, Lease, LeaseId, Outcome, Response, TaskState};
use proto::RpcError;
use tracing::Instrument as _;

use crate::{
    core::{Core, all, is_away},
    events,
    message::{self, Claim},
    miners::{Seat, Stage, Work},
    receipt, trace,
};

/// Renews leases. A lease that the store says is lost is revoked; when the store is away, the next heartbeat tries again.
pub(crate) async fn renew(core: Arc<Core>, seat: Seat, leases: Vec<(Claim, Option<u8>)>) {
    let calls = leases.into_iter().map(|(claim, percent)| renew_one(&core, &seat, claim, percent));
    all(calls).instrument(trace::unsampled()).await;
}

async fn renew_one(core: &Core, seat: &Seat, claim: Claim, percent: Option<u8>) {
    let now = core.now();
    let event =
        Event::Renew { lease: claim.lease, fence: claim.fence, expires_at: now + core.config.lease, percent };
    match core.tasks.apply(claim.task, &event, now).await {
        Ok(_) => {}
        Err(e) if matches!(e.kind, ErrorKind::Conflict | ErrorKind::NotFound) => {
            core.miners.with(seat, |p| p.revoke(claim.lease, &e.message));
        }
        Err(e) => tracing::debug!(task = %claim.task, lease = %claim.lease, error = %e, "lease not renewed"),
    }
}

/// Marks that a report on the lease is on its way: it can't be lost by a heartbeat that does not name it any more.
pub(crate) fn settling(core: &Core, seat: &Seat, lease: LeaseId) -> Option<Work> {
    let mark = |s: &mut crate::miners::Slot| {
        s.stage = Stage::Settling;
        s.work.clone()
    };
    core.miners.with(seat, |p| p.slot(lease).map(mark)).flatten()
}

/// Stores an answer; the miner hears of it only after it is durable. An answer that does not describe its result,
/// describes another kind's, or is signed as something else, is a fault of the miner: its lease fails, and the work goes on to another.
pub(crate) async fn complete(
    core: Arc<Core>,
    seat: Seat,
    claim: Claim,
    response: Response,
    work: Option<Work>,
) {
    if work.as_ref().is_some_and(|work| !Facts::fit(work.kind, response.facts.as_ref())) {
        let sentence = "the machine that took the task did not say what its result is";
        return fail(core, seat, claim, Failure::new(FailReason::MinerFault, sentence), work).await;
    }
    let hotkey = core.miners.with(&seat, |p| p.hotkey).flatten();
    if let Some(sentence) = work.as_ref().and_then(|w| receipt::fault(claim, w, &response, hotkey)) {
        return fail(core, seat, claim, Failure::new(FailReason::MinerFault, sentence), work).await;
    }
    let now = core.now();
    let span = trace::complete_span(work.as_ref(), claim.lease, &seat.miner);
    let event = Event::Respond { lease: claim.lease, fence: claim.fence, response };
    let stored = core.persist(claim.task, &event, now).instrument(span.clone()).await;
    match stored {
        Ok(after) => {
            let _in_trace = span.entered();
            if let Some(work) = &work {
                let (took, allowed) = (now.since(work.granted_at), work.run_until.since(work.granted_at));
                core.miners.note(&seat.miner, work.kind, Outcome::Answered { took, allowed }, now);
            }
            if matches!(after.state, TaskState::Completed { at, .. } if at == now) {
                events::TaskCompleted { task: &after, miner: &seat.miner }.emit();
            }
            settle(&core, &seat, claim.lease);
        }
        // the store knows what is not known here: the stored file, and the digest of the input
        Err(e) if e.kind == ErrorKind::Invalid => {
            let sentence = format!("the machine that took the task sent a false answer: {}", e.message);
            fail(core, seat, claim, Failure::new(FailReason::MinerFault, sentence), work).await;
        }
        Err(e) => {
            span.in_scope(|| {
                if matches!(e.kind, ErrorKind::Conflict | ErrorKind::NotFound) {
                    events::LateResponse { lease: claim.lease, miner: &seat.miner, reason: &e.message }
                        .emit();
                }
                refuse(&core, &seat, claim, &e);
            });
            if e.kind == ErrorKind::Conflict {
                late(&core, &seat, claim).instrument(trace::unsampled()).await;
            }
        }
    }
}

/// Counts an answer that came after its lease was lost, if the lease was this miner's.
async fn late(core: &Core, seat: &Seat, claim: Claim) {
    // a store that is away now makes nobody better: the lease was counted when it was lost
    let Ok(task) = core.tasks.get(claim.task).await else { return };
    let own = |l: &&Lease| l.id == claim.lease && l.fence == claim.fence && l.miner == seat.miner;
    let lost = task.leases.iter().find(own).is_some_and(|l| !l.is_live() && l.response().is_none());
    if lost {
        core.miners.note(&seat.miner, task.spec.kind, Outcome::Late, core.now());
    }
}

/// Stores that the miner gave up.
pub(crate) async fn fail(core: Arc<Core>, seat: Seat, claim: Claim, failure: Failure, work: Option<Work>) {
    let now = core.now();
    let span = trace::complete_span(work.as_ref(), claim.lease, &seat.miner);
    let event = Event::Fail { lease: claim.lease, fence: claim.fence, failure: failure.clone() };
    let stored = core.persist(claim.task, &event, now).instrument(span.clone()).await;
    let _in_trace = span.entered();
    match stored {
        Ok(after) => {
            // one that blames an input that another miner could work on has failed at it
            if !(failure.reason.blames_input() && after.state.is_over()) {
                core.miners.note(&seat.miner, after.spec.kind, Outcome::Failed, now);
            }
            events::LeaseFailed { task: &after, lease: claim.lease, miner: &seat.miner, failure: &failure }
                .emit();
            events::ended_without_result(&after, now);
            settle(&core, &seat, claim.lease);
        }
        Err(e) => refuse(&core, &seat, claim, &e),
    }
}

fn settle(core: &Core, seat: &Seat, lease: LeaseId) {
    core.miners.with(seat, |p| {
        p.free(lease, core.now());
        p.send(message::settled(lease))
    });
    core.agenda.assign();
}

/// The report does not fit: the miner forgets the lease. While the store is away nothing is said: the scheduler stops,
/// and the miner repeats its report to the next one.
fn refuse(core: &Core, seat: &Seat, claim: Claim, e: &RpcError) {
    if is_away(e.kind) {
        return;
    }
    let reason = match e.kind {
        ErrorKind::Internal => "the answer could not be stored",
        _ => e.message.as_str(),
    };
    if e.kind == ErrorKind::Internal {
        tracing::error!(task = %claim.task, lease = %claim.lease, error = %e, "report not stored");
    }
    core.miners.with(seat, |p| {
        p.free(claim.lease, core.now());
        p.send(message::refused(claim.lease, reason))
    });
    core.agenda.assign();
}
