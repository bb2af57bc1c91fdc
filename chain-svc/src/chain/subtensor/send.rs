//! Sending a transaction and watching it until it is final.

use subxt::utils::H256;
use subxt_rpcs::{Error, UserError, client::RpcSubscription, methods::legacy::TransactionStatus};
use tokio::time::timeout;

use super::{find, pool::Pool};
use crate::chain::{ChainError, Included, Refusal, SendError, Signed};

/// What a node answers when its pool refuses a transaction.
const INVALID: i32 = 1010;
/// Refusals by other codes after which the transaction is surely not in the pool: bad format, validity unknown, another of
/// the same nonce pays more, the pool is full.
const NOT_TAKEN: [i32; 4] = [1001, 1011, 1014, 1016];

/// Sends once, over the endpoint in use, and never again.
pub(super) async fn send(pool: &Pool, signed: &Signed) -> Result<Included, SendError> {
    let (index, link) = pool.link().await.map_err(SendError::Unsent)?;
    let submitted = link.rpc.author_submit_and_watch_extrinsic(&signed.bytes).await;
    let lost = |why: String| async {
        let error = ChainError::away(why.clone());
        pool.failed(index, &error);
        pool.forget(&link).await;
        SendError::Unknown(why)
    };
    let updates = match submitted {
        Ok(updates) => updates,
        Err(Error::User(said)) => return Err(refused(&said)),
        Err(e) => return Err(lost(e.to_string()).await),
    };
    let block = match timeout(pool.options.finality, final_block(updates)).await {
        Ok(Ok(block)) => block,
        Ok(Err(Ended::Said(why))) => return Err(SendError::Unknown(why)),
        Ok(Err(Ended::Lost(why))) => return Err(lost(why).await),
        Err(_) => return Err(lost(format!("not final after {:?}", pool.options.finality)).await),
    };
    // the block is known by name: reading it may be tried over any endpoint
    let read = pool.run(|link| async move { find::in_block(&link, signed, block).await }).await;
    read.map_err(|e| SendError::Unknown(e.to_string()))
}

/// Why no final block was told.
enum Ended {
    /// The node said so.
    Said(String),
    /// The connection broke.
    Lost(String),
}

async fn final_block(mut updates: RpcSubscription<TransactionStatus<H256>>) -> Result<H256, Ended> {
    loop {
        let update = updates.next().await.ok_or_else(|| Ended::Lost("the subscription ended".into()))?;
        match update.map_err(|e| Ended::Lost(e.to_string()))? {
            TransactionStatus::Finalized(block) => return Ok(block),
            // a block may be taken back, and the transaction get into another
            TransactionStatus::Future
            | TransactionStatus::Ready
            | TransactionStatus::Broadcast(_)
            | TransactionStatus::InBlock(_)
            | TransactionStatus::Retracted(_) => {}
            TransactionStatus::FinalityTimeout(_) => {
                return Err(Ended::Said("finality took too long".into()));
            }
            TransactionStatus::Usurped(_) => {
                return Err(Ended::Said("another transaction took its nonce".into()));
            }
            TransactionStatus::Dropped => return Err(Ended::Said("the pool dropped it".into())),
            TransactionStatus::Invalid => return Err(Ended::Said("it became invalid".into())),
        }
    }
}

/// What a refusal by the pool means. Servers word it differently: `{"invalid":{"stale":null}}`, `Transaction is outdated`.
fn refused(said: &UserError) -> SendError {
    let data = said.data.as_ref().map(|d| d.get()).unwrap_or_default();
    let text = format!("{} {data}", said.message).to_lowercase();
    if said.code != INVALID && !NOT_TAKEN.contains(&said.code) {
        // among them "already imported" and "temporarily banned": it may be in the pool or in a block
        return SendError::Unknown(said.message.clone());
    }
    let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
    if has(&["stale", "outdated"]) {
        return SendError::Stale;
    }
    let name = if has(&["payment", "inability to pay"]) {
        "Payment"
    } else if has(&["badproof", "bad signature"]) {
        "BadProof"
    } else if has(&["ancientbirthblock", "ancient birth"]) {
        "AncientBirthBlock"
    } else if has(&["exhaustsresources", "exhaust the resources"]) {
        "ExhaustsResources"
    } else {
        let text: String = data.chars().filter(|c| !c.is_control()).take(200).collect();
        return SendError::Refused(Refusal::new(
            format!("RPC {}", said.code),
            format!("{}: {text}", said.message),
        ));
    };
    SendError::Refused(Refusal::named(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: i32, message: &str, data: &str) -> SendError {
        let data = serde_json::value::RawValue::from_string(data.to_owned()).ok();
        refused(&UserError { code, message: message.to_owned(), data })
    }

    #[test]
    fn a_used_nonce_is_stale_however_a_server_words_it() {
        for data in [r#"{"invalid":{"stale":null}}"#, r#""Transaction is outdated""#] {
            assert!(matches!(said(1010, "Invalid Transaction", data), SendError::Stale), "{data}");
        }
    }

    #[test]
    fn a_refusal_by_the_pool_says_what_to_do() {
        for (data, name) in [
            (r#""Transaction has a bad signature""#, "BadProof"),
            (r#"{"invalid":"BadProof"}"#, "BadProof"),
            (r#""Inability to pay some fees (e.g. account balance too low)""#, "Payment"),
            (r#"{"invalid":"Payment"}"#, "Payment"),
            (r#""Transaction has an ancient birth block""#, "AncientBirthBlock"),
        ] {
            let SendError::Refused(refusal) = said(1010, "Invalid Transaction", data) else {
                panic!("{data} is no refusal")
            };
            assert_eq!(refusal.name, name);
            assert!(refusal.is_known());
        }
        let SendError::Refused(other) = said(1010, "Invalid Transaction", r#""Custom error: 7""#) else {
            panic!("no refusal")
        };
        assert!(other.to_string().contains("Custom error: 7"), "{other}");
    }

    #[test]
    fn a_transaction_that_may_be_in_the_pool_is_of_unknown_outcome() {
        for (code, message) in
            [(1013, "Already imported"), (1012, "Temporarily banned"), (-32000, "Server error")]
        {
            assert!(matches!(said(code, message, "null"), SendError::Unknown(_)), "{code}");
        }
    }
}
