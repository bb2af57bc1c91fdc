//! Several endpoints of one chain: the one in use, and what is done when it fails.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex as Sync, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt as _;
use process::clock::Clock;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::{
    Options,
    dial::Dial,
    link::{At, Link},
};
use crate::{
    chain::{ChainError, Hash},
    events,
};

/// A head this far beyond everything known is believed only when another endpoint knows it too.
const JUMP: u64 = 64;
/// An operation may take this many requests one after the other.
const STEPS: u32 = 8;

pub(super) struct Pool {
    pub(super) options: Options,
    clock: Clock,
    dial: Arc<dyn Dial>,
    link: Mutex<Option<(usize, Arc<Link>)>>,
    health: Sync<Vec<Health>>,
    /// The highest block told so far.
    highest: AtomicU64,
    genesis: OnceLock<Hash>,
}

/// When an endpoint may be tried again.
#[derive(Debug, Clone, Copy, Default)]
struct Health {
    failures: u32,
    again: Option<Instant>,
}

impl Pool {
    pub(super) fn new(options: Options, clock: Clock, dial: Arc<dyn Dial>) -> Self {
        let health = Sync::new(vec![Health::default(); options.endpoints.len()]);
        let genesis = OnceLock::new();
        if let Some(pinned) = options.genesis {
            let _ = genesis.set(pinned);
        }
        Self { options, clock, dial, link: Mutex::default(), health, highest: AtomicU64::new(0), genesis }
    }

    /// Does `op` over the endpoint in use; when that fails, over all of them once more, in their order: a connection that
    /// broke is worth one new one.
    pub(super) async fn run<T, F, Fut>(&self, op: F) -> Result<T, ChainError>
    where
        F: Fn(Arc<Link>) -> Fut,
        Fut: Future<Output = Result<T, ChainError>>,
    {
        let mut last = None;
        for _ in 0..=self.options.endpoints.len() {
            let (index, link) = match self.link().await {
                Ok(link) => link,
                Err(e) => return Err(last.unwrap_or(e)),
            };
            match self.contained(op(link.clone())).await {
                Ok(value) => {
                    self.well(index);
                    return Ok(value);
                }
                Err(e) if e.elsewhere() => {
                    self.failed(index, &e);
                    self.forget(&link).await;
                    last = Some(e);
                }
                Err(e) => return Err(e),
            }
        }
        Err(last.unwrap_or_else(|| ChainError::away("no endpoint is configured")))
    }

    /// The endpoint in use, else the first that connects.
    pub(super) async fn link(&self) -> Result<(usize, Arc<Link>), ChainError> {
        let mut current = self.link.lock().await;
        if let Some((index, link)) = &*current {
            return Ok((*index, link.clone()));
        }
        let mut last = None;
        for (index, url) in self.options.endpoints.iter().enumerate() {
            if self.rests(index) {
                continue;
            }
            match self.open(url).await {
                Ok(link) => {
                    let link = Arc::new(link);
                    events::Connected { endpoint: url }.emit();
                    *current = Some((index, link.clone()));
                    return Ok((index, link));
                }
                Err(e) => {
                    self.failed(index, &e);
                    // an endpoint of another chain, or of rules we do not know, is told in preference to one that is away
                    if last.as_ref().is_none_or(ChainError::elsewhere) {
                        last = Some(e);
                    }
                }
            }
        }
        Err(last.unwrap_or_else(|| ChainError::away("every endpoint failed a moment ago")))
    }

    async fn open(&self, url: &str) -> Result<Link, ChainError> {
        let pinned = self.genesis.get().copied();
        let link = self.contained(Link::open(&*self.dial, url, pinned, self.options.request)).await?;
        // without a pin the first endpoint decides which chain this is
        let genesis = *self.genesis.get_or_init(|| link.genesis);
        if genesis != link.genesis {
            return Err(ChainError::WrongChain { pinned: genesis, found: link.genesis });
        }
        Ok(link)
    }

    /// The node at its head, if that can be believed: never older than a head told before, and never far beyond all that
    /// is known without a second endpoint that knows it too.
    pub(super) async fn at_head(&self, link: &Link) -> Result<At, ChainError> {
        let at = link.at_head().await?;
        let (number, highest) = (at.head.number, self.highest.load(Ordering::SeqCst));
        if number < highest {
            let what = format!("its newest block is {number}, and {highest} was seen before");
            return Err(ChainError::Behind { what });
        }
        if number > highest.saturating_add(JUMP) {
            self.confirm(link, number).await?;
        }
        self.highest.fetch_max(number, Ordering::SeqCst);
        Ok(at)
    }

    /// Asks another endpoint about block `number`: that one must know it, or be an earlier part of the same chain. With
    /// nobody to ask, the one answer counts.
    async fn confirm(&self, link: &Link, number: u64) -> Result<(), ChainError> {
        for url in self.options.endpoints.iter().filter(|url| **url != link.url) {
            let Ok(other) = self.open(url).await else { continue };
            let Ok(at) = self.contained(other.at_head()).await else { continue };
            if at.head.number >= number {
                return Ok(());
            }
            let same =
                link.rpc.chain_get_block_hash(Some(at.head.number.into())).await.map_err(ChainError::away)?;
            if same.map(Hash::from) == Some(at.head.hash) {
                return Ok(());
            }
            let what = format!("two endpoints disagree about block {}", at.head.number);
            return Err(ChainError::garbage(what));
        }
        Ok(())
    }

    /// Refuses a block whose own moment, in milliseconds since the epoch, lies too far back.
    pub(super) fn check_age(&self, moment_ms: u64) -> Result<(), ChainError> {
        let limit = self.options.max_age;
        let now_ms = u64::try_from(self.clock.micros() / 1000).unwrap_or(0);
        let age = Duration::from_millis(now_ms.saturating_sub(moment_ms));
        if limit.is_zero() || moment_ms == 0 || age <= limit {
            return Ok(());
        }
        Err(ChainError::Behind { what: format!("its newest block is {} s old", age.as_secs()) })
    }

    /// Ends in time, whatever the node does; a panic over its answer is a fault of the answer.
    pub(super) async fn contained<T>(
        &self,
        work: impl Future<Output = Result<T, ChainError>>,
    ) -> Result<T, ChainError> {
        let limit = self.options.request * STEPS;
        match timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(ChainError::garbage("it can't be decoded")),
            Err(_) => Err(ChainError::away(format!("no answer in {limit:?}"))),
        }
    }

    fn rests(&self, index: usize) -> bool {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.get(index).and_then(|h| h.again).is_some_and(|again| Instant::now() < again)
    }

    fn well(&self, index: usize) {
        if let Some(health) = self.health.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
            *health = Health::default();
        }
    }

    pub(super) fn failed(&self, index: usize, why: &ChainError) {
        let mut all = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(health), Some(endpoint)) = (all.get_mut(index), self.options.endpoints.get(index)) else {
            return;
        };
        // the first failure costs no pause: connections break
        let pause = match health.failures {
            0 => Duration::ZERO,
            n => self.options.backoff * 2_u32.pow((n - 1).min(6)).min(60),
        };
        health.failures = health.failures.saturating_add(1);
        health.again = Some(Instant::now() + pause);
        events::EndpointFailed { endpoint, why, pause }.emit();
    }

    /// Drops a connection, unless it was replaced already.
    pub(super) async fn forget(&self, link: &Arc<Link>) {
        let mut current = self.link.lock().await;
        if current.as_ref().is_some_and(|(_, in_use)| Arc::ptr_eq(in_use, link)) {
            *current = None;
        }
    }
}
