use proptest::prelude::*;

use super::*;
use crate::grade::{Basis, Grade};

fn vote(validator: &str, stake: u64, percent: u32) -> Vote {
    let grade = Grade { accuracy: Score::percent(percent), completeness: Score::ONE, fault: None };
    Vote { validator: validator.parse().unwrap(), stake, grade, basis: Basis::Truth }
}

fn ballot(votes: &[(&str, u64, u32)]) -> Ballot {
    let mut ballot = Ballot::default();
    for (validator, stake, percent) in votes {
        ballot.cast(vote(validator, *stake, *percent), &"miner".parse().unwrap()).unwrap();
    }
    ballot
}

#[test]
fn two_distinct_validators_agree_and_one_does_not_where_there_are_two() {
    let one = ballot(&[("a", 5, 90)]);
    assert_eq!(verdict(&one, 2), Verdict::Open(1));
    let alone = Consensus {
        median: Score::percent(90),
        interval: (Score::percent(90), Score::percent(90)),
        validators: 1,
    };
    assert_eq!(verdict(&one, 1), Verdict::Agreed(alone));
    assert_eq!(verdict(&Ballot::default(), 0), Verdict::Open(1));
    let Verdict::Agreed(three) = verdict(&ballot(&[("a", 5, 90), ("b", 3, 80), ("c", 2, 10)]), 3) else {
        panic!("three are enough");
    };
    assert_eq!((three.median, three.validators), (Score::percent(90), 3));
    assert_eq!(three.interval, (Score::percent(80), Score::percent(90)));
}

#[test]
fn two_reports_by_one_validator_count_as_one() {
    // E9, S3
    let miner = "miner".parse().unwrap();
    let mut ballot = ballot(&[("a", 5, 90)]);
    assert_eq!(ballot.cast(vote("a", 5, 10), &miner), Err(NoVote::Twice("a".parse().unwrap())));
    assert_eq!(ballot.cast(vote("b", 0, 10), &miner), Err(NoVote::NoStake("b".parse().unwrap())));
    assert_eq!(ballot.cast(vote("miner", 9, 100), &miner), Err(NoVote::Own("miner".parse().unwrap())));
    assert_eq!(verdict(&ballot, 2), Verdict::Open(1));
    assert_eq!(ballot.votes().len(), 1);
}

#[test]
fn a_validator_far_from_the_others_loses_trust_and_can_win_it_back() {
    let (p, one) = (Score::percent, Score::ONE);
    let near = trust(None, &[(p(90), p(91)), (p(50), p(49))]);
    let far = trust(None, &[(p(90), p(10)), (p(5), p(95))]);
    assert!(near > p(99) && far < p(92), "{near} {far}");
    let after = |mut t, rounds| {
        (0..rounds).for_each(|_| t = trust(Some(t), &[(p(90), p(10))]));
        t
    };
    let lost = after(one, 40);
    assert!(lost < p(13), "{lost}");
    let mut back = lost;
    (0..40).for_each(|_| back = trust(Some(back), &[(p(70), p(70))]));
    assert!(back > p(98), "{back}");
    assert_eq!(trust(Some(p(30)), &[]), p(30));
    assert_eq!(clip(p(99), p(40)), p(40));
    assert_eq!(clip(p(30), p(40)), p(30));
}

/// The chain's own words: the consensus is the largest weight w for which validators with a share of stake of at least
/// kappa (one half) set w or more. Tried for every candidate, with the stake counted anew each time.
fn as_the_chain_has_it(votes: &[(u64, Score)]) -> Score {
    let all: u128 = votes.iter().map(|(s, _)| u128::from(*s)).sum();
    let support = |w: Score| -> u128 {
        votes.iter().filter(|(_, score)| *score >= w).map(|(s, _)| u128::from(*s)).sum()
    };
    let candidates = votes.iter().filter(|(s, _)| *s > 0).map(|(_, score)| *score);
    candidates.filter(|w| 2 * support(*w) >= all).max().unwrap_or(Score::ZERO)
}

fn votes(n: std::ops::Range<usize>, stake: u64) -> impl Strategy<Value = Vec<(u64, Score)>> {
    let score = (0..=100_u32).prop_map(Score::percent);
    proptest::collection::vec((1..=stake, score), n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_median_is_that_of_the_chains_documents_in_any_order(mut votes in votes(1..12, u64::MAX)) {
        // P4
        let found = median(&votes);
        prop_assert_eq!(found, as_the_chain_has_it(&votes));
        votes.reverse();
        prop_assert_eq!(median(&votes), found);
    }

    #[test]
    fn less_than_half_of_the_stake_never_moves_the_median_beyond_the_honest_range(
        honest in votes(1..8, 1_000_000), liars in votes(0..8, 1_000_000), want in 0..=100_u32,
    ) {
        // P4: the liars get as much stake as they may have, and vote as one
        let held: u64 = honest.iter().map(|(s, _)| s).sum();
        let total: u64 = liars.iter().map(|(s, _)| s).sum();
        let allowed = u128::from(held - 1);
        let mut all = honest.clone();
        all.extend(liars.iter().map(|(s, _)| {
            let stake = u128::from(*s) * allowed / u128::from(total.max(1));
            (u64::try_from(stake).unwrap(), Score::percent(want))
        }));
        let scores = || honest.iter().map(|(_, score)| *score);
        let found = median(&all);
        prop_assert!(scores().min().unwrap() <= found && found <= scores().max().unwrap());
    }
}
