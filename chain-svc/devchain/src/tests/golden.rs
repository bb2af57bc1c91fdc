//! Vectors that were recorded from a real node of spec 461, read from `data/golden-461.json`. The other half, what a
//! client encodes, is replayed where the client is.

use std::collections::BTreeMap;

use parity_scale_codec::{Decode, Encode};
use serde_json::Value as Json;
use sp_crypto_hashing::blake2_256;

use super::kit::{Terms, World, assemble, encode_call, era, payload, read_events, runtime};
use crate::block::header_hash;
use crate::extrinsic::{Era, Implicit, Signed, Unreadable};
use crate::finality::FEE;
use crate::inherent;
use crate::keys::{Hash, account_of, from_ss58, to_ss58};
use crate::metadata::RECORDED_SPEC;
use crate::state::{Map, View};
use crate::value::{Value, as_num, from_json, num, raw};

fn golden() -> Json {
    serde_json::from_str(include_str!("../../data/golden-461.json")).unwrap()
}

fn list<'a>(v: &'a Json, key: &str) -> &'a [Json] {
    v[key].as_array().unwrap()
}

fn text<'a>(v: &'a Json, key: &str) -> &'a str {
    v[key].as_str().unwrap_or_else(|| panic!("{key} in {v}"))
}

fn hex(v: &Json, key: &str) -> Vec<u8> {
    hex::decode(text(v, key).trim_start_matches("0x")).unwrap()
}

fn hash(v: &Json, key: &str) -> Hash {
    hex(v, key).try_into().unwrap()
}

fn genesis(golden: &Json) -> Hash {
    hash(&golden["network"], "genesis_hash")
}

/// Every transfer and remark, so that the recorded ones can be taken apart.
fn any_call(_: &str, _: &str) -> bool {
    true
}

/// Decodes by a type, to the last byte.
fn decoded(bytes: &[u8], ty: u32) -> Value {
    let md = &runtime().md;
    let mut rest = bytes;
    let value = scale_value::scale::decode_as_type(&mut rest, ty, md.types()).unwrap().remove_context();
    assert!(rest.is_empty(), "{} bytes are left over", rest.len());
    value
}

fn encoded(v: &Value, ty: u32) -> Vec<u8> {
    let mut out = vec![];
    scale_value::scale::encode_as_type(v, ty, runtime().md.types(), &mut out).unwrap();
    out
}

fn recorded_terms(v: &Json, golden: &Json) -> Terms {
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

#[test]
fn the_recorded_metadata_names_the_pallets_and_extensions_that_the_node_had() {
    let md = &runtime().md;
    let subtensor = md.pallet_by_name("SubtensorModule").unwrap();
    assert_eq!((subtensor.call_index(), md.pallets().len()), (7, 28));
    let names: Vec<_> =
        md.extrinsic().transaction_extensions_by_version(0).unwrap().map(|e| e.identifier()).collect();
    assert_eq!(names.len(), 13);
    assert_eq!((names[0], names[12]), ("CheckNonZeroSender", "CheckMetadataHash"));
}

#[test]
fn the_recorded_metadata_has_the_calls_under_their_indexes_and_with_their_arguments() {
    let md = &runtime().md;
    let pallet = md.pallet_by_name("SubtensorModule").unwrap();
    for (index, name, arguments) in [
        (0, "set_weights", "netuid dests weights version_key"),
        (4, "serve_axon", "netuid version ip port ip_type protocol placeholder1 placeholder2"),
        (7, "burned_register", "netuid hotkey"),
        (92, "start_call", "netuid"),
        (113, "commit_timelocked_weights", "netuid commit reveal_round commit_reveal_version"),
        (
            118,
            "commit_timelocked_mechanism_weights",
            "netuid mecid commit reveal_round commit_reveal_version",
        ),
        (119, "set_mechanism_weights", "netuid mecid dests weights version_key"),
        (134, "register_limit", "netuid hotkey limit_price"),
    ] {
        let call = pallet.call_variant_by_name(name).unwrap();
        let fields: Vec<_> = call.fields.iter().map(|f| f.name.as_deref().unwrap()).collect();
        assert_eq!((call.index, fields.join(" ")), (index, arguments.to_owned()), "{name}");
    }
}

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

/// A JSON number of up to 64 bits.
trait FromU128 {
    fn from_u128(n: u128) -> Json;
}
impl FromU128 for Json {
    fn from_u128(n: u128) -> Json {
        Json::from(u64::try_from(n).unwrap())
    }
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

#[test]
fn the_recorded_events_decode_in_their_order_and_encode_to_the_same_bytes() {
    let golden = golden();
    let bytes = hex(&golden["events"], "raw_hex");
    let md = &runtime().md;
    let events = read_events(md, &bytes);
    let recorded = list(&golden["events"], "decoded");
    assert_eq!(events.len(), recorded.len());
    for ((index, (name, _)), r) in events.iter().zip(recorded) {
        assert_eq!(*name, format!("{}.{}", text(r, "module_id"), text(r, "event_id")));
        assert_eq!(index.map(|i| i as u64), r["extrinsic_idx"].as_u64());
    }
    let ty =
        md.pallet_by_name("System").unwrap().storage().unwrap().entry_by_name("Events").unwrap().value_ty();
    assert_eq!(encoded(&decoded(&bytes, ty), ty), bytes);
}

#[test]
fn a_transaction_here_tells_of_what_the_recorded_receipt_tells_of_and_costs_its_fee() {
    let golden = golden();
    let receipt = &golden["receipt"];
    assert_eq!(receipt["total_fee_amount"].as_u64(), Some(FEE));
    let recorded: Vec<String> = list(receipt, "triggered_events")
        .iter()
        .map(|e| format!("{}.{}", text(e, "module_id"), text(e, "event_id")))
        .filter(|e| e != "Balances.Transfer") // the call's own
        .collect();
    let mut w = World::new();
    w.0.submit(w.remark("//Alice"), None).unwrap();
    assert_eq!(w.outcome().unwrap(), recorded);
}

#[test]
fn every_recorded_runtime_answer_decodes_by_the_metadata_and_encodes_to_the_same_bytes() {
    let golden = golden();
    let md = &runtime().md;
    assert_eq!(list(&golden, "runtime_calls").len(), 4);
    for r in list(&golden, "runtime_calls") {
        let api = md.runtime_api_trait_by_name(text(r, "api")).unwrap();
        let ty = api.method_by_name(text(r, "method")).unwrap().output_ty();
        let bytes = hex(r, "raw_hex");
        assert_eq!(encoded(&decoded(&bytes, ty), ty), bytes, "{}", text(r, "method"));
    }
}

/// The local net of the recording, whose first subnet had these items beside the defaults.
fn recorded_net() -> World {
    let mut w = World::measured();
    w.set(1, "CommitRevealWeightsEnabled", true);
    w.set(1, "MaxAllowedValidators", 64);
    w.set(1, "LastUpdate", serde_json::json!([0]));
    w.0.set_stake(1, &[0; 32], 1_000_000_000).unwrap();
    w
}

fn answer(w: &World, name: &str, argument: &[u8]) -> Vec<u8> {
    let (block, view) = (w.0.head(), w.0.now().unwrap());
    crate::runtime_api::call(&crate::runtime_api::At { block, view }, name, argument).unwrap()
}

#[test]
fn from_the_storage_of_the_recorded_net_we_give_the_recorded_neurons_byte_for_byte() {
    let golden = golden();
    let r = &golden["runtime_calls"][0];
    let ours =
        answer(&recorded_net(), "NeuronInfoRuntimeApi_get_neurons_lite", &hex(r, "encoded_params_hex"));
    assert_eq!(hex::encode(ours), hex::encode(hex(r, "raw_hex")));
}

#[test]
fn from_the_storage_of_the_recorded_net_we_give_the_recorded_hyperparameters_byte_for_byte() {
    let golden = golden();
    let r = &golden["runtime_calls"][1];
    let ours =
        answer(&recorded_net(), "SubnetInfoRuntimeApi_get_subnet_hyperparams", &hex(r, "encoded_params_hex"));
    assert_eq!(hex::encode(ours), hex::encode(hex(r, "raw_hex")));
}

#[test]
fn from_the_storage_of_the_recorded_net_we_give_the_recorded_nonce_byte_for_byte() {
    let golden = golden();
    let r = &golden["runtime_calls"][3];
    let mut w = recorded_net();
    w.0.submit(w.remark("//Alice"), None).unwrap();
    assert_eq!(answer(&w, "AccountNonceApi_account_nonce", &hex(r, "encoded_params_hex")), hex(r, "raw_hex"));
}

#[test]
fn our_answer_to_query_info_has_the_fields_of_the_recorded_one() {
    let golden = golden();
    let md = &runtime().md;
    let ty = md
        .runtime_api_trait_by_name("TransactionPaymentApi")
        .unwrap()
        .method_by_name("query_info")
        .unwrap()
        .output_ty();
    let value = decoded(&answer(&World::new(), "TransactionPaymentApi_query_info", &[]), ty);
    let scale_value::ValueDef::Composite(scale_value::Composite::Named(fields)) = value.value else {
        panic!("a struct")
    };
    let mut names: Vec<_> = fields.into_iter().map(|(n, _)| n).collect();
    names.sort();
    assert_eq!(serde_json::json!(names), golden["payment_info"]["keys"]);
}

#[test]
fn the_recorded_constants_are_in_the_metadata() {
    let golden = golden();
    assert_eq!(list(&golden, "constants").len(), 3);
    for c in list(&golden, "constants") {
        let pallet = runtime().md.pallet_by_name(text(c, "module")).map(|p| {
            let c = p.constant_by_name(text(c, "name")).unwrap();
            as_num(&decoded(c.value(), c.ty())).unwrap()
        });
        assert_eq!(pallet.map(Json::from_u128), Some(c["decoded"].clone()), "{c}");
    }
    assert_eq!(World::new().0.slot_ms, 250);
    assert_eq!(crate::rules::registration::EXISTENTIAL_DEPOSIT, 500);
}

#[test]
fn every_recorded_address_is_that_of_its_key_both_ways() {
    let golden = golden();
    assert_eq!(list(&golden, "ss58").len(), 4);
    for s in list(&golden, "ss58") {
        assert_eq!(to_ss58(&hash(s, "public_key_hex")), text(s, "address"));
        assert_eq!(from_ss58(text(s, "address")).unwrap(), hash(s, "public_key_hex"));
    }
}

#[test]
fn every_recorded_multisig_address_is_that_of_its_signatories() {
    let golden = golden();
    assert_eq!(list(&golden, "multisig").len(), 3);
    for m in list(&golden, "multisig") {
        let mut who: Vec<Hash> =
            list(m, "signatories").iter().map(|s| from_ss58(s.as_str().unwrap()).unwrap()).collect();
        who.sort_unstable();
        let threshold = u16::try_from(m["threshold"].as_u64().unwrap()).unwrap();
        assert_eq!(
            to_ss58(&(b"modlpy/utilisuba", who, threshold).using_encoded(blake2_256)),
            text(m, "ss58_address")
        );
    }
}

#[test]
fn what_we_store_under_a_name_decodes_by_its_type_to_the_last_byte() {
    let mut w = World::new();
    super::kit::register(&mut w, 49, "//Bob");
    super::kit::register(&mut w, 424, "//Bob");
    w.0.set_permit(49, 1, true).unwrap();
    w.0.set_stake(49, &super::kit::account("//Bob"), 7).unwrap();
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
        ("dests", super::kit::nums(&[0, 1])),
        ("weights", super::kit::nums(&[1, 2])),
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
