//! Mechanisms above the main one.

use serde_json::json;

use super::*;
use crate::chain::{
    Chain as _, ChainError, Subnet,
    conformance::rig::{bob, charlie},
};

const SECOND: Subnet = Subnet { netuid: 49, mecid: 1 };

/// Subnet 49 with two mechanisms; on the second the validator set weights in block 3 and the miner earns all.
async fn two() -> Devchain {
    let node = node().await;
    node.set(49, "MechanismCountCurrent", &json!(2)).unwrap();
    let lists = [("LastUpdate", json!([0, 3, 0])), ("Incentive", json!([0, 0, 65535]))];
    for (item, value) in lists {
        node.set_storage("SubtensorModule", item, &[SECOND.index().into()], &value).unwrap();
    }
    node
}

#[tokio::test]
async fn a_snapshot_of_a_mechanism_has_its_own_updates_and_incentives() {
    let node = two().await;
    let chain = chain(over(&[&node]));
    let main = chain.snapshot(Subnet { netuid: 49, mecid: 0 }).await.unwrap();
    let second = chain.snapshot(SECOND).await.unwrap();
    assert_eq!((second.subnet, second.rules.mechanisms), (SECOND, 2));
    let of = |read: &crate::chain::Snapshot| -> Vec<_> {
        read.neurons.iter().map(|n| (n.uid, n.hotkey, n.last_update, n.incentive)).collect()
    };
    let (bob, charlie) = (bob().account(), charlie().account());
    assert_eq!(of(&second)[1..], [(1, bob, 3, 0), (2, charlie, 0, 65535)]);
    assert_eq!(of(&main)[1..], [(1, bob, 0, 0), (2, charlie, 0, 0)]);
    // what does not belong to a mechanism is the same
    assert_eq!((second.neurons[1].permit, second.neurons[1].alpha), (true, 1_000_000_000_000));
    assert!(node.calls("state_call SubnetInfoRuntimeApi_get_mechagraph") > 0);
}

#[tokio::test]
async fn weights_of_a_mechanism_are_its_own() {
    let node = two().await;
    let chain = chain(over(&[&node]));
    let call =
        Call::SetWeights { netuid: 49, mecid: 1, uids: vec![0, 2], values: vec![1, 4], version_key: 0 };
    node.advance(20).unwrap();
    let signed = chain.prepare(&call, &bob()).await.unwrap();
    let included = chain.send(&signed).await.unwrap();
    assert_eq!(included.refused, None);
    assert_eq!(chain.weights(SECOND, 1).await.unwrap(), [(0, 16384), (2, 65535)]);
    assert_eq!(chain.weights(Subnet { netuid: 49, mecid: 0 }, 1).await.unwrap(), []);
    assert_eq!(chain.snapshot(SECOND).await.unwrap().neurons[1].last_update, included.number);
}

#[tokio::test]
async fn a_mechanism_that_is_not_there_is_told_by_its_number() {
    let node = two().await;
    let said = chain(over(&[&node])).snapshot(Subnet { netuid: 49, mecid: 2 }).await.unwrap_err();
    assert!(matches!(said, ChainError::Unsupported(_) | ChainError::Garbage { .. }), "{said}");
    assert!(said.to_string().contains("no mechanism 2"), "{said}");
}
