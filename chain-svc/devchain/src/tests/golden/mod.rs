//! Vectors that were recorded from a real node of spec 461, read from `data/golden-461.json`. The other half, what a
//! client encodes, is replayed where the client is.

mod addresses;
mod answers;
mod extrinsics;
mod metadata;
mod storage;

use serde_json::Value as Json;

use crate::keys::Hash;
use crate::metadata::RECORDED_SPEC;
use crate::tests::kit::{Terms, era, runtime};
use crate::value::Value;

pub(super) fn golden() -> Json {
    serde_json::from_str(include_str!("../../../data/golden-461.json")).unwrap()
}

pub(super) fn list<'a>(v: &'a Json, key: &str) -> &'a [Json] {
    v[key].as_array().unwrap()
}

pub(super) fn text<'a>(v: &'a Json, key: &str) -> &'a str {
    v[key].as_str().unwrap_or_else(|| panic!("{key} in {v}"))
}

pub(super) fn hex(v: &Json, key: &str) -> Vec<u8> {
    hex::decode(text(v, key).trim_start_matches("0x")).unwrap()
}

pub(super) fn hash(v: &Json, key: &str) -> Hash {
    hex(v, key).try_into().unwrap()
}

pub(super) fn genesis(golden: &Json) -> Hash {
    hash(&golden["network"], "genesis_hash")
}

/// Every transfer and remark, so that the recorded ones can be taken apart.
pub(super) fn any_call(_: &str, _: &str) -> bool {
    true
}

/// Decodes by a type, to the last byte.
pub(super) fn decoded(bytes: &[u8], ty: u32) -> Value {
    let md = &runtime().md;
    let mut rest = bytes;
    let value = scale_value::scale::decode_as_type(&mut rest, ty, md.types()).unwrap().remove_context();
    assert!(rest.is_empty(), "{} bytes are left over", rest.len());
    value
}

pub(super) fn encoded(v: &Value, ty: u32) -> Vec<u8> {
    let mut out = vec![];
    scale_value::scale::encode_as_type(v, ty, runtime().md.types(), &mut out).unwrap();
    out
}

pub(super) fn recorded_terms(v: &Json, golden: &Json) -> Terms {
    let mortal = v["era"].is_object().then(|| {
        let birth = v.get("era_birth_block_hash").map_or([0; 32], |_| hash(v, "era_birth_block_hash"));
        (era(v["era"]["period"].as_u64().unwrap(), v["era"]["current"].as_u64().unwrap()), birth)
    });
    Terms {
        nonce: u32::try_from(v["nonce"].as_u64().unwrap()).unwrap(),
        tip: v["tip"].as_u64().unwrap(),
        spec: RECORDED_SPEC,
        genesis: genesis(golden),
        era: mortal,
    }
}

/// A JSON number of up to 64 bits.
pub(super) trait FromU128 {
    fn from_u128(n: u128) -> Json;
}
impl FromU128 for Json {
    fn from_u128(n: u128) -> Json {
        Json::from(u64::try_from(n).unwrap())
    }
}
