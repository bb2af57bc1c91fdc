//! What validators made of the work, out of the ledger of one of them.

use std::sync::Arc;

use anyhow::Context as _;
use domain::TaskId;
use process::grpc;
use proto::client::LedgerClient;
use scorer::{
    round::{Outcome, Records},
    service::book::{Book, Closed, Evaluated},
};

/// The ledger of a validator.
pub struct Judged(Book);

/// A round as its validator published it.
pub struct Round {
    /// How it ended.
    pub closed: Closed,
    /// Its records, byte for byte.
    pub records: Vec<u8>,
    /// What followed from them, byte for byte.
    pub outcome: Vec<u8>,
}

impl Round {
    /// The two as values.
    ///
    /// # Errors
    /// When they are not what they should be.
    pub fn read(&self) -> anyhow::Result<(Records, Outcome)> {
        Self::values(&self.records, &self.outcome)
    }

    /// Records and an outcome as values.
    ///
    /// # Errors
    /// When they are not what they should be.
    pub fn values(records: &[u8], outcome: &[u8]) -> anyhow::Result<(Records, Outcome)> {
        let records = serde_json::from_slice(records).context("read the records")?;
        Ok((records, serde_json::from_slice(outcome).context("read the outcome")?))
    }
}

impl Judged {
    /// The ledger behind the storage-svc at `http://host:port`.
    ///
    /// # Errors
    /// When that is no address.
    pub fn at(uri: &str) -> anyhow::Result<Self> {
        Ok(Self(Book::new(Arc::new(LedgerClient::new(grpc::wire(uri)?)))))
    }

    /// What it found of a task, if it was graded.
    ///
    /// # Errors
    /// When the ledger is away or damaged.
    pub async fn task(&self, task: TaskId) -> anyhow::Result<Option<Evaluated>> {
        Ok(self.0.evaluated(task).await?)
    }

    /// Round `number`, or the last one; `None` when there is none.
    ///
    /// # Errors
    /// When the ledger is away or damaged.
    pub async fn round(&self, number: Option<u64>) -> anyhow::Result<Option<Round>> {
        let closed = match number {
            Some(number) => self.0.round(number).await?,
            None => self.0.last_round().await?,
        };
        let Some(closed) = closed else { return Ok(None) };
        let (records, outcome) =
            (self.0.document(closed.records).await?, self.0.document(closed.outcome).await?);
        Ok(Some(Round { closed, records, outcome }))
    }
}

/// The round for people: what each answer earned, then each miner's standing and weight.
#[must_use]
pub fn table(records: &Records, outcome: &Outcome) -> Vec<String> {
    let uid = |miner: &domain::MinerId| {
        let place = records.neurons.iter().find(|n| n.miner == *miner).map(|n| n.uid.to_string());
        place.unwrap_or_else(|| "-".to_owned())
    };
    let mut lines = vec![format!(
        "{:<34} {:>4} {:>9} {:>6} {:>6} {:>7}  note",
        "task", "uid", "accuracy", "speed", "stake", "reward"
    )];
    for (asked, result) in records.tasks.iter().zip(&outcome.results) {
        for answer in &result.answers {
            let note = match (result.approved, answer.copied, answer.fault) {
                (false, _, _) => "not agreed on".to_owned(),
                (true, true, _) => "copied".to_owned(),
                (true, false, Some(fault)) => fault.to_string(),
                (true, false, None) => {
                    answer.basis.map(|b| format!("against {b}")).unwrap_or_else(|| "no answer".to_owned())
                }
            };
            let [accuracy, speed, stake, reward] =
                [answer.accuracy, answer.speed, answer.stake, answer.reward].map(|s| s.share());
            lines.push(format!(
                "{:<34} {:>4} {accuracy:>9.3} {speed:>6.3} {stake:>6.3} {reward:>7.3}  {note}",
                format!("{:.12}.. {}", asked.task.to_string(), asked.kind),
                uid(&answer.miner),
            ));
        }
    }
    for (miner, weight) in &outcome.weights {
        lines.push(format!("uid {:<4} weight {:.3}  {miner}", uid(miner), weight.share()));
    }
    lines
}
