//! What happened, said once: a log line and a counter together. Labels are closed sets; ids are fields of the line.

use std::{error::Error, sync::LazyLock};

use domain::{TaskId, TaskKind};
use opentelemetry::{KeyValue, global, metrics::Counter};
use process::telemetry::Causes;
use tracing::{info, warn};

use crate::accuracy::Basis;

struct Counters {
    graded: Counter<u64>,
    put_off: Counter<u64>,
    waited: Counter<u64>,
    left: Counter<u64>,
    closed: Counter<u64>,
    weighed: Counter<u64>,
    weights_failed: Counter<u64>,
    posed: Counter<u64>,
    failed: Counter<u64>,
}

static COUNTERS: LazyLock<Counters> = LazyLock::new(|| {
    let meter = global::meter("violet.scorer");
    let counter =
        |name: &'static str, what: &'static str| meter.u64_counter(name).with_description(what).build();
    Counters {
        graded: counter("violet_scorer_tasks_graded", "tasks graded and told, by kind and basis"),
        put_off: counter("violet_scorer_tasks_put_off", "looks at tasks that could not be graded then"),
        waited: counter("violet_scorer_tasks_waited", "looks at tasks for which the own inference was away"),
        left: counter("violet_scorer_tasks_left", "tasks left to other validators"),
        closed: counter("violet_scorer_rounds_closed", "rounds closed"),
        weighed: counter("violet_scorer_weights_set", "rounds whose weights are on the chain"),
        weights_failed: counter("violet_scorer_weights_failed", "tries to set weights that failed"),
        posed: counter("violet_scorer_challenges_posed", "challenges submitted, by kind"),
        failed: counter("violet_scorer_failures", "passes of a loop that failed, by loop"),
    }
});

/// A task was graded and the gateway knows.
pub(super) struct Graded {
    pub(super) task: TaskId,
    pub(super) kind: TaskKind,
    pub(super) basis: Basis,
    pub(super) answers: usize,
}

impl Graded {
    pub(super) fn emit(&self) {
        let Self { task, kind, basis, answers } = self;
        info!(%task, %kind, %basis, answers, "task graded");
        let labels = [KeyValue::new("kind", kind.name()), KeyValue::new("basis", basis.name())];
        COUNTERS.graded.add(1, &labels);
    }
}

/// A task could not be graded this time.
pub(super) struct PutOff<'a> {
    pub(super) task: TaskId,
    pub(super) attempt: u32,
    pub(super) error: &'a (dyn Error + 'static),
}

impl PutOff<'_> {
    pub(super) fn emit(&self) {
        warn!(task = %self.task, attempt = self.attempt, error = %Causes(self.error), "task put off");
        COUNTERS.put_off.add(1, &[]);
    }
}

/// Tasks wait for the validator's own inference.
pub(super) struct Waiting {
    pub(super) tasks: usize,
}

impl Waiting {
    pub(super) fn emit(&self) {
        warn!(tasks = self.tasks, "tasks wait: the inference of this validator is away");
        COUNTERS.waited.add(self.tasks as u64, &[]);
    }
}

/// A task is left to other validators.
pub(super) struct Left<'a> {
    pub(super) task: TaskId,
    pub(super) why: &'a str,
}

impl Left<'_> {
    pub(super) fn emit(&self) {
        info!(task = %self.task, why = self.why, "task left to other validators");
        COUNTERS.left.add(1, &[]);
    }
}

/// A round was closed.
pub(super) struct RoundClosed {
    pub(super) round: u64,
    pub(super) block: u64,
    pub(super) tasks: usize,
    pub(super) approved: usize,
    pub(super) earning: usize,
}

impl RoundClosed {
    pub(super) fn emit(&self) {
        let Self { round, block, tasks, approved, earning } = self;
        info!(round, block, tasks, approved, earning, "round closed");
        COUNTERS.closed.add(1, &[]);
    }
}

/// The weights of a round are on the chain.
pub(super) struct Weighed {
    pub(super) round: u64,
    pub(super) miners: usize,
}

impl Weighed {
    pub(super) fn emit(&self) {
        info!(round = self.round, miners = self.miners, "weights set");
        COUNTERS.weighed.add(1, &[]);
    }
}

/// Weights could not be set.
pub(super) struct NotWeighed<'a> {
    pub(super) round: u64,
    pub(super) again: u64,
    pub(super) error: &'a (dyn Error + 'static),
}

impl NotWeighed<'_> {
    pub(super) fn emit(&self) {
        warn!(round = self.round, again_at_block = self.again, error = %self.error, "weights not set");
        COUNTERS.weights_failed.add(1, &[]);
    }
}

/// A challenge was submitted.
pub(super) struct ChallengePosed {
    pub(super) number: u64,
    pub(super) kind: TaskKind,
}

impl ChallengePosed {
    /// Its task is not told: whoever reads logs could tell it from the others.
    pub(super) fn emit(&self) {
        info!(number = self.number, kind = %self.kind, "challenge posed");
        COUNTERS.posed.add(1, &[KeyValue::new("kind", self.kind.name())]);
    }
}

/// A pass of a loop failed; it comes again.
pub(super) struct PassFailed<'a> {
    pub(super) of: &'static str,
    pub(super) error: &'a (dyn Error + 'static),
}

impl PassFailed<'_> {
    pub(super) fn emit(&self) {
        warn!(of = self.of, error = %Causes(self.error), "a pass of the scorer failed");
        COUNTERS.failed.add(1, &[KeyValue::new("loop", self.of)]);
    }
}
