//! The loop that closes rounds: everything that validators agreed on since the last one, by the formulas, into documents that
//! can be replayed; then the weights.

use std::sync::Arc;

use domain::canonical::{self, NotCanonical};
use serde_json::Value;
use tokio::{task::JoinError, time::MissedTickBehavior};

use super::{
    PassError, Validator,
    book::{BookError, Closed},
    chain::Subnet,
    events::{PassFailed, RoundClosed},
    gateway::Page,
    identity::Me,
    records::{Agreed, Ground, records},
    tally::Tally,
    weigh::Patience,
    wire,
};
use crate::{
    round::{BadRecord, Outcome, close},
    wandb::RoundReport,
};

/// Tasks of one page.
const PAGE: usize = 50;

/// Why a round was not closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The records contradict themselves.
    #[error("close the records")]
    Records(#[source] BadRecord),
    /// They have no canonical form.
    #[error("write the records")]
    Write(#[source] NotCanonical),
    /// The last outcome can't be read.
    #[error("read the last outcome")]
    Last(#[source] serde_json::Error),
    /// A fault of ours.
    #[error("the formulas had a fault")]
    Fault(#[source] JoinError),
}

/// Follows the chain until the validator stops.
pub(super) async fn run(validator: Arc<Validator>) {
    let mut patience = Patience::default();
    let mut ticks = tokio::time::interval(validator.config.round.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let remembered = validator.remember().await;
    if let Err(error) = remembered {
        PassFailed { of: "rounds", error: &error }.emit();
    }
    loop {
        tokio::select! {
            biased;
            () = validator.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = validator.follow(&mut patience).await {
            PassFailed { of: "rounds", error: &error }.emit();
        }
    }
}

impl Validator {
    /// Takes up the counts of the last round.
    async fn remember(&self) -> Result<(), PassError> {
        if let Some(last) = self.book.last_round().await? {
            self.tally(|t| *t = Tally::from(last.done));
        }
        Ok(())
    }

    /// One look at the chain: closes a round that is over, and sets weights that are due.
    pub(crate) async fn follow(&self, patience: &mut Patience) -> Result<(), PassError> {
        let (subnet, me) = self.here().await?;
        let mut last = self.book.last_round().await?;
        if self.pace().is_over(last.as_ref().map(|l| l.block), &subnet) {
            last = Some(self.close(&subnet, me, last).await?);
        }
        if let Some(last) = last {
            self.weigh(&subnet, &last, patience).await?;
        }
        Ok(())
    }

    async fn close(&self, subnet: &Subnet, me: Me, last: Option<Closed>) -> Result<Closed, PassError> {
        let after = last.as_ref().and_then(|l| l.next.clone());
        let (tasks, next) = self.agreed(me, after).await?;
        let before = match &last {
            Some(last) => Some(self.outcome(last).await?),
            None => None,
        };
        let round = last.as_ref().map_or(1, |l| l.round.saturating_add(1));
        let ground = Ground { round, profile: self.config.round.profile(), subnet, last: before };
        let challenges =
            tasks.iter().filter(|t| t.own.as_ref().is_some_and(|o| o.challenge.is_some())).count();
        let (records, block) = (records(ground, tasks), subnet.block);
        let closing = tokio::task::spawn_blocking(move || {
            let outcome = close(&records).map_err(CloseError::Records)?;
            let bytes = canonical::bytes(&records).map_err(CloseError::Write)?;
            let after = canonical::bytes(&outcome).map_err(CloseError::Write)?;
            let report = RoundReport::of(&records, &outcome, block, challenges as u64, false);
            Ok::<_, CloseError>((bytes, after, outcome, report))
        });
        let closed = closing.await.map_err(CloseError::Fault).flatten();
        let (records, outcome_bytes, outcome, report) = closed.map_err(PassError::Close)?;
        let documents = (self.book.keep(&records).await?, self.book.keep(&outcome_bytes).await?);
        let done = self.tally(|t| t.faded());
        let closed = Closed::new(round, subnet.block, next, documents, done.clone());
        // from here on the round is closed: what is before may be done again
        self.book.close(&closed).await?;
        self.tally(|t| *t = Tally::from(done));
        self.report(Some(report), false);
        RoundClosed {
            round,
            block: subnet.block,
            tasks: outcome.results.len(),
            approved: outcome.results.iter().filter(|r| r.approved).count(),
            earning: outcome.weights.len(),
        }
        .emit();
        Ok(closed)
    }

    /// What validators agreed on behind a cursor, and the cursor behind that.
    async fn agreed(
        &self,
        me: Me,
        mut after: Option<String>,
    ) -> Result<(Vec<Agreed>, Option<String>), PassError> {
        let (mut tasks, mut told) = (Vec::new(), 0);
        while told < self.config.round.tasks {
            let limit = PAGE.min(self.config.round.tasks - told);
            let page = self.gateway.results(me.operator, Page { after: after.as_deref(), limit }).await;
            let page = self.heard(page)?;
            let count = page.results.len();
            for result in page.results.into_iter().take(limit) {
                tasks.extend(self.read(result).await?);
            }
            told += count;
            match page.next {
                // a gateway that leads in a circle leads nowhere
                Some(next) if count > 0 && Some(&next) != after.as_ref() => after = Some(next),
                _ => break,
            }
        }
        Ok((tasks, after))
    }

    /// One result; `None` when it can't be read: it counts for nobody.
    async fn read(&self, told: Value) -> Result<Option<Agreed>, BookError> {
        match serde_json::from_value::<wire::Final>(told) {
            Ok(told) => {
                let own = self.book.evaluated(told.task_id).await?;
                Ok(Some(Agreed { told, own }))
            }
            Err(error) => {
                tracing::warn!(%error, "a result of the gateway can't be read");
                Ok(None)
            }
        }
    }

    /// What followed from a round.
    pub(super) async fn outcome(&self, closed: &Closed) -> Result<Outcome, PassError> {
        let bytes = self.book.document(closed.outcome).await?;
        serde_json::from_slice(&bytes).map_err(CloseError::Last).map_err(PassError::Close)
    }
}
