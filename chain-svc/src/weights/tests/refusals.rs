//! The chain's checks, in its order.

use domain::ErrorKind;

use super::*;
use crate::weights::{Commit, NotSent, Refusal, Wanted, check, check_commit};

const COMMIT: Commit = Commit { version: 4, waiting: 0 };

fn plain(rules: &Rules, setter: &Setter, uids: &[u16], values: &[u16]) -> Result<(), Refusal> {
    check(rules, setter, uids, values, 7)
}

#[test]
fn sound_weights_pass() {
    assert_eq!(plain(&rules(), &validator(), &[0, 1], &[100, 400]), Ok(()));
    let revealed = Rules { commit_reveal: true, ..rules() };
    assert_eq!(check_commit(&revealed, &validator(), &COMMIT, &[0, 1], &[100, 400], 7), Ok(()));
}

#[test]
fn each_refusal_bears_the_name_of_the_chain_and_comes_in_its_order() {
    // every row repairs the fault of the row above and keeps those below
    let uids = vec![9, 9, 300];
    let mut values = vec![1, 1];
    let mut setter = Setter { uid: None, stake: 0, permit: false, owner: false, last_update: 9_990 };
    let mut rules = Rules {
        netuid: 0,
        mecid: 1,
        neurons: 2,
        commit_reveal: true,
        min_allowed: 5,
        max_weight: 6_553,
        ..rules()
    };
    let mut step = |repair: &dyn Fn(&mut Rules, &mut Setter, &mut Vec<u16>), name: &str| {
        let refusal = plain(&rules, &setter, &uids, &values).unwrap_err();
        assert_eq!(refusal.name(), name);
        repair(&mut rules, &mut setter, &mut values);
    };
    step(&|r, _, _| r.commit_reveal = false, "CommitRevealEnabled");
    step(&|r, _, _| r.netuid = 49, "CanNotSetRootNetworkWeights");
    step(&|_, _, v| v.push(1), "WeightVecNotEqualSize");
    step(&|r, _, _| r.mechanisms = 2, "MechanismDoesNotExist");
    step(&|r, _, _| r.neurons = 256, "UidsLengthExceedUidsInSubNet");
    step(&|_, s, _| s.uid = Some(3), "HotKeyNotRegisteredInSubNet");
    step(&|_, s, _| s.stake = 1_000, "NotEnoughStakeToSetWeights");
    step(&|r, _, _| r.version_key = 7, "SettingWeightsTooFast");
    setter.last_update = 9_901;
    let mut step = |repair: &dyn Fn(&mut Rules, &mut Setter), uids: &[u16], name: &str| {
        assert_eq!(plain(&rules, &setter, uids, &[1, 1, 1]).unwrap_err().name(), name);
        repair(&mut rules, &mut setter);
    };
    step(&|_, s| s.permit = true, &[9, 9, 300], "NeuronNoValidatorPermit");
    step(&|_, _| {}, &[9, 9, 300], "DuplicateUids");
    step(&|_, _| {}, &[9, 8, 300], "UidVecContainInvalidOne");
    step(&|_, _| {}, &[9, 8, 256], "UidVecContainInvalidOne");
    step(&|r, _| r.min_allowed = 3, &[9, 8, 255], "WeightVecLengthIsLow");
    step(&|r, _| r.max_weight = 21_845, &[9, 8, 255], "MaxWeightExceeded");
    assert_eq!(plain(&rules, &setter, &[9, 8, 255], &[1, 1, 1]), Ok(()));
}

#[test]
fn a_version_key_below_that_of_the_subnet_is_refused_and_zero_asks_for_none() {
    let go = |theirs, ours| check(&Rules { version_key: theirs, ..rules() }, &validator(), &[0], &[1], ours);
    assert_eq!(go(8, 7), Err(Refusal::IncorrectWeightVersionKey { need: 8 }));
    assert_eq!((go(7, 7), go(6, 7), go(0, 0)), (Ok(()), Ok(()), Ok(())));
}

#[test]
fn the_rate_limit_names_the_block_at_which_it_ends() {
    let at = |last_update| plain(&rules(), &Setter { last_update, ..validator() }, &[0], &[1]);
    assert_eq!(at(9_902), Err(Refusal::SettingWeightsTooFast { until: 10_002 }));
    assert_eq!(at(9_901), Ok(()));
    assert_eq!(at(0), Ok(()));
    assert_eq!(at(10_000), Err(Refusal::SettingWeightsTooFast { until: 10_100 }));
    assert_eq!(at(10_000).unwrap_err().kind(), ErrorKind::RateLimited);
}

#[test]
fn the_owner_needs_neither_stake_nor_permit() {
    let owner = Setter { owner: true, stake: 0, permit: false, ..validator() };
    assert_eq!(plain(&rules(), &owner, &[0, 1], &[1, 1]), Ok(()));
}

#[test]
fn a_weight_on_oneself_alone_needs_no_permit_and_no_company() {
    let newcomer = Setter { permit: false, ..validator() };
    let strict = Rules { min_allowed: 100, max_weight: 100, ..rules() };
    assert_eq!(plain(&strict, &newcomer, &[3], &[65_535]), Ok(()));
    assert_eq!(plain(&strict, &newcomer, &[4], &[65_535]), Err(Refusal::NeuronNoValidatorPermit));
}

#[test]
fn a_small_subnet_does_not_ask_for_more_weights_than_it_has_neurons() {
    let small = Rules { neurons: 2, min_allowed: 1_024, ..rules() };
    assert_eq!(plain(&small, &Setter { uid: Some(0), ..validator() }, &[0, 1], &[1, 1]), Ok(()));
    let refusal = plain(&small, &Setter { uid: Some(0), ..validator() }, &[1], &[1]);
    assert_eq!(refusal, Err(Refusal::WeightVecLengthIsLow { need: 2, have: 1 }));
}

#[test]
fn the_limit_is_on_the_share_after_scaling() {
    let half = Rules { max_weight: 32_767, ..rules() };
    assert_eq!(
        plain(&half, &validator(), &[0, 1], &[5, 5]),
        Err(Refusal::MaxWeightExceeded { limit: 32_767 })
    );
    assert_eq!(plain(&half, &validator(), &[0, 1, 2], &[5, 5, 1]), Ok(()));
    assert_eq!(plain(&half, &validator(), &[0], &[0]), Ok(()));
    // 7 and 4 are scaled to 65535 and 37449, rounded: a share of 41703.96 parts of 65535
    let just = |max_weight| plain(&Rules { max_weight, ..rules() }, &validator(), &[0, 1], &[7, 4]);
    assert_eq!((just(41_704).is_ok(), just(41_703).is_ok()), (true, false));
}

#[test]
fn a_commit_has_refusals_of_its_own_before_those_of_its_weights() {
    let on = Rules { commit_reveal: true, ..rules() };
    let go = |rules: &Rules, setter: &Setter, commit: &Commit, uids: &[u16]| {
        check_commit(rules, setter, commit, uids, &vec![1; uids.len()], 7).map_err(|r| r.name())
    };
    let poor = Setter { uid: None, last_update: 9_999, ..validator() };
    let odd = Commit { version: 5, waiting: 10 };
    assert_eq!(go(&rules(), &poor, &odd, &[0, 0]), Err("CommitRevealDisabled"));
    assert_eq!(go(&on, &poor, &odd, &[0, 0]), Err("IncorrectCommitRevealVersion"));
    let full = Commit { version: 4, ..odd };
    assert_eq!(go(&on, &poor, &full, &[0, 0]), Err("HotKeyNotRegisteredInSubNet"));
    let early = Setter { uid: Some(3), ..poor };
    assert_eq!(go(&on, &early, &full, &[0, 0]), Err("CommittingWeightsTooFast"));
    assert_eq!(go(&on, &validator(), &full, &[0, 0]), Err("TooManyUnrevealedCommits"));
    assert_eq!(go(&on, &validator(), &COMMIT, &[0, 0]), Err("DuplicateUids"));
    assert_eq!(go(&on, &validator(), &COMMIT, &[0, 1]), Ok(()));
}

#[test]
fn weights_that_the_chain_would_refuse_are_not_prepared() {
    let wanted = Wanted::new([(1, 1.0), (2, 2.0)]).unwrap();
    let few = Rules { min_allowed: 3, ..rules() };
    let refusal = NotSent::Refused(Refusal::WeightVecLengthIsLow { need: 3, have: 2 });
    assert_eq!(wanted.prepare(&few, &validator(), 7), Err(refusal.clone()));
    let on = Rules { commit_reveal: true, ..few };
    assert_eq!(wanted.prepare_commit(&on, &validator(), &COMMIT, 7), Err(refusal));
    assert_eq!(wanted.prepare(&rules(), &validator(), 7).unwrap().values, [32_768, 65_535]);
}
