//! How many challenges a miner gets.

use domain::Score;

/// What a miner was given lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// Challenges.
    pub challenges: u32,
    /// Tasks of clients.
    pub organic: u32,
}

/// How much of a miner's time challenges may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// So many it gets in any case, that a newcomer nobody asks is measured.
    pub least: u32,
    /// Beyond those, this share of all it does.
    pub share: Score,
    /// Never more than so many.
    pub most: u32,
}

impl Default for Budget {
    /// Ten, then one task in ten, at most two hundred in the time that is counted.
    fn default() -> Self {
        Self { least: 10, share: Score::percent(10), most: 200 }
    }
}

impl Budget {
    /// Whether a miner may be given one more challenge.
    #[must_use]
    pub fn allows(&self, done: Done) -> bool {
        let all = u64::from(done.challenges) + u64::from(done.organic) + 1;
        let after = u64::from(done.challenges) + 1;
        let share = Score::ratio(after.into(), all.into());
        done.challenges < self.most && (done.challenges < self.least || share <= self.share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newcomer_is_measured_and_a_busy_miner_is_not_flooded() {
        let budget = Budget::default();
        let given = |organic| {
            let mut done = Done { challenges: 0, organic };
            while budget.allows(done) {
                done.challenges += 1;
            }
            done.challenges
        };
        assert_eq!([given(0), given(90), given(180), given(900), given(1_000_000)], [10, 10, 20, 100, 200]);
    }
}
