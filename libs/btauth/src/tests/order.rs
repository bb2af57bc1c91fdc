use domain::ErrorKind;

use super::*;
use crate::{BadFrame, Forbidden, MAX_AGE_NS, MAX_SKEW_NS, Malformed, NonceError, Refused, prove};

fn refusal(headers: &Headers, now: u64) -> Refused {
    prove(headers, &request(), bob().account(), now).unwrap_err()
}

#[test]
fn an_unbound_request_is_refused() {
    let headers = Headers { receiver: None, ..signed() };
    assert!(matches!(refusal(&headers, NOW), Refused::NoReceiver));
}

#[test]
fn a_request_for_somebody_else_is_refused() {
    let headers = request().sign(&alice(), alice().account(), NOW);
    assert!(matches!(refusal(&headers, NOW), Refused::OtherReceiver(me) if me == bob().account()));
}

#[test]
fn a_request_is_good_for_ten_seconds_and_two_ahead() {
    let me = bob().account();
    for (now, good) in [
        (NOW + MAX_AGE_NS, true),
        (NOW + MAX_AGE_NS + 1, false),
        (NOW - MAX_SKEW_NS, true),
        (NOW - MAX_SKEW_NS - 1, false),
    ] {
        assert_eq!(prove(&signed(), &request(), me, now).is_ok(), good, "{now}");
    }
    assert!(matches!(refusal(&signed(), NOW + MAX_AGE_NS + 1), Refused::TooOld));
    assert!(matches!(refusal(&signed(), NOW - MAX_SKEW_NS - 1), Refused::TooFarAhead));
    assert!(matches!(refusal(&Headers { nonce: 0, ..signed() }, NOW), Refused::TooOld));
    assert!(matches!(refusal(&Headers { nonce: u64::MAX, ..signed() }, NOW), Refused::TooFarAhead));
}

#[test]
fn the_receiver_is_checked_before_the_age_and_the_age_before_the_signature() {
    let mut headers = request().sign(&alice(), alice().account(), NOW);
    headers.signature.0[0] ^= 1;
    let late = NOW + 2 * MAX_AGE_NS;
    assert!(matches!(refusal(&headers, late), Refused::OtherReceiver(me) if me == bob().account()));
    headers.receiver = Some(bob().account());
    assert!(matches!(refusal(&headers, late), Refused::TooOld));
    assert!(matches!(refusal(&headers, NOW), Refused::Signature));
}

#[test]
fn every_refusal_means_unauthenticated_but_a_store_that_cannot_tell() {
    for refused in [
        Refused::Malformed(Malformed::Scheme),
        Refused::NoReceiver,
        Refused::OtherReceiver(bob().account()),
        Refused::TooOld,
        Refused::TooFarAhead,
        Refused::Signature,
        Refused::Replayed,
        Refused::Frame(BadFrame::Compressed),
        Refused::Frame(BadFrame::Flag),
    ] {
        assert_eq!(refused.kind(), ErrorKind::Unauthenticated, "{refused}");
    }
    assert_eq!(Refused::Nonces(NonceError::Full).kind(), ErrorKind::Unavailable);
    assert_eq!(Refused::Frame(BadFrame::TooLong(1)).kind(), ErrorKind::TooLarge);
    assert_eq!(Forbidden::NoPermit.kind(), ErrorKind::Forbidden);
}

#[test]
fn no_refusal_repeats_what_was_sent() {
    let secretish = "5Grw-not-an-address";
    for spoiled in 0..pairs(&signed()).len() {
        let mut sent = pairs(&signed());
        sent[spoiled].1 = secretish.as_bytes().to_vec();
        let text = format!("{:?} {}", read(&sent).unwrap_err(), read(&sent).unwrap_err());
        assert!(!text.contains(secretish), "{text}");
    }
}
