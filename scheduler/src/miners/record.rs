//! What is known of a miner's work from its own past.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use domain::{MinerId, MinerRecord, Outcome, Score, Tally, TaskKind, Timestamp};

/// From so many samples on a kind counts as the miner's speciality, for better or worse.
const SPECIALIST: u64 = 5;
/// Differences in pace below this share of the time allowed are noise.
const PACE_NOISE: f64 = 0.01;

/// Outcomes of one miner's leases, by kind of work.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Record {
    hotkey: Option<[u8; 32]>,
    kinds: BTreeMap<TaskKind, Tally>,
}

impl Record {
    /// A lease of the miner ended.
    pub(crate) fn note(&mut self, kind: TaskKind, outcome: Outcome, now: Timestamp) {
        self.kinds.entry(kind).or_default().note(outcome, now);
    }

    /// An answer of the miner was compared with those of others.
    pub(crate) fn agreed(&mut self, kind: TaskKind, agreement: Score) {
        self.kinds.entry(kind).or_default().agreed(agreement);
    }

    /// Time taken over time allowed at this kind of work; `None` before the first answer.
    pub(crate) fn pace(&self, kind: TaskKind) -> Option<f64> {
        self.kinds.get(&kind).and_then(|t| t.pace).map(Score::share)
    }

    /// How well the miner does `kind`, 0..=1, where `best_pace` is the best of those it is compared with. Success rate
    /// 0.4, speed 0.3, agreement with other miners 0.2 where it is known, specialisation 0.1; over their sum. A miner
    /// without a past counts as good as the best, so that it gets one.
    pub(crate) fn performance(&self, kind: TaskKind, best_pace: Option<f64>) -> f64 {
        let samples: u64 = self.kinds.values().map(Tally::samples).sum();
        let overall = match samples {
            0 => 1.0,
            #[allow(clippy::cast_precision_loss)] // a weight needs no more digits
            n => {
                let weighed = |t: &Tally| t.success.share() * t.samples() as f64;
                self.kinds.values().map(weighed).sum::<f64>() / n as f64
            }
        };
        let speed = match (best_pace, self.pace(kind)) {
            (Some(best), Some(own)) => (best + PACE_NOISE) / (own + PACE_NOISE),
            _ => 1.0,
        };
        let own = self.kinds.get(&kind);
        let special = own.filter(|t| t.samples() >= SPECIALIST).map_or(overall, |t| t.success.share());
        let sum = 0.4 * overall + 0.3 * speed.min(1.0) + 0.1 * special;
        match own.and_then(|t| t.agreement) {
            Some(agreement) => sum + 0.2 * agreement.share(),
            None => sum / 0.8,
        }
    }
}

/// Records of the miners that worked here, the latest `most` of them, and which of them were not written yet.
#[derive(Debug)]
pub(crate) struct Records {
    most: usize,
    of: HashMap<MinerId, Record>,
    oldest_first: VecDeque<MinerId>,
    unwritten: BTreeSet<(MinerId, TaskKind)>,
}

impl Records {
    /// None yet; remembers at most `most` miners and forgets the one that came first.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, of: HashMap::new(), oldest_first: VecDeque::new(), unwritten: BTreeSet::new() }
    }

    /// How many miners are remembered at most.
    pub(crate) const fn most(&self) -> usize {
        self.most
    }

    /// The record of a miner.
    pub(crate) fn get(&self, miner: &MinerId) -> Record {
        self.of.get(miner).cloned().unwrap_or_default()
    }

    /// Adds to the record of a miner.
    pub(crate) fn note(&mut self, miner: &MinerId, kind: TaskKind, add: impl FnOnce(&mut Record)) {
        add(self.of(miner));
        self.unwritten.insert((miner.clone(), kind));
    }

    /// Whoever has this name now proves that hotkey: what another one did under the name is forgotten.
    pub(crate) fn owned(&mut self, miner: &MinerId, hotkey: Option<[u8; 32]>) {
        if self.of.get(miner).is_some_and(|r| r.hotkey == hotkey) {
            return;
        }
        *self.of(miner) = Record { hotkey, kinds: BTreeMap::new() };
        self.unwritten.retain(|(name, _)| name != miner);
    }

    /// Takes over what was written by a former run; what is known already stays.
    pub(crate) fn restore(&mut self, written: Vec<MinerRecord>) {
        for MinerRecord { miner, kind, hotkey, tally } in written {
            let record = self.of(&miner);
            if record.kinds.is_empty() {
                record.hotkey = hotkey;
            }
            if record.hotkey == hotkey {
                record.kinds.entry(kind).or_insert(tally);
            }
        }
    }

    /// At most `most` records that were not written yet; they count as written from now on.
    pub(crate) fn changed(&mut self, most: usize) -> Vec<MinerRecord> {
        let mut changed = Vec::new();
        while changed.len() < most
            && let Some((miner, kind)) = self.unwritten.pop_first()
        {
            let record = self.of.get(&miner);
            if let Some((hotkey, tally)) = record.and_then(|r| Some((r.hotkey, *r.kinds.get(&kind)?))) {
                changed.push(MinerRecord { miner, kind, hotkey, tally });
            }
        }
        changed
    }

    /// These were not written after all.
    pub(crate) fn unwritten(&mut self, records: &[MinerRecord]) {
        self.unwritten.extend(records.iter().map(|r| (r.miner.clone(), r.kind)));
    }

    fn of(&mut self, miner: &MinerId) -> &mut Record {
        if !self.of.contains_key(miner) {
            if self.oldest_first.len() >= self.most
                && let Some(oldest) = self.oldest_first.pop_front()
            {
                self.of.remove(&oldest);
                self.unwritten.retain(|(name, _)| *name != oldest);
            }
            self.oldest_first.push_back(miner.clone());
        }
        self.of.entry(miner.clone()).or_default()
    }
}

#[cfg(test)]
#[path = "../tests/record.rs"]
mod tests;
