//! What is signed, and what is sent.

use serde_json::Value as Json;
use subxt::{
    config::substrate::{SubstrateConfig, SubstrateExtrinsicParamsBuilder as Params},
    dynamic::{self, Value},
    ext::scale_value::Composite,
    tx::DynamicPayload,
    utils::{AccountId32, H256, MultiSignature},
};

use crate::record::{account, bytes, golden, runtime, vector};

pub(crate) const PAYLOADS: usize = 2;
pub(crate) const SIGNED: usize = 2;

/// The one call that was recorded signed: 12345 rao to Bob.
fn transfer() -> DynamicPayload<Composite<()>> {
    let bob = account(&golden()["ss58"][1]["address"]);
    let dest = Value::unnamed_variant("Id", [Value::from_bytes(bob)]);
    let fields = [("dest".to_owned(), dest), ("value".to_owned(), Value::u128(12345))];
    dynamic::tx("Balances", "transfer_keep_alive", Composite::named(fields))
}

fn params(recorded: &Json) -> Params<SubstrateConfig> {
    let number = |json: &Json| json.as_u64().unwrap();
    let params = Params::new().nonce(number(&recorded["nonce"])).tip(number(&recorded["tip"]).into());
    let era = &recorded["era"];
    if !era.is_object() {
        return params;
    }
    let birth =
        recorded.get("era_birth_block_hash").map_or(H256::zero(), |hash| H256::from_slice(&bytes(hash)));
    params.mortal_from_unchecked(number(&era["period"]), number(&era["current"]), birth)
}

fn payload(index: usize, mortal: bool) {
    let recorded = vector("signature_payloads", index);
    assert_eq!(recorded["era"].is_object(), mortal);
    let (at, call) = (runtime(), transfer());
    assert_eq!(at.tx().call_data(&call).unwrap(), bytes(&recorded["call_data_hex"]));
    let tx = at.tx().create_v4_signable_offline(&call, params(&recorded).build()).unwrap();
    assert_eq!(tx.signer_payload().unwrap(), bytes(&recorded["payload_hex"]));
}

/// Recorded with one made-up signature, so that the bytes can be made again.
fn signed(index: usize, mortal: bool) {
    let recorded = vector("extrinsics", index);
    assert_eq!(recorded["era"].is_object(), mortal);
    let (at, call) = (runtime(), transfer());
    let signature = bytes(&recorded["signature_hex"]);
    let signature: [u8; 64] = signature[signature.len() - 64..].try_into().unwrap();
    let mut tx = at.tx().create_v4_signable_offline(&call, params(&recorded).build()).unwrap();
    let who = AccountId32(account(&recorded["public_key_hex"]));
    let signed = tx.sign_with_account_and_signature(&who, &MultiSignature::Sr25519(signature)).unwrap();
    assert_eq!(signed.encoded(), bytes(&recorded["extrinsic_hex"]));
    assert_eq!(signed.hash().0.to_vec(), bytes(&recorded["extrinsic_hash"]));
}

#[test]
fn the_signed_bytes_of_an_immortal_transaction_are_the_recorded_ones() {
    payload(0, false);
}

#[test]
fn the_signed_bytes_of_a_mortal_transaction_are_the_recorded_ones() {
    payload(1, true);
}

#[test]
fn an_immortal_transaction_and_its_hash_are_the_recorded_ones() {
    signed(0, false);
}

#[test]
fn a_mortal_transaction_and_its_hash_are_the_recorded_ones() {
    signed(1, true);
}
