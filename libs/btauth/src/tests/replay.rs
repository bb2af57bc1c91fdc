use std::sync::Arc;

use super::*;
use crate::{MAX_SKEW_NS, MemoryNonces, NonceError, Nonces, RETENTION_NS, Refused, verify};

async fn arrives(sent: &[(String, Vec<u8>)], now: u64, nonces: &dyn Nonces) -> Result<(), Refused> {
    let headers = sent.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    verify(headers, &request(), bob().account(), now, nonces).await.map(drop)
}

#[tokio::test]
async fn of_every_request_sent_three_times_one_is_served() {
    // R43
    let nonces = MemoryNonces::new(1_000);
    let mut served = 0;
    for i in 0..200 {
        let sent = pairs(&request().sign(&alice(), bob().account(), NOW + i));
        for later in [0, 1_000_000_000, 9_000_000_000] {
            match arrives(&sent, NOW + later, &nonces).await {
                Ok(()) => served += 1,
                Err(refused) => assert!(matches!(refused, Refused::Replayed), "{refused}"),
            }
        }
    }
    assert_eq!(served, 200);
}

#[tokio::test]
async fn ten_thousand_nonces_are_each_spent_once() {
    let (nonces, hotkey) = (MemoryNonces::new(10_000), alice().account());
    let mut spent = 0;
    for round in 0..3 {
        for nonce in 0..10_000 {
            spent += u32::from(nonces.spend(hotkey, NOW + nonce, NOW + round).await.is_ok());
        }
    }
    assert_eq!(spent, 10_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_is_told_yes() {
    let nonces = Arc::new(MemoryNonces::new(10));
    let hotkey = alice().account();
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let nonces = nonces.clone();
            tokio::spawn(async move { nonces.spend(hotkey, NOW, NOW).await.is_ok() })
        })
        .collect();
    let mut yes = 0;
    for task in tasks {
        yes += u32::from(task.await.unwrap());
    }
    assert_eq!(yes, 1);
}

#[tokio::test]
async fn a_stranger_cannot_spend_the_nonce_of_a_hotkey() {
    let nonces = MemoryNonces::new(10);
    let mut forged = pairs(&signed());
    let signature = forged.iter_mut().find(|(name, _)| name == crate::names::SIGNATURE).unwrap();
    signature.1[10] = if signature.1[10] == b'0' { b'1' } else { b'0' };
    assert!(arrives(&forged, NOW, &nonces).await.is_err());
    assert!(nonces.is_empty());
    arrives(&pairs(&signed()), NOW, &nonces).await.unwrap();
}

#[tokio::test]
async fn a_nonce_is_remembered_for_as_long_as_its_request_is_good() {
    let nonces = MemoryNonces::new(1);
    let (hotkey, early) = (alice().account(), NOW - MAX_SKEW_NS);
    nonces.spend(hotkey, NOW, early).await.unwrap();
    assert!(matches!(nonces.spend(hotkey, NOW, NOW + 10_000_000_000).await, Err(NonceError::Spent)));
    // counted from the nonce, which lies ahead of the clock here
    assert!(matches!(nonces.spend(hotkey, NOW, NOW + RETENTION_NS).await, Err(NonceError::Spent)));
    assert_eq!(nonces.len(), 1);
    // and no longer: the room is free for the next
    nonces.spend(hotkey, NOW + 1, NOW + RETENTION_NS + 1).await.unwrap();
    assert_eq!(nonces.len(), 1);
}

#[tokio::test]
async fn a_full_store_refuses_and_forgets_nothing() {
    let nonces = MemoryNonces::new(2);
    let hotkey = alice().account();
    nonces.spend(hotkey, NOW, NOW).await.unwrap();
    nonces.spend(bob().account(), NOW, NOW).await.unwrap();
    assert!(matches!(nonces.spend(hotkey, NOW + 1, NOW).await, Err(NonceError::Full)));
    assert!(matches!(nonces.spend(hotkey, NOW, NOW).await, Err(NonceError::Spent)));
}
