//! Every recorded vector of a real node at spec 461, replayed byte for byte through the libraries that this service signs
//! and reads with. Source: see `devchain/data/NOTICE`. What this does not prove: that a node accepts anything.

// helpers of tests are not known as tests to the lint
#![allow(clippy::unwrap_used)]

mod accounts;
mod block;
mod calls;
mod extrinsics;
mod record;
mod runtime;
mod storage;

/// A vector that no test names would be skipped in silence.
#[test]
fn every_recorded_vector_has_its_test() {
    let record = record::golden();
    let counted: Vec<_> = record
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, list)| Some((name.as_str(), list.as_array()?.len())))
        .collect();
    let mut tested = vec![
        ("calls", calls::COUNT),
        ("constants", storage::CONSTANTS),
        ("extrinsics", extrinsics::SIGNED),
        ("multisig", accounts::MULTISIG),
        ("query_maps", storage::MAPS),
        ("runtime_calls", runtime::COUNT),
        ("signature_payloads", extrinsics::PAYLOADS),
        ("ss58", accounts::SS58),
        ("storage_keys", storage::KEYS),
        ("storage_values", storage::VALUES),
    ];
    tested.sort_unstable();
    let mut counted = counted;
    counted.sort_unstable();
    assert_eq!(counted, tested);
    let single: Vec<_> =
        record.as_object().unwrap().iter().filter(|(_, v)| v.is_object()).map(|(k, _)| k).collect();
    // network and metadata are the frame of all others; the rest have tests of their own in block.rs and runtime.rs
    let mut single: Vec<_> = single.into_iter().map(String::as_str).collect();
    single.sort_unstable();
    assert_eq!(single, ["block", "events", "metadata", "network", "payment_info", "receipt"]);
}
