//! What miners say and what they are told, in the domain's words.

use std::time::Duration;

use domain::{Failure, Fence, LeaseId, MinerId, ModelCard, Offer, Response, TaskId};
use pb::{miner_message::Message as Said, scheduler_message as told};
use proto::{
    BadField,
    convert::{failure, model_card, offers, parse, required, response},
    pb,
};

/// Leases that one miner may work on at once.
const MOST_CAPACITY: u32 = 1024;
/// Leases that one message may name: what it works on and what it still has to report.
const MOST_HELD: usize = 4 * MOST_CAPACITY as usize;
/// Most models that one miner may name.
const MOST_MODELS: usize = 64;
/// Most voices of one model, and longest name of anything that is said of one, in bytes.
const MOST_VOICES: usize = 256;
const LONGEST_NAME: usize = 128;

/// A message of a miner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FromMiner {
    /// Who it is and what it can do.
    Declare(Declare),
    /// It lives, and works on these.
    Heartbeat { held: Vec<LeaseId> },
    /// How far it is.
    Progress { claim: Claim, percent: u8 },
    /// It has an answer.
    Complete { claim: Claim, response: Response },
    /// It gives up.
    Fail { claim: Claim, failure: Failure },
    /// Work on a lease has stopped.
    Stopped { lease: LeaseId },
    /// It takes no more.
    Drain,
}

/// Who a miner is and what it can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declare {
    /// Its name.
    pub(crate) miner: MinerId,
    /// Which run of its process.
    pub(crate) session: u64,
    /// What it takes.
    pub(crate) offers: Vec<Offer>,
    /// With which models.
    pub(crate) models: Vec<ModelCard>,
    /// Leases it can work on at once.
    pub(crate) capacity: u32,
    /// Leases it holds from before the connection was lost.
    pub(crate) held: Vec<LeaseId>,
}

/// The lease that a message speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Its task.
    pub(crate) task: TaskId,
    /// Its name.
    pub(crate) lease: LeaseId,
    /// Its fencing number.
    pub(crate) fence: Fence,
}

fn claim(task: &str, lease: &str, fence: u64) -> Result<Claim, BadField> {
    Ok(Claim { task: parse("task", task)?, lease: parse("lease", lease)?, fence: Fence(fence) })
}

fn held(ids: &[String]) -> Result<Vec<LeaseId>, BadField> {
    if ids.len() > MOST_HELD {
        return Err(BadField::new("held", format!("at most {MOST_HELD} leases")));
    }
    ids.iter().map(|id| parse("held", id)).collect()
}

fn models(cards: &[pb::ModelCard]) -> Result<Vec<ModelCard>, BadField> {
    if cards.len() > MOST_MODELS {
        return Err(BadField::new("models", format!("at most {MOST_MODELS} models")));
    }
    for card in cards {
        if card.voices.len() > MOST_VOICES {
            return Err(BadField::new("models.voices", format!("at most {MOST_VOICES} voices")));
        }
        let names =
            [&card.id, &card.version, &card.licence].into_iter().chain(card.voices.iter().map(|v| &v.name));
        if names.into_iter().any(|name| name.len() > LONGEST_NAME) {
            return Err(BadField::new("models", format!("a name has at most {LONGEST_NAME} bytes")));
        }
    }
    cards.iter().map(model_card).collect()
}

impl TryFrom<pb::MinerMessage> for FromMiner {
    type Error = BadField;

    fn try_from(message: pb::MinerMessage) -> Result<Self, BadField> {
        Ok(match required("message", message.message)? {
            Said::Declare(d) => {
                if d.capacity > MOST_CAPACITY {
                    return Err(BadField::new("capacity", format!("at most {MOST_CAPACITY}")));
                }
                Self::Declare(Declare {
                    miner: parse("miner", &d.miner)?,
                    session: d.session,
                    offers: offers(&d.offers)?,
                    models: models(&d.models)?,
                    capacity: d.capacity,
                    held: held(&d.held)?,
                })
            }
            Said::Heartbeat(h) => Self::Heartbeat { held: held(&h.held)? },
            Said::Progress(p) => Self::Progress {
                claim: claim(&p.task, &p.lease, p.fence)?,
                percent: u8::try_from(p.percent.min(100)).unwrap_or(100),
            },
            Said::Complete(c) => Self::Complete {
                claim: claim(&c.task, &c.lease, c.fence)?,
                response: response(required("response", c.response.as_ref())?)?,
            },
            Said::Fail(f) => Self::Fail {
                claim: claim(&f.task, &f.lease, f.fence)?,
                failure: failure(required("failure", f.failure.as_ref())?)?,
            },
            Said::Stopped(s) => Self::Stopped { lease: parse("lease", &s.lease)? },
            Said::Drain(_) => Self::Drain,
        })
    }
}

fn message(message: told::Message) -> pb::SchedulerMessage {
    pb::SchedulerMessage { message: Some(message) }
}

/// The miner is paired and sends a sign of life at least every `heartbeat`.
pub(crate) fn paired(heartbeat: Duration) -> pb::SchedulerMessage {
    let heartbeat_ms = u64::try_from(heartbeat.as_millis()).unwrap_or(u64::MAX);
    message(told::Message::Paired(told::Paired { heartbeat_ms }))
}

/// Work for the miner.
pub(crate) fn lease(lease: told::Lease) -> pb::SchedulerMessage {
    message(told::Message::Lease(lease))
}

/// Nobody wants the answer any more.
pub(crate) fn revoke(lease: LeaseId, reason: &str) -> pb::SchedulerMessage {
    message(told::Message::Revoke(told::Revoke { lease: lease.to_string(), reason: reason.to_owned() }))
}

/// The answer is durable.
pub(crate) fn settled(lease: LeaseId) -> pb::SchedulerMessage {
    message(told::Message::Settled(told::Settled { lease: lease.to_string() }))
}

/// The answer came too late or does not fit.
pub(crate) fn refused(lease: LeaseId, reason: &str) -> pb::SchedulerMessage {
    message(told::Message::Refused(told::Refused { lease: lease.to_string(), reason: reason.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declare(change: impl FnOnce(&mut pb::miner_message::Declare)) -> Result<FromMiner, BadField> {
        let english = pb::Offer {
            kind: pb::TaskKind::Transcription as i32,
            languages: vec!["en".into()],
            ..Default::default()
        };
        let mut d = pb::miner_message::Declare {
            miner: "m1".into(),
            session: 1,
            offers: vec![english],
            capacity: 2,
            held: vec![],
            models: vec![],
        };
        change(&mut d);
        pb::MinerMessage { message: Some(Said::Declare(d)) }.try_into()
    }

    #[test]
    fn a_bad_message_is_refused_by_the_name_of_its_field() {
        // E17
        assert!(declare(|_| {}).is_ok());
        let field = |r: Result<FromMiner, BadField>| r.unwrap_err().field;
        assert_eq!(field(declare(|d| d.miner = "../x".into())), "miner");
        assert_eq!(field(declare(|d| d.capacity = 9_999)), "capacity");
        assert_eq!(field(declare(|d| d.held = vec!["x".into()])), "held");
        assert_eq!(field(declare(|d| d.offers[0].languages[0] = "klingon".into())), "offers.languages");
        let card = |quality: &str| pb::ModelCard { quality: quality.into(), ..Default::default() };
        assert_eq!(field(declare(|d| d.models = vec![card("smoke"); MOST_MODELS + 1])), "models");
        let long = pb::ModelCard { id: "x".repeat(LONGEST_NAME + 1), ..card("smoke") };
        assert_eq!(field(declare(|d| d.models = vec![long])), "models");
        let chorus = vec![pb::model_card::Voice { name: "v".into(), language: "en".into() }; MOST_VOICES + 1];
        let loud = pb::ModelCard { voices: chorus, ..card("smoke") };
        assert_eq!(field(declare(|d| d.models = vec![loud])), "models.voices");
        assert_eq!(field(pb::MinerMessage { message: None }.try_into()), "message");
    }

    #[test]
    fn a_miner_named_0_is_a_miner() {
        // E16
        assert!(declare(|d| d.miner = "0".into()).is_ok());
    }
}
