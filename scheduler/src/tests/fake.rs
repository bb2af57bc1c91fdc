//! Stores in memory, with the ways in which real ones make life hard, and a judge that looks at digests alone.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use domain::{
    ErrorKind, Event, MinerId, MinerRecord, NewTask, Offer, Score, Task, TaskId, TaskKind, Timestamp,
    consensus::{Electorate, Evaluation, FinalResult, Finding, conclude},
    grade::Basis,
};
use futures_util::StreamExt as _;
use proto::{
    RpcError,
    client::{Created, Due, Idempotency},
};
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::BroadcastStream;

use crate::{
    judge::{Judge, Judged},
    store::{Changes, Past, Tasks, Verdicts},
};

/// The calls that are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) ready: usize,
    pub(super) grants: usize,
    pub(super) due: usize,
}

#[derive(Default)]
struct State {
    tasks: BTreeMap<TaskId, Task>,
    keys: BTreeMap<String, (Idempotency, TaskId)>,
    records: BTreeMap<(MinerId, TaskKind), MinerRecord>,
    verdicts: BTreeMap<TaskId, FinalResult>,
    record_writes: usize,
    away: bool,
    calls: Calls,
    waiting_answers: usize,
    renewals: usize,
    lost_answers: usize,
    fault: Option<&'static str>,
}

pub(super) struct Fake {
    state: Mutex<State>,
    changes: Mutex<broadcast::Sender<Option<Task>>>,
    answers_pass: watch::Sender<bool>,
}

impl Default for Fake {
    fn default() -> Self {
        let changes = Mutex::new(broadcast::Sender::new(4_096));
        Self { state: Mutex::default(), changes, answers_pass: watch::Sender::new(true) }
    }
}

impl Fake {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on every answer has this fault.
    pub(super) fn find_fault(&self, fault: &'static str) {
        self.state().fault = Some(fault);
    }

    /// These validators find the answer of a completed task so right, in percent, and it is approved.
    pub(super) fn approve(&self, task: TaskId, found: &[(&str, u32)]) {
        let mut state = self.state();
        let (done, now) = (state.tasks[&task].clone(), Timestamp::from_micros(9));
        let evaluation = |(validator, percent): &(&str, u32)| {
            let (accuracy, completeness) = (Score::percent(*percent), Score::ONE);
            let (lease, fault, basis) = (done.chosen().unwrap().id, None, Basis::Truth);
            let findings = vec![Finding { lease, accuracy, completeness, fault, basis }];
            let validator = validator.parse().unwrap();
            Evaluation { task, validator, uid: 1, stake: 1, at: now, units: None, findings }
        };
        let all: Vec<_> = found.iter().map(evaluation).collect();
        let among = Electorate { validators: 2, holders: Vec::new() };
        let verdict = conclude(&done, &all, &among, now).unwrap();
        state.verdicts.insert(task, verdict);
        state.tasks.insert(task, done.apply(Event::Approve, now).unwrap());
    }

    fn reached(&self) -> Result<MutexGuard<'_, State>, RpcError> {
        let state = self.state();
        if state.away {
            return Err(RpcError::new(ErrorKind::Unavailable, "the store is away"));
        }
        Ok(state)
    }

    fn tell(&self, task: Option<Task>) {
        // nobody may be listening
        let _ = self.changes.lock().unwrap().send(task);
    }

    /// The store is away, or back.
    pub(super) fn set_away(&self, away: bool) {
        self.state().away = away;
        if away {
            self.break_feeds();
        }
    }

    /// Ends every feed of changes.
    pub(super) fn break_feeds(&self) {
        *self.changes.lock().unwrap() = broadcast::Sender::new(4_096);
    }

    /// Answers are kept waiting, or let pass.
    pub(super) fn let_answers_pass(&self, pass: bool) {
        self.answers_pass.send_replace(pass);
    }

    /// The next `n` grants become durable, but the caller never hears of it.
    pub(super) fn lose_answers_to_grants(&self, n: usize) {
        self.state().lost_answers = n;
    }

    pub(super) fn waiting_answers(&self) -> usize {
        self.state().waiting_answers
    }

    pub(super) fn renewals(&self) -> usize {
        self.state().renewals
    }

    pub(super) fn calls(&self) -> Calls {
        self.state().calls
    }

    pub(super) fn task(&self, id: TaskId) -> Task {
        self.state().tasks[&id].clone()
    }

    /// What was written of a miner's transcriptions.
    pub(super) fn record(&self, miner: &str) -> Option<MinerRecord> {
        self.state().records.get(&(miner.parse().unwrap(), TaskKind::Transcription)).cloned()
    }

    /// Writes of records so far.
    pub(super) fn record_writes(&self) -> usize {
        self.state().record_writes
    }

    pub(super) fn all(&self) -> Vec<Task> {
        self.state().tasks.values().cloned().collect()
    }

    /// A change made through another scheduler.
    pub(super) fn put(&self, task: Task) {
        self.state().tasks.insert(task.spec.id, task.clone());
        self.tell(Some(task));
    }
}

#[async_trait]
impl Tasks for Fake {
    async fn create(&self, task: &NewTask, key: Option<&Idempotency>) -> Result<Created, RpcError> {
        let task = Task::submitted(task.clone());
        {
            let mut state = self.reached()?;
            if let Some(key) = key {
                if let Some((first, id)) = state.keys.get(&key.key) {
                    if first != key {
                        return Err(RpcError::new(ErrorKind::KeyReused, "another request"));
                    }
                    return Ok(Created { task: state.tasks[id].clone(), replayed: true });
                }
                state.keys.insert(key.key.clone(), (key.clone(), task.spec.id));
            }
            state.tasks.insert(task.spec.id, task.clone());
        }
        self.tell(Some(task.clone()));
        Ok(Created { task, replayed: false })
    }

    async fn get(&self, id: TaskId) -> Result<Task, RpcError> {
        let found = self.reached()?.tasks.get(&id).cloned();
        found.ok_or_else(|| RpcError::new(ErrorKind::NotFound, "no such task"))
    }

    async fn ready(
        &self,
        offers: &[Offer],
        not: Option<&MinerId>,
        limit: u32,
    ) -> Result<Vec<Task>, RpcError> {
        let mut state = self.reached()?;
        state.calls.ready += 1;
        let fits = |t: &&Task| {
            t.open_grants() > 0
                && offers.iter().any(|o| o.covers(t.spec.need()))
                && not.is_none_or(|m| !t.was_given_to(m))
        };
        let mut found: Vec<Task> = state.tasks.values().filter(fits).cloned().collect();
        found.sort_by_key(|t| (t.queue_rank(), t.spec.id));
        found.truncate(limit as usize);
        Ok(found)
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Due, RpcError> {
        let mut state = self.reached()?;
        state.calls.due += 1;
        let mut due: Vec<(Timestamp, &Task)> =
            state.tasks.values().filter_map(|t| t.next_due().map(|at| (at, t))).collect();
        due.sort_by_key(|(at, t)| (*at, t.spec.id));
        let tasks: Vec<Task> = due
            .iter()
            .take_while(|(at, _)| *at <= now)
            .take(limit as usize)
            .map(|(_, t)| (*t).clone())
            .collect();
        Ok(Due { next: due.get(tasks.len()).map(|(at, _)| *at), tasks })
    }

    async fn held_by(&self, miner: &MinerId) -> Result<Vec<Task>, RpcError> {
        let state = self.reached()?;
        Ok(state.tasks.values().filter(|t| t.live().any(|l| l.miner == *miner)).cloned().collect())
    }

    async fn apply(&self, id: TaskId, event: &Event, now: Timestamp) -> Result<Task, RpcError> {
        if matches!(event, Event::Respond { .. }) {
            self.state().waiting_answers += 1;
            let mut pass = self.answers_pass.subscribe();
            pass.wait_for(|pass| *pass).await.unwrap();
            self.state().waiting_answers -= 1;
        }
        let after = {
            let mut state = self.reached()?;
            let grant = matches!(event, Event::Grant { .. });
            state.calls.grants += usize::from(grant);
            let before = state.tasks.get(&id).cloned();
            let before = before.ok_or_else(|| RpcError::new(ErrorKind::NotFound, "no such task"))?;
            if let Some(fault) = state.fault.filter(|_| matches!(event, Event::Respond { .. })) {
                return Err(RpcError::new(ErrorKind::Invalid, fault));
            }
            let after = before.apply(event.clone(), now);
            let after = after.map_err(|e| RpcError::new(ErrorKind::Conflict, e.to_string()))?;
            state.renewals += usize::from(matches!(event, Event::Renew { .. }));
            state.tasks.insert(id, after.clone());
            if grant && state.lost_answers > 0 {
                state.lost_answers -= 1;
                return Err(RpcError::new(ErrorKind::Unavailable, "the answer was lost"));
            }
            after
        };
        self.tell(Some(after.clone()));
        Ok(after)
    }

    async fn watch(&self) -> Result<Changes, RpcError> {
        let _reached = self.reached()?;
        let changes = BroadcastStream::new(self.changes.lock().unwrap().subscribe());
        // one that is too slow is told that it missed some
        Ok(changes.map(|change| Ok(change.unwrap_or(None))).boxed())
    }
}

#[async_trait]
impl Verdicts for Fake {
    async fn of(&self, task: TaskId) -> Result<Option<FinalResult>, RpcError> {
        Ok(self.reached()?.verdicts.get(&task).cloned())
    }
}

#[async_trait]
impl Past for Fake {
    async fn put(&self, records: &[MinerRecord]) -> Result<(), RpcError> {
        let mut state = self.reached()?;
        state.record_writes += 1;
        for record in records {
            state.records.insert((record.miner.clone(), record.kind), record.clone());
        }
        Ok(())
    }

    async fn list(
        &self,
        after: Option<&(MinerId, TaskKind)>,
        limit: u32,
    ) -> Result<Vec<MinerRecord>, RpcError> {
        let state = self.reached()?;
        let later = state.records.iter().filter(|(key, _)| after.is_none_or(|after| *key > after));
        Ok(later.take(limit as usize).map(|(_, record)| record.clone()).collect())
    }
}

/// Answers with one digest are alike, others by a tenth.
#[derive(Default)]
pub(super) struct FakeJudge {
    away: AtomicBool,
    asked: AtomicUsize,
}

impl FakeJudge {
    pub(super) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Judge for FakeJudge {
    async fn judge(&self, task: &Task) -> Result<Judged, RpcError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(RpcError::new(ErrorKind::Unavailable, "the answers are away"));
        }
        let digests: Vec<_> = task.answers().iter().map(|a| a.response.output.sha256).collect();
        let alike =
            |i: usize, j: usize| if digests[i] == digests[j] { Score::ONE } else { Score::percent(10) };
        Ok(Judged::of(digests.len(), alike).unwrap())
    }
}
