//! Small questions about one hotkey or one validator, each read at one block.

use scale_decode::DecodeAsType;

use super::{
    link::{At, Link},
    storage::{Batch, account, number},
};
use crate::chain::{Account, ChainError, Registration, Subnet};

/// The account of the pallet `System`, as far as we read it.
#[derive(DecodeAsType)]
struct AccountInfo {
    data: Purse,
}

#[derive(DecodeAsType)]
struct Purse {
    free: u64,
}

/// Sealed weights: whose, since which block, the seal, and the round that opens it.
type Commit = ([u8; 32], u64, Vec<u8>, u64);

/// Whether a hotkey has a place, and the price of one.
pub(super) async fn registration(
    link: &Link,
    at: &At,
    netuid: u16,
    hotkey: &Account,
) -> Result<Registration, ChainError> {
    let mut batch = Batch::new(at);
    let exists = batch.want("NetworksAdded", vec![number(netuid)])?;
    let uid = batch.want("Uids", vec![number(netuid), account(hotkey)])?;
    let burn = batch.want("Burn", vec![number(netuid)])?;
    let allowed = batch.want("NetworkRegistrationAllowed", vec![number(netuid)])?;
    let read = batch.read(link).await?;
    if !read.get::<bool>(exists)? {
        return Err(ChainError::NoSubnet(netuid));
    }
    Ok(Registration {
        head: at.head,
        uid: read.maybe(uid)?,
        burn: read.get(burn)?,
        allowed: read.get(allowed)?,
    })
}

/// The weights stored for a validator.
pub(super) async fn weights(
    link: &Link,
    at: &At,
    subnet: Subnet,
    uid: u16,
) -> Result<Vec<(u16, u16)>, ChainError> {
    let mut batch = Batch::new(at);
    let slot = batch.want("Weights", vec![number(subnet.index()), number(uid)])?;
    let read = batch.read(link).await?;
    Ok(read.maybe(slot)?.unwrap_or_default())
}

/// Sealed weights of `hotkey` that are held for the epoch of this block.
pub(super) async fn commits(
    link: &Link,
    at: &At,
    subnet: Subnet,
    hotkey: &Account,
) -> Result<usize, ChainError> {
    let mut batch = Batch::new(at);
    let Some(slot) = batch.want_if("SubnetEpochIndex", vec![number(subnet.netuid)])? else { return Ok(0) };
    let epoch: u64 = batch.read(link).await?.get(slot)?;
    let mut batch = Batch::new(at);
    let key = vec![number(subnet.index()), number(epoch)];
    let Some(slot) = batch.want_if("TimelockedWeightCommits", key)? else { return Ok(0) };
    let held: Option<Vec<Commit>> = batch.read(link).await?.maybe(slot)?;
    Ok(held.into_iter().flatten().filter(|commit| commit.0 == *hotkey.bytes()).count())
}

/// Spendable rao of an account.
pub(super) async fn balance(link: &Link, at: &At, who: &Account) -> Result<u64, ChainError> {
    let mut batch = Batch::new(at);
    let slot = batch.want_of("System", "Account", vec![account(who)])?;
    let read = batch.read(link).await?;
    Ok(read.maybe::<AccountInfo>(slot)?.map_or(0, |info| info.data.free))
}
