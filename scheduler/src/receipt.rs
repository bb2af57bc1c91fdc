//! Receipts: what miners signed is checked when they answer, and countersigned when somebody asks.

use std::sync::Arc;

use btauth::{Account, Keypair, grpc::Registry, receipt::Hotkeys};
use domain::{
    ErrorKind, Receipt, Response, TaskId, Work,
    consensus::FinalResult,
    receipt::{NoReceipt, Signed, Verify as _},
    task::StateName,
};
use proto::{RpcError, client::ChainClient, ticket::TicketKey};

use crate::{core::Core, members::Members, message::Claim, miners};

/// Who countersigns.
pub(crate) enum Notary {
    /// The operator's hotkey, which chain-svc holds and the registry tells.
    Operator(ChainClient, Arc<Registry>),
    /// A key of this scheduler's own where there is no chain: always the same for one ticket key.
    Own(Keypair),
}

impl Notary {
    /// The operator where there is a chain, else the key that follows from the ticket key.
    pub(crate) fn new(key: &TicketKey, members: Option<&Members>) -> Self {
        match members.and_then(|m| Some((m.chain.clone()?, m.registry.clone()))) {
            Some((chain, registry)) => Self::Operator(chain, registry),
            None => Self::Own(Keypair::from_seed(&key.derive("violet receipts 1"))),
        }
    }

    async fn countersign(
        &self,
        task: &domain::Task,
        verdict: Option<&FinalResult>,
    ) -> Result<Signed, RpcError> {
        let none = |e: NoReceipt| {
            let kind = match e {
                NoReceipt::Unfinished(_) => ErrorKind::Conflict,
                NoReceipt::Unsigned => ErrorKind::NotFound,
            };
            RpcError::new(kind, e.to_string())
        };
        let hotkey = match self {
            Self::Operator(_, registry) => registry.me().ok_or_else(unknown)?.to_string(),
            Self::Own(key) => key.account().to_string(),
        };
        let (receipt, miner_signature) = Receipt::of(task, verdict, &hotkey).map_err(none)?;
        let digest = receipt.digest().map_err(|e| unwritable(&e))?;
        let scheduler_signature = match self {
            Self::Operator(chain, _) => chain.sign_receipt(&digest, &miner_signature).await?,
            Self::Own(key) => key.countersign(&digest, &miner_signature),
        };
        Ok(Signed { receipt, miner_signature, scheduler_signature })
    }
}

impl Core {
    /// The receipt of a completed task, in canonical JSON, signed anew each time; from when validators agree on with what they
    /// found.
    pub(crate) async fn receipt(&self, task: TaskId) -> Result<Vec<u8>, RpcError> {
        let task = self.tasks.get(task).await?;
        let approved = task.state.name() == StateName::Approved;
        let verdict = if approved { self.verdicts.of(task.spec.id).await? } else { None };
        let json =
            self.notary.countersign(&task, verdict.as_ref()).await?.to_json().map_err(|e| unwritable(&e))?;
        // chain-svc may have got another hotkey in between: nothing is given out that does not hold
        Signed::verify(&json, &Hotkeys).map_err(|e| {
            tracing::error!(task = %task.spec.id, error = %e, "a receipt that does not hold");
            RpcError::new(ErrorKind::Unavailable, "the receipt could not be signed")
        })?;
        Ok(json)
    }
}

fn unknown() -> RpcError {
    RpcError::new(ErrorKind::Unavailable, "who operates this scheduler is not known yet; try again")
}

fn unwritable(e: &domain::canonical::NotCanonical) -> RpcError {
    tracing::error!(error = %e, "a receipt that can't be written");
    RpcError::new(ErrorKind::Internal, "the receipt can't be written")
}

/// What is wrong with the signature of an answer: it must hold, and be that of the hotkey that paired, where one did. A miner
/// that proved no hotkey may answer without.
pub(crate) fn fault(
    claim: Claim,
    work: &miners::Work,
    response: &Response,
    hotkey: Option<Account>,
) -> Option<&'static str> {
    let Some(proof) = &response.proof else {
        return hotkey.map(|_| "the machine that took the task did not sign its work");
    };
    let signed = Work::of(work.task, work.kind, claim.lease, claim.fence, response);
    let message = signed.and_then(|work| work.message().ok());
    let holds = message.is_some_and(|m| Hotkeys.is_genuine(proof.signer.as_str(), &m, &proof.signature));
    let own = hotkey.is_none_or(|hotkey| hotkey.to_string() == proof.signer.as_str());
    (!holds || !own).then_some("the machine that took the task signed something else than its work")
}
