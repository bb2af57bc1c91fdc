//! Answers of the runtime.

use chain_svc::chain::Refusal;
use serde_json::{Value as Json, json};
use subxt::{
    dynamic::{self, Value},
    ext::scale_value::Composite,
};

use crate::record::{argument, bytes, composite, decoded, golden, runtime, vector};

pub(crate) const COUNT: usize = 4;

fn answer(index: usize, api: &str, method: &str) {
    let (at, recorded) = (runtime(), vector("runtime_calls", index));
    assert_eq!((&recorded["api"], &recorded["method"]), (&json!(api), &json!(method)));
    let args: Vec<Value> = recorded["params"].as_array().unwrap().iter().map(argument).collect();
    let call = dynamic::runtime_api_call::<_, Value>(api, method, args);
    assert_eq!(at.runtime_apis().encode_args(&call).unwrap(), bytes(&recorded["encoded_params_hex"]));
    let method = at.metadata_ref().runtime_api_trait_by_name(api).unwrap().method_by_name(method).unwrap();
    assert_eq!(decoded(&at, method.output_ty(), &bytes(&recorded["raw_hex"])), recorded["decoded"]);
}

#[test]
fn the_answer_of_get_neurons_lite_reads_as_recorded() {
    answer(0, "NeuronInfoRuntimeApi", "get_neurons_lite");
}

#[test]
fn the_answer_of_get_subnet_hyperparams_reads_as_recorded() {
    answer(1, "SubnetInfoRuntimeApi", "get_subnet_hyperparams");
}

#[test]
fn the_answer_of_get_stake_info_reads_as_recorded() {
    answer(2, "StakeInfoRuntimeApi", "get_stake_info_for_hotkey_coldkey_netuid");
}

#[test]
fn the_answer_of_account_nonce_reads_as_recorded() {
    answer(3, "AccountNonceApi", "account_nonce");
}

#[test]
fn the_answer_about_a_fee_has_the_recorded_fields() {
    let (at, recorded) = (runtime(), golden()["payment_info"].clone());
    let api = at.metadata_ref().runtime_api_trait_by_name("TransactionPaymentApi").unwrap();
    let ty = api.method_by_name("query_info").unwrap().output_ty();
    // two compact numbers, a class, and a fee of zeros
    let weight = &recorded["weight"];
    let mut raw = Vec::new();
    for part in ["ref_time", "proof_size"] {
        use parity_scale_codec::{Compact, Encode as _};
        Compact(weight[part].as_u64().unwrap()).encode_to(&mut raw);
    }
    raw.push(0);
    // the fee is a newtype of 64 bits
    raw.extend([0; 8]);
    let read = decoded(&at, ty, &raw);
    let mut keys: Vec<&String> = read.as_object().unwrap().keys().collect();
    keys.sort_unstable();
    assert_eq!(json!(keys), recorded["keys"]);
    assert_eq!(&read["weight"], weight);
}

/// The events of the recorded block, in the form of the record.
fn events() -> Vec<Json> {
    let at = runtime();
    let events = at.events().from_bytes(bytes(&golden()["events"]["raw_hex"]));
    let one = |event: Result<subxt::events::Event<'_, subxt::SubstrateConfig>, _>| {
        let event = event.unwrap();
        let (phase, place) = match event.phase() {
            subxt::events::Phase::ApplyExtrinsic(n) => ("ApplyExtrinsic", Some(n)),
            subxt::events::Phase::Finalization => ("Finalization", None),
            subxt::events::Phase::Initialization => ("Initialization", None),
        };
        let fields = event.decode_fields_unchecked_as::<Composite<()>>().unwrap();
        let (pallet, name) = (event.pallet_name(), event.event_name());
        let index = format!("{:02x}{:02x}", event.pallet_index(), event.event_index());
        let inner = json!({
            "event_index": index, "module_id": pallet, "event_id": name, "attributes": composite(&fields),
        });
        json!({
            "phase": phase, "extrinsic_idx": place, "event": inner, "event_index": event.pallet_index(),
            "module_id": pallet, "event_id": name, "attributes": composite(&fields), "topics": [],
        })
    };
    events.iter().map(one).collect()
}

#[test]
fn the_events_of_a_block_read_as_recorded() {
    assert_eq!(json!(events()), golden()["events"]["decoded"]);
}

#[test]
fn the_receipt_of_a_transaction_reads_as_recorded() {
    let recorded = golden()["receipt"].clone();
    let own: Vec<Json> =
        events().into_iter().filter(|e| e["extrinsic_idx"] == recorded["extrinsic_idx"]).collect();
    assert_eq!(json!(own), recorded["triggered_events"]);
    let success = own.iter().any(|e| e["event_id"] == "ExtrinsicSuccess");
    assert_eq!(json!(success), recorded["is_success"]);
    let fee = own.iter().find(|e| e["event_id"] == "TransactionFeePaid").unwrap();
    assert_eq!(fee["attributes"]["actual_fee"], recorded["total_fee_amount"]);
    assert_eq!(recorded["block_hash"], golden()["events"]["block_hash"]);
}

#[test]
fn every_error_that_our_calls_may_meet_is_in_the_metadata_and_has_advice() {
    let at = runtime();
    let errors = at.metadata_ref().pallet_by_name("SubtensorModule").unwrap().error_variants().unwrap();
    for name in "AmountTooLow BalanceWithdrawalError CallDisabled CanNotSetRootNetworkWeights CannotUseSystemAccount \
        ColdkeyCollateralPositionsFull ColdkeySwapAnnounced ColdkeySwapDisputed CommitRevealDisabled CommitRevealEnabled \
        CommittingWeightsTooFast Deprecated DisabledTemporarily DuplicateUids HotKeyAccountNotExists \
        HotKeyAlreadyRegisteredInSubNet HotKeyNotRegisteredInNetwork HotKeyNotRegisteredInSubNet \
        IncorrectCommitRevealVersion IncorrectWeightVersionKey InsufficientLiquidity InsufficientTaoBalance \
        InvalidIpAddress InvalidIpType InvalidPort InvalidRevealRound MaxWeightExceeded MechanismDoesNotExist \
        NeuronNoValidatorPermit NoNeuronIdAvailable NonAssociatedColdKey NotEnoughBalanceToStake \
        NotEnoughStakeToSetWeights RegistrationNotPermittedOnRootSubnet RegistrationPriceLimitExceeded \
        ServingRateLimitExceeded SettingWeightsTooFast SlippageTooHigh StakingRateLimitExceeded \
        SubNetRegistrationDisabled SubnetNotExists SubtokenDisabled TooManyRegistrationsThisBlock \
        TooManyRegistrationsThisInterval TooManyUnrevealedCommits TransactorAccountShouldBeHotKey TxRateLimitExceeded \
        UidVecContainInvalidOne UidsLengthExceedUidsInSubNet WaitingForDissolvedSubnetCleanup WeightVecLengthIsLow \
        WeightVecNotEqualSize ZeroBalanceAfterWithdrawn"
        .split_whitespace()
    {
        assert!(errors.iter().any(|e| e.name == name), "the chain has no {name}");
        assert!(Refusal::named(name).is_known(), "no advice for {name}");
    }
}

#[test]
fn every_other_error_of_the_chain_is_told_in_its_own_words() {
    let at = runtime();
    let errors = at.metadata_ref().pallet_by_name("SubtensorModule").unwrap().error_variants().unwrap();
    assert!(errors.len() > 150);
    for error in errors {
        let said = Refusal::new(error.name.clone(), error.docs.join(" ")).to_string();
        assert!(said.contains(&error.name) && said.len() > error.name.len() + 30, "{said}");
    }
}
