//! What a miner says to its scheduler, in the form of the wire.

use domain::{Failure, LeaseId, MinerId, Response};
use proto::{
    convert,
    pb::{
        self,
        miner_message::{Complete, Declare, Drain, Fail, Heartbeat, Message, Progress, Stopped},
    },
};

use super::{ability::Ability, assignment::Claim};

/// How a piece of work ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The result is stored.
    Done(Response),
    /// There is none, and why.
    Failed(Failure),
}

pub(super) fn declare(
    miner: &MinerId,
    session: u64,
    ability: &Ability,
    held: Vec<String>,
) -> pb::MinerMessage {
    wrap(Message::Declare(Declare {
        miner: miner.to_string(),
        session,
        offers: convert::offers_to_pb(&ability.offers),
        capacity: u32::try_from(ability.capacity).unwrap_or(u32::MAX),
        held,
        models: ability.models.iter().map(convert::model_card_to_pb).collect(),
    }))
}

pub(super) fn heartbeat(held: Vec<String>) -> pb::MinerMessage {
    wrap(Message::Heartbeat(Heartbeat { held }))
}

pub(super) fn progress(claim: &Claim, percent: u8) -> pb::MinerMessage {
    wrap(Message::Progress(Progress {
        task: claim.task.to_string(),
        lease: claim.lease.to_string(),
        fence: claim.fence.0,
        percent: percent.into(),
    }))
}

pub(super) fn answer(claim: &Claim, answer: &Answer) -> pb::MinerMessage {
    let (task, lease, fence) = (claim.task.to_string(), claim.lease.to_string(), claim.fence.0);
    wrap(match answer {
        Answer::Done(r) => {
            Message::Complete(Complete { task, lease, fence, response: Some(convert::response_to_pb(r)) })
        }
        Answer::Failed(f) => {
            Message::Fail(Fail { task, lease, fence, failure: Some(convert::failure_to_pb(f)) })
        }
    })
}

pub(super) fn stopped(lease: LeaseId) -> pb::MinerMessage {
    wrap(Message::Stopped(Stopped { lease: lease.to_string() }))
}

pub(super) fn drain() -> pb::MinerMessage {
    wrap(Message::Drain(Drain {}))
}

const fn wrap(message: Message) -> pb::MinerMessage {
    pb::MinerMessage { message: Some(message) }
}
