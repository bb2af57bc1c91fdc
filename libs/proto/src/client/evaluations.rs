//! What validators find, as storage-svc keeps it.

mod view;

pub use view::{
    Evaluated, EvaluatedPage, Fate, FinalPage, LeadersPage, MinerScore, MinersReport, Pending, PendingPage,
    Recorded, Said, Tally, Totals, ValidatorView,
};

use domain::{
    MinerId, TaskId, Timestamp, ValidatorId,
    consensus::{Electorate, Evaluation, FinalResult, Merged},
};

use super::{Wire, unary};
use crate::{RpcError, convert, convert::BadField, pb};

/// Client of `violet.v1.Evaluations`. Its verbs are those of storage-svc's `Evaluations`, which has their guarantees.
#[derive(Clone)]
pub struct EvaluationsClient(pb::evaluations_client::EvaluationsClient<Wire>);

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn all<A, B>(from: &[A], one: impl Fn(&A) -> Result<B, BadField>) -> Result<Vec<B>, RpcError> {
    Ok(from.iter().map(one).collect::<Result<_, _>>()?)
}

impl EvaluationsClient {
    /// Over this connection.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        Self(pb::evaluations_client::EvaluationsClient::new(wire).max_decoding_message_size(64 << 20))
    }

    /// Tasks that wait for this validator.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200, or a cursor that no page gave.
    pub async fn pending(
        &self,
        validator: &ValidatorId,
        limit: u32,
        after: Option<&str>,
    ) -> Result<PendingPage, RpcError> {
        let (validator, after) = (validator.to_string(), after.unwrap_or_default().to_owned());
        let request = unary(pb::PendingRequest { validator, limit, after });
        let reply = self.0.clone().pending(request).await?.into_inner();
        let one = |p: &pb::pending_reply::Pending| {
            let task = convert::task(convert::required("task", p.task.as_ref())?)?;
            Ok(Pending { task, input: convert::file_meta(convert::required("input", p.input.as_ref())?)? })
        };
        Ok(PendingPage { tasks: all(&reply.tasks, one)?, next: some(reply.next) })
    }

    /// Takes an evaluation.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` for a task that is not completed, `Invalid` for grades that do not fit it.
    pub async fn record(
        &self,
        evaluation: &Evaluation,
        electorate: &Electorate,
    ) -> Result<Recorded, RpcError> {
        let request = pb::RecordRequest {
            evaluation: Some(convert::evaluation_to_pb(evaluation)),
            electorate: Some(convert::electorate_to_pb(electorate)),
        };
        let reply = self.0.clone().record(unary(request)).await?.into_inner();
        let fate = convert::fate(reply.fate)?;
        let status = convert::status_name(reply.status)?;
        Ok(Recorded { fate, status, validators: reply.validators, required: reply.required })
    }

    /// Leaves a task out for this validator. Whether it was there before.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn mark_seen(
        &self,
        validator: &ValidatorId,
        uid: u16,
        stake: u64,
        task: TaskId,
    ) -> Result<bool, RpcError> {
        let (validator, task) = (validator.to_string(), task.to_string());
        let request = pb::MarkSeenRequest { validator, uid: uid.into(), stake, task };
        Ok(self.0.clone().mark_seen(unary(request)).await?.get_ref().fresh)
    }

    /// Final results after `after`.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200, or a cursor that no page gave.
    pub async fn final_results(&self, limit: u32, after: Option<&str>) -> Result<FinalPage, RpcError> {
        let request = pb::FinalResultsRequest { limit, after: after.unwrap_or_default().to_owned() };
        let reply = self.0.clone().final_results(unary(request)).await?.into_inner();
        Ok(FinalPage { results: all(&reply.results, convert::final_result)?, next: some(reply.next) })
    }

    /// What validators agreed on of one task; `None` while they did not, and when the task is gone.
    ///
    /// # Errors
    /// `Unavailable` when the store is away.
    pub async fn final_result(&self, task: TaskId) -> Result<Option<FinalResult>, RpcError> {
        let request = unary(pb::FinalResultOfRequest { task: task.to_string() });
        let reply = self.0.clone().final_result_of(request).await?;
        Ok(reply.get_ref().result.as_ref().map(convert::final_result).transpose()?)
    }

    /// What this validator evaluated.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200, or a cursor that no page gave.
    pub async fn evaluated_by(
        &self,
        validator: &ValidatorId,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<EvaluatedPage, RpcError> {
        let (validator, cursor) = (validator.to_string(), cursor.unwrap_or_default().to_owned());
        let request = unary(pb::EvaluatedByRequest { validator, limit, cursor });
        let reply = self.0.clone().evaluated_by(request).await?.into_inner();
        let one = |e: &pb::evaluated_by_reply::Evaluated| {
            let evaluation = convert::required("evaluation", e.evaluation.as_ref())?;
            Ok(Evaluated {
                evaluation: convert::evaluation(evaluation)?,
                kind: convert::kind(e.kind)?,
                status: convert::status_name(e.status)?,
                counted: e.counted,
            })
        };
        Ok(EvaluatedPage { evaluations: all(&reply.evaluations, one)?, next: some(reply.next_cursor) })
    }

    /// How many there are.
    ///
    /// # Errors
    /// `Unavailable` when the store is away.
    pub async fn totals(&self) -> Result<Totals, RpcError> {
        let request = unary(pb::EvaluationTotalsRequest {});
        let reply = self.0.clone().evaluation_totals(request).await?.into_inner();
        Ok(Totals { evaluations: reply.evaluations, final_results: reply.final_results })
    }

    /// Validators after `after`, by name.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200.
    pub async fn validators(
        &self,
        limit: u32,
        after: Option<&ValidatorId>,
    ) -> Result<Vec<ValidatorView>, RpcError> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let reply = self.0.clone().validators(unary(pb::ValidatorsRequest { limit, after })).await?;
        let one = |v: &pb::validators_reply::Validator| {
            Ok(ValidatorView {
                validator: convert::parse("validator", &v.validator)?,
                uid: convert::uid("uid", v.uid)?,
                stake: v.stake,
                evaluations: v.evaluations,
                trust: convert::score("trust", v.trust)?,
                last_at: Timestamp::from_micros(v.last_at),
            })
        };
        all(&reply.get_ref().validators, one)
    }

    /// Miners, the most accurate first.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200, or a cursor that no page gave.
    pub async fn leaders(&self, limit: u32, cursor: Option<&str>) -> Result<LeadersPage, RpcError> {
        let request = pb::LeadersRequest { limit, cursor: cursor.unwrap_or_default().to_owned() };
        let reply = self.0.clone().leaders(unary(request)).await?.into_inner();
        Ok(LeadersPage { miners: all(&reply.miners, convert::miner_score)?, next: some(reply.next_cursor) })
    }

    /// How accurate one miner is.
    ///
    /// # Errors
    /// `NotFound` when no answer of it was agreed on.
    pub async fn score_of(&self, miner: &MinerId) -> Result<MinerScore, RpcError> {
        let request = unary(pb::ScoreOfRequest { miner: miner.to_string() });
        Ok(convert::miner_score(self.0.clone().score_of(request).await?.get_ref())?)
    }

    /// Takes what a validator says of miners, and returns what all say of these.
    ///
    /// # Errors
    /// `Invalid` for more miners than a report may name, or one twice.
    pub async fn report(&self, report: &MinersReport) -> Result<Vec<Merged>, RpcError> {
        let request = unary(convert::miners_report_to_pb(report));
        all(&self.0.clone().report_miners(request).await?.get_ref().merged, convert::merged)
    }

    /// What all validators together say of the miners after uid `after`.
    ///
    /// # Errors
    /// `Invalid` for a limit outside 1..=200.
    pub async fn reported(&self, limit: u32, after: Option<u16>) -> Result<Vec<Merged>, RpcError> {
        let request = unary(pb::ReportedRequest { limit, after: after.map(Into::into) });
        all(&self.0.clone().reported(request).await?.get_ref().miners, convert::merged)
    }

    /// What is said of one miner.
    ///
    /// # Errors
    /// `Unavailable` when the store is away.
    pub async fn told_of(&self, uid: u16) -> Result<Said, RpcError> {
        let request = unary(pb::ToldOfRequest { uid: uid.into() });
        let reply = self.0.clone().told_of(request).await?.into_inner();
        let merged = reply.merged.as_ref().map(convert::merged).transpose()?;
        Ok(Said { told: all(&reply.told, convert::told)?, merged })
    }
}
