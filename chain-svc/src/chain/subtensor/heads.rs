//! Final blocks as they come.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream, stream::BoxStream};
use subxt::{config::substrate::SubstrateHeader, utils::H256};
use subxt_rpcs::client::RpcSubscription;
use tokio::time::{Instant, sleep, timeout};

use super::pool::Pool;
use crate::chain::Head;

struct Watch {
    pool: Arc<Pool>,
    wake: Option<RpcSubscription<SubstrateHeader<H256>>>,
    told: Option<Head>,
    asked: Option<Instant>,
}

/// A subscription only says when to look: what is told is the head that was asked for and checked. A subscription that
/// ends, stalls or lies costs time, up to `poll`, and nothing else.
pub(super) fn heads(pool: Arc<Pool>) -> BoxStream<'static, Head> {
    let watch = Watch { pool, wake: None, told: None, asked: None };
    stream::unfold(watch, |mut watch| async move {
        let head = watch.next().await;
        Some((head, watch))
    })
    .boxed()
}

impl Watch {
    async fn next(&mut self) -> Head {
        loop {
            if self.asked.is_some() {
                self.wait().await;
            }
            self.asked = Some(Instant::now());
            let pool = &self.pool;
            let head = pool.run(|link| async move { Ok(pool.at_head(&link).await?.head) }).await;
            match head {
                Ok(head) if self.told.is_none_or(|told| told.number < head.number) => {
                    self.told = Some(head);
                    return head;
                }
                Ok(_) => {}
                // said by the pool; an endpoint that rests is not asked again before its time
                Err(_) => self.wake = None,
            }
        }
    }

    /// Until the node tells of a block, at most `poll`.
    async fn wait(&mut self) {
        let poll = self.pool.options.poll;
        if self.wake.is_none() {
            self.wake = subscribe(&self.pool).await;
        }
        let Some(wake) = &mut self.wake else {
            sleep(poll.min(self.pool.options.backoff.max(Duration::from_millis(10)))).await;
            return;
        };
        match timeout(poll, wake.next()).await {
            Ok(Some(Ok(_))) => self.drain(),
            Ok(Some(Err(_)) | None) => {
                self.wake = None;
                // a node that ends every subscription at once is not asked in a tight loop
                sleep(poll.min(Duration::from_millis(200))).await;
            }
            // silence: it may have stalled
            Err(_) => self.wake = None,
        }
    }

    /// Forgets what else was told meanwhile: one look at the head covers it.
    fn drain(&mut self) {
        use futures_util::FutureExt as _;
        while let Some(wake) = &mut self.wake {
            match wake.next().now_or_never() {
                Some(Some(Ok(_))) => {}
                Some(Some(Err(_)) | None) => self.wake = None,
                None => return,
            }
        }
    }
}

async fn subscribe(pool: &Pool) -> Option<RpcSubscription<SubstrateHeader<H256>>> {
    let (_, link) = pool.link().await.ok()?;
    link.rpc.chain_subscribe_finalized_heads().await.ok()
}
