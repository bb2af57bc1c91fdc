//! Signed transactions: what is verified, what waits, what is refused and why.

use proptest::prelude::*;
use tokio::sync::mpsc::unbounded_channel;

use super::kit::{Terms, World, account, assemble, encode_call, era, heard, runtime, sign};
use crate::extrinsic::{Signed, Unreadable};
use crate::keys::development_key;
use crate::pool::{Invalid, Status};
use crate::rules;
use crate::value::{list, num, raw};

fn with(w: &World, change: impl Fn(&mut Terms)) -> Vec<u8> {
    let mut terms = w.terms("//Alice");
    change(&mut terms);
    let call = encode_call(&w.0.rules.md, "System", "remark", &[("remark", raw(b"x"))]);
    sign(&development_key("//Alice").unwrap(), &call, terms)
}

fn mortal(w: &World, period: u64, birth: u64) -> Vec<u8> {
    let hash = w.0.block(birth).unwrap().hash;
    with(w, |t| t.era = Some((era(period, birth), hash)))
}

#[test]
fn a_signature_by_another_key_is_a_bad_signature() {
    let mut w = World::new();
    let call = encode_call(&w.0.rules.md, "System", "remark", &[("remark", raw(b"x"))]);
    let terms = w.terms("//Alice");
    let forged = assemble(&account("//Alice"), &[7; 64], &call, &terms);
    assert_eq!(w.0.submit(forged, None), Err(Invalid::BadProof));
}

#[test]
fn a_signature_for_another_chain_spec_or_block_is_a_bad_signature() {
    let mut w = World::new();
    w.0.advance(3).unwrap();
    let other_genesis = with(&w, |t| t.genesis = [1; 32]);
    let other_spec = with(&w, |t| t.spec = 462);
    let other_birth = with(&w, |t| t.era = Some((era(64, 2), [1; 32])));
    for xt in [other_genesis, other_spec, other_birth] {
        assert_eq!(w.0.submit(xt, None), Err(Invalid::BadProof));
    }
}

#[test]
fn a_payload_longer_than_256_bytes_is_signed_by_its_hash() {
    let mut w = World::new();
    let long = w.sign("//Alice", "System", "remark", &[("remark", raw([7; 300]))]);
    assert!(w.0.submit(long, None).is_ok());
}

#[test]
fn a_mortal_transaction_is_held_until_its_era_ends() {
    let mut w = World::new();
    w.0.advance(10).unwrap();
    assert!(w.0.submit(mortal(&w, 4, 10), None).is_ok());
    let late = mortal(&w, 4, 10); // born at 10: may be in 10..=13, and the next block is 12
    w.0.advance(1).unwrap();
    assert!(w.0.submit(late.clone(), None).is_ok());
    w.0.advance(1).unwrap();
    let expired = mortal(&w, 4, 10);
    assert_eq!(w.0.head().number, 14);
    assert_eq!(
        w.0.submit(expired, None),
        Err(Invalid::BadProof),
        "the era that is current began at another block"
    );
}

#[test]
fn a_transaction_whose_era_ends_while_it_waits_is_told_that_it_is_invalid() {
    let mut w = World::manual();
    w.0.advance(8).unwrap();
    let hash = w.0.head().hash;
    let future = with(&w, |t| {
        t.nonce += 1; // waits for one that never comes
        t.era = Some((era(4, 8), hash));
    });
    let (watcher, mut statuses) = unbounded_channel();
    w.0.submit(future, Some(watcher)).unwrap();
    w.0.advance(5).unwrap();
    assert_eq!(heard(&mut statuses), [Status::Future, Status::Invalid]);
    assert!(w.0.pool.is_empty());
}

#[test]
fn a_future_nonce_waits_for_those_before_it() {
    let mut w = World::new();
    let (second, first) = (with(&w, |t| t.nonce = 1), w.remark("//Alice"));
    let (watcher, mut statuses) = unbounded_channel();
    w.0.submit(second, Some(watcher)).unwrap();
    assert_eq!((w.0.head().number, heard(&mut statuses)), (0, vec![Status::Future]));
    w.0.submit(first, None).unwrap();
    let block = w.0.head().hash;
    assert_eq!(heard(&mut statuses), [Status::Ready, Status::InBlock(block), Status::Finalized(block)]);
    assert_eq!(w.nonce("//Alice"), 2);
}

#[test]
fn the_next_nonce_counts_what_waits() {
    let mut w = World::manual();
    w.0.submit(w.remark("//Alice"), None).unwrap();
    w.0.submit(w.remark("//Alice"), None).unwrap();
    assert_eq!(w.0.next_nonce(&account("//Alice")).unwrap(), 2);
    assert_eq!(w.nonce("//Alice"), 0);
    w.0.make_block().unwrap();
    assert_eq!(w.nonce("//Alice"), 2);
}

#[test]
fn the_same_transaction_twice_is_already_imported_and_another_of_its_nonce_has_too_low_a_priority() {
    let mut w = World::manual();
    let xt = w.remark("//Alice");
    let other = w.sign("//Alice", "System", "remark", &[("remark", raw(b"y"))]);
    w.0.submit(xt.clone(), None).unwrap();
    assert_eq!(w.0.submit(xt, None), Err(Invalid::Known));
    assert_eq!(w.0.submit(other, None), Err(Invalid::Priority));
}

#[test]
fn an_account_that_cannot_pay_the_fee_is_refused() {
    let mut w = World::new();
    w.0.set_balance(&account("//Alice"), crate::apply::FEE - 1).unwrap();
    assert_eq!(w.0.submit(w.remark("//Alice"), None), Err(Invalid::Payment));
}

#[test]
fn a_tip_is_paid_on_top_of_the_fee() {
    let mut w = World::new();
    let before = w.free("//Alice");
    w.0.submit(with(&w, |t| t.tip = 1000), None).unwrap();
    assert_eq!(w.free("//Alice"), before - crate::apply::FEE - 1000);
}

#[test]
fn a_call_that_is_not_known_is_refused_and_never_ok() {
    let mut w = World::new();
    let args = [("hotkey", raw(account("//Bob"))), ("netuid", num(1u16)), ("amount_staked", num(1u64))];
    let xt = w.sign("//Alice", "SubtensorModule", "add_stake", &args);
    let known = Unreadable::Unknown("SubtensorModule".into(), "add_stake".into());
    assert_eq!(w.0.submit(xt, None), Err(Invalid::Call(known)));
    assert_eq!(w.0.head().number, 0);
}

#[test]
fn a_call_nested_a_hundred_thousand_deep_is_refused_without_being_entered() {
    let mut w = World::new();
    let call = [[0x0c, 0x00].repeat(100_000), vec![0, 0, 0]].concat(); // Sudo.sudo(Sudo.sudo(..
    let xt = sign(&development_key("//Alice").unwrap(), &call, w.terms("//Alice"));
    assert!(matches!(w.0.submit(xt, None), Err(Invalid::Call(Unreadable::Unknown(..)))));
}

#[test]
fn a_transaction_with_bytes_left_over_is_refused() {
    let w = World::new();
    let md = &w.0.rules.md;
    let call = [encode_call(md, "System", "remark", &[("remark", raw(b"x"))]), vec![9]].concat();
    let xt = sign(&development_key("//Alice").unwrap(), &call, w.terms("//Alice"));
    assert!(matches!(Signed::read(md, &xt, rules::knows), Err(Unreadable::Left(1))));
    let xt = [w.remark("//Alice"), vec![9]].concat();
    assert!(matches!(Signed::read(md, &xt, rules::knows), Err(Unreadable::Left(1))));
}

#[test]
fn every_transaction_cut_at_any_byte_is_refused_without_a_panic() {
    let w = World::new();
    let args = [
        ("netuid", num(1u16)),
        ("dests", list([num(1u16)])),
        ("weights", list([num(1u16)])),
        ("version_key", num(0u64)),
    ];
    let xt = w.sign("//Bob", "SubtensorModule", "set_weights", &args);
    for cut in 0..xt.len() {
        assert!(Signed::read(&w.0.rules.md, &xt[..cut], rules::knows).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_failed_call_keeps_fee_and_nonce_and_undoes_the_rest() {
    let mut w = World::new();
    let before = w.free("//Alice");
    let args = [("netuid", num(7u16)), ("hotkey", raw(account("//Bob")))];
    assert_eq!(w.call("//Alice", "burned_register", &args).unwrap_err(), "SubnetNotExists");
    assert_eq!((w.free("//Alice"), w.nonce("//Alice")), (before - crate::apply::FEE, 1));
}

proptest! {
    #[test]
    fn bytes_that_are_no_transaction_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Signed::read(&runtime().md, &bytes, rules::knows).is_err());
    }

    #[test]
    fn a_transaction_with_one_byte_changed_is_never_taken(at in 0usize..200, by in 1u8..=255) {
        let mut w = World::new();
        let mut xt = w.remark("//Alice");
        let at = at % xt.len();
        xt[at] ^= by;
        prop_assert!(w.0.submit(xt, None).is_err());
    }
}
