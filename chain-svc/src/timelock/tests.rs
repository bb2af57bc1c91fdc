//! Both ways with bittensor-core 0.1.5, offline: the signature of round 1000 is public since 2023.
//! `golden/timelock.json` is what the core sealed (`oracles/timelock.py`); what we sealed lies in
//! `golden/timelock-ours.json`, which that program opens with the core.

use std::path::PathBuf;

use ark_serialize::CanonicalDeserialize;
use ark_std::rand::{SeedableRng, rngs::StdRng};
use serde_json::Value;
use timelock::tlock::{TLECiphertext, tld};

use super::*;

/// What the beacon published for round 1000.
const SIGNATURE_1000: &str =
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39";

/// What bittensor-core writes around a sealed text; a transaction carries the two apart.
#[derive(Encode, Decode)]
struct Envelope {
    encrypted: Vec<u8>,
    round: u64,
}

/// Opens a sealed text. The crate allocates what a length in it claims, so all of them are checked before.
fn open(sealed: &[u8]) -> Result<Vec<u8>, String> {
    let length = |at: usize| {
        let eight = sealed.get(at..at + 8).ok_or("cut off")?;
        let length = u64::from_le_bytes(eight.try_into().unwrap());
        usize::try_from(length)
            .ok()
            .filter(|l| *l <= sealed.len())
            .ok_or("a length beyond the text".to_owned())
    };
    if (length(POINT)?, length(POINT + 40)?) != (32, 32) {
        return Err("not framed as the chain frames it".into());
    }
    let body = POINT + 80;
    let (inner, text) = (body + 8, length(body + 8)?);
    for at in [body, inner, inner + 8 + text, inner + length(body)?] {
        length(at)?;
    }
    let bare = [&sealed[..96], &sealed[104..136], &sealed[144..]].concat();
    let sealed = TLECiphertext::<TinyBLS381>::deserialize_compressed(&bare[..]).map_err(|e| e.to_string())?;
    let signature = hex::decode(SIGNATURE_1000).unwrap();
    let signature =
        <TinyBLS381 as EngineBLS>::SignatureGroup::deserialize_compressed(&signature[..]).unwrap();
    tld::<TinyBLS381, AESGCMBlockCipherProvider>(sealed, signature).map_err(|e| format!("{e:?}"))
}

fn golden(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "golden", name].iter().collect()
}

fn cases(name: &str) -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(golden(name)).unwrap()).unwrap()
}

fn random(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn payload(size: u16) -> Payload {
    let weights =
        Quantised { uids: (0..size).collect(), values: (0..size).map(|i| u16::MAX - i * 3).collect() };
    Payload::new(&[0xd4; 32], weights, 7)
}

#[test]
fn sealed_weights_open_with_the_signature_of_their_round() {
    let sealed = payload(3).seal(1_000, &mut random(1)).unwrap();
    assert_eq!(Payload::decode(&mut &open(&sealed).unwrap()[..]), Ok(payload(3)));
}

#[test]
fn sealed_weights_do_not_open_with_the_signature_of_another_round() {
    assert!(open(&payload(3).seal(1_001, &mut random(1)).unwrap()).is_err());
}

#[test]
fn a_changed_byte_does_not_open() {
    let sealed = payload(2).seal(1_000, &mut random(2)).unwrap();
    // all but the last 16, which name the kind of cipher and are read by nobody
    for at in 0..sealed.len() - 16 {
        let mut other = sealed.clone();
        other[at] ^= 1;
        let opened = open(&other);
        assert!(opened.is_err(), "byte {at} changed and opened");
    }
}

#[test]
fn the_same_weights_are_never_sealed_the_same() {
    let (a, b) = (payload(1).seal(1_000, &mut random(1)), payload(1).seal(1_000, &mut random(2)));
    assert_ne!(a.unwrap(), b.unwrap());
}

#[test]
fn a_whole_subnet_fits_into_a_commit_and_more_is_refused() {
    let whole = payload(256).seal(1_000, &mut random(3)).unwrap();
    assert!(whole.len() < LONGEST, "{}", whole.len());
    let refused = payload(1_300).seal(1_000, &mut random(3));
    assert!(matches!(refused, Err(NotSealed::TooLong(_))), "{refused:?}");
}

#[test]
fn the_payload_is_coded_as_the_chain_reads_it() {
    let weights = Quantised { uids: vec![0, 3], values: vec![65_535, 1_234] };
    let coded = Payload::new(&[0xd4; 32], weights, 7).encode();
    let expected = format!("80{}080000030008ffffd2040700000000000000", "d4".repeat(32));
    assert_eq!(hex::encode(coded), expected);
}

#[test]
fn what_the_official_core_seals_opens_here() {
    let cases = cases("timelock.json");
    assert!(cases.len() >= 12, "{} cases", cases.len());
    for case in cases {
        let envelope = hex::decode(case["envelope"].as_str().unwrap()).unwrap();
        let envelope = Envelope::decode(&mut &envelope[..]).unwrap();
        assert_eq!(envelope.round, 1_000);
        assert_eq!(hex::encode(open(&envelope.encrypted).unwrap()), case["plain"].as_str().unwrap());
    }
}

#[test]
fn what_we_seal_is_what_was_shown_to_the_official_core() {
    // the randomness of the tests is fixed, so the sealed bytes are too
    let now: Vec<Value> = [1, 2, 5, 64, 256]
        .into_iter()
        .map(|size| {
            let encrypted = payload(size).seal(1_000, &mut random(u64::from(size))).unwrap();
            let envelope = Envelope { encrypted, round: 1_000 }.encode();
            serde_json::json!({ "plain": hex::encode(payload(size).encode()), "envelope": hex::encode(envelope) })
        })
        .collect();
    let lines: Vec<String> = now.iter().map(Value::to_string).collect();
    testkit::golden::compare(&golden("timelock-ours.json"), &format!("[\n{}\n]\n", lines.join(",\n")));
}
