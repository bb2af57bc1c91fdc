//! The loop that grades: fetch a task, make its reference, grade its answers, write that down, tell the gateway.
//!
//! What was found is written down before it is told. After a crash between the two the task is still in the gateway's list,
//! and what was written is told, not found anew. How long anything takes here is nobody's latency: that is measured by the
//! scheduler.

mod grading;

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::TaskId;
use grading::Setback;
use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;

use super::{
    PassError, Validator,
    events::{Left, PassFailed, PutOff, Waiting},
    gateway::Page,
    identity::Me,
    wire,
};

/// Tasks of one page.
const PAGE: usize = 20;
/// Tasks that are remembered for having been put off.
const REMEMBERED: usize = 10_000;

/// What became of one look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    /// Tasks graded and told.
    pub(crate) graded: usize,
    /// Tasks left to others.
    pub(crate) left: usize,
    /// Tasks put off.
    pub(crate) put_off: usize,
    /// Tasks that wait for the validator's own inference.
    pub(crate) waiting: usize,
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
        let looked = self.pages().await?;
        if looked.waiting > 0 {
            Waiting { tasks: looked.waiting }.emit();
        }
        Ok(looked)
    }

    async fn pages(&mut self) -> Result<Looked, PassError> {
        let validator = self.validator.clone();
        let (_, me) = validator.here().await?;
        // also where there is nothing to grade: operators see it before it is needed
        validator.asks_inference().await;
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
            Err(Setback::Away) => {
                looked.waiting += 1;
                Ok(Duration::ZERO)
            }
            Err(Setback::Unsure) => {
                looked.put_off += 1;
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
        self.validator.vault.forget(task);
        Left { task, why }.emit();
        Ok(())
    }
}
