//! `golden/weights.json`: 1,200 random vectors with the answers of bittensor 11.3.0 (`oracles/weights.py`).

use std::path::PathBuf;

use serde::Deserialize;

use crate::weights::check::over_limit;
use crate::weights::{FULL, Quantised, Wanted, clip_to_max_weight, normalize};

#[derive(Deserialize)]
struct Case {
    uids: Vec<u16>,
    weights: Vec<String>,
    limit: u16,
    quantised: (Vec<u16>, Vec<u16>),
    ready: Option<(Vec<u16>, Vec<u16>)>,
    clipped: Option<Vec<String>>,
}

impl Case {
    fn weights(&self) -> Vec<f64> {
        self.weights.iter().map(|bits| f64::from_bits(u64::from_str_radix(bits, 16).unwrap())).collect()
    }

    fn limit(&self) -> f64 {
        f64::from(self.limit) / f64::from(FULL)
    }
}

fn cases() -> Vec<Case> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "golden", "weights.json"].iter().collect();
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(cases.len(), 1_200);
    cases
}

#[test]
fn every_vector_is_quantised_as_by_the_official_sdk() {
    for case in cases() {
        let weights: Vec<_> = case.uids.iter().copied().zip(case.weights()).collect();
        let Quantised { uids, values } = normalize(&weights, f64::round_ties_even);
        assert_eq!((uids, values), case.quantised, "{weights:?}");
    }
}

#[test]
fn every_vector_is_clipped_as_by_the_official_sdk_to_the_last_bit() {
    let mut seen = 0;
    for case in cases() {
        let Some(wanted) = &case.clipped else { continue };
        let ours: Vec<_> = clip_to_max_weight(&case.weights(), case.limit())
            .into_iter()
            .map(|w| format!("{:016x}", w.to_bits()))
            .collect();
        assert_eq!(&ours, wanted, "{:?} at {}", case.weights(), case.limit);
        seen += 1;
    }
    assert!(seen >= 300, "{seen} clipped vectors");
}

#[test]
fn every_vector_is_sent_as_by_the_official_sdk_unless_the_chain_would_refuse_that() {
    let (mut same, mut refused, mut mended) = (0, 0, 0);
    for case in cases() {
        let weights = case.uids.iter().map(|uid| u32::from(*uid)).zip(case.weights());
        let Some((uids, values)) = case.ready.clone() else {
            assert!(Wanted::new(weights).is_err());
            continue;
        };
        let ours = Wanted::new(weights).unwrap().quantise(case.limit);
        if !over_limit(case.limit, &values) {
            assert_eq!((ours.uids, ours.values), (uids, values), "at {}", case.limit);
            same += 1;
            continue;
        }
        // the same neurons, and no value further away than rounding goes
        assert_eq!(ours.uids.iter().filter(|uid| uids.contains(uid)).count(), uids.len());
        for (uid, theirs) in uids.iter().zip(&values) {
            let at = ours.uids.iter().position(|u| u == uid).unwrap();
            assert!(ours.values[at].abs_diff(*theirs) <= 1, "{uid} at {}", case.limit);
        }
        let few = usize::from(case.limit) * uids.len() <= usize::from(FULL);
        match over_limit(case.limit, &ours.values) {
            true => assert!(few, "{} of {uids:?} is still over {}", values.len(), case.limit),
            false => mended += 1,
        }
        refused += 1;
    }
    // of those that the limit allows at all, the chain would refuse 70 as the SDK rounds them
    assert_eq!((same, refused, mended), (636, 497, 70));
}

#[test]
fn the_examples_of_the_guide_hold() {
    let weights = [(0, 0.1), (1, 0.5), (2, 0.0), (3, 0.25)];
    let expected = Quantised { uids: vec![0, 1, 3], values: vec![13_107, 65_535, 32_768] };
    assert_eq!(normalize(&weights, f64::round_ties_even), expected);
    let clipped = clip_to_max_weight(&[10.0, 1.0, 1.0, 1.0], 0.4);
    for (ours, theirs) in clipped.iter().zip([0.4, 0.2, 0.2, 0.2]) {
        assert!((ours - theirs).abs() < 1e-6, "{clipped:?}");
    }
}
