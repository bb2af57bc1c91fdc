//! `get_metagraph`: the whole subnet in one answer. Pools, emissions and dividends are what storage says, which here
//! is nothing: no epoch pays anybody.

use crate::keys::Hash;
use crate::rules::stake::{Stake, stake};
use crate::rules::weights::index_of;
use crate::runtime_api::{At, subnet};
use crate::state::{StateError, View};
use crate::value::{Value, list, num, raw, some, unit};

/// Fields that are storage items of the subnet under another name.
const ITEMS: &[(&str, &str)] = &[
    ("network_registered_at", "NetworkRegisteredAt"),
    ("owner_hotkey", "SubnetOwnerHotkey"),
    ("owner_coldkey", "SubnetOwner"),
    ("last_step", "LastMechansimStepBlock"),
    ("blocks_since_last_step", "BlocksSinceLastStep"),
    ("alpha_in", "SubnetAlphaIn"),
    ("alpha_out", "SubnetAlphaOut"),
    ("tao_in", "SubnetTAO"),
    ("alpha_out_emission", "SubnetAlphaOutEmission"),
    ("alpha_in_emission", "SubnetAlphaInEmission"),
    ("tao_in_emission", "SubnetTaoInEmission"),
    ("pending_alpha_emission", "PendingValidatorEmission"),
    ("pending_root_emission", "PendingRootAlphaDivs"),
    ("subnet_volume", "SubnetVolume"),
    ("moving_price", "SubnetMovingPrice"),
    ("num_uids", "SubnetworkN"),
    ("max_uids", "MaxAllowedUids"),
    ("burn", "Burn"),
    ("pow_registration_allowed", "NetworkPowRegistrationAllowed"),
];

/// A neuron without an axon answers all zeros.
const NO_AXON: [&str; 8] =
    ["block", "version", "ip", "port", "ip_type", "protocol", "placeholder1", "placeholder2"];

/// The metagraph of a mechanism, or none for one that is not there.
pub(super) fn metagraph(at: &At<'_>, net: u16, mecid: u8) -> Result<Value, StateError> {
    let v = &at.view;
    if !v.of::<bool>("NetworksAdded", net)? || mecid >= v.of::<u8>("MechanismCountCurrent", net)? {
        return Ok(unit("None"));
    }
    let mut fields = subnet::fields(v, net)?;
    for (name, item) in ITEMS {
        fields.push((*name, v.value(item, vec![num(net)])?));
    }
    let name = v.find::<Vec<u8>>("SubnetIdentitiesV3", vec![num(net)])?.unwrap_or_default(); // its first field
    fields.extend([
        ("netuid", num(net)),
        ("name", letters(&name)),
        ("symbol", letters(&v.of::<Vec<u8>>("TokenSymbol", net)?)),
        ("identity", unit("None")),
        ("block", num(at.block.number)),
        ("subnet_emission", num(0u8)),
        ("tao_dividends_per_hotkey", list([])),
        ("alpha_dividends_per_hotkey", list([])),
    ]);
    fields.extend(neurons(v, net, mecid)?);
    Ok(some(Value::named_composite(fields)))
}

fn letters(text: &[u8]) -> Value {
    list(text.iter().map(|b| num(*b)))
}

/// One list per field, all of one length.
fn neurons(v: &View<'_>, net: u16, mecid: u8) -> Result<Vec<(&'static str, Value)>, StateError> {
    let n: u16 = v.of("SubnetworkN", net)?;
    let index = index_of(net, mecid);
    let hotkeys: Vec<Hash> =
        (0..n).map(|uid| v.get("Keys", vec![num(net), num(uid)])).collect::<Result<_, _>>()?;
    let owners: Vec<Hash> = hotkeys.iter().map(|h| v.get("Owner", vec![raw(h)])).collect::<Result<_, _>>()?;
    let axons: Vec<Value> = hotkeys.iter().map(|h| axon(v, net, h)).collect::<Result<_, _>>()?;
    let stakes: Vec<Stake> = hotkeys.iter().map(|h| stake(v, net, h)).collect::<Result<_, _>>()?;
    let since: Vec<u64> =
        (0..n).map(|uid| v.get("BlockAtRegistration", vec![num(net), num(uid)])).collect::<Result<_, _>>()?;
    let flags = |item| -> Result<Value, StateError> {
        Ok(list(padded(v.of::<Vec<bool>>(item, net)?, n).into_iter().map(Value::bool)))
    };
    let long =
        |item, key| -> Result<Value, StateError> { Ok(numbers(padded(v.of::<Vec<u64>>(item, key)?, n))) };
    let short =
        |item, key| -> Result<Value, StateError> { Ok(numbers(padded(v.of::<Vec<u16>>(item, key)?, n))) };
    let zeros = || numbers(vec![0u16; usize::from(n)]);
    Ok(vec![
        ("hotkeys", list(hotkeys.iter().map(raw))),
        ("coldkeys", list(owners.iter().map(raw))),
        ("identities", list((0..n).map(|_| unit("None")))),
        ("axons", list(axons)),
        ("active", flags("Active")?),
        ("validator_permit", flags("ValidatorPermit")?),
        ("pruning_score", numbers(vec![u16::MAX; usize::from(n)])),
        ("last_update", long("LastUpdate", index)?),
        ("emission", long("Emission", net)?),
        ("dividends", short("Dividends", net)?),
        ("incentives", short("Incentive", index)?),
        ("consensus", short("Consensus", net)?),
        ("trust", zeros()),
        ("rank", zeros()),
        ("block_at_registration", numbers(since)),
        ("alpha_stake", numbers(stakes.iter().map(|s| s.alpha))),
        ("tao_stake", numbers(stakes.iter().map(|s| s.tao))),
        ("total_stake", numbers(stakes.iter().map(|s| s.total))),
        ("collateral_locked", zeros()),
        ("collateral_min", zeros()),
        ("collateral_earned", zeros()),
    ])
}

/// The axon of a hotkey, all zeros where it serves none.
pub(super) fn axon(v: &View<'_>, net: u16, hotkey: &Hash) -> Result<Value, StateError> {
    match v.value("Axons", vec![num(net), raw(hotkey)]) {
        Err(StateError::Absent(..)) => Ok(Value::named_composite(NO_AXON.map(|f| (f, num(0u8))))),
        other => other,
    }
}

fn numbers<T: Into<u128>>(items: impl IntoIterator<Item = T>) -> Value {
    list(items.into_iter().map(num))
}

/// A list of exactly `n`.
pub(super) fn padded<T: Default + Clone>(mut items: Vec<T>, n: u16) -> Vec<T> {
    items.resize(usize::from(n), T::default());
    items
}
