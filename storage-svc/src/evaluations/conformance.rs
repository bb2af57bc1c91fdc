//! What [`Evaluations`] promises, clause by clause, of every implementation: in memory, in SQLite, and over the wire.

mod agreed;
mod miners;
mod waiting;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Event, LeaseId, MinerId, NewTask, Score, TaskId, ValidatorId,
    consensus::{Electorate, Evaluation, FinalResult, Finding, Holder, Merged},
    grade::Basis,
};

use super::{
    EvaluatedPage, Evaluations, Fate, FinalPage, LeadersPage, MinerScore, MinersReport, PendingPage,
    Recorded, Said, SqlEvaluations, Totals, ValidatorView,
};
use crate::files::{FileStore, SqlFiles};
use crate::sql::tests::database;
use crate::tasks::conformance::RETENTION;
use crate::tasks::{ForgetTasks, SqlTasks, TaskStore};
use crate::tests::sample::{
    at, choose, file, grant, new_task, output, respond, respond_by, task_id, with_input,
};
use crate::tests::wire::{Served, serve_evaluations};
use crate::{MemoryStore, StoreError};

/// A store under test with the tasks that it is about.
struct Fixture {
    store: Arc<dyn Evaluations>,
    tasks: Arc<dyn TaskStore>,
    forget: Arc<dyn ForgetTasks>,
    files: Arc<dyn FileStore>,
    _root: Option<tempfile::TempDir>,
}

async fn memory() -> Fixture {
    let store = Arc::new(MemoryStore::new(RETENTION));
    Fixture { store: store.clone(), tasks: store.clone(), forget: store.clone(), files: store, _root: None }
}

async fn sqlite() -> Fixture {
    let (root, db) = database().await;
    let tasks = SqlTasks::new(db.clone(), RETENTION);
    let store = Arc::new(SqlEvaluations::new(tasks.clone()));
    let tasks = Arc::new(tasks);
    Fixture {
        store,
        tasks: tasks.clone(),
        forget: tasks,
        files: Arc::new(SqlFiles::new(db)),
        _root: Some(root),
    }
}

async fn grpc() -> Fixture {
    let inner = sqlite().await;
    let served = serve_evaluations(inner.store.clone()).await;
    Fixture { store: Arc::new(served), ..inner }
}

#[async_trait]
impl Evaluations for Served {
    async fn pending(
        &self,
        validator: &ValidatorId,
        limit: u32,
        after: Option<&str>,
    ) -> Result<PendingPage, StoreError> {
        Ok(self.evaluations.pending(validator, limit, after).await?)
    }
    async fn record(&self, evaluation: Evaluation, electorate: Electorate) -> Result<Recorded, StoreError> {
        Ok(self.evaluations.record(&evaluation, &electorate).await?)
    }
    async fn mark_seen(
        &self,
        validator: &ValidatorId,
        uid: u16,
        stake: u64,
        task: TaskId,
    ) -> Result<bool, StoreError> {
        Ok(self.evaluations.mark_seen(validator, uid, stake, task).await?)
    }
    async fn final_results(&self, limit: u32, after: Option<&str>) -> Result<FinalPage, StoreError> {
        Ok(self.evaluations.final_results(limit, after).await?)
    }
    async fn final_result(&self, task: TaskId) -> Result<Option<FinalResult>, StoreError> {
        Ok(self.evaluations.final_result(task).await?)
    }
    async fn evaluated_by(
        &self,
        validator: &ValidatorId,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<EvaluatedPage, StoreError> {
        Ok(self.evaluations.evaluated_by(validator, limit, cursor).await?)
    }
    async fn totals(&self) -> Result<Totals, StoreError> {
        Ok(self.evaluations.totals().await?)
    }
    async fn validators(
        &self,
        limit: u32,
        after: Option<&ValidatorId>,
    ) -> Result<Vec<ValidatorView>, StoreError> {
        Ok(self.evaluations.validators(limit, after).await?)
    }
    async fn leaders(&self, limit: u32, cursor: Option<&str>) -> Result<LeadersPage, StoreError> {
        Ok(self.evaluations.leaders(limit, cursor).await?)
    }
    async fn score_of(&self, miner: &MinerId) -> Result<MinerScore, StoreError> {
        Ok(self.evaluations.score_of(miner).await?)
    }
    async fn report(&self, report: MinersReport) -> Result<Vec<Merged>, StoreError> {
        Ok(self.evaluations.report(&report).await?)
    }
    async fn reported(&self, limit: u32, after: Option<u16>) -> Result<Vec<Merged>, StoreError> {
        Ok(self.evaluations.reported(limit, after).await?)
    }
    async fn told_of(&self, uid: u16) -> Result<Said, StoreError> {
        Ok(self.evaluations.told_of(uid).await?)
    }
}

fn name(text: &str) -> ValidatorId {
    text.parse().unwrap()
}

/// The lease of the `i`th miner of task `n`.
fn lease(n: u128, i: usize) -> u128 {
    n * 100 + i as u128
}

/// Task `n`, answered by these miners and completed at second `1000 + n`.
async fn completed(f: &Fixture, n: u128, miners: &[&str]) {
    completed_at(f, n, miners, 1_000 + n as i64).await;
}

/// The same at second `end`.
async fn completed_at(f: &Fixture, n: u128, miners: &[&str], end: i64) {
    completed_by("hot", f, n, miners, end).await;
}

/// The same, each answer signed by this hotkey.
async fn completed_by(signer: &str, f: &Fixture, n: u128, miners: &[&str], end: i64) {
    with_input(&*f.files, n).await;
    let wanted = miners.len() as u8;
    f.tasks.create(NewTask { wanted, ..new_task(n) }, None).await.unwrap();
    for (i, miner) in miners.iter().enumerate() {
        f.files.insert(file(output(lease(n, i)), 9)).await.unwrap();
        f.tasks.apply(task_id(n), grant(lease(n, i), miner, at(end - 1)), at(end - 1)).await.unwrap();
    }
    for i in 0..miners.len() {
        let answer = respond_by(signer, lease(n, i), i as u64 + 1, 9);
        f.tasks.apply(task_id(n), answer, at(end)).await.unwrap();
    }
    if miners.len() > 1 {
        f.tasks.apply(task_id(n), choose(lease(n, 0), 80), at(end)).await.unwrap();
    }
}

/// What `validator` says of task `n` at second `2000 + n`: an accuracy in percent for each answer, in their order.
fn evaluation(validator: &str, stake: u64, n: u128, percents: &[u32]) -> Evaluation {
    let finding = |(i, percent): (usize, &u32)| Finding {
        lease: LeaseId::from_random(lease(n, i)),
        accuracy: Score::percent(*percent),
        completeness: Score::ONE,
        fault: None,
        basis: Basis::Inference,
    };
    Evaluation {
        task: task_id(n),
        validator: name(validator),
        uid: 3,
        stake,
        at: at(2_000 + n as i64),
        units: Some(7),
        findings: percents.iter().enumerate().map(finding).collect(),
    }
}

fn among(validators: u32) -> Electorate {
    Electorate { validators, holders: Vec::new() }
}

/// The same with somebody behind the name of a miner.
fn with_holder(validators: u32, miner: &str, hotkey: &str) -> Electorate {
    let holder = Holder { miner: miner.parse().unwrap(), uid: 7, hotkey: hotkey.parse().unwrap() };
    Electorate { validators, holders: vec![holder] }
}

/// Ids of the tasks that wait for `validator`.
async fn waiting_for(f: &Fixture, validator: &str) -> Vec<TaskId> {
    let page = f.store.pending(&name(validator), 200, None).await.unwrap();
    assert_eq!(page.next, None);
    page.tasks.iter().map(|p| p.task.spec.id).collect()
}

/// Takes an evaluation that is the first of its validator.
async fn record(f: &Fixture, e: Evaluation, electorate: Electorate) -> Recorded {
    let recorded = f.store.record(e, electorate).await.unwrap();
    assert_eq!(recorded.fate, Fate::Recorded);
    recorded
}

/// A task that never was completed.
async fn cancelled(f: &Fixture, n: u128) {
    with_input(&*f.files, n).await;
    f.tasks.create(new_task(n), None).await.unwrap();
    f.tasks.apply(task_id(n), Event::Cancel, at(50)).await.unwrap();
}

/// One test for each clause and each implementation.
macro_rules! conformance {
    ($($clause:ident),+ $(,)?) => {
        mod in_memory { $(#[tokio::test] async fn $clause() { super::$clause(super::super::memory().await).await; })+ }
        mod in_sqlite { $(#[tokio::test] async fn $clause() { super::$clause(super::super::sqlite().await).await; })+ }
        mod over_grpc {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $clause() { super::$clause(super::super::grpc().await).await; })+
        }
    };
}
use conformance;
