//! How good a miner has been: a moving average of what its answers earned, for each kind of work.

use std::collections::BTreeMap;

use domain::{MinerId, Score, TaskKind};

/// One part in so many of an average is its newest reward: about the last twenty count.
const MEMORY: u64 = 10;
/// One part in so many of an average goes with every round in which its miner was given none of that work.
const FADE: u64 = 100;
/// Of what is asked for, so much is remembered from one round to the next, in tenths.
const DEMAND: u64 = 9;
/// What one task adds to the demand for its kind.
const TASK: u64 = 1_000;

/// A miner as the chain knows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neuron {
    /// Its place on the subnet.
    pub uid: u16,
    /// Its hotkey.
    pub miner: MinerId,
    /// The block at which it took this place.
    pub registered_at: u64,
    /// Its stake.
    pub stake: u64,
}

/// What one miner has reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The block at which its hotkey took its place; another block is another miner.
    pub registered_at: u64,
    /// The average, for each kind it has done.
    pub kinds: BTreeMap<TaskKind, Mark>,
}

/// An average and how much it stands on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The average. It begins at nothing, so that twenty good answers stand above one.
    pub average: Score,
    /// Answers in it, or answers that did not come.
    pub samples: u64,
}

/// What all miners have reached, and what work was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standings {
    /// By hotkey.
    pub miners: BTreeMap<MinerId, Standing>,
    /// How much each kind was asked for lately; what a kind counts in the standing of a miner.
    pub demand: BTreeMap<TaskKind, u64>,
}

impl Standings {
    /// Takes over who is on the subnet now. Who left is forgotten; a place that changed hands, and a hotkey that came back at
    /// another block, begin with nothing.
    pub fn register(&mut self, neurons: &[Neuron]) {
        let mut miners = BTreeMap::new();
        for neuron in neurons {
            let known = self.miners.remove(&neuron.miner);
            let standing = known.filter(|s| s.registered_at == neuron.registered_at);
            let fresh = || Standing { registered_at: neuron.registered_at, kinds: BTreeMap::new() };
            miners.insert(neuron.miner.clone(), standing.unwrap_or_else(fresh));
        }
        self.miners = miners;
    }

    /// Adds a round: for each answer (or answer that did not come) the miner, the kind and the reward, in order, and how many
    /// tasks of each kind there were. Who is not registered gets nothing.
    pub fn add(&mut self, rewards: &[(MinerId, TaskKind, Score)], tasks: &BTreeMap<TaskKind, u64>) {
        let mut touched = BTreeMap::new();
        for (miner, kind, reward) in rewards {
            let Some(standing) = self.miners.get_mut(miner) else {
                continue;
            };
            let mark = standing.kinds.entry(*kind).or_default();
            mark.average = Score::mean([(MEMORY - 1, mark.average), (1, *reward)]);
            mark.samples = mark.samples.saturating_add(1);
            touched.insert((miner, *kind), ());
        }
        for (miner, standing) in &mut self.miners {
            for (kind, mark) in &mut standing.kinds {
                if !touched.contains_key(&(miner, *kind)) {
                    mark.average = Score::mean([(FADE - 1, mark.average), (1, Score::ZERO)]);
                }
            }
        }
        self.demand.values_mut().for_each(|d| *d = *d * DEMAND / 10);
        for (kind, count) in tasks {
            *self.demand.entry(*kind).or_default() += count.saturating_mul(TASK);
        }
        self.demand.retain(|_, d| *d > 0);
    }

    /// What a miner stands for: the mean of its averages, each kind counting as much as it was asked for. Work that a miner
    /// does not do counts nothing, so doing more kinds of work never lowers it.
    #[must_use]
    pub fn overall(&self, miner: &MinerId) -> Score {
        let Some(standing) = self.miners.get(miner) else {
            return Score::ZERO;
        };
        let mark = |kind| standing.kinds.get(kind).map_or(Score::ZERO, |m| m.average);
        Score::mean(self.demand.iter().map(|(kind, demand)| (*demand, mark(kind))))
    }

    /// Every miner, the best first; among equals the one that is there longer.
    #[must_use]
    pub fn ranking(&self) -> Vec<(MinerId, Score)> {
        let mut ranking: Vec<_> =
            self.miners.iter().map(|(m, s)| (m.clone(), self.overall(m), s.registered_at)).collect();
        ranking.sort_by(|a, b| b.1.cmp(&a.1).then(a.2.cmp(&b.2)).then(a.0.cmp(&b.0)));
        ranking.into_iter().map(|(miner, overall, _)| (miner, overall)).collect()
    }
}

#[cfg(test)]
#[path = "standing/tests.rs"]
mod tests;
