//! `serve_axon`: where a neuron can be reached.

use scale_value::Composite;

use crate::draft::Draft;
use crate::keys::Hash;
use crate::rules::{Args, Outcome, ensure};
use crate::state::SUBTENSOR;
use crate::value::{Value, num, raw};

const V4_LOOPBACK: u128 = 0x7f00_0001;
const V4_ALL_ONES: u128 = u32::MAX as u128;
const V6_LOOPBACK: u128 = 1;

pub(crate) fn serve_axon(x: &mut Draft<'_>, hotkey: Hash, a: &Args) -> Outcome {
    let net: u16 = a.num("netuid")?;
    let (ip, port, kind): (u128, u16, u8) = (a.num("ip")?, a.num("port")?, a.num("ip_type")?);
    ensure(x.view().uid(net, &hotkey)?.is_some(), "HotKeyNotRegisteredInNetwork")?;
    ensure(kind == 4 || kind == 6, "InvalidIpType")?;
    ensure(is_address(ip, kind), "InvalidIpAddress")?;
    // an axon begins with the block it was served at
    if let Some(last) = x.view().find::<u64>("Axons", vec![num(net), raw(hotkey)])? {
        let limit: u64 = x.of("ServingRateLimit", net)?;
        let passed = limit == 0 || last == 0 || x.number.saturating_sub(last) >= limit;
        ensure(passed, "ServingRateLimitExceeded")?;
    }
    ensure(port != 0, "InvalidPort")?;

    let mut fields = vec![("block".to_owned(), num(x.number))];
    for name in ["version", "ip", "port", "ip_type", "protocol", "placeholder1", "placeholder2"] {
        fields.push((name.to_owned(), num(a.num::<u128>(name)?)));
    }
    x.put("Axons", vec![num(net), raw(hotkey)], &Value::named_composite(fields))?;
    x.event(SUBTENSOR, "AxonServed", Composite::unnamed([num(net), raw(hotkey)]));
    Ok(())
}

/// Zero is allowed: with port 1 it takes an axon back.
fn is_address(ip: u128, kind: u8) -> bool {
    match kind {
        4 => ip != V4_LOOPBACK && ip < V4_ALL_ONES,
        _ => ip != V6_LOOPBACK && ip != u128::MAX,
    }
}
