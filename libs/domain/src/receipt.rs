//! Receipts: who did which work, said so that anybody can check it offline.
//!
//! A miner signs what it did ([`Work`]) when it answers. When the task is over, the scheduler adds what it measured and
//! what validators found, and countersigns the whole. The file is the canonical JSON of [`Signed`]; `docs/receipt.md`
//! describes it for other languages.

mod signature;
mod work;

pub use signature::{BadSignature, Signature};
pub use work::{Proof, Work};

use std::collections::BTreeMap;

use crate::{
    LeaseId, MinerId, Score, Sha256, Task, Timestamp, ValidatorId, canonical, consensus::FinalResult,
    task::StateName,
};

/// The version of the layout that this code writes and reads.
pub const VERSION: u8 = 1;
/// What a scheduler's signature begins with.
const RECEIPT: &str = "violet receipt 1";

/// The work, and what others found out about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`VERSION`].
    pub version: u8,
    /// What the miner did, and signed.
    pub work: Work,
    /// When the lease was granted, by the scheduler's clock.
    pub granted_at: Timestamp,
    /// When the answer was durable, by the same clock; never before `granted_at`.
    pub answered_at: Timestamp,
    /// Scores by name, in billionths: `accuracy`, which is the stake-weighted median of what validators found, and
    /// `accuracy_lowest` and `accuracy_highest`, between which the middle half of the stake is. Empty until they agree.
    pub scores: BTreeMap<String, Score>,
    /// The validators whose evaluations are in the scores, sorted.
    pub validators: Vec<ValidatorId>,
    /// Hotkey of the scheduler that vouches for it.
    pub scheduler: String,
}

/// A receipt with both signatures.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// What is signed.
    pub receipt: Receipt,
    /// The miner's signature over [`Work::message`].
    pub miner_signature: Signature,
    /// The scheduler's signature over [`Receipt::message`].
    pub scheduler_signature: Signature,
}

/// Who can tell whether a signature is genuine.
pub trait Verify {
    /// Whether `signature` is that of the hotkey `signer` (ss58) over `message`.
    fn is_genuine(&self, signer: &str, message: &[u8], signature: &Signature) -> bool;
}

/// Why a file is no genuine receipt.
#[derive(Debug, thiserror::Error)]
pub enum NotGenuine {
    /// It does not have the form of a receipt.
    #[error("read the receipt")]
    Malformed(#[source] serde_json::Error),
    /// It is laid out in a way that this code does not know.
    #[error("the receipt has version {0}, not {VERSION}")]
    Version(u8),
    /// It has the right content, written in another way than the canonical one.
    #[error("the receipt is not written in its canonical form")]
    NotCanonical,
    /// It has no canonical form.
    #[error("write the receipt")]
    Write(#[source] canonical::NotCanonical),
    /// It contradicts itself.
    #[error("the receipt says {0}")]
    Impossible(&'static str),
    /// The miner did not sign this work.
    #[error("the signature of miner {0} does not fit")]
    Miner(MinerId),
    /// The scheduler did not countersign this receipt.
    #[error("the signature of scheduler {0} does not fit")]
    Scheduler(String),
}

/// What a scheduler signs for the receipt with this digest.
#[must_use]
pub fn message(receipt: &Sha256, miner: &Signature) -> Vec<u8> {
    format!("{RECEIPT}\n{receipt}\n{miner}").into_bytes()
}

/// Why a task has no receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoReceipt {
    /// There is no answer that is served.
    #[error("{} has no receipt: it is made when the task is completed", .0.a_task())]
    Unfinished(StateName),
    /// The miner that answered signs nothing.
    #[error("there is no receipt: the miner that answered did not sign its work")]
    Unsigned,
}

impl Receipt {
    /// The receipt of a task, to be countersigned by the hotkey `scheduler`, and the miner's signature. `verdict` is what
    /// validators agreed on of this task, once they did.
    ///
    /// # Errors
    /// [`NoReceipt`].
    pub fn of(
        task: &Task,
        verdict: Option<&FinalResult>,
        scheduler: &str,
    ) -> Result<(Self, Signature), NoReceipt> {
        let lease = task.chosen().ok_or(NoReceipt::Unfinished(task.state.name()))?;
        let response = lease.response().ok_or(NoReceipt::Unsigned)?;
        let work = Work::of(task.spec.id, task.spec.kind, lease.id, lease.fence, response);
        let (work, proof) = work.zip(response.proof.as_ref()).ok_or(NoReceipt::Unsigned)?;
        let (scores, validators) = found(lease.id, verdict);
        // an answer has an end
        let answered_at = lease.end.as_ref().map_or(lease.granted_at, |(at, _)| *at);
        let receipt = Self {
            version: VERSION,
            work,
            granted_at: lease.granted_at,
            answered_at: answered_at.max(lease.granted_at),
            scores,
            validators,
            scheduler: scheduler.to_owned(),
        };
        Ok((receipt, proof.signature))
    }

    /// What the scheduler signs: the receipt together with the miner's signature.
    ///
    /// # Errors
    /// As [`Work::message`].
    pub fn message(&self, miner: &Signature) -> Result<Vec<u8>, canonical::NotCanonical> {
        Ok(message(&self.digest()?, miner))
    }

    /// sha256 of its canonical form.
    ///
    /// # Errors
    /// As [`Work::message`].
    pub fn digest(&self) -> Result<Sha256, canonical::NotCanonical> {
        Ok(canonical::digest(&canonical::bytes(self)?))
    }
}

/// What validators found of the answer of a lease, and who they are.
fn found(lease: LeaseId, verdict: Option<&FinalResult>) -> (BTreeMap<String, Score>, Vec<ValidatorId>) {
    let Some(answer) = verdict.and_then(|v| v.of(lease)) else { return Default::default() };
    let (lowest, highest) = answer.interval.unzip();
    let scores = [("accuracy", answer.accuracy), ("accuracy_lowest", lowest), ("accuracy_highest", highest)];
    let scores = scores.into_iter().filter_map(|(name, score)| Some((name.to_owned(), score?)));
    let mut validators: Vec<_> = answer.votes.votes().iter().map(|v| v.validator.clone()).collect();
    validators.sort_unstable();
    (scores.collect(), validators)
}

impl Signed {
    /// The file.
    ///
    /// # Errors
    /// As [`Work::message`].
    pub fn to_json(&self) -> Result<Vec<u8>, canonical::NotCanonical> {
        canonical::bytes(self)
    }

    /// Reads a file and checks everything that can be checked without asking anybody. That its scheduler is one to trust is
    /// for the reader to say.
    ///
    /// # Errors
    /// [`NotGenuine`] for whatever differs from what was signed, by as little as one bit.
    pub fn verify(json: &[u8], keys: &impl Verify) -> Result<Self, NotGenuine> {
        let signed: Self = serde_json::from_slice(json).map_err(NotGenuine::Malformed)?;
        let receipt = &signed.receipt;
        if receipt.version != VERSION {
            return Err(NotGenuine::Version(receipt.version));
        }
        if signed.to_json().map_err(NotGenuine::Write)? != json {
            return Err(NotGenuine::NotCanonical);
        }
        if receipt.answered_at < receipt.granted_at {
            return Err(NotGenuine::Impossible("that the answer came before the lease"));
        }
        if !receipt.validators.is_sorted_by(|a, b| a < b) {
            return Err(NotGenuine::Impossible("its validators twice or in disorder"));
        }
        let work = receipt.work.message().map_err(NotGenuine::Write)?;
        if !keys.is_genuine(receipt.work.miner.as_str(), &work, &signed.miner_signature) {
            return Err(NotGenuine::Miner(receipt.work.miner.clone()));
        }
        let whole = receipt.message(&signed.miner_signature).map_err(NotGenuine::Write)?;
        if !keys.is_genuine(&receipt.scheduler, &whole, &signed.scheduler_signature) {
            return Err(NotGenuine::Scheduler(receipt.scheduler.clone()));
        }
        Ok(signed)
    }
}

#[cfg(test)]
#[path = "receipt/tests.rs"]
mod tests;
