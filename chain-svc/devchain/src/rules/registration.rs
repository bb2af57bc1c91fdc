//! `burned_register` and `register_limit`: a place in a subnet, for a price that floats.

use scale_value::Composite;

use crate::draft::Draft;
use crate::keys::Hash;
use crate::rules::{Args, Outcome, Refused, ensure, refuse};
use crate::state::SUBTENSOR;
use crate::value::{num, raw};

/// What must stay on an account, in rao: the recorded `Balances.ExistentialDeposit`.
pub(crate) const EXISTENTIAL_DEPOSIT: u64 = 500;
/// An interval takes this many times its target.
const OVER_TARGET: u32 = 3;
const NOBODY: Hash = [0; 32];

pub(crate) fn burned_register(x: &mut Draft<'_>, coldkey: Hash, a: &Args) -> Outcome {
    register(x, coldkey, a.num("netuid")?, a.account("hotkey")?)
}

pub(crate) fn register_limit(x: &mut Draft<'_>, coldkey: Hash, a: &Args) -> Outcome {
    let net: u16 = a.num("netuid")?;
    ensure(x.of("NetworksAdded", net)?, "SubnetNotExists")?;
    ensure(x.of::<u64>("Burn", net)? <= a.num("limit_price")?, "RegistrationPriceLimitExceeded")?;
    register(x, coldkey, net, a.account("hotkey")?)
}

fn register(x: &mut Draft<'_>, coldkey: Hash, net: u16, hotkey: Hash) -> Outcome {
    ensure(net != 0, "RegistrationNotPermittedOnRootSubnet")?;
    ensure(x.of("NetworksAdded", net)?, "SubnetNotExists")?;
    ensure(x.of("NetworkRegistrationAllowed", net)?, "SubNetRegistrationDisabled")?;
    ensure(x.view().uid(net, &hotkey)?.is_none(), "HotKeyAlreadyRegisteredInSubNet")?;
    let in_block: u16 = x.of("RegistrationsThisBlock", net)?;
    ensure(in_block < x.of("MaxRegistrationsPerBlock", net)?, "TooManyRegistrationsThisBlock")?;
    let in_interval: u16 = x.of("RegistrationsThisInterval", net)?;
    let most = u32::from(x.of::<u16>("TargetRegistrationsPerInterval", net)?) * OVER_TARGET;
    ensure(u32::from(in_interval) < most, "TooManyRegistrationsThisInterval")?;
    let owner: Hash = x.get("Owner", vec![raw(hotkey)])?;
    ensure(owner == NOBODY || owner == coldkey, "NonAssociatedColdKey")?;
    let price: u64 = x.of("Burn", net)?;
    let mut account = x.view().account(&coldkey)?;
    ensure(account.free >= price.saturating_add(EXISTENTIAL_DEPOSIT), "NotEnoughBalanceToStake")?;
    let uid = place(x, net)?;

    account.free -= price;
    x.set_account(&coldkey, &account)?;
    let withdrawn = Composite::named([("who", raw(coldkey)), ("amount", num(price))]);
    x.event("Balances", "Withdraw", withdrawn);
    let recycled = x.of::<u64>("RAORecycledForRegistration", net)?.saturating_add(price);
    x.set_of("RAORecycledForRegistration", net, &recycled)?;
    x.event(SUBTENSOR, "RAORecycledForRegistrationSet", Composite::unnamed([num(net), num(recycled)]));
    x.set("Owner", vec![raw(hotkey)], &coldkey)?;
    seat(x, net, uid, &hotkey)?;
    x.set_of("RegistrationsThisBlock", net, &(in_block + 1))?;
    x.set_of("RegistrationsThisInterval", net, &in_interval.saturating_add(1))?;
    let mult: u128 = x.of("BurnIncreaseMult", net)?;
    set_price(x, net, scaled(price, mult))
}

/// The uid that a newcomer gets: the next free one, or that of the least deserving neuron.
fn place(x: &Draft<'_>, net: u16) -> Result<u16, Refused> {
    let n: u16 = x.of("SubnetworkN", net)?;
    if n < x.of("MaxAllowedUids", net)? {
        return Ok(n);
    }
    let owner: Hash = x.of("SubnetOwnerHotkey", net)?;
    let immunity = u64::from(x.of::<u16>("ImmunityPeriod", net)?);
    let emission: Vec<u64> = x.of("Emission", net)?;
    let mut ranked = vec![];
    for uid in 0..n {
        if x.get::<Hash>("Keys", vec![num(net), num(uid)])? != owner {
            let since: u64 = x.get("BlockAtRegistration", vec![num(net), num(uid)])?;
            let immune = x.number.saturating_sub(since) < immunity;
            ranked.push((immune, emission.get(usize::from(uid)).copied().unwrap_or_default(), since, uid));
        }
    }
    match ranked.into_iter().min() {
        Some((.., uid)) => Ok(uid),
        None => refuse("NoNeuronIdAvailable"),
    }
}

/// Puts a hotkey on a uid, in place of whoever sits there; all that the uid had earned is gone.
pub(crate) fn seat(x: &mut Draft<'_>, net: u16, uid: u16, hotkey: &Hash) -> Outcome {
    let n: u16 = x.of("SubnetworkN", net)?;
    let keys = || vec![num(net), num(uid)];
    if uid < n {
        let old: Hash = x.get("Keys", keys())?;
        x.write(SUBTENSOR, "Uids", vec![num(net), raw(old)], None)?;
        x.write(SUBTENSOR, "Axons", vec![num(net), raw(old)], None)?;
        x.write(SUBTENSOR, "IsNetworkMember", vec![raw(old), num(net)], None)?;
    } else {
        x.set_of("SubnetworkN", net, &(uid + 1))?;
    }
    x.set("Uids", vec![num(net), raw(hotkey)], &uid)?;
    x.set("Keys", keys(), hotkey)?;
    x.set("IsNetworkMember", vec![raw(hotkey), num(net)], &true)?;
    let now = x.number;
    x.set("BlockAtRegistration", keys(), &now)?;
    x.set_at("Active", net, uid, true, &false)?;
    x.set_at("ValidatorPermit", net, uid, false, &false)?;
    x.set_at("Emission", net, uid, 0u64, &0)?;
    for item in ["Consensus", "Dividends", "ValidatorTrust"] {
        x.set_at(item, net, uid, 0u16, &0)?;
    }
    for mecid in 0..x.of::<u8>("MechanismCountCurrent", net)? {
        let index = super::weights::index_of(net, mecid);
        x.set_at("LastUpdate", index, uid, now, &0)?;
        x.set_at("Incentive", index, uid, 0u16, &0)?;
        x.write(SUBTENSOR, "Weights", vec![num(index), num(uid)], None)?;
    }
    x.event(SUBTENSOR, "NeuronRegistered", Composite::unnamed([num(net), num(uid), raw(hotkey)]));
    Ok(())
}

/// What one block does to the price and the counters of a subnet: a half in every `BurnHalfLife` blocks.
pub(crate) fn decay(x: &mut Draft<'_>, net: u16) -> Outcome {
    let half_life: u16 = x.of("BurnHalfLife", net)?;
    let price: u64 = x.of("Burn", net)?;
    if half_life > 0 {
        let factor = 0.5f64.powf(1.0 / f64::from(half_life));
        set_price(x, net, scaled(price, fixed(factor)))?;
    }
    if x.of::<u16>("RegistrationsThisBlock", net)? != 0 {
        x.set_of("RegistrationsThisBlock", net, &0u16)?;
    }
    let last: u64 = x.of("LastAdjustmentBlock", net)?;
    if x.number.saturating_sub(last) >= u64::from(x.of::<u16>("AdjustmentInterval", net)?) {
        let now = x.number;
        x.set_of("LastAdjustmentBlock", net, &now)?;
        x.set_of("RegistrationsThisInterval", net, &0u16)?;
    }
    Ok(())
}

/// Writes the price, kept between `MinBurn` and `MaxBurn`.
fn set_price(x: &mut Draft<'_>, net: u16, price: u64) -> Outcome {
    let (least, most): (u64, u64) = (x.of("MinBurn", net)?, x.of("MaxBurn", net)?);
    Ok(x.set_of("Burn", net, &price.min(most).max(least))?)
}

/// An amount times a fixed-point number with 64 bits behind the point; the most there is where it overflows.
fn scaled(amount: u64, by: u128) -> u64 {
    let (whole, part) = (by >> 64, by & u128::from(u64::MAX));
    let product = u128::from(amount).saturating_mul(whole).saturating_add((u128::from(amount) * part) >> 64);
    u64::try_from(product).unwrap_or(u64::MAX)
}

/// A factor below one as a fixed-point number; 53 bits of it are exact.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 < factor < 1, so the product is below 2^64"
)]
fn fixed(factor: f64) -> u128 {
    (factor * 2f64.powi(64)) as u128
}
