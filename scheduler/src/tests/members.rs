//! Miners that prove their hotkeys.

use std::sync::Arc;

use btauth::{
    Account, Keypair, MemoryNonces, Signer,
    grpc::{Registry, Signing, signed},
};
use process::clock::Clock;
use proto::client::{Metagraph, Neuron};
use proto::pb::scheduler_message::Message as Told;
use tonic::{Code, Status};

use super::pairing::declare;
use super::rig::{Miner, Rig, config, leaves};
use crate::{config::Who, core::Core, members::Members};

fn key(seed: u8) -> Keypair {
    Keypair::from_seed(&[seed; 32])
}

/// The operator's hotkey.
pub(super) fn own() -> Account {
    key(9).account()
}

/// Uid 0 is of key 1, uid 1 of key 2, and so on.
fn metagraph(keys: &[u8]) -> Metagraph {
    let one = |(uid, seed): (usize, &u8)| Neuron {
        uid: uid as u16,
        hotkey: key(*seed).account().to_string(),
        permit: false,
        stake: 0,
    };
    let neurons = keys.iter().enumerate().map(one).collect();
    Metagraph { block: 1, stale: None, own: own().to_string(), neurons }
}

fn members(keys: &[u8]) -> Members {
    let registry = Arc::new(Registry::default());
    registry.learn(&metagraph(keys)).unwrap();
    Members { registry, nonces: Arc::new(MemoryNonces::new(1_000)), chain: None }
}

/// A scheduler that does not run, for registered miners or for anybody.
pub(crate) fn core(registered: bool) -> Arc<Core> {
    let (config, members) = (config(|_| {}), registered.then(|| members(&[1])));
    let leaves = leaves(&Arc::default(), &Arc::default(), members);
    let key = super::rig::KEY.parse().unwrap();
    Arc::new(Core::new(config, key, leaves, Clock::system(), process::Stop::new()))
}

pub(super) struct Subnet {
    pub(super) rig: Rig,
    registry: Arc<Registry>,
}

impl Subnet {
    pub(super) async fn of(keys: &[u8]) -> Self {
        let members = members(keys);
        let registry = members.registry.clone();
        let config = config(|c| c.auth.miners = Who::Registered);
        Self { rig: Rig::with(Arc::default(), config, Some(members)).await, registry }
    }

    /// A miner that signs with this key, and calls itself m1.
    pub(super) async fn dial(&self, seed: u8, receiver: Account) -> Result<Miner, Status> {
        let clock = Clock::system();
        let now = Arc::new(move || clock.micros() as u64 * 1_000);
        let signing = Signing { signer: Signer::new(key(seed), 0), receiver, now };
        let wire = signed(process::grpc::wire(&self.rig.uri).unwrap(), Arc::new(signing));
        let mut miner = Rig::dial_over(wire, declare("m1")).await?;
        assert!(matches!(miner.hear().await?, Told::Paired(_)));
        Ok(miner)
    }
}

#[tokio::test]
async fn a_registered_miner_pairs_under_its_uid_and_works() {
    // E16
    let subnet = Subnet::of(&[1, 2]).await;
    let mut miner = subnet.dial(1, own()).await.unwrap();
    let task = subnet.rig.submit().await;
    let lease = miner.lease().await;
    assert_eq!(lease.task, task.to_string());
    miner.complete_signed(&lease, &key(1), lease.fence).await;
    miner.is_settled(&lease).await;
    assert_eq!(subnet.rig.store.task(task).leases[0].miner.as_str(), "0");
    let _other = subnet.dial(2, own()).await.unwrap();
    subnet.rig.until_miner("the other has a place of its own", |m| m.miner.as_str() == "1").await;
    assert_eq!(subnet.rig.client.miners().await.unwrap().len(), 2);
}

#[tokio::test]
async fn whoever_can_not_prove_a_place_does_not_pair() {
    let subnet = Subnet::of(&[1]).await;
    let stranger = subnet.dial(3, own()).await.err().unwrap();
    assert_eq!(stranger.code(), Code::PermissionDenied);
    assert_eq!(stranger.message(), "the hotkey is not registered on this subnet");
    let elsewhere = subnet.dial(1, key(8).account()).await.err().unwrap();
    assert_eq!(elsewhere.code(), Code::Unauthenticated);
    let said = format!("the request was signed for another receiver than {}", own());
    assert_eq!(elsewhere.message(), said);
    let wire = process::grpc::wire(&subnet.rig.uri).unwrap();
    let unsigned = Rig::dial_over(wire, declare("0")).await.err().unwrap();
    assert_eq!(unsigned.code(), Code::Unauthenticated);
    assert!(subnet.rig.client.miners().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_miner_that_lost_its_place_is_sent_away_at_its_next_lease() {
    let subnet = Subnet::of(&[1, 2]).await;
    let mut leaving = subnet.dial(1, own()).await.unwrap();
    subnet.rig.until_miner("it is paired", |m| m.miner.as_str() == "0").await;
    subnet.registry.learn(&metagraph(&[4, 2])).unwrap();
    let task = subnet.rig.submit().await;
    let told = leaving.hear().await.unwrap_err();
    assert_eq!(
        (told.code(), told.message()),
        (Code::PermissionDenied, "the hotkey is not registered on this subnet")
    );
    assert!(subnet.rig.store.task(task).leases.is_empty(), "no lease was granted to it");
    // who has the place now gets the work
    let mut next = subnet.dial(4, own()).await.unwrap();
    assert_eq!(next.lease().await.task, task.to_string());
}

#[tokio::test]
async fn a_miner_that_moved_to_another_place_pairs_again_under_it() {
    let subnet = Subnet::of(&[1, 2]).await;
    let mut miner = subnet.dial(1, own()).await.unwrap();
    subnet.rig.until_miner("it is paired", |m| m.miner.as_str() == "0").await;
    subnet.registry.learn(&metagraph(&[2, 1])).unwrap();
    let task = subnet.rig.submit().await;
    let told = miner.hear().await.unwrap_err();
    assert_eq!(told.code(), Code::FailedPrecondition);
    assert!(told.message().contains("another uid"), "{}", told.message());
    let mut again = subnet.dial(1, own()).await.unwrap();
    assert_eq!(again.lease().await.task, task.to_string());
    assert_eq!(subnet.rig.store.task(task).leases[0].miner.as_str(), "1");
}

#[tokio::test]
async fn a_miner_may_declare_anew_under_any_name_and_stays_who_it_is() {
    let subnet = Subnet::of(&[1]).await;
    let miner = subnet.dial(1, own()).await.unwrap();
    let mut more = declare("somebody-else");
    more.capacity = 7;
    miner.say(proto::pb::miner_message::Message::Declare(more)).await;
    subnet.rig.until_miner("the change", |m| m.capacity == 7 && m.miner.as_str() == "0").await;
}
