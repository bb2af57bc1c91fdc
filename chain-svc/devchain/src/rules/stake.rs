//! Stake as the chain weighs it: alpha of the subnet plus a part of the TAO on the root network, children included.

use parity_scale_codec::Decode;

use crate::keys::Hash;
use crate::state::{StateError, View};
use crate::value::{num, raw};

/// What a hotkey weighs in a subnet, in rao.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stake {
    pub(crate) alpha: u64,
    pub(crate) tao: u64,
    /// alpha + TaoWeight * tao.
    pub(crate) total: u64,
}

type Shares = Vec<(u64, Hash)>;

/// The stake of a hotkey in a subnet: its own, less what it lends to child keys, plus what parents lend to it.
pub(crate) fn stake(v: &View<'_>, net: u16, hotkey: &Hash) -> Result<Stake, StateError> {
    let alpha = inherited(v, net, net, hotkey)?;
    let tao = inherited(v, net, 0, hotkey)?;
    let weight: u64 = v.get("TaoWeight", vec![])?;
    let total = alpha.saturating_add(part(tao, weight));
    Ok(Stake { alpha, tao, total })
}

/// Own stake on `of`, with the family that the hotkey has in `net`.
fn inherited(v: &View<'_>, net: u16, of: u16, hotkey: &Hash) -> Result<u64, StateError> {
    let own = |who: &Hash| v.get::<u64>("TotalHotkeyAlpha", vec![raw(who), num(of)]);
    let mine = own(hotkey)?;
    let mut total = mine;
    for (share, _) in family(v, "ChildKeys", net, hotkey)? {
        total = total.saturating_sub(part(mine, share));
    }
    for (share, parent) in family(v, "ParentKeys", net, hotkey)? {
        total = total.saturating_add(part(own(&parent)?, share));
    }
    Ok(total)
}

fn family(v: &View<'_>, item: &str, net: u16, hotkey: &Hash) -> Result<Shares, StateError> {
    let bytes =
        v.bytes(crate::state::SUBTENSOR, item, vec![raw(hotkey), num(net)])?.unwrap_or_else(|| vec![0]);
    let list = Shares::decode(&mut &bytes[..]);
    list.map_err(|e| StateError::Decode(crate::state::SUBTENSOR.into(), item.into(), e))
}

/// A share of an amount, in parts of 2^64.
fn part(amount: u64, share: u64) -> u64 {
    u64::try_from((u128::from(amount) * u128::from(share)) >> 64).unwrap_or(u64::MAX)
}
