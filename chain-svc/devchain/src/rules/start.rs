//! `start_call`: the owner lets emissions of a subnet begin.

use scale_value::Composite;

use crate::draft::Draft;
use crate::keys::Hash;
use crate::rules::{Args, Outcome, ensure};
use crate::state::SUBTENSOR;
use crate::value::num;

pub(crate) fn start_call(x: &mut Draft<'_>, who: Hash, a: &Args) -> Outcome {
    let net: u16 = a.num("netuid")?;
    ensure(x.of("NetworksAdded", net)?, "SubnetNotExists")?;
    ensure(x.of::<Hash>("SubnetOwner", net)? == who, "NotSubnetOwner")?;
    let started: Option<u64> = x.view().find("FirstEmissionBlockNumber", vec![num(net)])?;
    ensure(started.is_none(), "FirstEmissionBlockNumberAlreadySet")?;
    let ready = x.of::<u64>("NetworkRegisteredAt", net)?.saturating_add(x.get("StartCallDelay", vec![])?);
    ensure(x.number >= ready, "NeedWaitingMoreBlocksToStarCall")?; // the chain's own spelling
    let first = x.number + 1;
    x.set_of("FirstEmissionBlockNumber", net, &first)?;
    x.set_of("SubtokenEnabled", net, &true)?;
    x.event(SUBTENSOR, "FirstEmissionBlockNumberSet", Composite::unnamed([num(net), num(first)]));
    Ok(())
}
