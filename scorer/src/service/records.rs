//! From what a gateway says was agreed on to the records of a round. Pure. The stake of a vote is the chain's, not the
//! gateway's word; votes of those who have none, and tasks and miners that come twice, do not count.

use std::collections::{BTreeMap, BTreeSet};

use domain::{MinerId, Sha256, TaskId};

use super::{
    book::Evaluated,
    chain::Subnet,
    wire::{Came as Word, Final, FinalAnswer},
};
use crate::{
    consensus::{Ballot, Vote},
    reward::Profile,
    round::{Answer, Asked, Came, Outcome, Records, VERSION},
};

/// What a round is built upon.
pub struct Ground<'a> {
    /// Which round.
    pub round: u64,
    /// How answers are rewarded.
    pub profile: Profile,
    /// The subnet at the block of its end.
    pub subnet: &'a Subnet,
    /// How the last one ended.
    pub last: Option<Outcome>,
}

/// A task that validators agree on, and what this one found of it.
pub struct Agreed {
    /// By the gateway.
    pub told: Final,
    /// By this validator's book.
    pub own: Option<Evaluated>,
}

/// The records of a round.
#[must_use]
pub fn records(ground: Ground<'_>, tasks: Vec<Agreed>) -> Records {
    let Ground { round, profile, subnet, last } = ground;
    let stakes: BTreeMap<&str, u64> = subnet.validators().collect();
    let mut met: BTreeSet<TaskId> = BTreeSet::new();
    let fresh = tasks.into_iter().filter(|t| met.insert(t.told.task_id));
    let tasks = fresh.map(|task| asked(task, &stakes)).collect();
    let (standings, trust) = last.map(|o| (o.standings, o.trust)).unwrap_or_default();
    Records {
        version: VERSION,
        round,
        profile,
        neurons: subnet.seats.iter().map(|s| s.neuron.clone()).collect(),
        validators: u32::try_from(stakes.len()).unwrap_or(u32::MAX),
        standings,
        trust,
        tasks,
    }
}

fn asked(task: Agreed, stakes: &BTreeMap<&str, u64>) -> Asked {
    let Agreed { told, own } = task;
    let units = told.units.or(own.as_ref().map(|o| o.units)).unwrap_or(0);
    let mut answers: Vec<Answer> = Vec::new();
    for answer in &told.answers {
        let miner = name(answer);
        let came = came(answer, &miner, own.as_ref(), stakes);
        match answers.iter_mut().find(|a| a.miner == miner) {
            // asked again after it lost a lease: what came in time counts
            Some(there)
                if matches!(came, Came::InTime { .. }) && !matches!(there.came, Came::InTime { .. }) =>
            {
                there.came = came;
            }
            Some(_) => {}
            None => answers.push(Answer { miner, came }),
        }
    }
    Asked { task: told.task_id, kind: told.task_type, units, answers }
}

/// A miner is its hotkey; one that is not registered has the name that the scheduler knows it by.
fn name(answer: &FinalAnswer) -> MinerId {
    answer.hotkey.clone().unwrap_or_else(|| answer.miner.clone())
}

fn came(
    answer: &FinalAnswer,
    miner: &MinerId,
    own: Option<&Evaluated>,
    stakes: &BTreeMap<&str, u64>,
) -> Came {
    match (answer.came, answer.took_ms) {
        (Word::Late, _) => Came::Late,
        (Word::Invalid, _) => Came::Invalid,
        (Word::Nothing, _) => Came::Nothing,
        // an answer of which nobody says how long it took can't be rewarded
        (Word::InTime, None) => Came::Invalid,
        (Word::InTime, Some(took_ms)) => {
            let mut votes = Ballot::default();
            for vote in &answer.votes {
                let Some(stake) = stakes.get(vote.validator.as_str()).copied() else { continue };
                let vote =
                    Vote { validator: vote.validator.clone(), stake, grade: vote.grade, basis: vote.basis };
                if let Err(refused) = votes.cast(vote, miner) {
                    tracing::debug!(%miner, %refused, "a vote does not count");
                }
            }
            // canonical numbers end at 2^53; a year has less than 2^35 ms
            let took_ms = took_ms.min(1 << 40);
            Came::InTime { took_ms, fingerprint: fingerprint(answer, own), votes }
        }
    }
}

/// What an answer says: by this validator's own reading where it graded it, else by its bytes.
fn fingerprint(answer: &FinalAnswer, own: Option<&Evaluated>) -> Sha256 {
    let read = own.zip(answer.lease_id).and_then(|(own, lease)| {
        let place = own.evaluation.grades.iter().position(|g| g.lease_id == lease)?;
        own.fingerprints.get(place).copied()
    });
    // bytes that nobody names are like no others: the lease is
    let unlike = || {
        let text = format!("{:?} {:?} {:?}", answer.lease_id, answer.miner, answer.took_ms);
        domain::canonical::digest(text.as_bytes())
    };
    read.or(answer.output_sha256).unwrap_or_else(unlike)
}

#[cfg(test)]
mod tests;
