//! Agreement between validators on how right an answer is.
//!
//! The accuracy of an answer is the stake-weighted median of what validators found. While dishonest validators hold less
//! than half of the stake that votes, they can't move it beyond what honest ones found.

mod ballot;
mod evaluation;
mod outcome;
mod report;
mod trust;

pub use ballot::{Ballot, NoVote, Vote};
pub use evaluation::{Came, Electorate, Evaluation, Finding, Holder, Misfit};
pub use outcome::{FinalAnswer, FinalResult, asked, conclude};
pub use report::{Merged, MinerStatus, Told, merge};
pub use trust::{clip, trust};

use crate::Score;

/// What validators agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consensus {
    /// The median.
    pub median: Score,
    /// The lower and upper end of what the middle half of the stake says.
    pub interval: (Score, Score),
    /// How many validators spoke.
    pub validators: usize,
}

/// Whether there is agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// So many further validators are needed.
    Open(usize),
    /// There is.
    Agreed(Consensus),
}

/// How many distinct validators are needed where `validators` have stake: two, or one where there is only one.
#[must_use]
pub const fn quorum(validators: usize) -> usize {
    if validators <= 1 { 1 } else { 2 }
}

/// The verdict on one answer, where `validators` have stake on the subnet.
#[must_use]
pub fn verdict(ballot: &Ballot, validators: usize) -> Verdict {
    let votes: Vec<(u64, Score)> = ballot.votes().iter().map(|v| (v.stake, v.grade.accuracy)).collect();
    let missing = quorum(validators).saturating_sub(votes.len());
    if missing > 0 {
        return Verdict::Open(missing);
    }
    let end = |quarters| level(&votes, quarters).unwrap_or_default();
    let interval = (end(3), end(1));
    Verdict::Agreed(Consensus { median: median(&votes), interval, validators: votes.len() })
}

/// Stake-weighted median: the highest score that validators with at least half of the stake find, or more. Zero without
/// votes.
#[must_use]
pub fn median(votes: &[(u64, Score)]) -> Score {
    level(votes, 2).unwrap_or_default()
}

/// The highest value that validators with at least `quarters` quarters of the stake find, or more; `None` without stake.
fn level<T: Ord + Copy>(votes: &[(u64, T)], quarters: u128) -> Option<T> {
    let mut votes: Vec<_> = votes.to_vec();
    votes.sort_unstable_by_key(|(_, value)| std::cmp::Reverse(*value));
    let all: u128 = votes.iter().map(|(stake, _)| u128::from(*stake)).sum();
    let mut so_far = 0;
    votes.into_iter().find_map(|(stake, value)| {
        so_far += u128::from(stake);
        (stake > 0 && 4 * so_far >= quarters * all).then_some(value)
    })
}

#[cfg(test)]
mod tests;
