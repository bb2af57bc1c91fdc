//! Clauses of writing.

use domain::ErrorKind;

use super::rig::{NET, PRICE, Rig, alice, bob, charlie, stranger};
use crate::chain::{Call, Found, Included, Keypair, SendError, memory::Lost};

fn axon(address: Option<&str>) -> Call {
    Call::ServeAxon { netuid: 49, address: address.map(|a| a.parse().unwrap()) }
}

fn weights(uids: &[u16], values: &[u16]) -> Call {
    Call::SetWeights { netuid: 49, mecid: 0, uids: uids.to_vec(), values: values.to_vec(), version_key: 0 }
}

async fn send(rig: &impl Rig, call: &Call, key: &Keypair) -> Included {
    let chain = rig.chain();
    let signed = chain.prepare(call, key).await.unwrap();
    chain.send(&signed).await.unwrap()
}

/// Sends what the chain must refuse, and gives the name of the refusal.
async fn refused(rig: &impl Rig, call: &Call, key: &Keypair) -> String {
    let included = send(rig, call, key).await;
    assert!(included.events.iter().any(|e| e == "System.ExtrinsicFailed"), "{:?}", included.events);
    let refusal = included.refused.unwrap_or_else(|| panic!("{call:?} was not refused"));
    assert!(refusal.is_known(), "no advice for {}", refusal.name);
    refusal.name
}

fn has(included: &Included, event: &str) -> bool {
    included.refused.is_none() && included.events.iter().any(|e| e == &format!("SubtensorModule.{event}"))
}

pub(super) async fn signing_sends_nothing(rig: impl Rig) {
    let chain = rig.chain();
    let signed = chain.prepare(&weights(&[1], &[65535]), &bob()).await.unwrap();
    assert_eq!(rig.arrived(), 0);
    assert!(signed.dies > signed.born && signed.account == bob().account());
    assert!(matches!(chain.find(&signed).await.unwrap(), Found::NotYet(_)));
    assert!(chain.weights(NET, 1).await.unwrap().is_empty());
}

pub(super) async fn an_axon_is_stored_as_it_was_sent(rig: impl Rig) {
    let included = send(&rig, &axon(Some("10.0.0.1:8091")), &charlie()).await;
    assert!(has(&included, "AxonServed"), "{included:?}");
    let snapshot = rig.chain().snapshot(NET).await.unwrap();
    let stored = snapshot.neurons[2].axon;
    assert_eq!(stored.address(), Some("10.0.0.1:8091".parse().unwrap()));
    assert_eq!((stored.ip, stored.ip_type, stored.protocol, stored.version), (0x0a00_0001, 4, 4, 1));
    assert_eq!(stored.block, included.number);
}

pub(super) async fn an_axon_is_taken_back(rig: impl Rig) {
    send(&rig, &axon(Some("[2001:db8::1]:8091")), &charlie()).await;
    let chain = rig.chain();
    let address = chain.snapshot(NET).await.unwrap().neurons[2].axon.address();
    assert_eq!(address, Some("[2001:db8::1]:8091".parse().unwrap()));
    rig.advance(60);
    let included = send(&rig, &axon(None), &charlie()).await;
    assert!(has(&included, "AxonServed"), "{included:?}");
    assert_eq!(chain.snapshot(NET).await.unwrap().neurons[2].axon.address(), None);
}

pub(super) async fn an_axon_is_not_announced_twice_before_the_limit(rig: impl Rig) {
    send(&rig, &axon(Some("10.0.0.1:8091")), &charlie()).await;
    let name = refused(&rig, &axon(Some("10.0.0.2:8091")), &charlie()).await;
    assert_eq!(name, "ServingRateLimitExceeded");
}

pub(super) async fn a_loopback_axon_is_refused_by_name(rig: impl Rig) {
    assert_eq!(refused(&rig, &axon(Some("127.0.0.1:8091")), &charlie()).await, "InvalidIpAddress");
    // a port of 0 is refused after everything else
    assert_eq!(refused(&rig, &axon(Some("10.0.0.1:0")), &alice()).await, "InvalidPort");
    assert!(has(&send(&rig, &axon(Some("10.0.0.1:1")), &alice()).await, "AxonServed"));
}

pub(super) async fn weights_are_stored_scaled_up(rig: impl Rig) {
    let included = send(&rig, &weights(&[0, 1], &[100, 400]), &bob()).await;
    assert!(has(&included, "WeightsSet"), "{included:?}");
    assert_eq!(rig.chain().weights(NET, 1).await.unwrap(), [(0, 16384), (1, 65535)]);
    let snapshot = rig.chain().snapshot(NET).await.unwrap();
    assert_eq!(snapshot.neurons[1].last_update, included.number);
}

pub(super) async fn a_second_weight_set_before_the_limit_is_refused_by_name(rig: impl Rig) {
    send(&rig, &weights(&[0, 2], &[1, 1]), &bob()).await;
    let second = weights(&[0, 2], &[1, 2]);
    assert_eq!(refused(&rig, &second, &bob()).await, "SettingWeightsTooFast");
    assert_eq!(rig.chain().weights(NET, 1).await.unwrap(), [(0, 65535), (2, 65535)]);
    // what the chain refuses is known beforehand, with the block at which it ends
    let snapshot = rig.chain().snapshot(NET).await.unwrap();
    let early = crate::chain::check(&snapshot, &bob().account(), &second).unwrap_err();
    let free = snapshot.neurons[1].last_update + 10;
    assert_eq!((early.name.as_str(), early.until), ("SettingWeightsTooFast", Some(free)));
    assert_eq!(early.kind(), ErrorKind::RateLimited);
    rig.advance(free - 1 - rig.chain().head().await.unwrap().number);
    assert!(has(&send(&rig, &second, &bob()).await, "WeightsSet"));
}

pub(super) async fn weights_without_a_permit_are_refused_by_name(rig: impl Rig) {
    let name = refused(&rig, &weights(&[0, 1], &[1, 1]), &charlie()).await;
    assert_eq!(name, "NeuronNoValidatorPermit");
    assert!(rig.chain().weights(NET, 2).await.unwrap().is_empty());
}

pub(super) async fn a_neuron_named_twice_is_refused_before_one_that_is_not_there(rig: impl Rig) {
    assert_eq!(refused(&rig, &weights(&[0, 0], &[1, 1]), &bob()).await, "DuplicateUids");
    assert_eq!(refused(&rig, &weights(&[0, 9], &[1, 1]), &bob()).await, "UidVecContainInvalidOne");
    assert_eq!(refused(&rig, &weights(&[0, 2], &[1]), &bob()).await, "WeightVecNotEqualSize");
}

fn commit() -> Call {
    Call::CommitWeights { netuid: 49, mecid: 0, commit: vec![7; 200], reveal_round: 30_000_000, version: 4 }
}

pub(super) async fn open_weights_where_commits_are_wanted_are_refused_by_name(rig: impl Rig) {
    rig.commit_reveal(true);
    assert_eq!(refused(&rig, &weights(&[0], &[1]), &bob()).await, "CommitRevealEnabled");
    rig.commit_reveal(false);
    assert_eq!(refused(&rig, &commit(), &bob()).await, "CommitRevealDisabled");
}

pub(super) async fn commits_are_taken_where_they_are_wanted(rig: impl Rig) {
    rig.commit_reveal(true);
    let included = send(&rig, &commit(), &bob()).await;
    assert!(has(&included, "TimelockedWeightsCommitted"), "{included:?}");
    assert!(rig.chain().weights(NET, 1).await.unwrap().is_empty(), "nobody can read them yet");
}

pub(super) async fn a_refused_change_takes_the_nonce(rig: impl Rig) {
    let chain = rig.chain();
    let first = chain.prepare(&weights(&[0, 1], &[1, 1]), &charlie()).await.unwrap();
    let included = chain.send(&first).await.unwrap();
    assert!(included.refused.is_some());
    assert_eq!(chain.find(&first).await.unwrap(), Found::In(included));
    let second = chain.prepare(&axon(Some("10.0.0.1:8091")), &charlie()).await.unwrap();
    assert_eq!(second.nonce, first.nonce + 1);
}

pub(super) async fn the_same_bytes_get_into_one_block_only(rig: impl Rig) {
    let chain = rig.chain();
    let signed = chain.prepare(&weights(&[0], &[1]), &bob()).await.unwrap();
    let included = chain.send(&signed).await.unwrap();
    let again = chain.send(&signed).await.unwrap_err();
    assert!(matches!(again, SendError::Stale | SendError::Unknown(_)), "{again}");
    assert_eq!(chain.find(&signed).await.unwrap(), Found::In(included));
}

pub(super) async fn a_transaction_lost_before_it_arrived_is_known_to_be_nowhere_when_its_life_is_over(
    rig: impl Rig,
) {
    let chain = rig.chain();
    let signed = chain.prepare(&weights(&[0], &[1]), &bob()).await.unwrap();
    rig.lose(Lost::Before);
    let lost = chain.send(&signed).await.unwrap_err();
    assert!(matches!(lost, SendError::Unknown(_)), "{lost}");
    assert!(matches!(chain.find(&signed).await.unwrap(), Found::NotYet(_)));
    rig.advance(63);
    assert!(
        matches!(chain.find(&signed).await.unwrap(), Found::NotYet(_)),
        "it can still get into the last block"
    );
    rig.advance(1);
    assert_eq!(chain.find(&signed).await.unwrap(), Found::Never);
}

pub(super) async fn a_transaction_lost_after_it_arrived_is_found(rig: impl Rig) {
    let chain = rig.chain();
    let signed = chain.prepare(&weights(&[0], &[1]), &bob()).await.unwrap();
    rig.lose(Lost::After);
    let lost = chain.send(&signed).await.unwrap_err();
    assert!(matches!(lost, SendError::Unknown(_)), "{lost}");
    rig.advance(3);
    let found = chain.find(&signed).await.unwrap();
    let Found::In(included) = found else { panic!("{found:?}") };
    assert!(has(&included, "WeightsSet"), "{included:?}");
    assert!(included.number > signed.born && included.number <= signed.dies);
}

fn register(limit: u64) -> Call {
    Call::Register { netuid: 49, hotkey: stranger(), limit }
}

pub(super) async fn a_registration_above_the_limit_costs_nothing(rig: impl Rig) {
    // the price falls with every block
    let name = refused(&rig, &register(PRICE / 2), &alice()).await;
    assert_eq!(name, "RegistrationPriceLimitExceeded");
    let after = rig.chain().registration(49, &stranger()).await.unwrap();
    assert_eq!(after.uid, None);
    assert!(after.burn > PRICE / 2);
}

pub(super) async fn a_registration_gives_a_place_and_costs_the_price(rig: impl Rig) {
    let chain = rig.chain();
    let before = chain.balance(&alice().account()).await.unwrap();
    let included = send(&rig, &register(PRICE), &alice()).await;
    assert!(has(&included, "NeuronRegistered"), "{included:?}");
    let after = chain.registration(49, &stranger()).await.unwrap();
    assert_eq!(after.uid, Some(3));
    let snapshot = chain.snapshot(NET).await.unwrap();
    assert_eq!((snapshot.neurons[3].hotkey, snapshot.neurons[3].coldkey), (stranger(), alice().account()));
    let paid = before - chain.balance(&alice().account()).await.unwrap();
    assert!(paid > PRICE / 2 && paid < PRICE * 2, "{paid}");
    assert_eq!(refused(&rig, &register(PRICE * 10), &alice()).await, "HotKeyAlreadyRegisteredInSubNet");
}
