//! `get_neurons_lite`: the neurons of a subnet without weights and bonds.

use crate::keys::Hash;
use crate::rules::stake::stake;
use crate::runtime_api::metagraph::{axon, padded};
use crate::state::{StateError, View};
use crate::value::{Value, list, num, raw};

const NO_PROMETHEUS: [&str; 5] = ["block", "version", "ip", "port", "ip_type"];

/// All neurons of a subnet, in the order of their uids; none for a subnet that is not there.
pub(super) fn lite(v: &View<'_>, net: u16) -> Result<Value, StateError> {
    let n: u16 = v.of("SubnetworkN", net)?;
    let flags = |item| -> Result<Vec<bool>, StateError> { Ok(padded(v.of(item, net)?, n)) };
    let short = |item| -> Result<Vec<u16>, StateError> { Ok(padded(v.of(item, net)?, n)) };
    let long = |item| -> Result<Vec<u64>, StateError> { Ok(padded(v.of(item, net)?, n)) };
    let (active, permits) = (flags("Active")?, flags("ValidatorPermit")?);
    let (updated, emission) = (long("LastUpdate")?, long("Emission")?);
    let (incentive, consensus) = (short("Incentive")?, short("Consensus")?);
    let (trust, dividends) = (short("ValidatorTrust")?, short("Dividends")?);
    let mut neurons = vec![];
    for uid in 0..n {
        let i = usize::from(uid);
        let hotkey: Hash = v.get("Keys", vec![num(net), num(uid)])?;
        let coldkey: Hash = v.get("Owner", vec![raw(hotkey)])?;
        let alpha = stake(v, net, &hotkey)?.total;
        neurons.push(Value::named_composite([
            ("hotkey", raw(hotkey)),
            ("coldkey", raw(coldkey)),
            ("uid", num(uid)),
            ("netuid", num(net)),
            ("active", Value::bool(active[i])),
            ("axon_info", axon(v, net, &hotkey)?),
            ("prometheus_info", Value::named_composite(NO_PROMETHEUS.map(|f| (f, num(0u8))))),
            ("stake", list([list([raw(coldkey), num(alpha)])])),
            ("rank", num(0u8)),
            ("emission", num(emission[i])),
            ("incentive", num(incentive[i])),
            ("consensus", num(consensus[i])),
            ("trust", num(0u8)),
            ("validator_trust", num(trust[i])),
            ("dividends", num(dividends[i])),
            ("last_update", num(updated[i])),
            ("validator_permit", Value::bool(permits[i])),
            ("pruning_score", num(u16::MAX)), // as recorded: the runtime no longer keeps one
        ]));
    }
    Ok(list(neurons))
}
