//! What miners sign, and what the scheduler makes of it.

use btauth::{Keypair, receipt::Hotkeys};
use domain::{ErrorKind, FailReason, LeaseEnd, Score, receipt::Signed, task::StateName};

use super::members::{Subnet, own};
use super::rig::Rig;

fn key(seed: u8) -> Keypair {
    Keypair::from_seed(&[seed; 32])
}

#[tokio::test]
async fn a_completed_task_has_a_receipt_that_anybody_can_check() {
    // P5
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    let early = rig.client.receipt(task).await.unwrap_err();
    assert_eq!(early.kind, ErrorKind::Conflict, "{early}");
    miner.complete_signed(&lease, &key(1), lease.fence).await;
    miner.is_settled(&lease).await;
    let signed = Signed::verify(&rig.client.receipt(task).await.unwrap(), &Hotkeys).unwrap();
    assert_eq!(signed.receipt.work.task, task);
    assert_eq!(signed.receipt.work.miner.as_str(), key(1).account().to_string());
    let again = Signed::verify(&rig.client.receipt(task).await.unwrap(), &Hotkeys).unwrap();
    assert_eq!(again.receipt, signed.receipt, "the facts stay");
    rig.store.approve(task, &[("w", 70), ("v", 90)]);
    let approved = Signed::verify(&rig.client.receipt(task).await.unwrap(), &Hotkeys).unwrap();
    assert_eq!(approved.receipt.scores["accuracy"], Score::percent(90));
    assert_eq!(approved.receipt.validators, ["v", "w"].map(|v| v.parse().unwrap()));
    assert_eq!(approved.receipt.work, signed.receipt.work);
}

#[tokio::test]
async fn an_answer_signed_as_other_work_is_a_fault_of_its_miner() {
    // S1
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    miner.complete_signed(&lease, &key(1), lease.fence + 1).await;
    miner.is_settled(&lease).await;
    let stored = rig.store.task(task);
    assert!(stored.result().is_none(), "{stored:?}");
    let Some((_, LeaseEnd::Failed(failure))) = &stored.leases[0].end else { panic!("{stored:?}") };
    assert_eq!(failure.reason, FailReason::MinerFault);
}

#[tokio::test]
async fn an_answer_that_the_store_finds_false_is_a_fault_of_its_miner_and_another_one_works_on_it() {
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    let mut other = rig.pair("m2", 1, 1, &[]).await;
    rig.until_miner("the other", |m| m.miner.as_str() == "m2").await;
    rig.store.find_fault("response.proof.input_sha256: the input of the task has another digest");
    miner.complete_signed(&lease, &key(1), lease.fence).await;
    miner.is_settled(&lease).await;
    let stored = rig.store.task(task);
    let Some((_, LeaseEnd::Failed(failure))) = &stored.leases[0].end else { panic!("{stored:?}") };
    assert_eq!((failure.reason, stored.result()), (FailReason::MinerFault, None));
    assert!(failure.detail.contains("another digest"), "{failure:?}");
    assert_eq!(other.lease().await.task, task.to_string());
}

#[tokio::test]
async fn a_registered_miner_signs_with_the_hotkey_that_paired_or_does_not_answer() {
    // S7
    for (place, signer) in [(1, None), (2, Some(1))] {
        let subnet = Subnet::of(&[1, 2]).await;
        let mut miner = subnet.dial(place, own()).await.unwrap();
        let task = subnet.rig.submit().await;
        let lease = miner.lease().await;
        match signer {
            None => miner.complete(&lease).await,
            Some(other) => miner.complete_signed(&lease, &key(other), lease.fence).await,
        }
        miner.is_settled(&lease).await;
        let stored = subnet.rig.store.task(task);
        let Some((_, LeaseEnd::Failed(failure))) = &stored.leases[0].end else {
            panic!("{signer:?}: {stored:?}")
        };
        assert_eq!((failure.reason, stored.result()), (FailReason::MinerFault, None), "signed by {signer:?}");
    }
}

#[tokio::test]
async fn a_task_whose_miner_signs_nothing_has_no_receipt_and_says_so() {
    let rig = Rig::start().await;
    let mut miner = rig.pair("m1", 1, 1, &[]).await;
    let task = rig.submit().await;
    let lease = miner.lease().await;
    miner.complete(&lease).await;
    miner.is_settled(&lease).await;
    assert_eq!(rig.store.task(task).state.name(), StateName::Completed);
    let none = rig.client.receipt(task).await.unwrap_err();
    assert_eq!(none.kind, ErrorKind::NotFound);
    assert!(none.message.contains("did not sign"), "{none}");
}
