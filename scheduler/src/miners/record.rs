//! What is known of a miner's work from its own past.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use domain::{MinerId, TaskKind};

/// Weight of the newest outcome in the moving averages: about the last twenty count.
const NEWEST: f64 = 0.1;
/// From so many samples on a kind counts as the miner's speciality, for better or worse.
const SPECIALIST: u32 = 5;
/// Differences in pace below this share of the time allowed are noise.
const PACE_NOISE: f64 = 0.01;

/// Outcomes of one miner's leases, by kind of work.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Record {
    kinds: BTreeMap<TaskKind, Tally>,
}

#[derive(Debug, Clone, PartialEq)]
struct Tally {
    samples: u32,
    /// Moving average of outcomes, 1 for an answer, 0 for a strike; 1 before the first.
    success: f64,
    /// Moving average of time taken over time allowed, of answers.
    pace: Option<f64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { samples: 0, success: 1.0, pace: None }
    }
}

impl Record {
    /// The miner answered after `took` of the `allowed` time.
    pub(crate) fn answered(&mut self, kind: TaskKind, took: Duration, allowed: Duration) {
        let tally = self.note(kind, 1.0);
        let pace = (took.as_secs_f64() / allowed.as_secs_f64().max(0.001)).min(1.0);
        tally.pace = Some(tally.pace.map_or(pace, |before| before + NEWEST * (pace - before)));
    }

    /// The miner was given a task and did not bring it to an end.
    pub(crate) fn struck(&mut self, kind: TaskKind) {
        self.note(kind, 0.0);
    }

    fn note(&mut self, kind: TaskKind, outcome: f64) -> &mut Tally {
        let tally = self.kinds.entry(kind).or_default();
        tally.samples = tally.samples.saturating_add(1);
        tally.success += NEWEST * (outcome - tally.success);
        tally
    }

    /// Time taken over time allowed at this kind of work; `None` before the first answer.
    pub(crate) fn pace(&self, kind: TaskKind) -> Option<f64> {
        self.kinds.get(&kind).and_then(|t| t.pace)
    }

    /// How well the miner does `kind`, 0..=1, where `best_pace` is the best of those it is compared with. Success rate
    /// 0.4, speed 0.3, specialisation 0.1, over their sum: accuracy (0.2) joins when validators report. A miner without
    /// a past counts as good as the best, so that it gets one.
    pub(crate) fn performance(&self, kind: TaskKind, best_pace: Option<f64>) -> f64 {
        let samples: u32 = self.kinds.values().map(|t| t.samples).sum();
        let overall = match samples {
            0 => 1.0,
            n => self.kinds.values().map(|t| t.success * f64::from(t.samples)).sum::<f64>() / f64::from(n),
        };
        let speed = match (best_pace, self.pace(kind)) {
            (Some(best), Some(own)) => (best + PACE_NOISE) / (own + PACE_NOISE),
            _ => 1.0,
        };
        let at_this = self.kinds.get(&kind).filter(|t| t.samples >= SPECIALIST);
        let special = at_this.map_or(overall, |t| t.success);
        (0.4 * overall + 0.3 * speed.min(1.0) + 0.1 * special) / 0.8
    }
}

/// Records of the miners that worked here, the latest `most` of them.
#[derive(Debug)]
pub(crate) struct Records {
    most: usize,
    of: HashMap<MinerId, Record>,
    oldest_first: VecDeque<MinerId>,
}

impl Records {
    /// None yet; remembers at most `most` miners and forgets the one that came first.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, of: HashMap::new(), oldest_first: VecDeque::new() }
    }

    /// The record of a miner.
    pub(crate) fn get(&self, miner: &MinerId) -> Record {
        self.of.get(miner).cloned().unwrap_or_default()
    }

    /// The record of a miner, to add to.
    pub(crate) fn of(&mut self, miner: &MinerId) -> &mut Record {
        if !self.of.contains_key(miner) {
            if self.oldest_first.len() >= self.most
                && let Some(oldest) = self.oldest_first.pop_front()
            {
                self.of.remove(&oldest);
            }
            self.oldest_first.push_back(miner.clone());
        }
        self.of.entry(miner.clone()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: TaskKind = TaskKind::Transcription;
    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn more_good_work_never_lowers_a_miner() {
        let mut record = Record::default();
        assert!((record.performance(KIND, None) - 1.0).abs() < 1e-9);
        for _ in 0..30 {
            record.answered(KIND, Duration::from_secs(36), HOUR);
            assert!((record.performance(KIND, record.pace(KIND)) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn failures_and_slowness_lower_a_miner_and_good_work_lifts_it_again() {
        // R42
        let mut record = Record::default();
        for _ in 0..20 {
            record.struck(KIND);
        }
        let at_worst = record.performance(KIND, None);
        assert!(at_worst < 0.5, "{at_worst}");
        for _ in 0..30 {
            record.answered(KIND, HOUR / 2, HOUR);
        }
        let recovered = record.performance(KIND, Some(0.5));
        assert!(recovered > 0.95, "{recovered}");
        assert!(record.performance(KIND, Some(0.01)) < recovered - 0.2, "slower than the best");
    }

    #[test]
    fn the_memory_of_miners_is_bounded_and_forgets_the_oldest() {
        // L13
        let mut records = Records::new(2);
        for name in ["a", "b", "c"] {
            records.of(&name.parse().unwrap()).struck(KIND);
        }
        assert_eq!(records.of.len(), 2);
        assert_eq!(records.get(&"a".parse().unwrap()), Record::default());
        assert_ne!(records.get(&"b".parse().unwrap()), Record::default());
    }
}
