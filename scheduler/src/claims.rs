//! What a miner held before it (re)connected: adopted or dropped.

use std::sync::Arc;

use domain::{LeaseId, MinerId};
use proto::RpcError;
use tracing::Instrument as _;

use crate::{
    core::{Core, all},
    events::{MinerPaired, Why},
    message::Declare,
    miners::{Seat, Slot, Work},
    trace,
};

/// Compares the live leases that the store knows of this miner with what it says it holds. The same session keeps what it
/// holds; everything else is dropped at once, so that others can do it. Then the miner may be given work. Takes as long
/// as the store is away.
pub(crate) async fn sort_out(core: &Arc<Core>, seat: &Seat, said: &Declare) -> Result<(), RpcError> {
    core.remember().await;
    let held_by = || core.tasks.held_by(&seat.miner).instrument(trace::unsampled());
    let tasks = core.until_answered(held_by).await?;
    let (mut kept, mut lost) = (Vec::new(), Vec::new());
    for task in &tasks {
        for lease in task.live().filter(|l| l.miner == seat.miner) {
            let work = Work::of(task, lease);
            if lease.session == said.session && said.held.contains(&lease.id) {
                kept.push((lease.id, Slot::adopted(work, lease.fence, core.now())));
            } else if lease.session == said.session {
                lost.push((lease.id, work, Why::Unknown));
            } else {
                lost.push((lease.id, work, Why::Restarted));
            }
        }
    }
    let (adopted, dropped) = (kept.len(), lost.len());
    all(lost.iter().map(|(lease, work, why)| core.drop_lease(&seat.miner, *lease, work, *why))).await;
    // after its former leases have ended: they were another one's, if the name changed hands
    let proven = core.miners.with(seat, |p| p.hotkey).flatten();
    core.miners.owned(&seat.miner, proven);
    let hotkey = core.miners.with(seat, |p| {
        for (lease, slot) in kept {
            p.adopt(lease, slot);
        }
        p.ready = true;
        p.hotkey
    });
    MinerPaired { miner: &seat.miner, hotkey: hotkey.flatten(), adopted, dropped }.emit();
    core.agenda.assign();
    Ok(())
}

/// Ends leases that the miner does not have any more.
pub(crate) async fn drop_all(core: Arc<Core>, miner: MinerId, lost: Vec<(LeaseId, Work)>, why: Why) {
    all(lost.iter().map(|(lease, work)| core.drop_lease(&miner, *lease, work, why))).await;
}
