//! Recorded events, receipt and answers of runtime APIs.

use super::{decoded, encoded, golden, hex, list, text};
use crate::apply::FEE;
use crate::tests::kit::{World, read_events, runtime};

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
