use proptest::prelude::*;

use super::*;
use crate::weights::check::over_limit;
use crate::weights::{BadWeights, FULL, Wanted};

#[test]
fn what_is_no_weight_is_refused_by_name() {
    for (weights, refusal) in [
        (vec![(0, f64::NAN)], BadWeights::NotFinite(0)),
        (vec![(1, f64::INFINITY)], BadWeights::NotFinite(1)),
        (vec![(0, 1.0), (2, -1e-300)], BadWeights::NotFinite(2)),
        (vec![(65_536, 1.0)], BadWeights::Uid(65_536)),
        (vec![(5, 1.0), (5, 0.0)], BadWeights::Twice(5)),
        (vec![(5, 0.0), (6, -0.0)], BadWeights::AllZero),
        (vec![], BadWeights::AllZero),
        (vec![(0, f64::MAX), (1, f64::MAX)], BadWeights::TooLarge),
    ] {
        assert_eq!(Wanted::new(weights.clone()), Err(refusal), "{weights:?}");
    }
}

#[test]
fn who_got_nothing_gets_nothing_also_where_shares_are_made_equal() {
    let sent = Wanted::new([(1, 1.0), (2, 0.0), (9, 3.0)]).unwrap().quantise(FULL / 4);
    assert_eq!(sent.uids, [1, 9]);
    assert_eq!(sent.values, [FULL, FULL]);
}

#[test]
fn a_tie_is_rounded_to_the_even_neighbour() {
    // 65535 / 6 = 10922.5 and 65535 / 2 = 32767.5
    let sent = Wanted::new([(0, 1.0), (1, 6.0), (2, 3.0)]).unwrap().quantise(FULL);
    assert_eq!(sent.values, [10_922, FULL, 32_768]);
}

#[test]
fn a_weight_on_oneself_alone_is_not_clipped() {
    let rules = Rules { max_weight: 1, min_allowed: 200, ..rules() };
    let sent = Wanted::new([(3, 0.5)]).unwrap().prepare(&rules, &validator(), 7).unwrap();
    assert_eq!((sent.uids, sent.values), (vec![3], vec![FULL]));
}

proptest! {
    #[test]
    fn what_is_sent_is_in_order_scaled_and_within_the_limit(
        weights in prop::collection::btree_map(0..300u32, prop_oneof![0.0..1.0f64, 1e-12..1e12f64], 1..40),
        limit in 1..=FULL,
    ) {
        let Ok(wanted) = Wanted::new(weights.clone()) else { return Ok(()) };
        let sent = wanted.quantise(limit);
        prop_assert_eq!(sent.uids.len(), sent.values.len());
        prop_assert!(sent.uids.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert_eq!(sent.values.iter().max(), Some(&FULL));
        prop_assert!(sent.values.iter().all(|value| *value > 0));
        // more weight never gets less
        for (a, x) in sent.uids.iter().zip(&sent.values) {
            for (b, y) in sent.uids.iter().zip(&sent.values) {
                prop_assert!(weights[&u32::from(*a)] < weights[&u32::from(*b)] || x >= y);
            }
        }
        let above_zero = weights.values().filter(|weight| **weight > 0.0).count() as u64;
        if above_zero * u64::from(limit) > u64::from(FULL) {
            prop_assert!(!over_limit(limit, &sent.values), "{:?} at {limit}", sent.values);
        }
    }

    #[test]
    fn the_unit_of_the_weights_does_not_matter(
        weights in prop::collection::btree_map(0..300u32, 1e-6..1e6f64, 1..20),
        power in -20..20i32,
    ) {
        let scale = 2f64.powi(power);
        let scaled = weights.iter().map(|(uid, weight)| (*uid, weight * scale));
        let one = Wanted::new(weights.clone()).unwrap().quantise(FULL);
        prop_assert_eq!(one, Wanted::new(scaled).unwrap().quantise(FULL));
    }
}
