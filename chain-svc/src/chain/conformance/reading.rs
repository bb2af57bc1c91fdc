//! Clauses of reading.

use std::time::Duration;

use domain::ErrorKind;
use futures_util::StreamExt as _;
use testkit::eventually::eventually;

use super::rig::{NET, PRICE, Rig, alice, bob, charlie, stranger};
use crate::chain::{Axon, ChainError, Subnet};

pub(super) async fn a_snapshot_is_of_one_block_and_names_it(rig: impl Rig) {
    let chain = rig.chain();
    let (head, before) = (chain.head().await.unwrap(), chain.snapshot(NET).await.unwrap());
    assert_eq!(before.head, head);
    assert_eq!(before.subnet, NET);
    rig.commit_reveal(true);
    let after = chain.snapshot(NET).await.unwrap();
    assert!(after.head.number > before.head.number && after.head.hash != before.head.hash);
    assert_eq!(after.genesis, before.genesis);
    assert_eq!((before.rules.commit_reveal, after.rules.commit_reveal), (false, true));
    assert_eq!(chain.head().await.unwrap(), after.head);
}

pub(super) async fn a_snapshot_tells_settings_and_neurons(rig: impl Rig) {
    let snapshot = rig.chain().snapshot(NET).await.unwrap();
    let who: Vec<_> = snapshot.neurons.iter().map(|n| (n.uid, n.hotkey, n.permit)).collect();
    let three = [(0, alice().account(), false), (1, bob().account(), true), (2, charlie().account(), false)];
    assert_eq!(who, three);
    assert!(snapshot.neurons.iter().all(|n| n.coldkey == alice().account()));
    assert!(snapshot.neurons.iter().all(|n| n.axon == Axon::default()));
    assert_eq!(snapshot.neurons[1].alpha, 1_000_000_000_000);
    assert!(snapshot.neurons[1].stake >= 1_000_000_000_000);
    assert_eq!(snapshot.owner, Some(alice().account()));
    let rules = snapshot.rules;
    assert_eq!((rules.tempo, rules.weights_rate_limit, rules.min_allowed_weights), (20, 10, 1));
    assert_eq!((rules.burn, rules.registration_allowed, rules.mechanisms), (PRICE, true, 1));
    assert_eq!((rules.max_weights_limit, rules.commit_reveal_version, rules.reveal_period), (65535, 4, 1));
    assert!(snapshot.epoch.is_some() && snapshot.schedule().is_some());
    assert!(!snapshot.block_time.is_zero());
    assert_eq!(snapshot.by_hotkey(&stranger()), None);
}

pub(super) async fn heads_rise_and_never_fall(rig: impl Rig) {
    let mut heads = rig.chain().heads();
    let mut last = heads.next().await.unwrap().number;
    for _ in 0..5 {
        rig.advance(1);
        let next = tokio::time::timeout(Duration::from_secs(20), heads.next()).await.unwrap().unwrap();
        assert!(next.number > last, "{} after {last}", next.number);
        last = next.number;
    }
    assert_eq!(rig.chain().head().await.unwrap().number, last);
}

pub(super) async fn a_subnet_that_is_not_there_is_told_by_its_number(rig: impl Rig) {
    let chain = rig.chain();
    let said = chain.snapshot(Subnet { netuid: 77, mecid: 0 }).await.unwrap_err();
    assert!(matches!(said, ChainError::NoSubnet(77)), "{said}");
    assert!(said.to_string().contains("--netuid"), "{said}");
    let said = chain.registration(77, &bob().account()).await.unwrap_err();
    assert!(matches!(said, ChainError::NoSubnet(77)), "{said}");
}

pub(super) async fn registration_tells_place_and_price(rig: impl Rig) {
    let chain = rig.chain();
    let bob = chain.registration(49, &bob().account()).await.unwrap();
    assert_eq!((bob.uid, bob.burn, bob.allowed), (Some(1), PRICE, true));
    let nobody = chain.registration(49, &stranger()).await.unwrap();
    assert_eq!(nobody.uid, None);
    assert_eq!(nobody.head, chain.head().await.unwrap());
}

pub(super) async fn a_chain_that_is_away_is_told_and_comes_back(rig: impl Rig) {
    let chain = rig.chain();
    let before = chain.snapshot(NET).await.unwrap();
    rig.answers(false);
    let said = chain.snapshot(NET).await.unwrap_err();
    assert_eq!(said.kind(), ErrorKind::Unavailable, "{said}");
    rig.answers(true);
    let back =
        eventually("the chain to be back", Duration::from_secs(30), async || chain.snapshot(NET).await.ok());
    assert!(back.await.head.number >= before.head.number);
}
