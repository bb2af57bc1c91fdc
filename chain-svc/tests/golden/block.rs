//! A whole block.

use parity_scale_codec::Encode as _;
use serde_json::json;
use subxt::{
    config::{Hasher as _, substrate::SubstrateHeader},
    utils::H256,
};

use crate::record::{bytes, golden, runtime};

fn header() -> SubstrateHeader<H256> {
    serde_json::from_value(golden()["block"]["raw"]["block"]["header"].clone()).unwrap()
}

#[test]
fn the_name_of_a_block_is_the_hash_of_its_header() {
    let recorded = golden()["block"].clone();
    let hash = runtime().hasher().hash(&header().encode());
    assert_eq!(hash.0.to_vec(), bytes(&recorded["block_hash"]));
    assert_eq!(recorded["decoded_header"]["hash"], recorded["block_hash"]);
    let header = header();
    assert_eq!(json!(header.number), recorded["decoded_header"]["number"]);
    assert_eq!(header.parent_hash.0.to_vec(), bytes(&recorded["decoded_header"]["parentHash"]));
    assert_eq!(header.state_root.0.to_vec(), bytes(&recorded["decoded_header"]["stateRoot"]));
    assert_eq!(header.extrinsics_root.0.to_vec(), bytes(&recorded["decoded_header"]["extrinsicsRoot"]));
    // the digest is part of the hash above; its entries are kept as they came
    assert_eq!(
        header.digest.logs.len(),
        recorded["decoded_header"]["digest"]["logs"].as_array().unwrap().len()
    );
}

#[tokio::test]
async fn the_transactions_of_a_block_read_as_recorded() {
    let recorded = golden()["block"].clone();
    let raw: Vec<Vec<u8>> =
        recorded["raw"]["block"]["extrinsics"].as_array().unwrap().iter().map(bytes).collect();
    let at = runtime();
    let read = at.extrinsics().from_bytes(raw.clone()).await;
    let decoded = recorded["decoded_extrinsics"].as_array().unwrap();
    assert_eq!((read.len(), raw.len()), (decoded.len(), decoded.len()));
    for ((one, raw), recorded) in read.iter().zip(&raw).zip(decoded) {
        let one = one.unwrap();
        let call = &recorded["call"];
        assert_eq!(one.hash().0.to_vec(), bytes(&recorded["extrinsic_hash"]));
        assert_eq!(
            json!(raw.len()),
            recorded["extrinsic_length"].as_u64().map(|n| json!(n + prefix(raw))).unwrap()
        );
        assert_eq!(
            (json!(one.pallet_name()), json!(one.call_name())),
            (call["call_module"].clone(), call["call_function"].clone())
        );
        assert_eq!(
            json!(format!("0x{:02x}{:02x}", one.pallet_index(), one.call_index())),
            call["call_index"]
        );
        let hash = at.hasher().hash(one.call_data_bytes());
        assert_eq!(hash.0.to_vec(), bytes(&call["call_hash"]));
        assert_eq!(one.is_signed(), recorded.get("address").is_some());
        if let Some(signature) = one.signature_bytes() {
            assert_eq!(signature[1..].to_vec(), bytes(&recorded["signature"]["Sr25519"]));
            let extensions = one.transaction_extensions().unwrap();
            assert_eq!(json!(extensions.nonce()), recorded["nonce"]);
            assert_eq!(json!(u64::try_from(extensions.tip().unwrap()).unwrap()), recorded["tip"]);
        }
        let names: Vec<_> = one.iter_call_data_fields().map(|f| f.name().to_owned()).collect();
        let args: Vec<_> =
            call["call_args"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
        assert_eq!(names, args);
    }
}

/// Bytes of the compact length in front: the record does not count them.
fn prefix(raw: &[u8]) -> u64 {
    match raw[0] & 3 {
        0 => 1,
        1 => 2,
        _ => 4,
    }
}
