//! The loop that grades: fetch a task, make its reference, grade its answers, write that down, tell the gateway.
//!
//! What was found is written down before it is told. After a crash between the two the task is still in the gateway's list,
//! and what was written is told, not found anew. How long anything takes here is nobody's latency: that is measured by the
//! scheduler.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use domain::{AudioFacts, Facts, MinerId, TaskId};
use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;

use super::{
    PassError, Validator,
    book::{BookError, Evaluated, Posed},
    events::{Graded, Left, PassFailed, PutOff},
    gateway::{GatewayError, Page},
    identity::Me,
    judge::{Answer, Case, Trouble, Truth},
    wire::{self, Came, Evaluation},
};
use crate::{
    challenge::{Challenge, Task as Planned},
    wandb::TaskReport,
};

/// Tasks of one page.
const PAGE: usize = 20;
/// Tasks that are remembered for having been put off.
const REMEMBERED: usize = 10_000;

/// Why a task was not graded.
#[derive(Debug, thiserror::Error)]
pub(super) enum Setback {
    /// Another time may do.
    #[error("use the book")]
    Book(#[from] BookError),
    /// Another time may do.
    #[error("fetch or tell")]
    Gateway(#[from] GatewayError),
    /// Another time may do.
    #[error("judge")]
    Judge(#[source] Trouble),
    /// It can't be done here.
    #[error("{0}")]
    Never(String),
}

impl From<Trouble> for Setback {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Never(why) => Self::Never(why),
            later @ Trouble::Reference(_) => Self::Judge(later),
        }
    }
}

/// What became of one look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    /// Tasks graded and told.
    pub(crate) graded: usize,
    /// Tasks left to others.
    pub(crate) left: usize,
    /// Tasks put off.
    pub(crate) put_off: usize,
}

/// Looks for tasks until the validator stops.
pub(super) async fn run(validator: Arc<Validator>) {
    let mut grader = Grader::new(validator.clone());
    let mut ticks = tokio::time::interval(validator.config.work.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = validator.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = grader.look().await {
            PassFailed { of: "evaluate", error: &error }.emit();
        }
    }
}

/// Grades, and knows what it could not grade before.
pub(crate) struct Grader {
    validator: Arc<Validator>,
    attempts: HashMap<TaskId, u32>,
}

impl Grader {
    pub(crate) fn new(validator: Arc<Validator>) -> Self {
        Self { validator, attempts: HashMap::new() }
    }

    /// Grades what there is, up to the bounds of one look.
    pub(crate) async fn look(&mut self) -> Result<Looked, PassError> {
        let validator = self.validator.clone();
        let (_, me) = validator.here().await?;
        let work = &validator.config.work;
        let (mut looked, mut sound, mut after) = (Looked::default(), Duration::ZERO, None::<String>);
        let mut seen = 0;
        while seen < work.tasks && sound < work.sound && !validator.stop.is_cancelled() {
            let limit = PAGE.min(work.tasks - seen);
            let page = validator.gateway.tasks(me.operator, me.uid, Page { after: after.as_deref(), limit });
            let page = validator.heard(page.await)?;
            for task in page.tasks {
                if sound >= work.sound || validator.stop.is_cancelled() {
                    return Ok(looked);
                }
                seen += 1;
                let heard = self.one(me, task, &mut looked).await?;
                sound = sound.saturating_add(heard);
            }
            // a gateway that leads in a circle leads nowhere
            match page.next {
                Some(next) if Some(&next) != after.as_ref() => after = Some(next),
                _ => break,
            }
        }
        Ok(looked)
    }

    /// Grades one task, or puts it off, or leaves it to others. Fails only when going on makes no sense.
    async fn one(&mut self, me: Me, told: Value, looked: &mut Looked) -> Result<Duration, PassError> {
        let id = told.get("task_id").and_then(Value::as_str).and_then(|id| id.parse::<TaskId>().ok());
        let task: wire::Task = match serde_json::from_value(told) {
            Ok(task) => task,
            Err(e) => {
                if let Some(id) = id {
                    self.leave(me, id, &format!("the gateway tells it in a form that can't be read: {e}"))
                        .await?;
                    looked.left += 1;
                }
                return Ok(Duration::ZERO);
            }
        };
        let id = task.task_id;
        match self.validator.grade(me, task).await {
            Ok(sound) => {
                self.attempts.remove(&id);
                looked.graded += 1;
                Ok(sound)
            }
            Err(Setback::Never(why)) => {
                self.leave(me, id, &why).await?;
                looked.left += 1;
                Ok(Duration::ZERO)
            }
            // without the book nothing may be told, and what is next fares no better
            Err(Setback::Book(e)) => Err(e.into()),
            Err(error) => {
                if self.attempts.len() >= REMEMBERED {
                    self.attempts.clear();
                }
                let attempt = self.attempts.entry(id).or_default();
                *attempt += 1;
                PutOff { task: id, attempt: *attempt, error: &error }.emit();
                if *attempt >= self.validator.config.work.attempts {
                    self.leave(me, id, "it could not be graded time and again").await?;
                    looked.left += 1;
                } else {
                    looked.put_off += 1;
                }
                Ok(Duration::ZERO)
            }
        }
    }

    async fn leave(&mut self, me: Me, task: TaskId, why: &str) -> Result<(), PassError> {
        self.attempts.remove(&task);
        let body = json!({ "validator_uid": me.uid, "task_id": task });
        let told = self.validator.gateway.seen(me.operator, &body).await;
        self.validator.heard(told)?;
        Left { task, why }.emit();
        Ok(())
    }
}

impl Validator {
    /// Grades one task, and tells the gateway. Answers with the sound that was worked through.
    async fn grade(&self, me: Me, task: wire::Task) -> Result<Duration, Setback> {
        let (id, kind) = (task.task_id, task.task_type);
        let took: BTreeMap<_, _> = task.responses.iter().map(|r| (r.lease_id, r.took_ms)).collect();
        let (found, sound) = match self.book.evaluated(id).await? {
            Some(found) => (found, Duration::ZERO),
            None => self.find(task).await?,
        };
        let body = json!({ "task_id": id, "validator_uid": me.uid, "evaluation_data": found.evaluation });
        let recorded = self.gateway.evaluate(me.operator, &body).await?;
        if recorded.recorded {
            self.tally(|t| t.add(&found.miners, found.challenge.is_some()));
        }
        if let Some(first) = found.evaluation.grades.first() {
            let timed = |g: &wire::Graded| Some((g.accuracy, took.get(&g.lease_id).copied().flatten()?));
            let graded: Vec<_> = found.evaluation.grades.iter().filter_map(timed).collect();
            if let Some(report) = TaskReport::of(kind, first.basis, &graded).filter(|_| recorded.recorded) {
                self.reporter.task(&report);
            }
            Graded { task: id, kind, basis: first.basis, answers: found.evaluation.grades.len() }.emit();
        }
        if found.challenge.is_some() {
            self.vault.forget(id);
        }
        Ok(sound)
    }

    /// Grades the answers, and writes that down.
    async fn find(&self, task: wire::Task) -> Result<(Evaluated, Duration), Setback> {
        let posed = self.book.posed(task.task_id).await?;
        let (id, challenge) = (task.task_id, posed.as_ref().map(|p| p.number));
        let name = |r: &wire::Response| r.hotkey.clone().unwrap_or_else(|| r.miner.clone());
        let miners: Vec<MinerId> = task.responses.iter().map(name).collect();
        let leases: Vec<_> =
            task.responses.iter().filter(|r| r.came == Came::InTime).map(|r| r.lease_id).collect();
        if leases.is_empty() {
            return Err(Setback::Never("nothing came in time".to_owned()));
        }
        let case = self.case(task, posed.as_ref()).await?;
        let judged = self.judge.judge(&case).await?;
        let graded = leases.into_iter().zip(&judged.grades).map(|(lease_id, grade)| wire::Graded {
            lease_id,
            accuracy: grade.accuracy,
            completeness: grade.completeness,
            fault: grade.fault,
            basis: judged.basis,
        });
        let units = Some(judged.units);
        let evaluation = Evaluation { version: wire::VERSION, units, grades: graded.collect() };
        let found = Evaluated::new(judged.units, challenge, miners, judged.fingerprints, evaluation);
        Ok((self.book.evaluate(id, found).await?, judged.sound))
    }

    async fn fetch(&self, file: &wire::File) -> Result<Bytes, Setback> {
        match self.gateway.file(file, self.config.work.max_file_bytes).await {
            Err(GatewayError::TooLong(most)) => {
                Err(Setback::Never(format!("a file has more than {most} bytes")))
            }
            fetched => Ok(fetched?),
        }
    }

    async fn case(&self, task: wire::Task, posed: Option<&Posed>) -> Result<Case, Setback> {
        let input = self.fetch(&task.input).await?;
        let mut answers = Vec::new();
        for response in task.responses.iter().filter(|r| r.came == Came::InTime) {
            // an answer that came in time and is not there is worth nothing, as one that can't be read
            let bytes = match &response.result {
                Some(file) => self.fetch(file).await?,
                None => Bytes::new(),
            };
            let facts = response.result.as_ref().and_then(|f| f.facts.clone());
            answers.push(Answer { bytes, sample_rate: facts.and_then(sample_rate) });
        }
        let truth = posed.filter(|p| p.commitment == self.commitment() && p.kind == task.task_type);
        let truth = truth.and_then(|p| self.known(task.task_id, p));
        let source = truth.as_ref().and(posed).map(|p| p.language).or(task.source_language);
        let options = task.options.task_options();
        let (kind, target) = (task.task_type, task.target_language);
        Ok(Case { kind, source, target, options, input, answers, truth })
    }

    /// What is known to be right of a challenge: it follows from the secret and its number.
    fn known(&self, task: TaskId, posed: &Posed) -> Option<Truth> {
        let Posed { number, kind, language, clean, .. } = posed;
        let planned = Challenge::plan(&self.secret, *number, *kind, *language, &self.material)?;
        match planned.task {
            Planned::Speech { text, .. } | Planned::Tts { text, .. } => Some(Truth::Text(text)),
            Planned::Translation { truth, .. } => Some(Truth::Text(truth)),
            // without it the validator's own inference does
            Planned::Enhancement { .. } => self.vault.clean(task, (*clean)?).map(Truth::Clean),
            Planned::Analysis { language, sound, .. } => {
                Some(Truth::Recording { language, sample_rate: sound.sample_rate })
            }
        }
    }
}

/// The sample rate that a miner says its sound has.
fn sample_rate(facts: Value) -> Option<u32> {
    match serde_json::from_value(facts) {
        Ok(Facts::Audio(AudioFacts { sample_rate, .. })) => Some(sample_rate),
        _ => None,
    }
}
