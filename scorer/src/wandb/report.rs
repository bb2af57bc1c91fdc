//! What of a round and of a task is logged.

use std::collections::BTreeMap;

use domain::{MinerId, Score, TaskKind, ValidatorId};

use super::Row;
use crate::{
    accuracy::Basis,
    round::{Came, Outcome, Records},
};

/// A round that was closed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoundReport {
    /// Which.
    pub round: u64,
    /// The block at which it was closed.
    pub block: u64,
    /// Tasks in it.
    pub tasks: u64,
    /// Those that validators agree on.
    pub approved: u64,
    /// Those that are challenges of this validator.
    pub challenges: u64,
    /// Whether its weights are on the chain.
    pub weights_set: bool,
    /// How answers did, by kind.
    pub kinds: BTreeMap<TaskKind, Means>,
    /// What each miner stands for, by uid.
    pub standings: BTreeMap<u16, Score>,
    /// The weight of each miner that has one, by uid.
    pub weights: BTreeMap<u16, Score>,
    /// How far each validator is believed.
    pub trust: BTreeMap<ValidatorId, Score>,
}

/// How the answers to the tasks of one kind did, in those that validators agree on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Means {
    /// Mean accuracy of the answers that came in time.
    pub accuracy: f64,
    /// Mean speed of the same.
    pub speed: f64,
    /// Mean reward of all that were asked; who did not answer earned nothing.
    pub reward: f64,
    /// How many came in time.
    pub answers: u64,
}

/// A task that this validator graded.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskReport {
    /// Its kind.
    pub kind: TaskKind,
    /// What its answers were compared with.
    pub basis: Basis,
    /// Answers that were graded.
    pub answers: u64,
    /// Their mean accuracy.
    pub accuracy: f64,
    /// From lease to result of the fastest of them in milliseconds, by the scheduler's clock.
    pub took_ms: u64,
}

impl RoundReport {
    /// What `outcome`, which follows from `records`, says. A miner that is on the subnet no more is left out.
    #[must_use]
    pub fn of(records: &Records, outcome: &Outcome, block: u64, challenges: u64, weights_set: bool) -> Self {
        let uids: BTreeMap<&MinerId, u16> = records.neurons.iter().map(|n| (&n.miner, n.uid)).collect();
        let by_uid = |scores: Vec<(MinerId, Score)>| {
            scores.iter().filter_map(|(miner, score)| Some((*uids.get(miner)?, *score))).collect()
        };
        let mut sums: BTreeMap<TaskKind, (Means, u64)> = BTreeMap::new();
        for (asked, result) in records.tasks.iter().zip(&outcome.results).filter(|(_, r)| r.approved) {
            let (sum, all) = sums.entry(asked.kind).or_default();
            for (answer, scored) in asked.answers.iter().zip(&result.answers) {
                *all += 1;
                sum.reward += scored.reward.share();
                if matches!(answer.came, Came::InTime { .. }) {
                    sum.answers += 1;
                    sum.accuracy += scored.accuracy.share();
                    sum.speed += scored.speed.share();
                }
            }
        }
        let kinds = sums.into_iter().map(|(kind, (sum, all))| (kind, sum.over(all)));
        Self {
            round: outcome.round,
            block,
            tasks: outcome.results.len() as u64,
            approved: outcome.results.iter().filter(|r| r.approved).count() as u64,
            challenges,
            weights_set,
            kinds: kinds.collect(),
            standings: by_uid(outcome.standings.ranking()),
            weights: by_uid(outcome.weights.clone()),
            trust: outcome.trust.clone(),
        }
    }

    pub(super) fn row(&self) -> Row {
        let mut row = Row::default();
        row.count("round/round", self.round);
        row.count("round/block", self.block);
        row.count("round/tasks", self.tasks);
        row.count("round/approved", self.approved);
        row.count("round/challenges", self.challenges);
        row.count("round/weights_set", u64::from(self.weights_set));
        for (kind, means) in &self.kinds {
            row.count(format!("answers/{kind}"), means.answers);
            row.number(format!("accuracy/{kind}"), means.accuracy);
            row.number(format!("speed/{kind}"), means.speed);
            row.number(format!("reward/{kind}"), means.reward);
        }
        for (uid, score) in &self.standings {
            row.number(format!("standing/{uid}"), score.share());
        }
        for (uid, score) in &self.weights {
            row.number(format!("weight/{uid}"), score.share());
        }
        for (validator, score) in &self.trust {
            row.number(format!("trust/{validator}"), score.share());
        }
        row
    }
}

impl Means {
    /// From sums over the answers in time, and over `all` that were asked. Without answers in time there is no accuracy and no
    /// speed, and no row has one.
    fn over(self, all: u64) -> Self {
        let (answers, all) = (self.answers as f64, all as f64);
        Self {
            accuracy: self.accuracy / answers,
            speed: self.speed / answers,
            reward: self.reward / all,
            answers: self.answers,
        }
    }
}

impl TaskReport {
    /// From the accuracy and the milliseconds of each answer that was graded; `None` without any.
    #[must_use]
    pub fn of(kind: TaskKind, basis: Basis, graded: &[(Score, u64)]) -> Option<Self> {
        let took_ms = graded.iter().map(|(_, took)| *took).min()?;
        let sum: f64 = graded.iter().map(|(accuracy, _)| accuracy.share()).sum();
        let answers = graded.len() as u64;
        Some(Self { kind, basis, answers, accuracy: sum / answers as f64, took_ms })
    }

    /// As the task with this number of the run.
    pub(super) fn row(&self, number: u64) -> Row {
        let mut row = Row::default();
        row.count("task/number", number);
        row.text("task/kind", self.kind.name());
        row.text("task/basis", self.basis.name());
        row.count("task/answers", self.answers);
        row.number("task/accuracy", self.accuracy);
        row.count("task/took_ms", self.took_ms);
        row
    }
}

#[cfg(test)]
#[path = "tests/report.rs"]
mod tests;
