//! Timelocked commits: each check by its name, and the one round that can be opened offline.

use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use parity_scale_codec::Encode;
use timelock::block_ciphers::AESGCMBlockCipherProvider;
use timelock::engines::{EngineBLS, drand::TinyBLS381};
use timelock::ibe::fullident::Identity;
use timelock::tlock::tle;

use super::kit::{World, account, register};
use crate::rules::commit::Payload;
use crate::timelock::{Closed, open};
use crate::value::{num, raw};

/// Public key of the drand quicknet beacon.
const QUICKNET: &str = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a";
/// The beacon's published signature of round 1000.
const SIGNATURE_1000: &str =
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39";

/// Seals for a round, framed as the chain frames it.
fn seal(data: &[u8], round: u64) -> Vec<u8> {
    type PublicKey = <TinyBLS381 as EngineBLS>::PublicKeyGroup;
    let key = PublicKey::deserialize_compressed(&hex::decode(QUICKNET).unwrap()[..]).unwrap();
    let identity = Identity::new(b"", &sp_crypto_hashing::sha2_256(&round.to_be_bytes()));
    let rng = ark_std::rand::rngs::OsRng;
    let sealed = tle::<TinyBLS381, AESGCMBlockCipherProvider, _>(key, [7; 32], data, identity, rng).unwrap();
    let mut b = vec![];
    sealed.serialize_compressed(&mut b).unwrap();
    let n = 32u64.to_le_bytes();
    [&b[..96], &n, &b[96..128], &n, &b[128..]].concat()
}

fn weights_of(who: &str, uids: &[u16], values: &[u16]) -> Vec<u8> {
    Payload { hotkey: account(who).to_vec(), uids: uids.to_vec(), values: values.to_vec(), version_key: 0 }
        .encode()
}

fn commit(w: &mut World, bytes: &[u8], round: u64, version: u16) -> Result<Vec<String>, String> {
    let args = [
        ("netuid", num(424u16)),
        ("mecid", num(0u8)),
        ("commit", raw(bytes)),
        ("reveal_round", num(round)),
        ("commit_reveal_version", num(version)),
    ];
    w.call("//Bob", "commit_timelocked_mechanism_weights", &args)
}

/// //Bob is uid 1 of subnet 424, with a permit and no rate limit.
fn permitted() -> World {
    let mut w = World::new();
    register(&mut w, 424, "//Bob");
    w.0.set_permit(424, 1, true).unwrap();
    w.set(424, "WeightsSetRateLimit", 0);
    w
}

type Stored = Vec<([u8; 32], u64, Vec<u8>, u64)>;

fn stored(w: &World, epoch: u64) -> Stored {
    w.0.now().unwrap().get("TimelockedWeightCommits", vec![num(424u16), num(epoch)]).unwrap()
}

#[test]
fn a_commit_is_stored_under_its_epoch_and_told_of_by_its_hash() {
    let mut w = permitted();
    let events = commit(&mut w, b"sealed", 2000, 4).unwrap();
    assert!(events.contains(&"SubtensorModule.TimelockedWeightsCommitted".to_owned()));
    assert_eq!(stored(&w, 0), [(account("//Bob"), w.0.head().number, b"sealed".to_vec(), 2000)]);
    let (_, fields) = w.events().into_iter().find(|(n, _)| n.ends_with("Committed")).unwrap();
    let hash = sp_crypto_hashing::blake2_256(b"sealed");
    let scale_value::ValueDef::Composite(c) = &fields.value else { panic!("fields") };
    let fields: Vec<_> = c.values().collect();
    assert_eq!(crate::value::as_bytes(fields[2]).unwrap(), hash);
    assert_eq!(w.get::<Vec<u64>>("LastUpdate", 424)[1], w.0.head().number);
}

#[test]
fn the_call_without_a_mechanism_stores_the_same() {
    let mut w = permitted();
    let args = [
        ("netuid", num(424u16)),
        ("commit", raw(b"sealed")),
        ("reveal_round", num(2000u64)),
        ("commit_reveal_version", num(4u16)),
    ];
    w.call("//Bob", "commit_timelocked_weights", &args).unwrap();
    assert_eq!(stored(&w, 0).len(), 1);
}

#[test]
fn a_subnet_without_commit_reveal_refuses_by_commit_reveal_disabled() {
    let mut w = permitted();
    w.set(424, "CommitRevealWeightsEnabled", false);
    assert_eq!(commit(&mut w, b"x", 2000, 4).unwrap_err(), "CommitRevealDisabled");
}

#[test]
fn another_version_is_refused_by_incorrect_commit_reveal_version() {
    assert_eq!(commit(&mut permitted(), b"x", 2000, 3).unwrap_err(), "IncorrectCommitRevealVersion");
}

#[test]
fn a_stranger_is_refused_by_hot_key_not_registered_in_sub_net() {
    assert_eq!(commit(&mut World::new(), b"x", 2000, 4).unwrap_err(), "HotKeyNotRegisteredInSubNet");
}

#[test]
fn a_second_commit_within_the_rate_limit_is_refused_by_committing_weights_too_fast() {
    let mut w = permitted();
    commit(&mut w, b"x", 2000, 4).unwrap();
    w.set(424, "WeightsSetRateLimit", 10);
    assert_eq!(commit(&mut w, b"x", 2000, 4).unwrap_err(), "CommittingWeightsTooFast");
}

#[test]
fn an_eleventh_commit_in_an_epoch_is_refused_by_too_many_unrevealed_commits() {
    let mut w = permitted();
    w.set(424, "Tempo", 1000);
    for _ in 0..10 {
        commit(&mut w, b"x", 2000, 4).unwrap();
    }
    assert_eq!(commit(&mut w, b"x", 2000, 4).unwrap_err(), "TooManyUnrevealedCommits");
}

#[test]
fn a_round_that_has_passed_is_refused_by_invalid_reveal_round() {
    let mut w = permitted();
    w.0.set_storage("Drand", "LastStoredRound", &[], Some(&2001.into())).unwrap();
    assert_eq!(commit(&mut w, b"x", 2000, 4).unwrap_err(), "InvalidRevealRound");
    assert!(commit(&mut w, b"x", 2001, 4).is_ok());
}

#[test]
fn a_mechanism_that_is_not_there_is_refused_by_mechanism_does_not_exist() {
    let args = [
        ("netuid", num(424u16)),
        ("mecid", num(3u8)),
        ("commit", raw(b"x")),
        ("reveal_round", num(1u64)),
        ("commit_reveal_version", num(4u16)),
    ];
    let refused = permitted().call("//Bob", "commit_timelocked_mechanism_weights", &args).unwrap_err();
    assert_eq!(refused, "MechanismDoesNotExist");
}

#[test]
fn the_checks_come_in_their_order_when_everything_is_wrong_at_once() {
    let mut w = World::new();
    w.set(424, "CommitRevealWeightsEnabled", false);
    w.0.set_storage("Drand", "LastStoredRound", &[], Some(&2001.into())).unwrap();
    let mut seen = vec![];
    let mut attempt = |w: &mut World, version| seen.push(commit(w, b"x", 2000, version).unwrap_err());
    attempt(&mut w, 3);
    w.set(424, "CommitRevealWeightsEnabled", true);
    attempt(&mut w, 3);
    attempt(&mut w, 4);
    register(&mut w, 424, "//Bob");
    attempt(&mut w, 4);
    w.set(424, "WeightsSetRateLimit", 0);
    attempt(&mut w, 4);
    let named = [
        "CommitRevealDisabled",
        "IncorrectCommitRevealVersion",
        "HotKeyNotRegisteredInSubNet",
        "CommittingWeightsTooFast",
        "InvalidRevealRound", // where the chain looks at it is not established
    ];
    assert_eq!(seen, named);
}

#[test]
fn a_commit_longer_than_the_chain_holds_is_not_stored() {
    let mut w = permitted();
    assert_eq!(commit(&mut w, &[0; 5001], 2000, 4).unwrap_err(), "Other");
    assert!(commit(&mut w, &[0; 5000], 2000, 4).is_ok());
}

#[test]
fn a_commit_for_round_1000_is_revealed_in_the_epoch_after_its_own_once_the_signature_is_there() {
    let mut w = permitted();
    let sealed = seal(&weights_of("//Bob", &[0, 1], &[100, 400]), 1000);
    commit(&mut w, &sealed, 1000, 4).unwrap();
    w.0.set_signature(1000, hex::decode(SIGNATURE_1000).unwrap()).unwrap();
    let weights = |w: &World| -> Vec<(u16, u16)> {
        w.0.now().unwrap().get("Weights", vec![num(424u16), num(1u16)]).unwrap()
    };
    while w.get::<u64>("SubnetEpochIndex", 424) == 0 {
        assert_eq!(weights(&w), []);
        w.0.advance(1).unwrap();
    }
    assert_eq!(weights(&w), [(0, 16384), (1, 65535)]);
    assert_eq!(w.0.head().number, 20);
    let told: Vec<String> =
        w.events().into_iter().map(|(n, _)| n).filter(|n| n.starts_with("Subtensor")).collect();
    assert_eq!(told, ["SubtensorModule.WeightsSet", "SubtensorModule.TimelockedWeightsRevealed"]);
    assert_eq!(stored(&w, 0), []);
}

#[test]
fn a_commit_whose_signature_is_missing_waits_through_its_epoch_and_is_then_forgotten() {
    let mut w = permitted();
    commit(&mut w, &seal(&weights_of("//Bob", &[0], &[1]), 1000), 1000, 4).unwrap();
    w.0.advance(40 - w.0.head().number - 1).unwrap();
    assert_eq!((stored(&w, 0).len(), w.get::<u64>("SubnetEpochIndex", 424)), (1, 1));
    w.0.advance(1).unwrap();
    assert_eq!((stored(&w, 0).len(), w.get::<u64>("SubnetEpochIndex", 424)), (0, 2));
}

#[test]
fn a_commit_that_does_not_open_or_is_anothers_sets_nothing() {
    let mut w = permitted();
    commit(&mut w, b"no ciphertext", 1000, 4).unwrap();
    commit(&mut w, &seal(&weights_of("//Charlie", &[0], &[1]), 1000), 1000, 4).unwrap();
    commit(&mut w, &seal(&weights_of("//Bob", &[9], &[1]), 1000), 1000, 4).unwrap(); // a uid that nobody has
    w.0.set_signature(1000, hex::decode(SIGNATURE_1000).unwrap()).unwrap();
    w.0.advance(20).unwrap();
    assert_eq!(
        w.0.now().unwrap().get::<Vec<(u16, u16)>>("Weights", vec![num(424u16), num(1u16)]).unwrap(),
        []
    );
    assert_eq!(stored(&w, 0), []);
}

#[test]
fn a_signature_of_another_round_opens_nothing() {
    let sealed = seal(b"data", 1001);
    let signature = hex::decode(SIGNATURE_1000).unwrap();
    assert_eq!(open(&sealed, &signature), Err(Closed::Key));
    assert_eq!(open(&seal(b"data", 1000), &signature).unwrap(), b"data");
    assert_eq!(open(&sealed, b"short"), Err(Closed::Signature));
}

#[test]
fn a_commit_with_a_wrong_length_anywhere_is_refused_before_it_is_opened() {
    let sealed = seal(b"data", 1000);
    for cut in [0, 50, 96, 104, 176, 180, sealed.len() - 1] {
        assert_eq!(open(&sealed[..cut], &[]), Err(Closed::Frame), "cut at {cut}");
    }
    for at in [96, 136, 176, 184] {
        let mut wild = sealed.clone();
        wild[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(open(&wild, &[]), Err(Closed::Frame), "length at {at}");
    }
}
