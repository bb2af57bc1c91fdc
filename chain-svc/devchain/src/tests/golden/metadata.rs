//! The recorded metadata: names, indexes, constants.

use serde_json::Value as Json;

use super::{FromU128, decoded, golden, list, text};
use crate::tests::kit::{World, runtime};
use crate::value::as_num;

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
