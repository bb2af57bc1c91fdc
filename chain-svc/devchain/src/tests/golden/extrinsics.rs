//! Recorded calls, payloads, transactions, and the block that holds them.

use serde_json::Value as Json;
use sp_crypto_hashing::blake2_256;

use super::{any_call, decoded, encoded, genesis, golden, hash, hex, list, recorded_terms, text};
use crate::block::header_hash;
use crate::era::Era;
use crate::extrinsic::{Implicit, Signed, Unreadable};
use crate::inherent;
use crate::keys::to_ss58;
use crate::metadata::RECORDED_SPEC;
use crate::tests::kit::{assemble, encode_call, payload, runtime};
use crate::value::{Value, from_json};

#[test]
fn every_recorded_call_decodes_by_the_metadata_and_encodes_to_the_same_bytes() {
    let golden = golden();
    let call_ty = runtime().md.outer_enums().call_enum_ty();
    assert_eq!(list(&golden, "calls").len(), 10);
    for c in list(&golden, "calls") {
        let bytes = hex(c, "data_hex");
        let value = decoded(&bytes, call_ty);
        assert!(
            value.to_string().starts_with(&format!("{} ({}", text(c, "module"), text(c, "function"))),
            "{value}"
        );
        assert_eq!(encoded(&value, call_ty), bytes);
    }
}

#[test]
fn the_recorded_calls_that_we_know_are_what_our_own_encoder_writes() {
    let golden = golden();
    let mut same = 0;
    for c in list(&golden, "calls") {
        let (pallet, call) = (text(c, "module"), text(c, "function"));
        if crate::rules::knows(pallet, call) {
            let fields = c["params"].as_object().unwrap();
            let args: Vec<(&str, Value)> =
                fields.iter().map(|(k, v)| (k.as_str(), from_json(v).unwrap())).collect();
            assert_eq!(encode_call(&runtime().md, pallet, call, &args), hex(c, "data_hex"), "{call}");
            same += 1;
        }
    }
    assert_eq!(same, 3);
}

#[test]
fn both_recorded_signer_payloads_are_what_a_signature_is_checked_against() {
    let golden = golden();
    let md = &runtime().md;
    assert_eq!(list(&golden, "signature_payloads").len(), 2);
    for s in list(&golden, "signature_payloads") {
        let (call, terms) = (hex(s, "call_data_hex"), recorded_terms(s, &golden));
        assert_eq!(payload(&call, &terms), hex(s, "payload_hex"), "the payload that our tests sign");
        let read = Signed::read(md, &assemble(&[1; 32], &[0; 64], &call, &terms), any_call).unwrap();
        let birth = terms.era.map_or(terms.genesis, |(_, birth)| birth);
        let implicit = Implicit { spec: terms.spec, genesis: terms.genesis, birth };
        assert_eq!(read.payload(md, &implicit), hex(s, "payload_hex"), "the payload that we verify");
    }
}

#[test]
fn both_recorded_signed_extrinsics_are_taken_apart_and_put_together_again() {
    let golden = golden();
    assert_eq!(list(&golden, "extrinsics").len(), 2);
    for s in list(&golden, "extrinsics") {
        let (bytes, terms) = (hex(s, "extrinsic_hex"), recorded_terms(s, &golden));
        let read = Signed::read(&runtime().md, &bytes, any_call).unwrap();
        assert_eq!((read.who, read.nonce, read.tip), (hash(s, "public_key_hex"), terms.nonce, terms.tip));
        assert_eq!((read.pallet.as_str(), read.call.as_str()), ("Balances", "transfer_keep_alive"));
        let mortal = Era::Mortal { period: 64, phase: 2 };
        assert_eq!(read.era, if terms.era.is_some() { mortal } else { Era::Immortal });
        assert_eq!(hex::encode(blake2_256(&bytes)), text(s, "extrinsic_hash").trim_start_matches("0x"));
        let signature = hex(s, "signature_hex").try_into().unwrap();
        let again = assemble(&read.who, &signature, &hex(s, "call_data_hex"), &terms);
        assert_eq!(again, bytes);
    }
}

#[test]
fn the_signature_of_the_recorded_block_holds_and_no_longer_when_anything_is_changed() {
    let golden = golden();
    let md = &runtime().md;
    let xts = list(&golden["block"]["raw"]["block"], "extrinsics");
    let bytes = hex::decode(xts[2].as_str().unwrap().trim_start_matches("0x")).unwrap();
    let read = Signed::read(md, &bytes, any_call).unwrap();
    assert_eq!(to_ss58(&read.who), text(&golden["block"]["decoded_extrinsics"][2], "address"));
    let genesis = genesis(&golden);
    let implicit = |spec, genesis| Implicit { spec, genesis, birth: genesis };
    assert!(read.verify(md, &implicit(RECORDED_SPEC, genesis)));
    assert!(!read.verify(md, &implicit(RECORDED_SPEC + 1, genesis)));
    assert!(!read.verify(md, &implicit(RECORDED_SPEC, [0; 32])));
    let mut tampered = bytes;
    *tampered.last_mut().unwrap() ^= 1;
    assert!(!Signed::read(md, &tampered, any_call).unwrap().verify(md, &implicit(RECORDED_SPEC, genesis)));
}

#[test]
fn the_unsigned_extrinsics_of_the_recorded_block_are_no_transactions() {
    let golden = golden();
    for xt in &list(&golden["block"]["raw"]["block"], "extrinsics")[..2] {
        let bytes = hex::decode(xt.as_str().unwrap().trim_start_matches("0x")).unwrap();
        assert_eq!(Signed::read(&runtime().md, &bytes, any_call).err(), Some(Unreadable::Version));
    }
}

#[test]
fn the_first_extrinsic_of_our_blocks_is_written_as_that_of_the_recorded_block() {
    let golden = golden();
    let call = &golden["block"]["decoded_extrinsics"][0]["call"];
    let time = call["call_args"][0]["value"].as_u64().unwrap();
    let ours = format!("0x{}", hex::encode(inherent::timestamp(&runtime().md, time).unwrap()));
    assert_eq!(Json::from(ours), golden["block"]["raw"]["block"]["extrinsics"][0]);
}

#[test]
fn the_hash_of_the_recorded_header_is_the_hash_of_the_recorded_block() {
    let golden = golden();
    let header = &golden["block"]["raw"]["block"]["header"];
    let logs: Vec<Vec<u8>> = list(&header["digest"], "logs")
        .iter()
        .map(|l| hex::decode(l.as_str().unwrap().trim_start_matches("0x")).unwrap())
        .collect();
    let number = u64::from_str_radix(text(header, "number").trim_start_matches("0x"), 16).unwrap();
    let (state, extrinsics) = (hash(header, "stateRoot"), hash(header, "extrinsicsRoot"));
    let ours = header_hash(&hash(header, "parentHash"), number, &state, &extrinsics, &logs);
    assert_eq!(ours, hash(&golden["block"], "block_hash"));
}
