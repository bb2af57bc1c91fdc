//! What happens to a miner, each said once: a log line and a counter together.

use std::{error::Error, sync::LazyLock, time::Duration};

use domain::{FailReason, LeaseId, MinerId, Offer, TaskId, TaskKind};
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge, Histogram},
};

struct Instruments {
    pairings: Counter<u64>,
    losses: Counter<u64>,
    taken: Counter<u64>,
    ended: Counter<u64>,
    seconds: Histogram<f64>,
    refused: Counter<u64>,
    capacity: Gauge<u64>,
    load: Gauge<f64>,
}

static INSTRUMENTS: LazyLock<Instruments> = LazyLock::new(|| {
    let meter = global::meter("inference");
    Instruments {
        pairings: meter
            .u64_counter("violet.inference.pairings")
            .with_description("pairings with a scheduler")
            .build(),
        losses: meter
            .u64_counter("violet.inference.pairings_lost")
            .with_description("pairings that were lost")
            .build(),
        taken: meter.u64_counter("violet.inference.leases_taken").with_description("leases taken").build(),
        ended: meter
            .u64_counter("violet.inference.leases_ended")
            .with_description("leases ended, by outcome")
            .build(),
        seconds: meter
            .f64_histogram("violet.inference.work")
            .with_unit("s")
            .with_description("time at work on a lease")
            .build(),
        refused: meter
            .u64_counter("violet.inference.answers_refused")
            .with_description("answers that came too late")
            .build(),
        capacity: meter
            .u64_gauge("violet.inference.capacity")
            .with_description("leases it can work on at once")
            .build(),
        load: meter
            .f64_gauge("violet.inference.model_load")
            .with_unit("s")
            .with_description("time that a model took when it was last loaded, with its warm-up")
            .build(),
    }
});

/// A scheduler greeted this miner.
#[derive(Debug)]
pub struct Paired<'a> {
    /// Who greets.
    pub miner: &'a MinerId,
    /// Leases held from before.
    pub held: usize,
}

/// A pairing could not be made, or was lost.
#[derive(Debug)]
pub struct PairingLost<'a> {
    /// Why.
    pub error: &'a (dyn Error + 'static),
    /// Time until the next attempt.
    pub wait: Duration,
}

/// The scheduler is told what this miner can do.
#[derive(Debug)]
pub struct Declared<'a> {
    /// Kinds with their languages.
    pub offers: &'a [Offer],
    /// Leases at once.
    pub capacity: usize,
}

/// A model was loaded, warmed up and asked its canary.
#[derive(Debug)]
pub struct ModelLoaded {
    /// Its name in the repository.
    pub model: &'static str,
    /// How long that took.
    pub took: Duration,
}

/// Work on a lease begins.
#[derive(Debug)]
pub struct LeaseTaken {
    /// The task.
    pub task: TaskId,
    /// The lease.
    pub lease: LeaseId,
    /// What is to be done.
    pub kind: TaskKind,
}

/// How work on a lease ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With a result.
    Done,
    /// Without one.
    Failed(FailReason),
    /// It was told to stop.
    Stopped,
    /// It panicked.
    Panicked,
}

/// Work on a lease has ended.
#[derive(Debug)]
pub struct LeaseEnded<'a> {
    /// The task.
    pub task: TaskId,
    /// The lease.
    pub lease: LeaseId,
    /// What was to be done.
    pub kind: TaskKind,
    /// How it ended.
    pub outcome: Outcome,
    /// Time at work.
    pub took: Duration,
    /// Why there is no result.
    pub error: Option<&'a (dyn Error + 'static)>,
}

/// The scheduler does not want an answer, or never heard of the lease.
#[derive(Debug)]
pub struct AnswerRefused<'a> {
    /// The lease.
    pub lease: LeaseId,
    /// What the scheduler says.
    pub reason: &'a str,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed(reason) => reason.name(),
            Self::Stopped => "stopped",
            Self::Panicked => "panicked",
        }
    }
}

impl Paired<'_> {
    /// Says it.
    pub fn emit(&self) {
        INSTRUMENTS.pairings.add(1, &[]);
        tracing::info!(miner = %self.miner, held = self.held, "paired with the scheduler");
    }
}

impl PairingLost<'_> {
    /// Says it.
    pub fn emit(&self) {
        INSTRUMENTS.losses.add(1, &[]);
        tracing::warn!(error = self.error, wait = ?self.wait, "not paired with the scheduler");
    }
}

impl Declared<'_> {
    /// Says it.
    pub fn emit(&self) {
        INSTRUMENTS.capacity.record(self.capacity as u64, &[]);
        let kinds: Vec<&str> = self.offers.iter().map(|o| o.kind.name()).collect();
        tracing::info!(kinds = kinds.join(","), capacity = self.capacity, "capabilities declared");
    }
}

impl ModelLoaded {
    /// Says it.
    pub fn emit(&self) {
        INSTRUMENTS.load.record(self.took.as_secs_f64(), &[KeyValue::new("model", self.model)]);
        tracing::info!(model = self.model, took = ?self.took, "model loaded");
    }
}

impl LeaseTaken {
    /// Says it.
    pub fn emit(&self) {
        INSTRUMENTS.taken.add(1, &[KeyValue::new("kind", self.kind.name())]);
        tracing::info!(task = %self.task, lease = %self.lease, kind = self.kind.name(), "work begins");
    }
}

impl LeaseEnded<'_> {
    /// Says it.
    pub fn emit(&self) {
        let labels = [KeyValue::new("kind", self.kind.name()), KeyValue::new("outcome", self.outcome.name())];
        INSTRUMENTS.ended.add(1, &labels);
        INSTRUMENTS.seconds.record(self.took.as_secs_f64(), &labels);
        let (task, lease, outcome, took) = (self.task, self.lease, self.outcome.name(), self.took);
        match self.error {
            Some(error) => tracing::warn!(%task, %lease, outcome, ?took, error, "work ended"),
            None => tracing::info!(%task, %lease, outcome, ?took, "work ended"),
        }
    }
}

impl AnswerRefused<'_> {
    /// Says it.
    pub fn emit(&self) {
        INSTRUMENTS.refused.add(1, &[]);
        tracing::warn!(lease = %self.lease, reason = self.reason, "the scheduler refused the answer");
    }
}
