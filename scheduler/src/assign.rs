//! Who gets which task: a pure function of a snapshot and a seed.
//!
//! Tasks are served in the order of the queue. For each, the miners that may take it are scored, one of the best five is
//! drawn, better ones more likely; one time in ten it is a miner outside the best five, so that newcomers and recovered
//! miners are measured.

use domain::{MinerId, Offer, Task, Timestamp};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::miners::Record;

/// How many miners are preferred.
const PREFERRED: usize = 5;
/// One choice in this many goes to a miner that is not preferred.
const EXPLORE: u32 = 10;
/// Scores closer than this are the same for all purposes; it is also the steepness of the draw: a miner that scores this
/// much less is drawn 2.7 times less often.
const TIE: f64 = 0.05;
/// A miner unseen for this long has no recency left, seconds.
const RECENT: f64 = 900.0;
/// Stake beyond this counts no more, in rao: a thousand TAO.
const FULL_STAKE: f64 = 1e12;

/// A paired miner as the choice sees it.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// Who.
    pub(crate) miner: MinerId,
    /// What it takes.
    pub(crate) offers: Vec<Offer>,
    /// It may be given work when it has room: it is not draining, and what it held before is sorted out.
    pub(crate) serves: bool,
    /// Leases it can work on at once.
    pub(crate) capacity: u32,
    /// Leases that occupy it.
    pub(crate) busy: u32,
    /// Its last sign of life.
    pub(crate) last_seen: Timestamp,
    /// What the subnet weighs it by, in rao; nothing where there is no subnet.
    pub(crate) stake: u64,
    /// Its own past.
    pub(crate) record: Record,
}

/// One lease to grant: indexes into the slices that [`assign`] was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Which task.
    pub(crate) task: usize,
    /// Which miner.
    pub(crate) miner: usize,
}

impl Candidate {
    /// Whether it could be given one more lease now.
    pub(crate) const fn is_free(&self) -> bool {
        self.serves && self.busy < self.capacity
    }

    /// Room for further leases.
    pub(crate) const fn room(&self) -> u32 {
        if self.serves { self.capacity.saturating_sub(self.busy) } else { 0 }
    }

    fn covers(&self, task: &Task) -> bool {
        self.offers.iter().any(|o| o.covers(task.spec.need()))
    }

    /// 0.4 performance + 0.3 free room + 0.2 stake + 0.1 recency, at most 1; where there is no subnet, at most 0.8.
    fn score(&self, task: &Task, best_pace: Option<f64>, now: Timestamp) -> f64 {
        let load = f64::from(self.busy) / f64::from(self.capacity.max(1));
        let recency = 1.0 - (now.since(self.last_seen).as_secs_f64() / RECENT).min(1.0);
        #[allow(clippy::cast_precision_loss)] // a score needs no more digits
        let stake = (self.stake as f64 / FULL_STAKE).min(1.0);
        let performance = self.record.performance(task.spec.kind, best_pace);
        0.4 * performance + 0.3 * (1.0 - load) + 0.2 * stake + 0.1 * recency
    }
}

/// The leases to grant: never more to a task than it can use, never more to a miner than it has room for, never a task to
/// a miner that works on it or answered it, and never to a miner that let it drop while another one that covers it has
/// not been tried.
#[must_use]
pub(crate) fn assign(miners: &[Candidate], tasks: &[Task], now: Timestamp, seed: u64) -> Vec<Choice> {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut miners = miners.to_vec();
    let mut queue: Vec<usize> = (0..tasks.len()).collect();
    queue.sort_by_key(|i| (tasks[*i].queue_rank(), tasks[*i].spec.id));
    let mut choices = Vec::new();
    for index in queue {
        let task = &tasks[index];
        let mut able = able(&miners, task);
        for _ in 0..task.open_grants() {
            able.retain(|i| miners[*i].is_free());
            let Some(miner) = choose(&miners, &able, task, now, &mut chance) else {
                break;
            };
            miners[miner].busy += 1;
            able.retain(|i| *i != miner);
            choices.push(Choice { task: index, miner });
        }
        if !miners.iter().any(Candidate::is_free) {
            break;
        }
    }
    choices
}

/// Whether none of `miners` may be given the task, free or not: then no further answer can come from them.
#[must_use]
pub(crate) fn nobody_is_left(miners: &[Candidate], task: &Task) -> bool {
    able(miners, task).is_empty()
}

/// The miners that may be given the task, free or not.
fn able(miners: &[Candidate], task: &Task) -> Vec<usize> {
    let holds =
        |m: &MinerId| task.leases.iter().any(|l| l.miner == *m && (l.is_live() || l.response().is_some()));
    let fit = |m: &Candidate| m.serves && m.covers(task) && !holds(&m.miner);
    let fit: Vec<usize> = (0..miners.len()).filter(|i| fit(&miners[*i])).collect();
    let untried: Vec<usize> = fit.iter().copied().filter(|i| !task.was_given_to(&miners[*i].miner)).collect();
    if untried.is_empty() { fit } else { untried }
}

/// One of `able`, all free; `None` when there are none.
fn choose(
    miners: &[Candidate],
    able: &[usize],
    task: &Task,
    now: Timestamp,
    chance: &mut StdRng,
) -> Option<usize> {
    let paces = able.iter().filter_map(|i| miners[*i].record.pace(task.spec.kind));
    let best_pace = paces.min_by(f64::total_cmp);
    let mut scored: Vec<(usize, f64)> =
        able.iter().map(|i| (*i, miners[*i].score(task, best_pace, now))).collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    // miners as good as the fifth are no worse for coming later in the list
    let bar = scored.get(PREFERRED - 1).map_or(f64::NEG_INFINITY, |(_, fifth)| fifth - TIE);
    let (preferred, others): (Vec<_>, Vec<_>) = scored.into_iter().partition(|(_, score)| *score >= bar);
    if !others.is_empty() && chance.random_ratio(1, EXPLORE) {
        return others.choose(chance).map(|(i, _)| *i);
    }
    let best = preferred.first()?.1;
    let weight = |(_, score): &(usize, f64)| ((score - best) / TIE).exp();
    preferred.choose_weighted(chance, weight).ok().map(|(i, _)| *i)
}

#[cfg(test)]
#[path = "tests/assign.rs"]
mod tests;
