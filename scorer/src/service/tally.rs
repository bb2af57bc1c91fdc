//! What each miner was given lately: the ground for how many challenges it may still get.

use std::collections::BTreeMap;

use domain::MinerId;

use crate::challenge::{Budget, Done};

/// What was given since the last round ended, over what is remembered of before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally(BTreeMap<MinerId, Done>);

impl Tally {
    /// Goes on from what was written down.
    #[must_use]
    pub(crate) const fn from(done: BTreeMap<MinerId, Done>) -> Self {
        Self(done)
    }

    /// A task was given to these miners.
    pub(crate) fn add(&mut self, miners: &[MinerId], challenge: bool) {
        for miner in miners {
            let done = self.0.entry(miner.clone()).or_default();
            let count = if challenge { &mut done.challenges } else { &mut done.organic };
            *count = count.saturating_add(1);
        }
    }

    /// What is remembered into the next round: a tenth less of everything.
    #[must_use]
    pub(crate) fn faded(&self) -> BTreeMap<MinerId, Done> {
        let less = |n: u32| n - n.div_ceil(10);
        let fade = |d: &Done| Done { challenges: less(d.challenges), organic: less(d.organic) };
        let faded = self.0.iter().map(|(miner, done)| (miner.clone(), fade(done)));
        faded.filter(|(_, d)| *d != Done::default()).collect()
    }

    /// Whether another challenge may be posed. Which miner it goes to is the scheduler's choice, so more than half of those
    /// that are known must have room for it.
    #[must_use]
    pub(crate) fn allows(&self, budget: Budget) -> bool {
        let room = self.0.values().filter(|done| budget.allows(**done)).count();
        self.0.is_empty() || room * 2 > self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use domain::Score;

    use super::*;

    #[test]
    fn challenges_end_when_most_miners_had_their_share_and_come_back_with_time() {
        let budget = Budget { least: 3, share: Score::percent(10), most: 100 };
        let miners: Vec<MinerId> = ["a", "b", "c"].map(|m| m.parse().unwrap()).into();
        let mut tally = Tally::default();
        assert!(tally.allows(budget), "nobody is known yet");
        let mut given = 0;
        while tally.allows(budget) {
            tally.add(&miners, true);
            given += 1;
        }
        assert_eq!(given, 3);
        // work of clients makes room again
        let mut busy = tally.clone();
        (0..60).for_each(|_| busy.add(&miners[..2], false));
        assert!(busy.allows(budget));
        // and so does time
        let later = Tally::from(tally.faded());
        assert!(later.allows(budget) && !tally.allows(budget));
        assert_eq!(Tally::from((0..40).fold(tally.faded(), |d, _| Tally::from(d).faded())), Tally::default());
    }
}
