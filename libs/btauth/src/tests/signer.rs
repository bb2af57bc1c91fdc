use std::collections::HashSet;

use super::*;
use crate::{MAX_SKEW_NS, Signer, prove};

fn nonce(signer: &Signer, now: u64) -> u64 {
    signer.sign(&request(), bob().account(), now).nonce
}

#[test]
fn requests_of_one_instant_have_nonces_of_their_own() {
    let signer = Signer::new(alice(), 123_456);
    let nonces: Vec<_> = (0..100).map(|_| nonce(&signer, NOW)).collect();
    assert_eq!(nonces[0], NOW + 456);
    assert!(nonces.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(nonces[99] - NOW < MAX_SKEW_NS / 1_000);
}

#[test]
fn two_signers_of_one_hotkey_never_meet() {
    let (one, other) = (Signer::new(alice(), 1), Signer::new(alice(), 2));
    let nonces = |signer: &Signer| (0..50).map(|i| nonce(signer, NOW + i * 700)).collect::<HashSet<_>>();
    assert!(nonces(&one).is_disjoint(&nonces(&other)));
}

#[test]
fn threads_that_share_a_signer_never_meet() {
    let signer = Signer::new(alice(), 0);
    let nonces = std::sync::Mutex::new(HashSet::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..25).for_each(|_| assert!(nonces.lock().unwrap().insert(nonce(&signer, NOW)))));
        }
    });
    assert_eq!(nonces.into_inner().unwrap().len(), 200);
}

#[test]
fn a_clock_that_was_set_back_does_not_silence_a_signer() {
    let signer = Signer::new(alice(), 7);
    nonce(&signer, NOW + 3_600_000_000_000);
    let headers = signer.sign(&request(), bob().account(), NOW);
    assert_eq!(headers.nonce, NOW + 7);
    assert!(prove(&headers, &request(), bob().account(), NOW).is_ok());
    assert_eq!(headers.hotkey, signer.account());
}
