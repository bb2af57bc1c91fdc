//! Keeps what is known of the work of miners across restarts: read once, written behind.
//!
//! Of each miner and kind only the newest record is written, and whatever came together is written together. What a killed
//! scheduler had not written yet is lost: a second's worth of averages.

use std::{sync::Arc, time::Duration};

use domain::MinerRecord;
use proto::RpcError;
use tracing::Instrument as _;

use crate::{agenda::Backoff, core::Core, trace};

/// Outcomes are gathered for so long before they are written.
const GATHER: Duration = Duration::from_secs(1);
/// Records that one call reads or writes.
const PAGE: usize = 200;
/// Longest last write of a scheduler that stops.
const LAST: Duration = Duration::from_secs(2);

impl Core {
    /// Returns once what was written before is known again. Whoever notes something of a miner, or looks for the best,
    /// waits for this first; it is read once.
    pub(crate) async fn remember(&self) {
        let read = async || {
            if let Err(e) = self.until_answered(|| read(self)).await
                && !self.stop.is_cancelled()
            {
                tracing::error!(error = %e, "the work of miners so far is not known");
            }
        };
        self.remembered.get_or_init(read).await;
    }
}

async fn read(core: &Core) -> Result<(), RpcError> {
    let mut all: Vec<MinerRecord> = Vec::new();
    loop {
        let after = all.last().map(|r| (r.miner.clone(), r.kind));
        let page = core.past.list(after.as_ref(), PAGE as u32).instrument(trace::unsampled()).await?;
        let last = page.len() < PAGE;
        all.extend(page);
        if last || all.len() >= core.miners.most_records() {
            break;
        }
    }
    tracing::info!(records = all.len(), "work of miners remembered");
    core.miners.restore(all);
    Ok(())
}

/// Writes until the scheduler stops, and then what is left.
pub(crate) async fn run(core: Arc<Core>) {
    tokio::select! {
        () = core.stop.cancelled() => {}
        () = keep(&core) => {}
    }
    if !matches!(tokio::time::timeout(LAST, write(&core)).await, Ok(Ok(()))) {
        tracing::warn!("the latest work of miners was not written");
    }
}

async fn keep(core: &Core) {
    let mut backoff = Backoff::default();
    loop {
        core.miners.noted().await;
        tokio::time::sleep(GATHER).await;
        match write(core).await {
            Ok(()) => backoff = Backoff::default(),
            Err(e) => {
                tracing::warn!(error = %e, "the work of miners was not written, trying again");
                backoff.pause().await;
            }
        }
    }
}

async fn write(core: &Core) -> Result<(), RpcError> {
    loop {
        let changed = core.miners.changed(PAGE);
        if changed.is_empty() {
            return Ok(());
        }
        let written = core.past.put(&changed).instrument(trace::unsampled()).await;
        if let Err(e) = written {
            core.miners.unwritten(&changed);
            return Err(e);
        }
    }
}
