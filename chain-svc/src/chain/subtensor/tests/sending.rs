//! Transactions whose way is disturbed.

use std::time::Duration;

use devchain::{Devchain, Fault};
use testkit::eventually::eventually;

use super::{LIMIT, chain, node, over, weights};
use crate::chain::{
    Call, Chain, Found, SendError,
    conformance::rig::{NET, bob, start},
    subtensor::Options,
};

#[tokio::test]
async fn a_block_taken_back_is_no_success() {
    let a = Devchain::start(devchain::Options { finality_lag: 2, ..start() }).await.unwrap();
    a.faults().arm(Fault::Retract { lose: true });
    let chain = chain(Options { finality: Duration::from_secs(2), ..over(&[&a]) });
    let signed = chain.prepare(&weights(), &bob()).await.unwrap();
    let said = chain.send(&signed).await.unwrap_err();
    assert!(matches!(said, SendError::Unknown(_)), "{said}");
    a.advance(70).unwrap();
    let found = eventually("the chain to be read", LIMIT, async || chain.find(&signed).await.ok()).await;
    assert_eq!(found, Found::Never);
}

#[tokio::test]
async fn finality_that_never_comes_is_an_unknown_outcome() {
    let a = node().await;
    let chain = chain(Options { finality: Duration::from_millis(800), ..over(&[&a]) });
    let signed = chain.prepare(&weights(), &bob()).await.unwrap();
    a.faults().hold_finality(true);
    let said = chain.send(&signed).await.unwrap_err();
    assert!(matches!(&said, SendError::Unknown(why) if why.contains("not final")), "{said}");
    a.faults().clear();
    a.advance(1).unwrap();
    let found = eventually("the chain to be read", LIMIT, async || chain.find(&signed).await.ok()).await;
    assert!(matches!(found, Found::In(_)), "{found:?}");
}

#[tokio::test]
async fn an_error_that_the_metadata_does_not_know_is_told_by_its_number() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    a.faults().arm(Fault::FailIndex { index: 250 });
    let signed = chain.prepare(&weights(), &bob()).await.unwrap();
    let refusal = chain.send(&signed).await.unwrap().refused.unwrap();
    assert!(refusal.name.contains("250"), "{refusal}");
}

#[tokio::test]
async fn an_error_of_the_chain_without_advice_is_told_in_the_chains_own_words() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    a.faults().arm(Fault::Fail { error: "BasketTurnoverBudgetExceeded".into() });
    let signed = chain.prepare(&weights(), &bob()).await.unwrap();
    let refusal = chain.send(&signed).await.unwrap().refused.unwrap();
    assert_eq!(refusal.name, "BasketTurnoverBudgetExceeded");
    assert!(refusal.to_string().len() > 60, "{refusal}");
}

#[tokio::test]
async fn a_refusal_by_the_pool_is_no_unknown_outcome() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    a.faults()
        .arm(Fault::Refuse { reason: "Inability to pay some fees (e.g. account balance too low)".into() });
    let signed = chain.prepare(&weights(), &bob()).await.unwrap();
    let said = chain.send(&signed).await.unwrap_err();
    assert!(matches!(&said, SendError::Refused(r) if r.name == "Payment"), "{said}");
}

#[tokio::test]
async fn a_price_that_jumps_between_reading_and_sending_is_bounded_by_the_limit() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    let (hotkey, alice) =
        (crate::chain::conformance::rig::stranger(), crate::chain::conformance::rig::alice());
    let seen = chain.registration(49, &hotkey).await.unwrap().burn;
    let call = Call::Register { netuid: 49, hotkey, limit: seen };
    let signed = chain.prepare(&call, &alice).await.unwrap();
    a.faults().arm(Fault::Price { netuid: 49, burn: seen * 100 });
    let refusal = chain.send(&signed).await.unwrap().refused.unwrap();
    assert_eq!(refusal.name, "RegistrationPriceLimitExceeded");
    assert_eq!(chain.registration(49, &hotkey).await.unwrap().uid, None);
}

#[tokio::test]
async fn a_hotkey_that_lost_its_place_is_refused_by_name() {
    let a = node().await;
    let chain = chain(over(&[&a]));
    let signed = chain.prepare(&weights(), &bob()).await.unwrap();
    a.deregister(49, "//Bob").unwrap();
    let refusal = chain.send(&signed).await.unwrap().refused.unwrap();
    assert_eq!(refusal.name, "HotKeyNotRegisteredInSubNet");
    assert_eq!(chain.snapshot(NET).await.unwrap().by_hotkey(&bob().account()), None);
}

#[tokio::test]
async fn transactions_are_final_some_blocks_after_they_were_included() {
    let every = devchain::BlockTime::Every(Duration::from_millis(150));
    let a =
        Devchain::start(devchain::Options { block_time: every, finality_lag: 3, ..start() }).await.unwrap();
    let chain = chain(over(&[&a]));
    let axon = Call::ServeAxon { netuid: 49, address: Some("10.0.0.1:8091".parse().unwrap()) };
    for (nonce, call) in (0..).zip([axon, weights()]) {
        let signed = chain.prepare(&call, &bob()).await.unwrap();
        assert_eq!(signed.nonce, nonce);
        let included = chain.send(&signed).await.unwrap();
        assert_eq!(included.refused, None);
        let head = chain.head().await.unwrap().number;
        assert!(included.number > signed.born && included.number <= head, "{} at {head}", included.number);
        assert_eq!(chain.find(&signed).await.unwrap(), Found::In(included));
    }
}
