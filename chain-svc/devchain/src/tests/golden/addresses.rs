//! Recorded addresses.

use parity_scale_codec::Encode;
use sp_crypto_hashing::blake2_256;

use super::{golden, hash, list, text};
use crate::keys::{Hash, from_ss58, to_ss58};

#[test]
fn every_recorded_address_is_that_of_its_key_both_ways() {
    let golden = golden();
    assert_eq!(list(&golden, "ss58").len(), 4);
    for s in list(&golden, "ss58") {
        assert_eq!(to_ss58(&hash(s, "public_key_hex")), text(s, "address"));
        assert_eq!(from_ss58(text(s, "address")).unwrap(), hash(s, "public_key_hex"));
    }
}

#[test]
fn every_recorded_multisig_address_is_that_of_its_signatories() {
    let golden = golden();
    assert_eq!(list(&golden, "multisig").len(), 3);
    for m in list(&golden, "multisig") {
        let mut who: Vec<Hash> =
            list(m, "signatories").iter().map(|s| from_ss58(s.as_str().unwrap()).unwrap()).collect();
        who.sort_unstable();
        let threshold = u16::try_from(m["threshold"].as_u64().unwrap()).unwrap();
        assert_eq!(
            to_ss58(&(b"modlpy/utilisuba", who, threshold).using_encoded(blake2_256)),
            text(m, "ss58_address")
        );
    }
}
