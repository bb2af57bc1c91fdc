//! Registering a hotkey: the price is asked, shown, and bounded. Never done of the program's own accord.

use serde_json::json;

use crate::{
    chain::{Account, Call, Chain, ChainError, Refusal, Registration},
    submit::{SubmitError, Submitted, Submitter},
};

/// What registering would cost and whether it can be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The place the hotkey has already, if any; the price at this block.
    pub now: Registration,
    /// What the coldkey can spend, in rao.
    pub balance: u64,
}

/// Asks for the price on `netuid` and for the balance of `coldkey`. Nothing is sent.
///
/// # Errors
/// [`ChainError`].
pub async fn quote(
    chain: &dyn Chain,
    netuid: u16,
    hotkey: &Account,
    coldkey: &Account,
) -> Result<Quote, ChainError> {
    let (now, balance) = tokio::try_join!(chain.registration(netuid, hotkey), chain.balance(coldkey))?;
    Ok(Quote { now, balance })
}

/// Registers `hotkey` for at most `limit` rao, paid by the coldkey that `coldkey` signs with. Whatever an earlier call with
/// the same journal left undecided about this hotkey is decided first, and answers for this call when it went through: after
/// a crash nobody pays twice. A decision on a later quote is otherwise another one.
///
/// # Errors
/// What the quote tells already, found before anything is signed; a refusal of the chain; [`SubmitError`].
pub async fn register(
    coldkey: &Submitter,
    netuid: u16,
    hotkey: Account,
    limit: u64,
    quote: &Quote,
) -> Result<Submitted, SubmitError> {
    let refuse = |name: &str| Err(SubmitError::Refused(Refusal::named(name)));
    let about = format!("register/{netuid}/{hotkey}/");
    let open = coldkey.undecided().await.into_iter().find(|name| name.starts_with(&about));
    let name = open.unwrap_or_else(|| format!("{about}decided-at-{}", quote.now.head.number));
    if coldkey.entry(&name).await.is_none() {
        if quote.now.uid.is_some() {
            return refuse("HotKeyAlreadyRegisteredInSubNet");
        }
        if !quote.now.allowed {
            return refuse("SubNetRegistrationDisabled");
        }
        if quote.now.burn > limit {
            return refuse("RegistrationPriceLimitExceeded");
        }
        if quote.balance < quote.now.burn {
            return refuse("NotEnoughBalanceToStake");
        }
    }
    let intended = json!({ "limit": limit, "price": quote.now.burn, "at_block": quote.now.head.number });
    coldkey.submit(&name, intended, &Call::Register { netuid, hotkey, limit }).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use process::clock::Clock;

    use super::*;
    use crate::{
        chain::conformance::rig::{self, NET, PRICE, Rig, alice, bob, stranger},
        chain::memory::Lost,
        submit::Journal,
    };

    fn refused(said: &SubmitError) -> &str {
        match said {
            SubmitError::Refused(refusal) => &refusal.name,
            other => panic!("{other}"),
        }
    }

    async fn a_hotkey_is_registered_once_for_no_more_than_the_limit(rig: impl Rig) {
        let (chain, folder) = (rig.chain(), tempfile::tempdir().unwrap());
        let journal = Journal::open(&folder.path().join("journal")).unwrap();
        let limit = Duration::from_secs(60);
        let coldkey = Submitter::new(chain.clone(), alice(), journal, Clock::manual(0).0, limit);
        let seen = quote(&*chain, 49, &stranger(), &alice().account()).await.unwrap();
        assert_eq!((seen.now.uid, seen.now.burn), (None, PRICE));
        assert!(seen.balance > PRICE);
        let low = register(&coldkey, 49, stranger(), PRICE - 1, &seen).await.unwrap_err();
        assert_eq!(refused(&low), "RegistrationPriceLimitExceeded");
        let poor = Quote { balance: PRICE - 1, ..seen.clone() };
        let said = register(&coldkey, 49, stranger(), PRICE, &poor).await.unwrap_err();
        assert_eq!(refused(&said), "NotEnoughBalanceToStake");
        let other = quote(&*chain, 49, &bob().account(), &alice().account()).await.unwrap();
        let said = register(&coldkey, 49, bob().account(), PRICE, &other).await.unwrap_err();
        assert_eq!(refused(&said), "HotKeyAlreadyRegisteredInSubNet");
        assert_eq!(rig.arrived(), 0);
        // the socket breaks after sending: asked again, it is paid once
        rig.lose(Lost::After);
        let first = register(&coldkey, 49, stranger(), PRICE, &seen).await.unwrap();
        let paid = seen.balance - chain.balance(&alice().account()).await.unwrap();
        let again = register(&coldkey, 49, stranger(), PRICE, &seen).await.unwrap();
        assert!(again.replayed && again.hash == first.hash);
        assert_eq!(seen.balance - chain.balance(&alice().account()).await.unwrap(), paid);
        assert_eq!(rig.arrived(), 1);
        assert_eq!(chain.snapshot(NET).await.unwrap().neurons.len(), 4);
    }

    async fn what_a_crash_left_undecided_is_decided_before_anything_is_paid_again(rig: impl Rig) {
        let (chain, folder) = (rig.chain(), tempfile::tempdir().unwrap());
        let path = folder.path().join("journal");
        // the process dies between sending and hearing of it
        let call = Call::Register { netuid: 49, hotkey: stranger(), limit: PRICE };
        let signed = chain.prepare(&call, &alice()).await.unwrap();
        let name = format!("register/49/{}/decided-at-1", stranger());
        let mut journal = Journal::open(&path).unwrap();
        journal.signed(1, &name, call.name(), &json!(null), &signed).unwrap();
        drop(journal);
        rig.advance(3);
        // the price is asked for again, before the block that holds the transaction
        let seen = quote(&*chain, 49, &stranger(), &alice().account()).await.unwrap();
        assert!(seen.now.uid.is_none() && seen.now.head.number > 1);
        chain.send(&signed).await.unwrap();
        let journal = Journal::open(&path).unwrap();
        let coldkey =
            Submitter::new(chain.clone(), alice(), journal, Clock::manual(0).0, Duration::from_secs(60));
        let done = register(&coldkey, 49, stranger(), PRICE, &seen).await.unwrap();
        assert!(done.replayed && done.hash == signed.hash);
        assert_eq!(rig.arrived(), 1);
    }

    #[tokio::test]
    async fn in_memory_what_a_crash_left_undecided_is_decided_first() {
        what_a_crash_left_undecided_is_decided_before_anything_is_paid_again(rig::memory().await).await;
    }

    #[tokio::test]
    async fn over_rpc_what_a_crash_left_undecided_is_decided_first() {
        what_a_crash_left_undecided_is_decided_before_anything_is_paid_again(rig::devchain().await).await;
    }

    #[tokio::test]
    async fn in_memory_a_hotkey_is_registered_once_for_no_more_than_the_limit() {
        a_hotkey_is_registered_once_for_no_more_than_the_limit(rig::memory().await).await;
    }

    #[tokio::test]
    async fn over_rpc_a_hotkey_is_registered_once_for_no_more_than_the_limit() {
        a_hotkey_is_registered_once_for_no_more_than_the_limit(rig::devchain().await).await;
    }
}
