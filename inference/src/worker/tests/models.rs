//! Models that come and go.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{Language, Offer, TaskKind};
use proto::pb::{FailReason, miner_message::Message};
use testkit::eventually::eventually;
use tokio::sync::Semaphore;

use super::{Stage, name, scheduler::LIMIT};
use crate::engine::{Call, Capabilities, Engine, EngineError, Window, WindowText, echo::EchoEngine};

/// An engine that counts who is in it, and lets each one out for a permit of its gate.
pub(super) struct Counting {
    pub(super) gate: Arc<Semaphore>,
    echo: EchoEngine,
    slots: usize,
    running: Arc<AtomicUsize>,
    most: AtomicUsize,
}

/// Counts down when the call is over, also when it is dropped.
struct Inside(Arc<AtomicUsize>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Counting {
    pub(super) fn new(slots: usize) -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let (running, most) = (Arc::default(), AtomicUsize::new(0));
        Self { gate: gate.clone(), echo: EchoEngine::gated(gate), slots, running, most }
    }

    pub(super) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    pub(super) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    pub(super) async fn entered(&self, calls: usize) {
        eventually("calls into the engine", LIMIT, async || (self.running() == calls).then_some(())).await;
    }
}

#[async_trait]
impl Engine for Counting {
    async fn speech(&self, pcm: Arc<[i16]>, call: &Call) -> Result<Vec<f32>, EngineError> {
        self.echo.speech(pcm, call).await
    }

    async fn transcribe(&self, window: Window, call: &Call) -> Result<WindowText, EngineError> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        let _inside = Inside(self.running.clone());
        self.echo.transcribe(window, call).await
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { slots: self.slots, ..self.echo.capabilities() }
    }
}

/// An engine whose calls find no model for a while.
struct Absent {
    echo: EchoEngine,
    calls_in_vain: AtomicUsize,
    capabilities: Mutex<Capabilities>,
    without: AtomicBool,
}

impl Absent {
    fn new(calls_in_vain: usize) -> Arc<Self> {
        let echo = EchoEngine::new();
        let capabilities = Mutex::new(echo.capabilities());
        let calls_in_vain = AtomicUsize::new(calls_in_vain);
        Arc::new(Self { echo, calls_in_vain, capabilities, without: AtomicBool::new(false) })
    }
}

#[async_trait]
impl Engine for Absent {
    async fn speech(&self, pcm: Arc<[i16]>, call: &Call) -> Result<Vec<f32>, EngineError> {
        self.echo.speech(pcm, call).await
    }

    async fn transcribe(&self, window: Window, call: &Call) -> Result<WindowText, EngineError> {
        let left = self.calls_in_vain.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match left {
            Ok(_) => Err(EngineError::Unavailable),
            Err(_) => self.echo.transcribe(window, call).await,
        }
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.lock().unwrap().clone()
    }

    fn has(&self, _kind: TaskKind) -> bool {
        !self.without.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_model_that_is_away_for_a_moment_costs_time_and_not_the_task() {
    // R20
    let mut stage = Stage::with(Absent::new(3)).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    miner.say(stage.recording(1, 1)).await;
    assert_eq!(miner.complete().await.lease, name(1));
}

#[tokio::test]
async fn work_is_given_back_when_its_model_stays_out_of_service() {
    let engine = Absent::new(usize::MAX);
    let mut stage =
        Stage::with_options(engine.clone(), |o| o.model_patience = Duration::from_millis(300)).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    miner.say(stage.recording(1, 1)).await;
    // while the kind is in service the work goes on
    eventually("attempts", LIMIT, async || {
        (engine.calls_in_vain.load(Ordering::SeqCst) < usize::MAX - 3).then_some(())
    })
    .await;
    *engine.capabilities.lock().unwrap() = Capabilities::default();
    let (reason, sentence) = miner.failure().await;
    assert_eq!(reason, FailReason::MinerFault);
    assert!(sentence.contains("not available"), "{sentence}");
}

#[tokio::test]
async fn nobody_waits_for_a_model_that_the_machine_has_not() {
    let engine = Absent::new(usize::MAX);
    engine.without.store(true, Ordering::SeqCst);
    let mut stage = Stage::with_options(engine.clone(), |o| o.model_patience = LIMIT * 100).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    miner.say(stage.recording(1, 1)).await;
    assert_eq!(miner.failure().await.0, FailReason::MinerFault);
}

#[tokio::test]
async fn work_that_waits_for_a_model_stops_when_it_is_revoked() {
    // R27
    let engine = Absent::new(usize::MAX);
    let mut stage = Stage::with(engine.clone()).await;
    let (mut miner, _) = stage.scheduler.pair().await;
    miner.say(stage.recording(1, 1)).await;
    eventually("an attempt", LIMIT, async || {
        (engine.calls_in_vain.load(Ordering::SeqCst) < usize::MAX).then_some(())
    })
    .await;
    miner.revoke(&name(1)).await;
    assert_eq!(miner.stopped().await, name(1));
}

#[tokio::test]
async fn what_the_models_can_do_is_declared_whenever_it_changes() {
    // R21
    let mut stage = Stage::with(Arc::new(EchoEngine::new())).await;
    let (mut miner, first) = stage.scheduler.pair().await;
    assert_eq!((first.offers.len(), first.capacity), (TaskKind::ALL.len(), 4));
    stage.capabilities.send_replace(Capabilities::default());
    let declare = |m| match m {
        Message::Declare(d) => Some((d.offers, d.capacity)),
        _ => None,
    };
    assert_eq!(miner.hear("a declaration", declare).await, (vec![], 0));
    assert!(!stage.readiness.ready());
    let one = Capabilities {
        offers: vec![Offer::new(TaskKind::Transcription, vec![Language::De])],
        models: Vec::new(),
        slots: 3,
    };
    stage.capabilities.send_replace(one);
    let (offers, capacity) = miner.hear("a declaration", declare).await;
    assert_eq!((offers[0].languages.clone(), capacity), (vec!["de".to_owned()], 3));
    assert!(stage.readiness.ready());
}
