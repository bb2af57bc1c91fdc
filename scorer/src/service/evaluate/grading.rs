//! One task: its files, its reference, its grades, written down and told.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use domain::{AudioFacts, Facts, MinerId, TaskId};
use serde_json::{Value, json};

use crate::{
    challenge::{Challenge, Task as Planned},
    service::{
        Validator,
        book::{BookError, Evaluated, Posed},
        events::Graded,
        gateway::GatewayError,
        identity::Me,
        judge::{Answer, Case, Trouble, Truth},
        wire::{self, Came, Evaluation},
    },
    wandb::TaskReport,
};

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
    /// The validator's own inference is away, which says nothing of the task.
    #[error("the inference of this validator is away")]
    Away,
    /// It may be the challenge that is being submitted, whose truth is known in a moment.
    #[error("it may be a challenge of this validator's own")]
    Unsure,
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

impl Validator {
    /// Grades one task, and tells the gateway. Answers with the sound that was worked through.
    pub(super) async fn grade(&self, me: Me, task: wire::Task) -> Result<Duration, Setback> {
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
        let may_be_own = self.submitting.may_be(task.task_type);
        let posed = self.book.posed(task.task_id).await?;
        if may_be_own && posed.is_none() {
            return Err(Setback::Unsure);
        }
        let (id, challenge) = (task.task_id, posed.as_ref().map(|p| p.number));
        let name = |r: &wire::Response| r.hotkey.clone().unwrap_or_else(|| r.miner.clone());
        let miners: Vec<MinerId> = task.responses.iter().map(name).collect();
        let leases: Vec<_> =
            task.responses.iter().filter(|r| r.came == Came::InTime).map(|r| r.lease_id).collect();
        if leases.is_empty() {
            return Err(Setback::Never("nothing came in time".to_owned()));
        }
        if !self.asks_inference().await {
            return Err(Setback::Away);
        }
        let case = self.case(task, posed.as_ref()).await?;
        let judged = self.judge.judge(&case).await;
        if matches!(judged, Err(Trouble::Reference(_))) && !self.asks_inference().await {
            return Err(Setback::Away);
        }
        let judged = judged?;
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

    /// Whether the validator's own inference is there, if it has one; `/readyz` tells it (`reference`).
    pub(super) async fn asks_inference(&self) -> bool {
        let Some(oracle) = &self.oracle else { return true };
        let there = oracle.there().await.map_err(|e| e.to_string());
        let is_there = there.is_ok();
        self.readiness.set("reference", there);
        is_there
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
