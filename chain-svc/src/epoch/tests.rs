//! Epochs against the official core, a table of schedules, and the chain's pipeline block by block.

use std::path::PathBuf;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// A schedule in the middle of an epoch of 360 blocks.
const MIDDLE: Schedule = Schedule { head: 1_000, tempo: 360, last: 900, pending: 0, index: 7, since: 100 };

#[derive(Deserialize)]
struct Case {
    head: u64,
    tempo: u16,
    last: u64,
    pending: u64,
    index: u64,
    since: u64,
    period: u64,
    block_ms: u64,
    now_ms: u64,
    block: u64,
    round: u64,
}

#[test]
fn every_schedule_opens_at_the_round_of_the_official_core() {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "golden", "epoch.json"].iter().collect();
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(cases.len(), 250);
    for c in cases {
        let Case { head, tempo, last, pending, index, since, .. } = c;
        let schedule = Schedule { head, tempo, last, pending, index, since };
        let expected = Reveal { block: c.block, round: c.round };
        assert_eq!(schedule.reveal(c.period, c.now_ms, c.block_ms), Ok(expected), "{schedule:?}");
    }
}

#[test]
fn the_next_epoch_comes_by_tempo_by_request_or_by_the_longest_wait() {
    for (schedule, next) in [
        (MIDDLE, 1_260),
        (Schedule { pending: 1_050, ..MIDDLE }, 1_050),
        // a request in the past, an overdue tempo, and one that was shortened: in the next block
        (Schedule { pending: 950, ..MIDDLE }, 1_001),
        (Schedule { last: 100, ..MIDDLE }, 1_001),
        (Schedule { tempo: 50, ..MIDDLE }, 1_001),
        // a request after the tempo does not delay it
        (Schedule { pending: 5_000, ..MIDDLE }, 1_260),
        // the counter runs over in this many blocks
        (Schedule { tempo: 65_535, since: 50_390, ..MIDDLE }, 1_011),
        (Schedule { tempo: 65_535, since: 50_400, ..MIDDLE }, 1_001),
        (Schedule { tempo: 65_535, since: 60_000, ..MIDDLE }, 1_001),
    ] {
        assert_eq!(schedule.next_epoch(), Ok(next), "{schedule:?}");
    }
}

#[test]
fn a_subnet_without_a_tempo_has_no_next_epoch() {
    let still = Schedule { tempo: 0, pending: 1_001, since: 60_000, ..MIDDLE };
    assert_eq!(still.next_epoch(), Err(NoEpoch::Never));
    assert_eq!(still.reveal(1, 0, 12_000), Err(NoEpoch::Never));
}

#[test]
fn numbers_that_no_chain_has_are_refused_not_computed() {
    assert_eq!(MIDDLE.reveal(u64::MAX, 0, 12_000), Err(NoEpoch::TooFar));
    assert_eq!(MIDDLE.reveal(u64::MAX / 360, 0, 12_000), Err(NoEpoch::TooFar));
    assert_eq!(MIDDLE.reveal(1, u64::MAX, 12_000), Err(NoEpoch::TooFar));
    assert_eq!(MIDDLE.reveal(1, 0, u64::MAX), Err(NoEpoch::TooFar));
    assert_eq!(Schedule { head: u64::MAX, ..MIDDLE }.next_epoch(), Err(NoEpoch::TooFar));
}

#[test]
fn a_round_before_the_beacon_is_its_first() {
    assert_eq!(MIDDLE.reveal(1, 0, 1).map(|r| r.round), Ok(0));
}

#[test]
fn weights_may_be_set_again_when_the_limit_has_passed() {
    for (head, last, limit, next) in [
        (1_000, 0, 100, 1_001),
        (1_000, 950, 100, 1_050),
        (1_000, 901, 100, 1_001),
        (1_000, 100, 100, 1_001),
        (1_000, 1_000, 0, 1_001),
        (1_000, 1_000, u64::MAX, u64::MAX),
    ] {
        assert_eq!(next_weight_block(head, last, limit), next, "{head} {last} {limit}");
    }
}

/// The chain's pipeline, one block after the other; as `oracles/epoch.py` has it.
fn walk(s: Schedule, period: u64) -> (u64, u64) {
    let mut state = s;
    let due = |state: &Schedule, block: u64, since: u64| {
        (state.pending > 0 && block >= state.pending)
            || since > LONGEST_WAIT
            || block.saturating_sub(state.last) >= u64::from(state.tempo)
    };
    let mut block = s.head + 1;
    let target = s.index + u64::from(due(&state, block, state.since)) + period;
    let (mut first, mut reveal) = (None, None);
    loop {
        if state.index + u64::from(due(&state, block, state.since)) >= target {
            reveal = reveal.or(Some(block));
        }
        if due(&state, block, state.since + 1) {
            first = first.or(Some(block));
            state = Schedule { index: state.index + 1, last: block, pending: 0, since: 0, ..state };
        } else {
            state.since += 1;
        }
        if let (Some(first), Some(reveal)) = (first, reveal) {
            return (first, reveal);
        }
        block += 1;
    }
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let tempo = prop_oneof![1..20u16, 300..400u16, 50_300..50_500u16];
    let pending = prop_oneof![Just(0u64), 99_900..100_300u64];
    let since = prop_oneof![0..400u64, 50_300..50_500u64];
    (tempo, 49_000..100_001u64, pending, since).prop_map(|(tempo, last, pending, since)| Schedule {
        head: 100_000,
        tempo,
        last,
        pending,
        index: 3,
        since,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_formula_says_what_the_pipeline_does(schedule in schedules(), period in 0..4u64) {
        let ours = (schedule.next_epoch().unwrap(), schedule.reveal(period, 0, 0).unwrap().block);
        prop_assert_eq!(ours, walk(schedule, period));
    }

    #[test]
    fn a_reveal_lies_ahead_and_at_most_one_epoch_more_than_the_period(
        schedule in schedules(),
        period in 0..1_000u64,
    ) {
        let block = schedule.reveal(period, 0, 0).unwrap().block;
        prop_assert!(block > schedule.head);
        let longest = u64::from(schedule.tempo).min(LONGEST_WAIT + 1);
        let first = schedule.next_epoch().unwrap();
        prop_assert!(block <= first + period * longest + 1, "{block}");
    }
}
