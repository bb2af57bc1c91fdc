//! What a round is made of, as it is published.

use std::collections::BTreeMap;

use domain::{MinerId, Score, Sha256, TaskId, TaskKind, ValidatorId};

use crate::{
    accuracy::{Basis, Fault},
    consensus::Ballot,
    reward::{BadProfile, Profile},
    standing::{Neuron, Standings},
};

/// Everything that decides a round. What a miner says of itself is not among it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// [`VERSION`](super::VERSION).
    pub version: u8,
    /// Which round.
    pub round: u64,
    /// How answers are rewarded.
    pub profile: Profile,
    /// Who is on the subnet, by the chain.
    pub neurons: Vec<Neuron>,
    /// How many validators have stake on the subnet.
    pub validators: u32,
    /// What miners stood for before.
    pub standings: Standings,
    /// How far validators were believed before.
    pub trust: BTreeMap<ValidatorId, Score>,
    /// The tasks of the round, each with everybody who was asked.
    pub tasks: Vec<Asked>,
}

/// A task and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Which task.
    pub task: TaskId,
    /// Its kind.
    pub kind: TaskKind,
    /// Its size: seconds of sound or video, words of text.
    pub units: u32,
    /// Each miner that was asked, once.
    pub answers: Vec<Answer>,
}

/// What came of one lease.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Who was asked.
    pub miner: MinerId,
    /// What came.
    pub came: Came,
}

/// What came from a miner.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Came {
    /// A valid answer in time.
    InTime {
        /// From lease to result in milliseconds, by the scheduler's clock.
        took_ms: u64,
        /// What it says ([`fingerprint`](crate::copies::fingerprint)).
        fingerprint: Sha256,
        /// What validators found.
        votes: Ballot,
    },
    /// An answer after the lease was lost.
    Late,
    /// An answer that can't be read.
    Invalid,
    /// Nothing.
    Nothing,
}

/// Records that contradict themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// Another layout.
    #[error("the records have version {0}")]
    Version(u8),
    /// The profile can't be used.
    #[error("check the profile")]
    Profile(#[source] BadProfile),
    /// The same thing twice.
    #[error("{0} is there twice")]
    Twice(String),
    /// A vote that can't have been cast.
    #[error("the votes on the answer of {0} can't have been cast")]
    Votes(MinerId),
}

/// What follows from a round.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// [`VERSION`](super::VERSION).
    pub version: u8,
    /// Which round.
    pub round: u64,
    /// Each task in the order of the records.
    pub results: Vec<Result>,
    /// What miners stand for now.
    pub standings: Standings,
    /// How far validators are believed now.
    pub trust: BTreeMap<ValidatorId, Score>,
    /// The weight of each miner that earns, best first; together one, or nothing.
    pub weights: Vec<(MinerId, Score)>,
}

/// What became of a task.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Result {
    /// Which task.
    pub task: TaskId,
    /// Whether validators agree on it; one without agreement counts for nobody and is left for a later round.
    pub approved: bool,
    /// Each answer in the order of the records.
    pub answers: Vec<Scored>,
}

/// What one answer was worth.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scored {
    /// Whose.
    pub miner: MinerId,
    /// How right, by consensus.
    pub accuracy: Score,
    /// The interval in which the middle half of the stake found it.
    pub interval: (Score, Score),
    /// How much of it is there, by consensus.
    pub completeness: Score,
    /// How fast.
    pub speed: Score,
    /// How staked.
    pub stake: Score,
    /// What it earned.
    pub reward: Score,
    /// True when it earned nothing, or less, because others said the same wrong thing first or at once.
    pub copied: bool,
    /// What the first validator that found a fault found.
    pub fault: Option<Fault>,
    /// What most of the stake compared with.
    pub basis: Option<Basis>,
}

impl Records {
    /// Whether they hold together.
    ///
    /// # Errors
    /// [`BadRecord`] with the first contradiction.
    pub fn check(&self) -> std::result::Result<(), BadRecord> {
        if self.version != super::VERSION {
            return Err(BadRecord::Version(self.version));
        }
        self.profile.check().map_err(BadRecord::Profile)?;
        twice(self.neurons.iter().map(|n| n.miner.to_string()))?;
        twice(self.neurons.iter().map(|n| format!("uid {}", n.uid)))?;
        twice(self.tasks.iter().map(|t| t.task.to_string()))?;
        for task in &self.tasks {
            twice(task.answers.iter().map(|a| format!("{} in task {}", a.miner, task.task)))?;
            for answer in &task.answers {
                if let Came::InTime { votes, .. } = &answer.came {
                    let mut cast = Ballot::default();
                    let sound = votes.votes().iter().all(|v| cast.cast(v.clone(), &answer.miner).is_ok());
                    if !sound {
                        return Err(BadRecord::Votes(answer.miner.clone()));
                    }
                }
            }
        }
        Ok(())
    }
}

fn twice(names: impl Iterator<Item = String>) -> std::result::Result<(), BadRecord> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if seen.contains(&name) {
            return Err(BadRecord::Twice(name));
        }
        seen.insert(name);
    }
    Ok(())
}
