//! What the parts of the scheduler share: the store, the miners, what is to be done, the time.

use std::sync::Arc;

use domain::{ErrorKind, Event, LeaseEnd, LeaseId, Outcome, Task, TaskId, Timestamp};
use futures_util::{StreamExt as _, stream};
use process::{Stop, clock::Clock, health::Readiness};
use proto::{RpcError, ticket::TicketKey};
use tokio::sync::OnceCell;

use crate::{
    agenda::{Agenda, Backoff, PAUSE},
    choose::Choices,
    config::Config,
    events,
    judge::Judge,
    members::Members,
    miners::{Miners, Work},
    receipt::Notary,
    store::{Past, Tasks, Verdicts},
    trace,
};

/// The readiness part that stands for the task store.
pub(crate) const STORAGE: &str = "storage";
/// How often an error without a known meaning is taken for a passing one.
const DOUBTFUL_TRIES: u32 = 5;
/// Calls of the store in flight at once for one purpose.
const AT_ONCE: usize = 32;

/// What a scheduler stands on; tests give others.
pub(crate) struct Leaves {
    /// The task store: all that lasts.
    pub(crate) tasks: Arc<dyn Tasks>,
    /// Where the work of miners is remembered.
    pub(crate) past: Arc<dyn Past>,
    /// What validators found.
    pub(crate) verdicts: Arc<dyn Verdicts>,
    /// Compares answers.
    pub(crate) judge: Arc<dyn Judge>,
    /// Who may pair; `None`: anybody.
    pub(crate) members: Option<Members>,
}

/// What the parts of the scheduler share.
pub(crate) struct Core {
    /// Settings.
    pub(crate) config: Config,
    /// Signs tickets.
    pub(crate) ticket_key: TicketKey,
    /// The task store: all that lasts.
    pub(crate) tasks: Arc<dyn Tasks>,
    /// Where the work of miners is remembered.
    pub(crate) past: Arc<dyn Past>,
    /// What validators found.
    pub(crate) verdicts: Arc<dyn Verdicts>,
    /// Set once what was remembered is known here.
    pub(crate) remembered: OnceCell<()>,
    /// Compares answers.
    pub(crate) judge: Arc<dyn Judge>,
    /// The choices among answers that are due.
    pub(crate) choices: Choices,
    /// Who may pair; `None`: anybody.
    pub(crate) members: Option<Members>,
    /// Who countersigns receipts.
    pub(crate) notary: Notary,
    /// The paired miners.
    pub(crate) miners: Miners,
    /// What the dispatcher has to do.
    pub(crate) agenda: Agenda,
    /// Whether the parts it needs work.
    pub(crate) readiness: Readiness,
    /// Ends everything.
    pub(crate) stop: Stop,
    started_at: Timestamp,
    clock: Clock,
}

impl Core {
    /// Nothing is paired, everything is to be looked at.
    pub(crate) fn new(
        config: Config,
        ticket_key: TicketKey,
        leaves: Leaves,
        clock: Clock,
        stop: Stop,
    ) -> Self {
        let miners = Miners::new(config.max_miners);
        let (agenda, readiness) = (Agenda::default(), Readiness::new());
        readiness.set(STORAGE, Err("not reached yet".to_owned()));
        let Leaves { tasks, past, verdicts, judge, members } = leaves;
        let notary = Notary::new(&ticket_key, members.as_ref());
        let started_at = Timestamp::from_micros(clock.micros());
        let (remembered, choices) = (OnceCell::new(), Choices::default());
        Self {
            config,
            ticket_key,
            tasks,
            past,
            verdicts,
            remembered,
            judge,
            choices,
            members,
            notary,
            miners,
            agenda,
            readiness,
            stop,
            started_at,
            clock,
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.micros())
    }

    /// When miners that were paired before this scheduler was started had the time to come back.
    pub(crate) fn settles_at(&self) -> Timestamp {
        self.started_at + self.config.lease
    }

    /// The clock of the machine as signatures have it.
    pub(crate) fn nanoseconds(&self) -> btauth::grpc::Now {
        let clock = self.clock.clone();
        Arc::new(move || u64::try_from(clock.micros()).unwrap_or(0).saturating_mul(1_000))
    }

    /// Draws the consequences of a change of a task: whom to stop, what waits for a miner, when to look again.
    pub(crate) fn learn(&self, task: &Task) {
        self.miners.observe(task);
        let now = self.now();
        match task.choice_due() {
            Some(due) if due <= now => {
                if !self.choices.ask(task) {
                    self.agenda.due_by(now + PAUSE);
                }
            }
            _ => {
                if let Some(due) = task.next_due() {
                    self.agenda.due_by(due);
                }
            }
        }
        if task.open_grants() > 0 {
            self.agenda.assign();
        }
    }

    /// Applies an event once and draws the consequences.
    pub(crate) async fn apply(&self, task: TaskId, event: &Event, now: Timestamp) -> Result<Task, RpcError> {
        let after = self.tasks.apply(task, event, now).await?;
        self.learn(&after);
        Ok(after)
    }

    /// Applies an event until the store has answered, however long it is away; it must be one that does no harm when it
    /// is applied twice. An error without a known meaning is returned after a few tries.
    pub(crate) async fn persist(
        &self,
        task: TaskId,
        event: &Event,
        now: Timestamp,
    ) -> Result<Task, RpcError> {
        self.until_answered(move || self.apply(task, event, now)).await
    }

    /// Asks the store until it has answered.
    pub(crate) async fn until_answered<T, F>(&self, mut ask: impl FnMut() -> F) -> Result<T, RpcError>
    where
        F: Future<Output = Result<T, RpcError>>,
    {
        let (mut backoff, mut doubtful) = (Backoff::default(), 0);
        loop {
            let e = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(e) => e,
            };
            doubtful += u32::from(!is_away(e.kind));
            let passes = is_away(e.kind) || e.kind == ErrorKind::Internal && doubtful < DOUBTFUL_TRIES;
            if !passes {
                return Err(e);
            }
            tokio::select! {
                () = self.stop.cancelled() => return Err(e),
                () = backoff.pause() => {}
            }
        }
    }

    /// Ends a lease whose holder is gone or gave it back. When the store does not take it, the lease lapses by itself.
    pub(crate) async fn drop_lease(
        &self,
        miner: &domain::MinerId,
        lease: LeaseId,
        work: &Work,
        why: events::Why,
    ) {
        use tracing::Instrument as _;
        let (span, now, event) = (trace::drop_span(work, lease), self.now(), Event::Drop { lease });
        let asked = self.persist(work.task, &event, now).instrument(span);
        let asked = tokio::time::timeout(self.config.lease, asked).await;
        match asked.unwrap_or_else(|_| Err(RpcError::new(ErrorKind::Deadline, "the store does not answer"))) {
            Ok(after) if ended_now(&after, lease, now) => {
                self.miners.note(miner, work.kind, Outcome::Dropped, now);
                events::LeaseDropped { work, lease, miner, why }.emit();
                events::ended_without_result(&after, now);
            }
            Ok(_) => {}
            Err(e) => {
                tracing::warn!(task = %work.task, %lease, error = %e, "lease not dropped, it will lapse");
            }
        }
    }
}

/// Whether a lease was dropped by this very call.
fn ended_now(task: &Task, lease: LeaseId, now: Timestamp) -> bool {
    let end = task.leases.iter().find(|l| l.id == lease).and_then(|l| l.end.as_ref());
    matches!(end, Some((at, LeaseEnd::Dropped)) if *at == now)
}

/// Awaits all of `calls`, `AT_ONCE` at a time.
pub(crate) async fn all<T>(calls: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    // collected first: a lazy iterator of borrowing futures is not `Send`
    let calls: Vec<_> = calls.collect();
    stream::iter(calls).buffer_unordered(AT_ONCE).collect().await
}

/// Whether an error means that the store is away for a while.
pub(crate) const fn is_away(kind: ErrorKind) -> bool {
    kind.retryable() || matches!(kind, ErrorKind::Cancelled)
}
