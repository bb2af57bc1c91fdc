//! The loop that asks what it knows: now and then, never in step, never the same twice, and no more than miners have room for.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{Language, Score, TaskKind};
use tokio::time::{MissedTickBehavior, sleep};

use super::{
    PassError, Validator,
    book::Posed,
    events::{ChallengePosed, PassFailed},
    pose::PoseError,
};
use crate::challenge::{Budget, Challenge};

/// Poses challenges until the validator stops.
pub(super) async fn run(validator: Arc<Validator>) {
    let every = validator.config.challenges.every;
    if every.is_zero() {
        return validator.stop.cancelled().await;
    }
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = validator.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = validator.challenge().await {
            PassFailed { of: "challenges", error: &error }.emit();
        }
    }
}

/// A challenge whose number is used up.
pub(crate) struct Planned {
    challenge: Challenge,
    posed: Posed,
}

/// The challenge that may be a task already while the book does not say so yet.
#[derive(Debug, Default)]
pub(crate) struct Submitting(Mutex<Option<TaskKind>>);

/// It is until this is dropped.
pub(crate) struct UntilNoted<'a>(&'a Submitting);

impl Submitting {
    /// There is one at a time: one loop poses them all.
    pub(crate) fn begin(&self, kind: TaskKind) -> UntilNoted<'_> {
        self.set(Some(kind));
        UntilNoted(self)
    }

    /// Whether a task of this kind may be it. Ask this before the book: what was submitted in between is noted there.
    pub(super) fn may_be(&self, kind: TaskKind) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) == Some(kind)
    }

    fn set(&self, kind: Option<TaskKind>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = kind;
    }
}

impl Drop for UntilNoted<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl Validator {
    /// Poses the next challenge, when miners have room for it, after the wait that belongs to it.
    async fn challenge(&self) -> Result<(), PassError> {
        let Some(planned) = self.plan().await? else { return Ok(()) };
        let delay = Duration::from_millis(planned.challenge.delay_ms.into());
        match self.stop.run_until_cancelled(sleep(delay)).await {
            Some(()) => self.carry_out(planned).await,
            None => Ok(()),
        }
    }

    /// Plans the next challenge, when miners have room for it, and uses up its number before anything of it is sent.
    pub(crate) async fn plan(&self) -> Result<Option<Planned>, PassError> {
        let settings = &self.config.challenges;
        let budget =
            Budget { least: settings.least, share: Score::percent(settings.percent), most: settings.most };
        // a validator that may not grade has no business asking
        self.here().await?;
        if !self.tally(|t| t.allows(budget)) {
            return Ok(None);
        }
        let number = self.book.next_challenge().await?;
        let (kind, language) = self.choice(number);
        let planned = Challenge::plan(&self.secret, number, kind, language, &self.material);
        let posed = Posed::new(number, kind, language, self.commitment());
        self.book.use_up(&posed).await?;
        Ok(planned.map(|challenge| Planned { challenge, posed }))
    }

    /// Submits a challenge, and remembers which task it is.
    pub(crate) async fn carry_out(&self, planned: Planned) -> Result<(), PassError> {
        let Planned { challenge, mut posed } = planned;
        let (number, kind) = (posed.number, posed.kind);
        let _until_noted = self.submitting.begin(kind);
        let (task, clean) = self.pose(challenge, kind).await.map_err(PassError::Pose)?;
        if let Some(clean) = clean {
            let kept = self.vault.keep(task, &clean).map_err(PoseError::Keep);
            posed.clean = Some(kept.map_err(PassError::Pose)?);
        }
        self.book.pose(task, &posed).await?;
        ChallengePosed { number, kind }.emit();
        Ok(())
    }

    /// The kind and the language of a challenge, which follow from the secret and its number.
    fn choice(&self, number: u64) -> (TaskKind, Language) {
        let settings = &self.config.challenges;
        let all: Vec<TaskKind> =
            TaskKind::ALL.iter().copied().filter(|k| *k != TaskKind::Summarization).collect();
        let kinds = if settings.kinds.is_empty() { &all } else { &settings.kinds };
        let languages: &[Language] =
            if settings.languages.is_empty() { Language::ALL } else { &settings.languages };
        let kind = kinds.get(self.secret.choice("kind", number, kinds.len()));
        let language = languages.get(self.secret.choice("language", number, languages.len()));
        (kind.copied().unwrap_or(TaskKind::Tts), language.copied().unwrap_or(Language::En))
    }
}
