//! `set_weights` and `set_mechanism_weights`: the twelve steps by their names, in their order.

use super::kit::{World, account, nums, register};
use crate::rules::stake::stake;
use crate::value::num;

fn set(w: &mut World, net: u16, dests: &[u16], weights: &[u16], version: u64) -> Result<Vec<String>, String> {
    let args = [
        ("netuid", num(net)),
        ("dests", nums(dests)),
        ("weights", nums(weights)),
        ("version_key", num(version)),
    ];
    w.call("//Bob", "set_weights", &args)
}

fn set_mechanism(w: &mut World, mecid: u8, dests: &[u16], weights: &[u16]) -> Result<Vec<String>, String> {
    let args = [
        ("netuid", num(1u16)),
        ("mecid", num(mecid)),
        ("dests", nums(dests)),
        ("weights", nums(weights)),
        ("version_key", num(0u64)),
    ];
    w.call("//Bob", "set_mechanism_weights", &args)
}

/// //Bob is uid 1 of subnet 1, with a permit; //Charlie is uid 2.
fn permitted() -> World {
    let mut w = World::new();
    register(&mut w, 1, "//Bob");
    register(&mut w, 1, "//Charlie");
    w.0.set_permit(1, 1, true).unwrap();
    w
}

fn stored(w: &World, index: u16, uid: u16) -> Vec<(u16, u16)> {
    w.0.now().unwrap().get("Weights", vec![num(index), num(uid)]).unwrap()
}

#[test]
fn step_1_a_subnet_with_commit_reveal_is_refused_by_commit_reveal_enabled_before_anything_else() {
    let mut w = World::new();
    assert_eq!(set(&mut w, 424, &[0], &[], 0).unwrap_err(), "CommitRevealEnabled");
    w.set(0, "CommitRevealWeightsEnabled", true);
    assert_eq!(set(&mut w, 0, &[0], &[1], 0).unwrap_err(), "CommitRevealEnabled");
}

#[test]
fn step_1_the_root_network_is_refused_by_can_not_set_root_network_weights() {
    assert_eq!(set(&mut World::new(), 0, &[0], &[1], 0).unwrap_err(), "CanNotSetRootNetworkWeights");
}

#[test]
fn step_2_lists_of_two_lengths_are_refused_by_weight_vec_not_equal_size() {
    assert_eq!(set(&mut permitted(), 1, &[0, 1], &[1], 0).unwrap_err(), "WeightVecNotEqualSize");
}

#[test]
fn step_2_a_mechanism_that_is_not_there_is_refused_by_mechanism_does_not_exist() {
    assert_eq!(set_mechanism(&mut permitted(), 1, &[1], &[1]).unwrap_err(), "MechanismDoesNotExist");
}

#[test]
fn step_2_more_uids_than_neurons_are_refused_by_uids_length_exceed_uids_in_sub_net() {
    let four = [0, 1, 2, 3];
    assert_eq!(set(&mut permitted(), 1, &four, &four, 0).unwrap_err(), "UidsLengthExceedUidsInSubNet");
}

#[test]
fn step_3_a_stranger_is_refused_by_hot_key_not_registered_in_sub_net() {
    assert_eq!(set(&mut World::new(), 1, &[0], &[1], 0).unwrap_err(), "HotKeyNotRegisteredInSubNet");
}

#[test]
fn step_4_too_little_stake_is_refused_by_not_enough_stake_to_set_weights() {
    let mut w = permitted();
    w.set_plain("StakeThreshold", 1000);
    assert_eq!(set(&mut w, 1, &[0, 1], &[1, 1], 0).unwrap_err(), "NotEnoughStakeToSetWeights");
    w.0.set_stake(1, &account("//Bob"), 1000).unwrap();
    assert!(set(&mut w, 1, &[0, 1], &[1, 1], 0).is_ok(), "stake at the threshold is enough");
}

#[test]
fn step_4_root_stake_counts_by_tao_weight() {
    let mut w = permitted();
    w.set_plain("StakeThreshold", 1000);
    w.set_plain("TaoWeight", 1u64 << 63); // a half
    w.0.set_stake(0, &account("//Bob"), 1998).unwrap();
    assert_eq!(set(&mut w, 1, &[0, 1], &[1, 1], 0).unwrap_err(), "NotEnoughStakeToSetWeights");
    w.0.set_stake(0, &account("//Bob"), 2000).unwrap();
    assert!(set(&mut w, 1, &[0, 1], &[1, 1], 0).is_ok());
}

#[test]
fn step_4_stake_lent_to_a_child_key_counts_for_the_child() {
    let mut w = permitted();
    w.0.set_stake(1, &account("//Bob"), 1000).unwrap();
    let half = 1u64 << 63;
    let family = |other: &str| serde_json::json!([[half, other]]);
    let keys = |who: &str| [serde_json::json!(who), serde_json::json!(1)];
    w.0.set_storage("SubtensorModule", "ChildKeys", &keys("//Bob"), Some(&family("//Charlie"))).unwrap();
    w.0.set_storage("SubtensorModule", "ParentKeys", &keys("//Charlie"), Some(&family("//Bob"))).unwrap();
    let v = w.0.now().unwrap();
    let total = |who: &str| stake(&v, 1, &account(who)).unwrap().total;
    assert_eq!((total("//Bob"), total("//Charlie")), (500, 500));
}

#[test]
fn step_4_the_owner_of_the_subnet_needs_no_stake() {
    let mut w = permitted();
    w.set_plain("StakeThreshold", 1000);
    w.set(1, "SubnetOwnerHotkey", "//Bob");
    assert!(set(&mut w, 1, &[0, 1], &[1, 1], 0).is_ok());
}

#[test]
fn step_5_an_old_version_is_refused_by_incorrect_weight_version_key() {
    let mut w = permitted();
    w.set(1, "WeightsVersionKey", 7);
    assert_eq!(set(&mut w, 1, &[0, 1], &[1, 1], 6).unwrap_err(), "IncorrectWeightVersionKey");
    assert!(set(&mut w, 1, &[0, 1], &[1, 1], 7).is_ok(), "the version that is wanted is taken");
    assert!(set(&mut w, 1, &[0, 1], &[1, 1], 8).is_ok(), "a newer one too");
}

#[test]
fn step_6_a_newcomer_waits_too_and_is_refused_by_setting_weights_too_fast() {
    let mut w = permitted();
    w.set(1, "WeightsSetRateLimit", 10);
    assert_eq!(set(&mut w, 1, &[0, 1], &[1, 1], 0).unwrap_err(), "SettingWeightsTooFast");
    let since = w.get::<Vec<u64>>("LastUpdate", 1)[1];
    w.0.advance(since + 9 - w.0.head().number).unwrap();
    assert!(set(&mut w, 1, &[0, 1], &[1, 1], 0).is_ok(), "ten blocks after registering");
    assert_eq!(set(&mut w, 1, &[0, 1], &[1, 1], 0).unwrap_err(), "SettingWeightsTooFast");
}

#[test]
fn step_7_without_a_permit_weights_for_others_are_refused_by_neuron_no_validator_permit() {
    let mut w = permitted();
    w.0.set_permit(1, 1, false).unwrap();
    assert_eq!(set(&mut w, 1, &[0, 1], &[1, 1], 0).unwrap_err(), "NeuronNoValidatorPermit");
    assert!(set(&mut w, 1, &[1], &[1], 0).is_ok(), "a weight for oneself alone needs none");
    w.set(1, "SubnetOwnerHotkey", "//Bob");
    assert!(set(&mut w, 1, &[0, 1], &[1, 1], 0).is_ok(), "nor does the owner");
}

#[test]
fn step_8_a_uid_that_is_named_twice_is_refused_by_duplicate_uids_before_uids_are_looked_up() {
    assert_eq!(set(&mut permitted(), 1, &[9, 9], &[1, 1], 0).unwrap_err(), "DuplicateUids");
}

#[test]
fn step_8_a_uid_that_nobody_has_is_refused_by_uid_vec_contain_invalid_one() {
    assert_eq!(set(&mut permitted(), 1, &[0, 3], &[1, 1], 0).unwrap_err(), "UidVecContainInvalidOne");
}

#[test]
fn step_9_too_few_uids_are_refused_by_weight_vec_length_is_low() {
    let mut w = permitted();
    w.set(1, "MinAllowedWeights", 1024); // more than there are neurons: all three then
    assert_eq!(set(&mut w, 1, &[0, 2], &[1, 1], 0).unwrap_err(), "WeightVecLengthIsLow");
    assert!(set(&mut w, 1, &[0, 1, 2], &[1, 1, 1], 0).is_ok());
    assert!(set(&mut w, 1, &[1], &[1], 0).is_ok(), "a weight for oneself alone is enough");
}

#[test]
fn step_10_weights_are_scaled_so_that_the_greatest_is_65535() {
    let mut w = permitted();
    set(&mut w, 1, &[0, 1, 2], &[1, 2, 3], 0).unwrap();
    assert_eq!(stored(&w, 1, 1), [(0, 21845), (1, 43690), (2, 65535)]);
    set(&mut w, 1, &[0, 1], &[0, 0], 0).unwrap();
    assert_eq!(stored(&w, 1, 1), [(0, 0), (1, 0)]);
}

#[test]
fn step_11_a_weight_above_the_limit_is_refused_by_max_weight_exceeded() {
    let mut w = permitted();
    w.set(1, "MaxWeightsLimit", 32768); // a half and a bit
    assert_eq!(set(&mut w, 1, &[0, 1, 2], &[3, 1, 1], 0).unwrap_err(), "MaxWeightExceeded");
    assert!(set(&mut w, 1, &[0, 1], &[1, 1], 0).is_ok(), "a half is within it");
    assert!(set(&mut w, 1, &[1], &[1], 0).is_ok(), "a weight for oneself alone is not looked at");
}

#[test]
fn step_12_weights_and_last_update_are_stored_and_told_of() {
    let mut w = permitted();
    let events = set(&mut w, 1, &[2], &[7], 0).unwrap();
    assert!(events.contains(&"SubtensorModule.WeightsSet".to_owned()));
    assert_eq!(stored(&w, 1, 1), [(2, 65535)]);
    assert_eq!(w.get::<Vec<u64>>("LastUpdate", 1)[1], w.0.head().number);
}

#[test]
fn weights_of_a_second_mechanism_are_kept_apart_under_its_index() {
    let mut w = World::new();
    w.set(1, "MechanismCountCurrent", 2);
    register(&mut w, 1, "//Bob");
    w.0.set_permit(1, 1, true).unwrap();
    set_mechanism(&mut w, 1, &[0, 1], &[1, 2]).unwrap();
    assert_eq!(stored(&w, 4097, 1), [(0, 32768), (1, 65535)]);
    assert_eq!(stored(&w, 1, 1), []);
    assert_eq!(w.get::<Vec<u64>>("LastUpdate", 4097)[1], w.0.head().number);
    let (_, fields) = w.events().into_iter().find(|(n, _)| n == "SubtensorModule.WeightsSet").unwrap();
    assert_eq!(crate::value::as_nums(&fields).unwrap(), [4097, 1]);
}

#[test]
fn the_steps_come_in_their_order_when_everything_is_wrong_at_once() {
    let mut w = World::new();
    register(&mut w, 1, "//Charlie");
    w.set_plain("StakeThreshold", 1000);
    w.set(1, "WeightsVersionKey", 7);
    w.set(1, "WeightsSetRateLimit", 100_000);
    w.set(1, "MinAllowedWeights", 1024);
    w.set(1, "CommitRevealWeightsEnabled", true);
    let mut seen = vec![];
    let mut attempt = |w: &mut World, dests: &[u16], weights: &[u16], version: u64| {
        seen.push(set(w, 1, dests, weights, version).unwrap_err());
    };
    attempt(&mut w, &[9, 9, 9, 9], &[1], 0);
    w.set(1, "CommitRevealWeightsEnabled", false);
    attempt(&mut w, &[9, 9, 9, 9], &[1], 0);
    attempt(&mut w, &[9, 9, 9, 9], &[1, 1, 1, 1], 0);
    attempt(&mut w, &[9, 9], &[1, 1], 0);
    register(&mut w, 1, "//Bob");
    attempt(&mut w, &[9, 9], &[1, 1], 0);
    w.set_plain("StakeThreshold", 0);
    attempt(&mut w, &[9, 9], &[1, 1], 0);
    attempt(&mut w, &[9, 9], &[1, 1], 7);
    w.set(1, "WeightsSetRateLimit", 0);
    attempt(&mut w, &[9, 9], &[1, 1], 7);
    w.0.set_permit(1, 2, true).unwrap();
    attempt(&mut w, &[9, 9], &[1, 1], 7);
    attempt(&mut w, &[8, 9], &[1, 1], 7);
    attempt(&mut w, &[0, 1], &[1, 1], 7);
    assert_eq!(
        seen,
        [
            "CommitRevealEnabled",
            "WeightVecNotEqualSize",
            "UidsLengthExceedUidsInSubNet",
            "HotKeyNotRegisteredInSubNet",
            "NotEnoughStakeToSetWeights",
            "IncorrectWeightVersionKey",
            "SettingWeightsTooFast",
            "NeuronNoValidatorPermit",
            "DuplicateUids",
            "UidVecContainInvalidOne",
            "WeightVecLengthIsLow",
        ]
    );
}
