//! The record, the runtime it is of, and decoded values in the record's own form.

use std::{io::Read as _, str::FromStr as _, sync::Arc};

use btauth::Account;
use parity_scale_codec::Decode as _;
use serde_json::{Map, Value as Json, json};
use subxt::{
    Metadata, OfflineClient, SubstrateConfig,
    client::OfflineClientAtBlock,
    config::substrate::SpecVersionForRange,
    dynamic::Value,
    ext::{
        scale_decode::DecodeAsType as _,
        scale_value::{Composite, Primitive, ValueDef},
    },
    utils::H256,
};

/// A runtime at spec 461, without a node.
pub(crate) type Offline = OfflineClientAtBlock<SubstrateConfig>;

/// The record.
pub(crate) fn golden() -> Json {
    serde_json::from_slice(include_bytes!("../../devchain/data/golden-461.json")).unwrap()
}

/// One vector of a list.
pub(crate) fn vector(list: &str, index: usize) -> Json {
    golden()[list][index].clone()
}

/// The runtime that the record is of.
pub(crate) fn runtime() -> Offline {
    let mut raw = Vec::new();
    let zipped = &include_bytes!("../../devchain/data/subtensor-461-v15.scale.gz")[..];
    flate2::read::GzDecoder::new(zipped).read_to_end(&mut raw).unwrap();
    let metadata = Metadata::decode(&mut &raw[..]).unwrap();
    let genesis = H256::from_slice(&bytes(&golden()["network"]["genesis_hash"]));
    let all = SpecVersionForRange { block_range: 0..u64::MAX, spec_version: 461, transaction_version: 1 };
    let config = SubstrateConfig::builder()
        .set_genesis_hash(genesis)
        .set_spec_version_for_block_ranges([all])
        .set_metadata_for_spec_versions([(461, Arc::new(metadata))])
        .build();
    OfflineClient::new_with_config(config).at_block(67_u64).unwrap()
}

/// `0x..` as bytes.
pub(crate) fn bytes(text: &Json) -> Vec<u8> {
    hex::decode(text.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

/// An account is written as ss58 or as hex digits.
pub(crate) fn account(text: &Json) -> [u8; 32] {
    let text = text.as_str().unwrap();
    match text.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).unwrap().try_into().unwrap(),
        None => *Account::from_str(text).unwrap().bytes(),
    }
}

/// A key or argument as the record writes it.
pub(crate) fn argument(json: &Json) -> Value {
    match json {
        Json::String(_) => Value::from_bytes(account(json)),
        number => Value::u128(number.as_u64().unwrap().into()),
    }
}

/// Decodes by a type of the metadata to the last byte, in the form of the record.
pub(crate) fn decoded(at: &Offline, ty: u32, mut raw: &[u8]) -> Json {
    let value = Value::decode_as_type(&mut raw, ty, at.metadata_ref().types()).unwrap();
    assert!(raw.is_empty(), "bytes are left over");
    form(&value)
}

/// A decoded value as the record writes it: newtypes are seen through, 32 bytes are an address.
pub(crate) fn form(value: &Value) -> Json {
    match &value.value {
        ValueDef::Primitive(Primitive::Bool(b)) => json!(b),
        ValueDef::Primitive(Primitive::U128(n)) => {
            u64::try_from(*n).map_or_else(|_| json!(*n as f64), |n| json!(n))
        }
        ValueDef::Primitive(Primitive::I128(n)) => json!(i64::try_from(*n).unwrap()),
        ValueDef::Primitive(Primitive::String(s)) => json!(s),
        ValueDef::Primitive(other) => panic!("no form for {other:?}"),
        ValueDef::BitSequence(bits) => panic!("no form for {bits:?}"),
        ValueDef::Composite(fields) => composite(fields),
        ValueDef::Variant(variant) => match (variant.name.as_str(), variant.values.len()) {
            ("None", 0) => Json::Null,
            ("Some", 1) => form(variant.values.values().next().unwrap()),
            (name, 0) => json!(name),
            // an address of the one kind that is used
            ("Id", 1) => form(variant.values.values().next().unwrap()),
            (name, _) => json!({ name: composite(&variant.values) }),
        },
    }
}

/// The fields of an event, a struct, a list, or of 32 bytes.
pub(crate) fn composite(fields: &Composite<()>) -> Json {
    match fields {
        Composite::Named(fields) => {
            Json::Object(fields.iter().map(|(k, v)| (k.clone(), form(v))).collect::<Map<_, _>>())
        }
        Composite::Unnamed(fields) => {
            let bytes: Option<Vec<u8>> = fields.iter().map(|f| u8::try_from(f.as_u128()?).ok()).collect();
            if let Some(key) = bytes.and_then(|b| <[u8; 32]>::try_from(b).ok()) {
                return json!(Account::from_bytes(key).to_string());
            }
            match fields.as_slice() {
                [one] if matches!(one.value, ValueDef::Composite(Composite::Unnamed(_))) && is_bytes(one) => {
                    form(one)
                }
                [one] if matches!(one.value, ValueDef::Primitive(_)) => form(one),
                many => many.iter().map(form).collect(),
            }
        }
    }
}

fn is_bytes(value: &Value) -> bool {
    matches!(&value.value, ValueDef::Composite(Composite::Unnamed(all)) if all.len() == 32)
}
