//! `chain_subscribe*`: heads as they come.

use jsonrpsee::core::RegisterMethodError;
use tokio::sync::broadcast::error::RecvError;

use crate::chain::Head;
use crate::rpc::author::message;
use crate::rpc::{Module, Shared};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Best,
    Final,
}

/// The three subscriptions. `AllHeads` tells of blocks that are taken back, and so does `NewHeads`.
pub(super) fn register(m: &mut Module) -> Result<(), RegisterMethodError> {
    add(
        m,
        "chain_subscribeFinalizedHeads",
        "chain_finalizedHead",
        "chain_unsubscribeFinalizedHeads",
        Kind::Final,
    )?;
    add(m, "chain_subscribeNewHeads", "chain_newHead", "chain_unsubscribeNewHeads", Kind::Best)?;
    add(m, "chain_subscribeAllHeads", "chain_allHead", "chain_unsubscribeAllHeads", Kind::Best)
}

fn add(
    m: &mut Module,
    name: &'static str,
    notification: &'static str,
    end: &'static str,
    kind: Kind,
) -> Result<(), RegisterMethodError> {
    m.register_subscription(name, notification, end, move |_, sink, shared, _| async move {
        let Ok(sink) = sink.accept().await else { return };
        follow(&sink, &shared, kind).await;
    })?;
    Ok(())
}

/// The newest head at once, then each as it comes, until the client leaves or subscriptions are dropped.
async fn follow(sink: &jsonrpsee::SubscriptionSink, shared: &Shared, kind: Kind) {
    let mut dropped = shared.subscriptions.subscribe();
    let (mut heads, first) = {
        let chain = shared.lock();
        let first = if kind == Kind::Best { chain.best_seen() } else { chain.final_seen() };
        (chain.heads.subscribe(), first.header())
    };
    let mut next = Some(first);
    loop {
        if let Some(m) = next.take().as_ref().and_then(message)
            && sink.send(m).await.is_err()
        {
            return;
        }
        tokio::select! {
            _ = dropped.changed() => return,
            () = sink.closed() => return,
            head = heads.recv() => match (head, kind) {
                (Ok(Head::Best(h)), Kind::Best) | (Ok(Head::Final(h)), Kind::Final) => next = Some(h),
                (Ok(_) | Err(RecvError::Lagged(_)), _) => {}
                (Err(RecvError::Closed), _) => return,
            },
        }
    }
}
