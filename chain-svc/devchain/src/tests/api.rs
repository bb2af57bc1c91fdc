//! Runtime APIs that are not among the recorded answers.

use parity_scale_codec::Decode;
use scale_value::{Composite, ValueDef};

use super::kit::{World, account, register};
use crate::runtime_api::{At, NoAnswer, call};
use crate::value::{Value, as_bytes, as_num, as_nums};

fn ask(w: &World, name: &str, argument: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    call(&At { block: w.0.head(), view: w.0.now().unwrap() }, name, argument)
}

/// The fields of an answer that is there.
fn fields(w: &World, method: &str, argument: &[u8]) -> Option<Vec<(String, Value)>> {
    let md = &w.0.rules.md;
    let ty = md
        .runtime_api_trait_by_name("SubnetInfoRuntimeApi")
        .unwrap()
        .method_by_name(method)
        .unwrap()
        .output_ty();
    let bytes = ask(w, &format!("SubnetInfoRuntimeApi_{method}"), argument).unwrap();
    let value = scale_value::scale::decode_as_type(&mut &bytes[..], ty, md.types()).unwrap().remove_context();
    let ValueDef::Variant(option) = value.value else { panic!("an option") };
    let inner = option.values.into_values().next()?;
    let ValueDef::Composite(Composite::Named(fields)) = inner.value else { panic!("a struct") };
    Some(fields)
}

fn field<'a>(fields: &'a [(String, Value)], name: &str) -> &'a Value {
    &fields.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no field {name}")).1
}

#[test]
fn a_metagraph_has_lists_of_one_length_and_says_what_storage_says() {
    let mut w = World::new();
    register(&mut w, 49, "//Bob");
    register(&mut w, 49, "//Charlie");
    w.0.set_permit(49, 1, true).unwrap();
    w.set_plain("TaoWeight", 1u64 << 63); // a half
    w.0.set_stake(49, &account("//Bob"), 700).unwrap();
    w.0.set_stake(0, &account("//Bob"), 100).unwrap();
    let graph = fields(&w, "get_metagraph", &49u16.to_le_bytes()).unwrap();
    for list in [
        "hotkeys",
        "coldkeys",
        "identities",
        "axons",
        "active",
        "validator_permit",
        "pruning_score",
        "last_update",
        "emission",
        "dividends",
        "incentives",
        "consensus",
        "trust",
        "rank",
        "block_at_registration",
        "alpha_stake",
        "tao_stake",
        "total_stake",
        "collateral_locked",
        "collateral_min",
        "collateral_earned",
    ] {
        let ValueDef::Composite(c) = &field(&graph, list).value else { panic!("{list} is no list") };
        assert_eq!(c.len(), 3, "{list}");
    }
    assert_eq!(as_bytes(field(&graph, "hotkeys")).unwrap()[32..64], account("//Bob"));
    assert_eq!(as_bytes(field(&graph, "coldkeys")).unwrap()[32..64], account("//Alice"));
    assert_eq!(as_bytes(field(&graph, "name")).unwrap(), b"violet");
    assert_eq!(as_nums(field(&graph, "alpha_stake")).unwrap(), [0, 700, 0]);
    assert_eq!(as_nums(field(&graph, "tao_stake")).unwrap(), [0, 100, 0]);
    assert_eq!(as_nums(field(&graph, "total_stake")).unwrap(), [0, 750, 0]);
    assert_eq!(as_num(field(&graph, "block")), Some(u128::from(w.0.head().number)));
    assert_eq!(as_num(field(&graph, "burn")), Some(u128::from(w.get::<u64>("Burn", 49))));
    assert_eq!(as_num(field(&graph, "num_uids")), Some(3));
}

#[test]
fn a_metagraph_of_a_mechanism_has_the_updates_of_that_mechanism() {
    let mut w = World::new();
    w.set(49, "MechanismCountCurrent", 2);
    w.0.set_storage("SubtensorModule", "LastUpdate", &[4145.into()], Some(&serde_json::json!([77]))).unwrap();
    let graph = fields(&w, "get_mechagraph", &[49, 0, 1]).unwrap();
    assert_eq!(as_nums(field(&graph, "last_update")).unwrap(), [77]);
    assert!(fields(&w, "get_mechagraph", &[49, 0, 2]).is_none());
}

#[test]
fn a_subnet_that_is_not_there_has_no_metagraph_no_hyperparameters_and_no_epoch() {
    let w = World::new();
    let net = 7u16.to_le_bytes();
    assert!(fields(&w, "get_metagraph", &net).is_none());
    assert!(fields(&w, "get_subnet_hyperparams", &net).is_none());
    assert_eq!(ask(&w, "SubnetInfoRuntimeApi_get_next_epoch_start_block", &net).unwrap(), [0]);
}

#[test]
fn the_next_epoch_is_the_block_at_which_one_fires() {
    let mut w = World::new();
    w.0.advance(5).unwrap();
    let bytes = ask(&w, "SubnetInfoRuntimeApi_get_next_epoch_start_block", &49u16.to_le_bytes()).unwrap();
    let next = Option::<u64>::decode(&mut &bytes[..]).unwrap().unwrap();
    w.0.advance(next - 5).unwrap();
    assert_eq!(w.get::<u64>("LastEpochBlock", 49), next);
}

#[test]
fn arguments_that_are_too_short_or_too_long_are_refused() {
    let w = World::new();
    for name in [
        "SubnetInfoRuntimeApi_get_metagraph",
        "SubnetInfoRuntimeApi_get_mechagraph",
        "SubnetInfoRuntimeApi_get_subnet_hyperparams",
        "SubnetInfoRuntimeApi_get_next_epoch_start_block",
        "NeuronInfoRuntimeApi_get_neurons_lite",
        "AccountNonceApi_account_nonce",
        "Metadata_metadata_at_version",
    ] {
        for argument in [&[][..], &[0], &[0; 64]] {
            assert!(matches!(ask(&w, name, argument), Err(NoAnswer::Argument(_))), "{name}");
        }
    }
}

#[test]
fn a_list_that_storage_keeps_too_short_is_filled_up_in_answers() {
    let mut w = World::new();
    w.set(49, "LastUpdate", serde_json::json!([]));
    let graph = fields(&w, "get_metagraph", &49u16.to_le_bytes()).unwrap();
    assert_eq!(as_nums(field(&graph, "last_update")).unwrap(), [0]);
}
