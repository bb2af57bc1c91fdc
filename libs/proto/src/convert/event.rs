//! Events on tasks.

use domain::{Event, Fence, TaskId, Timestamp};
use pb::apply_request as wire;

use super::{BadField, failure, failure_to_pb, parse, required, response, response_to_pb, score};
use crate::pb;

/// From the wire: which task, what happened, when.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn event(r: &pb::ApplyRequest) -> Result<(TaskId, Event, Timestamp), BadField> {
    let event = match required("event", r.event.as_ref())? {
        wire::Event::Grant(g) => Event::Grant {
            lease: parse("lease", &g.lease)?,
            miner: parse("miner", &g.miner)?,
            session: g.session,
            output: parse("output_file", &g.output_file)?,
            expires_at: Timestamp::from_micros(g.expires_at),
            run_until: Timestamp::from_micros(g.run_until),
        },
        wire::Event::Renew(e) => Event::Renew {
            lease: parse("lease", &e.lease)?,
            fence: Fence(e.fence),
            expires_at: Timestamp::from_micros(e.expires_at),
            percent: e.percent.map(|p| u8::try_from(p.min(100)).unwrap_or(100)),
        },
        wire::Event::Respond(e) => Event::Respond {
            lease: parse("lease", &e.lease)?,
            fence: Fence(e.fence),
            response: response(required("response", e.response.as_ref())?)?,
        },
        wire::Event::Fail(e) => Event::Fail {
            lease: parse("lease", &e.lease)?,
            fence: Fence(e.fence),
            failure: failure(required("failure", e.failure.as_ref())?)?,
        },
        wire::Event::Drop(e) => Event::Drop { lease: parse("lease", &e.lease)? },
        wire::Event::Choose(e) => Event::Choose {
            lease: parse("lease", &e.lease)?,
            agreement: e.agreement.map(|a| score("agreement", a)).transpose()?,
        },
        wire::Event::Expire(_) => Event::Expire,
        wire::Event::Cancel(_) => Event::Cancel,
        wire::Event::Approve(_) => Event::Approve,
    };
    Ok((parse("task", &r.task)?, event, Timestamp::from_micros(r.now)))
}

/// To the wire.
#[must_use]
pub fn apply_request(task: TaskId, event: &Event, now: Timestamp) -> pb::ApplyRequest {
    let event = match event {
        Event::Grant { lease, miner, session, output, expires_at, run_until } => {
            wire::Event::Grant(wire::Grant {
                lease: lease.to_string(),
                miner: miner.to_string(),
                session: *session,
                output_file: output.to_string(),
                expires_at: expires_at.micros(),
                run_until: run_until.micros(),
            })
        }
        Event::Renew { lease, fence, expires_at, percent } => wire::Event::Renew(wire::Renew {
            lease: lease.to_string(),
            fence: fence.0,
            expires_at: expires_at.micros(),
            percent: percent.map(Into::into),
        }),
        Event::Respond { lease, fence, response } => wire::Event::Respond(wire::Respond {
            lease: lease.to_string(),
            fence: fence.0,
            response: Some(response_to_pb(response)),
        }),
        Event::Fail { lease, fence, failure } => wire::Event::Fail(wire::Fail {
            lease: lease.to_string(),
            fence: fence.0,
            failure: Some(failure_to_pb(failure)),
        }),
        Event::Drop { lease } => wire::Event::Drop(wire::Drop { lease: lease.to_string() }),
        Event::Choose { lease, agreement } => wire::Event::Choose(wire::Choose {
            lease: lease.to_string(),
            agreement: agreement.map(domain::Score::billionths),
        }),
        Event::Expire => wire::Event::Expire(wire::Expire {}),
        Event::Cancel => wire::Event::Cancel(wire::Cancel {}),
        Event::Approve => wire::Event::Approve(wire::Approve {}),
    };
    pb::ApplyRequest { task: task.to_string(), now: now.micros(), event: Some(event) }
}
