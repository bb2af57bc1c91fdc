//! Looking for a transaction in blocks, and reading how it ended.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use subxt::{
    config::Hasher as _,
    error::DispatchError,
    events::Phase,
    utils::{AccountId32, H256},
};

use super::link::{At, Link, same_block};
use crate::chain::{ChainError, Found, Hash, Included, Refusal, Signed};

/// Blocks asked for at once.
const AT_ONCE: usize = 8;

/// A block of the transaction's life: its name, its parent, and the transaction's place in it.
struct Seen {
    hash: H256,
    parent: H256,
    place: Option<u32>,
}

/// Looks through every final block of the transaction's life. The blocks must be one chain that ends at the head or before
/// it, so that a node that left some out does not pass.
pub(super) async fn find(link: &Link, at: &At, signed: &Signed) -> Result<Found, ChainError> {
    let (first, last) = (signed.born.saturating_add(1), at.head.number.min(signed.dies));
    if at.head.number < signed.born {
        let what =
            format!("its newest block is {}, the transaction is of block {}", at.head.number, signed.born);
        return Err(ChainError::Behind { what });
    }
    let mut blocks = stream::iter(first..=last).map(|n| look(link, at, signed, n)).buffered(AT_ONCE);
    let mut before: Option<H256> = None;
    while let Some(seen) = blocks.try_next().await? {
        if before.is_some_and(|before| before != seen.parent) {
            return Err(ChainError::garbage("blocks that do not follow each other"));
        }
        before = Some(seen.hash);
        if let Some(place) = seen.place {
            return Ok(Found::In(read(link, signed, seen.hash, place).await?));
        }
    }
    if last == at.head.number && before.is_some_and(|b| Hash::from(b) != at.head.hash) {
        return Err(ChainError::garbage("blocks that do not lead to the head"));
    }
    let id = AccountId32(*signed.account.bytes());
    let nonce = at.client.tx().account_nonce(&id).await.map_err(ChainError::away)?;
    // every block up to the head was looked at: a nonce beyond ours was used by another transaction
    let over = at.head.number >= signed.dies || nonce > signed.nonce;
    Ok(if over { Found::Never } else { Found::NotYet(at.head) })
}

async fn look(link: &Link, at: &At, signed: &Signed, number: u64) -> Result<Seen, ChainError> {
    let gone = || ChainError::garbage(format!("it does not know block {number} below its head"));
    let hash = link.rpc.chain_get_block_hash(Some(number.into())).await.map_err(ChainError::away)?;
    let hash = hash.ok_or_else(gone)?;
    let block = link.rpc.chain_get_block(Some(hash)).await.map_err(ChainError::away)?.ok_or_else(gone)?.block;
    same_block(&at.client, &block.header, hash)?;
    if block.header.number != number {
        return Err(ChainError::garbage(format!("block {} for block {number}", block.header.number)));
    }
    let hasher = at.client.hasher();
    let place = block.extrinsics.iter().position(|bytes| Hash::from(hasher.hash(&bytes.0)) == signed.hash);
    let place = place.map(|p| u32::try_from(p).unwrap_or(u32::MAX));
    Ok(Seen { hash, parent: block.header.parent_hash, place })
}

/// How the transaction ended in a block that is said to hold it.
pub(super) async fn in_block(link: &Link, signed: &Signed, hash: H256) -> Result<Included, ChainError> {
    let at = link.at(hash).await?;
    match look(link, &at, signed, at.head.number).await? {
        Seen { hash: here, place: Some(place), .. } if here == hash => read(link, signed, hash, place).await,
        Seen { .. } => Err(ChainError::garbage("a final block that does not hold the transaction")),
    }
}

/// The events of the transaction at `place`. One that neither succeeded nor failed did not happen.
async fn read(link: &Link, signed: &Signed, hash: H256, place: u32) -> Result<Included, ChainError> {
    let at = link.at(hash).await?;
    let events = at.client.events().fetch().await.map_err(ChainError::away)?;
    let (mut names, mut ended, mut refused) = (Vec::new(), false, None);
    for event in events.iter() {
        let event = event.map_err(ChainError::garbage)?;
        if event.phase() != Phase::ApplyExtrinsic(place) {
            continue;
        }
        names.push(format!("{}.{}", event.pallet_name(), event.event_name()));
        match (event.pallet_name(), event.event_name()) {
            ("System", "ExtrinsicSuccess") => ended = true,
            ("System", "ExtrinsicFailed") => {
                let error = DispatchError::decode_from(event.field_bytes(), at.client.metadata());
                refused = Some(refusal(&error.map_err(ChainError::garbage)?));
                ended = true;
            }
            _ => {}
        }
    }
    if !ended {
        return Err(ChainError::garbage("a transaction that neither succeeded nor failed"));
    }
    Ok(Included { hash: signed.hash, number: at.head.number, block: hash.into(), events: names, refused })
}

/// The chain's name of an error, with what its metadata says of it.
fn refusal(error: &DispatchError) -> Refusal {
    match error {
        DispatchError::Module(module) => match module.details() {
            Ok(found) => Refusal::new(found.variant.name.clone(), found.variant.docs.join(" ").trim()),
            Err(_) => {
                let (pallet, index) = (module.pallet_index(), module.error_index());
                Refusal::new(
                    format!("error {index} of pallet {pallet}"),
                    "the chain's metadata has no name for it",
                )
            }
        },
        DispatchError::Token(token) => Refusal::new(format!("{token:?}"), token.to_string()),
        DispatchError::Arithmetic(sum) => Refusal::new(format!("{sum:?}"), sum.to_string()),
        DispatchError::Transactional(layer) => Refusal::new(format!("{layer:?}"), layer.to_string()),
        other => Refusal::new(format!("{other:?}"), other.to_string()),
    }
}
