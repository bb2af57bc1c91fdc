//! The store's feed of changes: how the scheduler learns what other schedulers did.

use std::sync::Arc;

use futures_util::StreamExt as _;
use proto::RpcError;
use tracing::Instrument as _;

use crate::{
    agenda::Backoff,
    core::{Core, STORAGE},
    trace,
};

/// Follows the feed until the scheduler stops; opens it again whenever it breaks.
pub(crate) async fn run(core: Arc<Core>) {
    let stop = core.stop.clone();
    let follow = async {
        let mut backoff = Backoff::default();
        loop {
            let e = match follow(&core, &mut backoff).await {
                Ok(()) => "the feed ended".to_owned(),
                Err(e) => e.to_string(),
            };
            core.readiness.set(STORAGE, Err("away".to_owned()));
            tracing::warn!(error = e, "the feed of changes broke, opening it again");
            backoff.pause().await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = follow => {}
    }
}

async fn follow(core: &Core, backoff: &mut Backoff) -> Result<(), RpcError> {
    let mut changes = core.tasks.watch().instrument(trace::unsampled()).await?;
    core.readiness.set(STORAGE, Ok(()));
    // whatever happened while nobody listened
    core.agenda.recheck();
    while let Some(change) = changes.next().await {
        match change? {
            Some(task) => core.learn(&task),
            None => core.agenda.recheck(),
        }
        *backoff = Backoff::default();
    }
    Ok(())
}
