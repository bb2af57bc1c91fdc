//! Recorded storage: keys, values and maps.

use parity_scale_codec::Decode;
use serde_json::Value as Json;
use std::collections::BTreeMap;

use super::{FromU128, decoded, encoded, golden, hex, list, text};
use crate::keys::account_of;
use crate::state::{Map, View};
use crate::tests::kit::{World, runtime};
use crate::value::{Value, as_num, from_json, num, raw};

#[test]
fn every_recorded_storage_key_is_the_one_that_we_compute() {
    let (golden, runtime, map) = (golden(), runtime(), Map::new());
    let view = View { md: &runtime.md, map: &map };
    let all: Vec<&Json> =
        list(&golden, "storage_keys").iter().chain(list(&golden, "storage_values")).collect();
    assert_eq!(all.len(), 18);
    for v in all {
        let keys = list(v, "params").iter().map(|p| from_json(p).unwrap()).collect();
        let key = view.key(text(v, "pallet"), text(v, "storage_function"), keys).unwrap();
        assert_eq!(key, hex(v, "key_hex"), "{v}");
    }
}

#[test]
fn every_recorded_storage_value_decodes_to_what_the_node_said_and_encodes_back() {
    let golden = golden();
    let (runtime, map) = (runtime(), Map::new());
    let view = View { md: &runtime.md, map: &map };
    let mut absent = 0;
    for v in list(&golden, "storage_values") {
        let (ty, default) = view.entry(text(v, "pallet"), text(v, "storage_function")).unwrap();
        let bytes = if v["raw_hex"].is_null() { default.unwrap() } else { hex(v, "raw_hex") };
        absent += usize::from(v["raw_hex"].is_null());
        let value = decoded(&bytes, ty);
        assert_eq!(encoded(&value, ty), bytes, "{v}");
        match &v["decoded"] {
            Json::Number(n) => {
                assert_eq!(as_num(&value).map(Json::from_u128), Some(Json::Number(n.clone())), "{v}");
            }
            Json::Bool(b) => assert_eq!(value.as_bool(), Some(*b), "{v}"),
            Json::String(s) => assert_eq!(crate::value::as_account(&value), account_of(s).ok(), "{v}"),
            other => {
                let info = crate::state::AccountInfo::decode(&mut &bytes[..]).unwrap();
                assert_eq!((u64::from(info.nonce), info.free), (1, other["data"]["free"].as_u64().unwrap()));
            }
        }
    }
    assert_eq!((list(&golden, "storage_values").len(), absent), (8, 1));
}

#[test]
fn every_recorded_map_read_is_split_into_the_keys_and_values_that_the_node_said() {
    let golden = golden();
    let (runtime, map) = (runtime(), Map::new());
    let view = View { md: &runtime.md, map: &map };
    assert_eq!(list(&golden, "query_maps").len(), 4);
    for m in list(&golden, "query_maps") {
        let (pallet, item) = (text(m, "pallet"), text(m, "storage_function"));
        let (ty, _) = view.entry(pallet, item).unwrap();
        for (pair, change) in list(m, "pairs").iter().zip(list(m, "raw_changes")) {
            let mut keys: Vec<Value> = list(m, "params").iter().map(|p| from_json(p).unwrap()).collect();
            keys.push(from_json(&pair[0]).unwrap());
            let key = format!("0x{}", hex::encode(view.key(pallet, item, keys).unwrap()));
            assert_eq!(Json::from(key.clone()), change[0], "{item}");
            assert!(key.starts_with(text(m, "prefix_hex")));
            let bytes = hex::decode(change[1].as_str().unwrap().trim_start_matches("0x")).unwrap();
            let value = decoded(&bytes, ty);
            assert_eq!(encoded(&value, ty), bytes, "{item}");
            match &pair[1] {
                Json::Number(n) => {
                    assert_eq!(as_num(&value).map(Json::from_u128), Some(Json::Number(n.clone())));
                }
                Json::Bool(b) => assert_eq!(value.as_bool(), Some(*b)),
                Json::String(s) => assert_eq!(crate::value::as_account(&value), account_of(s).ok()),
                other => {
                    let info = crate::state::AccountInfo::decode(&mut &bytes[..]).unwrap();
                    assert_eq!(Json::from(info.free), other["data"]["free"]);
                }
            }
        }
    }
}

#[test]
fn what_we_store_under_a_name_decodes_by_its_type_to_the_last_byte() {
    let mut w = World::new();
    crate::tests::kit::register(&mut w, 49, "//Bob");
    crate::tests::kit::register(&mut w, 424, "//Bob");
    w.0.set_permit(49, 1, true).unwrap();
    w.0.set_stake(49, &crate::tests::kit::account("//Bob"), 7).unwrap();
    let commit = [
        ("netuid", num(424u16)),
        ("commit", raw(b"x")),
        ("reveal_round", num(1u64)),
        ("commit_reveal_version", num(4u16)),
    ];
    w.set(424, "WeightsSetRateLimit", 0);
    w.call("//Bob", "commit_timelocked_weights", &commit).unwrap();
    w.0.set_signature(1000, vec![1; 48]).unwrap();
    let weights = [
        ("netuid", num(49u16)),
        ("dests", crate::tests::kit::nums(&[0, 1])),
        ("weights", crate::tests::kit::nums(&[1, 2])),
        ("version_key", num(0u64)),
    ];
    w.0.advance(20).unwrap();
    w.call("//Bob", "set_weights", &weights).unwrap();
    w.call("//Alice", "start_call", &[("netuid", num(49u16))]).unwrap();

    let md = &w.0.rules.md;
    let mut types = BTreeMap::new();
    for p in md.pallets() {
        for e in p.storage().into_iter().flat_map(|s| s.entries()) {
            let prefix = frame_decode::storage::encode_storage_key_prefix(p.name(), e.name());
            types.insert(prefix.to_vec(), (format!("{}.{}", p.name(), e.name()), e.value_ty()));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    for (key, bytes) in w.0.now().unwrap().map {
        let (name, ty) = &types[&key[..32]];
        assert_eq!(encoded(&decoded(bytes, *ty), *ty), *bytes, "{name}");
        seen.insert(name.clone());
    }
    assert!(seen.len() > 40, "{} items: {seen:?}", seen.len());
}
