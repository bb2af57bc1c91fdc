use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::prove;

/// The parts of a request as they travel.
#[derive(Debug, Clone)]
struct Sent {
    headers: Vec<(String, Vec<u8>)>,
    method: Vec<u8>,
    target: Vec<u8>,
    body: Vec<u8>,
}

impl Sent {
    fn parts(&mut self) -> Vec<&mut Vec<u8>> {
        let values = self.headers.iter_mut().map(|(_, value)| value);
        values.chain([&mut self.method, &mut self.target, &mut self.body]).collect()
    }

    fn believed(&self) -> bool {
        let (Ok(method), Ok(target)) = (std::str::from_utf8(&self.method), std::str::from_utf8(&self.target))
        else {
            return false;
        };
        let Ok(request) = Request::new(method, target, &self.body) else { return false };
        read(&self.headers).is_ok_and(|h| prove(&h, &request, bob().account(), NOW).is_ok())
    }
}

fn sent() -> Sent {
    let bytes = |text: &str| text.as_bytes().to_vec();
    Sent { headers: pairs(&signed()), method: bytes("POST"), target: bytes(TARGET), body: BODY.to_vec() }
}

#[test]
fn every_single_changed_byte_is_refused() {
    // R43: method, target and body are bound
    let good = sent();
    assert!(good.believed());
    let lengths: Vec<usize> = good.clone().parts().iter().map(|part| part.len()).collect();
    for (part, length) in lengths.into_iter().enumerate() {
        for at in 0..length {
            // one bit, another letter of the same alphabet, and a case
            for flip in [0x01, 0x03, 0x20, 0x80] {
                let mut other = good.clone();
                other.parts()[part][at] ^= flip;
                assert!(!other.believed(), "byte {at} of part {part} changed by {flip:#x} is believed");
            }
        }
    }
}

#[test]
fn any_change_of_any_part_is_refused() {
    let good = sent();
    let parts = good.clone().parts().len();
    let mut runner = TestRunner::new(Config { cases: 512, failure_persistence: None, ..Config::default() });
    let change = (0..parts, prop::collection::vec(any::<u8>(), 0..80), any::<prop::sample::Index>(), 0..3u8);
    runner
        .run(&change, |(part, noise, at, how)| {
            let mut other = good.clone();
            let target = &mut *other.parts().swap_remove(part);
            let before = target.clone();
            match how {
                0 => *target = noise,
                1 => target.truncate(at.index(before.len())),
                _ => drop(target.splice(at.index(before.len()).., noise)),
            }
            prop_assume!(*target != before);
            prop_assert!(!other.believed());
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_signature_of_another_key_is_refused() {
    let mut headers = signed();
    headers.signature = request().sign(&bob(), bob().account(), NOW).signature;
    assert!(matches!(prove(&headers, &request(), bob().account(), NOW), Err(crate::Refused::Signature)));
}

#[test]
fn a_signature_without_the_mark_of_its_scheme_is_refused() {
    let mut headers = signed();
    headers.signature.0[63] &= 0x7f;
    assert!(prove(&headers, &request(), bob().account(), NOW).is_err());
}
