//! What no scorer should want and no subnet demand: no panic, and never anything that the chain could not read.

use parity_scale_codec::{Decode as _, Encode as _};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::timelock::Payload;
use crate::weights::{Commit, FULL, Quantised, Wanted, normalize};

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: 10_000, failure_persistence: None, ..Config::default() })
}

/// Every kind of number, the worst ones often.
fn weight() -> impl Strategy<Value = f64> {
    let worst = [0.0, -0.0, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY, f64::NAN, 5e-324, -1.0, 1.0];
    prop_oneof![
        40 => 0.0..1.0f64,
        2 => prop::sample::select(worst.to_vec()),
        1 => any::<u64>().prop_map(f64::from_bits),
    ]
}

fn uid() -> impl Strategy<Value = u32> {
    prop_oneof![40 => 0..3_000u32, 1 => 65_000..66_000u32, 1 => any::<u32>()]
}

/// What every subnet and the state of every validator could be.
fn demands() -> impl Strategy<Value = (Rules, Setter, Commit)> {
    let subnet = (any::<[u64; 3]>(), any::<[u16; 3]>(), any::<[u8; 2]>(), any::<bool>());
    let state = (any::<Option<u16>>(), any::<[u64; 3]>(), any::<[bool; 2]>(), any::<u16>(), 0..20usize);
    (subnet, state).prop_map(|((long, short, byte, commit_reveal), (uid, own, flags, version, waiting))| {
        let rules = Rules {
            head: long[0],
            version_key: long[1],
            rate_limit: long[2],
            neurons: short[0],
            min_allowed: short[1],
            max_weight: short[2],
            mecid: byte[0],
            mechanisms: byte[1],
            commit_reveal,
            stake_threshold: own[2],
            netuid: 49,
        };
        let [permit, owner] = flags;
        (
            rules,
            Setter { uid, stake: own[0], permit, owner, last_update: own[1] },
            Commit { version, waiting },
        )
    })
}

#[test]
fn ten_thousand_wishes_are_refused_or_come_out_as_the_chain_reads_them() {
    let made = std::cell::Cell::new(0);
    let wishes = (prop::collection::vec((uid(), weight()), 0..20), any::<u16>());
    runner()
        .run(&wishes, |(weights, limit)| {
            let Ok(wanted) = Wanted::new(weights) else { return Ok(()) };
            let Quantised { uids, values } = wanted.quantise(limit);
            prop_assert_eq!(uids.len(), values.len());
            prop_assert!(uids.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(values.iter().all(|value| *value > 0));
            prop_assert_eq!(values.iter().max(), Some(&FULL));
            made.set(made.get() + 1);
            Ok(())
        })
        .unwrap();
    assert!(made.get() > 1_000, "only {} of them were weights", made.get());
}

#[test]
fn ten_thousand_subnets_take_weights_or_refuse_them_by_name() {
    let wanted = Wanted::new([(0, 1.0), (3, 0.25), (7, 0.0), (65_535, 2.0)]).unwrap();
    runner()
        .run(&(demands(), any::<u64>()), |((rules, setter, commit), version_key)| {
            for refusal in [
                wanted.prepare(&rules, &setter, version_key).err(),
                wanted.prepare_commit(&rules, &setter, &commit, version_key).err(),
            ] {
                prop_assert!(refusal.is_none_or(|r| !r.to_string().is_empty()));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn ten_thousand_texts_are_a_payload_or_none_and_read_back_as_written() {
    let texts = (prop::collection::vec(any::<u8>(), 0..120), any::<[u8; 32]>(), any::<prop::sample::Index>());
    runner()
        .run(&texts, |(noise, hotkey, at)| {
            if let Ok(read) = Payload::decode(&mut &noise[..]) {
                let written = read.encode();
                prop_assert_eq!(Payload::decode(&mut &written[..]).ok(), Some(read));
            }
            let weights = [(3, 1.0), (4, f64::from(noise.len() as u32))];
            let whole = Payload::new(&hotkey, normalize(&weights, f64::round_ties_even), 7).encode();
            let cut = at.index(whole.len());
            prop_assert!(Payload::decode(&mut &whole[..cut]).is_err(), "cut off at {cut}");
            let mut other = whole.clone();
            other[cut] ^= 1 << (cut % 8);
            // another text is another payload, or none
            let same = Payload::decode(&mut &other[..]).is_ok_and(|p| p.encode() == whole);
            prop_assert!(!same, "bit {} of byte {cut}", cut % 8);
            Ok(())
        })
        .unwrap();
}
