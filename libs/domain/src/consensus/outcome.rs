//! What all validators together found of a task, once they agree.

use super::{Ballot, Came, Electorate, Evaluation, Verdict, Vote, level, verdict};
use crate::{
    Language, Lease, LeaseId, MinerId, Score, Sha256, SourceLanguage, Task, TaskId, TaskKind, Timestamp,
};

/// The final result of a task: everybody who was asked, once, with what validators found. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalResult {
    /// Which task.
    pub task: TaskId,
    /// Its kind.
    pub kind: TaskKind,
    /// Language of the input.
    pub source: SourceLanguage,
    /// Language of the output, for translations.
    pub target: Option<Language>,
    /// When validators agreed.
    pub approved_at: Timestamp,
    /// How far they agree: one less the widest interval of an answer.
    pub agreement: Score,
    /// Size of the work, which is what speed is measured by: the stake-weighted median of what validators told, if half of
    /// the stake did.
    #[serde(default)]
    pub units: Option<u32>,
    /// Each miner that was asked, in the order of the leases.
    pub answers: Vec<FinalAnswer>,
}

/// What came from one miner, and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalAnswer {
    /// Its name, as the task has it.
    pub miner: MinerId,
    /// Its place on the subnet, if it still has one.
    pub uid: Option<u16>,
    /// Its hotkey, if it is known.
    pub hotkey: Option<MinerId>,
    /// The lease.
    pub lease: LeaseId,
    /// What came.
    pub came: Came,
    /// From lease to answer in milliseconds, by the scheduler's clock.
    pub took_ms: Option<u64>,
    /// Digest of the answer.
    pub output: Option<Sha256>,
    /// The median of what validators found.
    pub accuracy: Option<Score>,
    /// What the middle half of the stake says.
    pub interval: Option<(Score, Score)>,
    /// The votes it comes from.
    pub votes: Ballot,
}

/// The final result of `task`, or `None` while the verdict on one of its answers is open. Of a validator that answered the
/// task itself the vote on its own answer is left out.
#[must_use]
pub fn conclude(
    task: &Task,
    evaluations: &[Evaluation],
    electorate: &Electorate,
    now: Timestamp,
) -> Option<FinalResult> {
    let asked = asked(task).into_iter().map(|lease| answer(lease, evaluations, electorate));
    let answers = asked.collect::<Option<Vec<_>>>()?;
    let widest = answers.iter().filter_map(|a| a.interval).map(|(low, high)| width(low, high)).max();
    Some(FinalResult {
        task: task.spec.id,
        kind: task.spec.kind,
        source: task.spec.source,
        target: task.spec.target,
        approved_at: now,
        agreement: widest.unwrap_or_default().rest(),
        units: units(evaluations),
        answers,
    })
}

/// The size of the work, if those who tell it hold half of the stake that votes: fewer would set it for all.
fn units(evaluations: &[Evaluation]) -> Option<u32> {
    let told: Vec<_> = evaluations.iter().filter_map(|e| Some((e.stake, e.units?))).collect();
    let all: u128 = evaluations.iter().map(|e| u128::from(e.stake)).sum();
    let telling: u128 = told.iter().map(|(stake, _)| u128::from(*stake)).sum();
    if 2 * telling < all { None } else { level(&told, 2) }
}

/// Who was asked, each miner once: the lease that was answered, else the last one.
#[must_use]
pub fn asked(task: &Task) -> Vec<&Lease> {
    let mut asked: Vec<&Lease> = Vec::new();
    for lease in &task.leases {
        match asked.iter_mut().find(|l| l.miner == lease.miner) {
            Some(there) if Came::of(there) == Came::InTime => {}
            Some(there) => *there = lease,
            None => asked.push(lease),
        }
    }
    asked
}

fn answer(lease: &Lease, evaluations: &[Evaluation], electorate: &Electorate) -> Option<FinalAnswer> {
    let holder = electorate.holder(&lease.miner);
    let response = lease.response();
    // a place may have changed hands since: an answer is that of the hotkey that signed it
    let signer = holder.and(response).and_then(|r| Some(&r.proof.as_ref()?.signer));
    let hotkey = signer.or(holder.map(|h| &h.hotkey)).cloned();
    let holder = holder.filter(|h| hotkey.as_ref() == Some(&h.hotkey));
    let mut answer = FinalAnswer {
        miner: lease.miner.clone(),
        uid: holder.map(|h| h.uid),
        hotkey,
        lease: lease.id,
        came: Came::of(lease),
        took_ms: None,
        output: response.map(|r| r.output.sha256),
        accuracy: None,
        interval: None,
        votes: Ballot::default(),
    };
    if answer.came != Came::InTime {
        return Some(answer);
    }
    let took = lease.end.as_ref().map(|(at, _)| at.since(lease.granted_at));
    answer.took_ms = took.map(|t| u64::try_from(t.as_millis()).unwrap_or(u64::MAX));
    let whose = answer.hotkey.clone().unwrap_or_else(|| lease.miner.clone());
    for evaluation in evaluations {
        if let Some(found) = evaluation.of(lease.id) {
            let (validator, stake) = (evaluation.validator.clone(), evaluation.stake);
            let vote = Vote { validator, stake, grade: found.grade(), basis: found.basis };
            // a vote that does not count is not there
            let _ = answer.votes.cast(vote, &whose);
        }
    }
    match verdict(&answer.votes, electorate.validators as usize) {
        Verdict::Open(_) => None,
        Verdict::Agreed(agreed) => {
            answer.accuracy = Some(agreed.median);
            answer.interval = Some(agreed.interval);
            Some(answer)
        }
    }
}

fn width(low: Score, high: Score) -> Score {
    Score::from_billionths(high.billionths().saturating_sub(low.billionths())).unwrap_or_default()
}

impl FinalResult {
    /// What was agreed on the answer of this lease.
    #[must_use]
    pub fn of(&self, lease: LeaseId) -> Option<&FinalAnswer> {
        self.answers.iter().find(|a| a.lease == lease)
    }

    /// How right the answer of this lease is.
    #[must_use]
    pub fn agreed(&self, lease: LeaseId) -> Option<Score> {
        self.of(lease)?.accuracy
    }

    /// What an evaluation says beside what was agreed, for each answer: what its validator is trusted by.
    #[must_use]
    pub fn beside(&self, evaluation: &Evaluation) -> Vec<(Score, Score)> {
        let pair = |f: &super::Finding| Some((f.accuracy, self.agreed(f.lease)?));
        evaluation.findings.iter().filter_map(pair).collect()
    }
}

#[cfg(test)]
mod tests;
