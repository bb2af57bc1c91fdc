//! What nobody should send: no panic, and nothing is believed.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::{first_message, names, prove};

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: 10_000, failure_persistence: None, ..Config::default() })
}

/// Names that count, now and then in other letters, and names of strangers.
fn name() -> impl Strategy<Value = String> {
    let known = [
        names::VERSION,
        names::HOTKEY,
        names::RECEIVER,
        names::NONCE,
        names::SIGNATURE,
        names::CRYPTO,
        "X-BITTENSOR-NONCE",
        "content-type",
    ];
    prop::sample::select(known.to_vec()).prop_map(str::to_owned)
}

/// Values that are nearly good, and anything.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let good: Vec<Vec<u8>> = pairs(&signed()).into_iter().map(|(_, value)| value).collect();
    prop_oneof![
        2 => prop::sample::select(good.clone()),
        2 => (prop::sample::select(good), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut v, at, b)| {
            let at = at.index(v.len());
            v[at] = b;
            v
        }),
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => "[0-9a-fx+-]{0,140}".prop_map(String::into_bytes),
    ]
}

#[test]
fn ten_thousand_sets_of_headers_are_read_or_refused_and_written_as_they_were_read() {
    let whole: Vec<(String, Vec<u8>)> = pairs(&signed());
    let some = prop::collection::vec((name(), value()), 0..8);
    // half of the time around a set that is good by itself
    let sets = (any::<bool>(), some).prop_map(move |(around, mut set)| {
        if around {
            let given: Vec<String> = set.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
            set.extend(whole.iter().filter(|(name, _)| !given.contains(name)).cloned());
        }
        set
    });
    let good = std::cell::Cell::new(0);
    runner()
        .run(&sets, |set| {
            let Ok(headers) = read(&set) else { return Ok(()) };
            good.set(good.get() + 1);
            let written = pairs(&headers);
            let again = read(&written);
            prop_assert_eq!(again.as_ref(), Ok(&headers));
            for (name, value) in &written {
                let sent = set.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
                prop_assert_eq!(sent.map(|(_, v)| v), Some(value));
            }
            if prove(&headers, &request(), bob().account(), NOW).is_ok() {
                prop_assert_eq!((headers.hotkey, headers.nonce), (alice().account(), NOW));
            }
            Ok(())
        })
        .unwrap();
    assert!(good.get() > 500, "only {} sets were in shape", good.get());
}

#[test]
fn ten_thousand_bodies_are_cut_or_refused() {
    let bodies = (any::<bool>(), prop::collection::vec(any::<u8>(), 0..64));
    runner()
        .run(&bodies, |(plain, mut body)| {
            if plain && body.len() >= 5 {
                body[..4].copy_from_slice(&[0; 4]);
            }
            match first_message(&body, 40) {
                Ok(Some(first)) => {
                    prop_assert!(first.len() <= 40 && body[5..].starts_with(first));
                    prop_assert_eq!(usize::from(body[4]), first.len());
                }
                Ok(None) => prop_assert!(body.len() < 45),
                Err(_) => prop_assert!(body[0] != 0 || body[1..4] != [0; 3] || body[4] > 40),
            }
            Ok(())
        })
        .unwrap();
}
