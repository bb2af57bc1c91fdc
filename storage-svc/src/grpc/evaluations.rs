//! `violet.v1.Evaluations`.

use std::sync::Arc;

use proto::{convert, pb};
use tonic::{Request, Response, Status};

use super::status;
use crate::evaluations::{Evaluated, Evaluations, Pending, ValidatorView};

type Reply<T> = Result<Response<T>, Status>;

pub(super) struct EvaluationsService {
    pub(super) store: Arc<dyn Evaluations>,
}

fn pending(p: &Pending) -> pb::pending_reply::Pending {
    pb::pending_reply::Pending {
        task: Some(convert::task_to_pb(&p.task)),
        input: Some(convert::file_meta_to_pb(&p.input)),
    }
}

fn evaluated(e: &Evaluated) -> pb::evaluated_by_reply::Evaluated {
    pb::evaluated_by_reply::Evaluated {
        evaluation: Some(convert::evaluation_to_pb(&e.evaluation)),
        kind: convert::kind_to_pb(e.kind),
        status: convert::status_to_pb(e.status),
        counted: e.counted,
    }
}

fn validator(v: &ValidatorView) -> pb::validators_reply::Validator {
    pb::validators_reply::Validator {
        validator: v.validator.to_string(),
        uid: v.uid.into(),
        stake: v.stake,
        evaluations: v.evaluations,
        trust: v.trust.billionths(),
        last_at: v.last_at.micros(),
    }
}

#[tonic::async_trait]
impl pb::evaluations_server::Evaluations for EvaluationsService {
    async fn pending(&self, request: Request<pb::PendingRequest>) -> Reply<pb::PendingReply> {
        let r = request.into_inner();
        let validator = convert::parse("validator", &r.validator)?;
        let page = self.store.pending(&validator, r.limit, convert::optional(&r.after)).await;
        let page = page.map_err(|e| status("pending", e))?;
        let tasks = page.tasks.iter().map(pending).collect();
        Ok(Response::new(pb::PendingReply { tasks, next: page.next.unwrap_or_default() }))
    }

    async fn record(&self, request: Request<pb::RecordRequest>) -> Reply<pb::RecordReply> {
        let (evaluation, electorate) = convert::record_request(request.get_ref())?;
        let done = self.store.record(evaluation, electorate).await.map_err(|e| status("record", e))?;
        Ok(Response::new(pb::RecordReply {
            fate: convert::fate_to_pb(done.fate),
            status: convert::status_to_pb(done.status),
            validators: done.validators,
            required: done.required,
        }))
    }

    async fn mark_seen(&self, request: Request<pb::MarkSeenRequest>) -> Reply<pb::MarkSeenReply> {
        let r = request.into_inner();
        let (validator, task) =
            (convert::parse("validator", &r.validator)?, convert::parse("task", &r.task)?);
        let fresh = self.store.mark_seen(&validator, convert::uid("uid", r.uid)?, r.stake, task).await;
        Ok(Response::new(pb::MarkSeenReply { fresh: fresh.map_err(|e| status("mark_seen", e))? }))
    }

    async fn final_results(&self, request: Request<pb::FinalResultsRequest>) -> Reply<pb::FinalResultsReply> {
        let r = request.into_inner();
        let page = self.store.final_results(r.limit, convert::optional(&r.after)).await;
        let page = page.map_err(|e| status("final_results", e))?;
        let results = page.results.iter().map(convert::final_result_to_pb).collect();
        Ok(Response::new(pb::FinalResultsReply { results, next: page.next.unwrap_or_default() }))
    }

    async fn final_result_of(
        &self,
        request: Request<pb::FinalResultOfRequest>,
    ) -> Reply<pb::FinalResultOfReply> {
        let task = convert::parse("task", &request.get_ref().task)?;
        let result = self.store.final_result(task).await.map_err(|e| status("final_result_of", e))?;
        let result = result.as_ref().map(convert::final_result_to_pb);
        Ok(Response::new(pb::FinalResultOfReply { result }))
    }

    async fn evaluated_by(&self, request: Request<pb::EvaluatedByRequest>) -> Reply<pb::EvaluatedByReply> {
        let r = request.into_inner();
        let validator = convert::parse("validator", &r.validator)?;
        let page = self.store.evaluated_by(&validator, r.limit, convert::optional(&r.cursor)).await;
        let page = page.map_err(|e| status("evaluated_by", e))?;
        let evaluations = page.evaluations.iter().map(evaluated).collect();
        Ok(Response::new(pb::EvaluatedByReply { evaluations, next_cursor: page.next.unwrap_or_default() }))
    }

    async fn evaluation_totals(
        &self,
        _: Request<pb::EvaluationTotalsRequest>,
    ) -> Reply<pb::EvaluationTotalsReply> {
        let totals = self.store.totals().await.map_err(|e| status("evaluation_totals", e))?;
        let (evaluations, final_results) = (totals.evaluations, totals.final_results);
        Ok(Response::new(pb::EvaluationTotalsReply { evaluations, final_results }))
    }

    async fn validators(&self, request: Request<pb::ValidatorsRequest>) -> Reply<pb::ValidatorsReply> {
        let r = request.into_inner();
        let after = convert::optional(&r.after).map(|a| convert::parse("after", a)).transpose()?;
        let views =
            self.store.validators(r.limit, after.as_ref()).await.map_err(|e| status("validators", e))?;
        Ok(Response::new(pb::ValidatorsReply { validators: views.iter().map(validator).collect() }))
    }

    async fn leaders(&self, request: Request<pb::LeadersRequest>) -> Reply<pb::LeadersReply> {
        let r = request.into_inner();
        let page = self.store.leaders(r.limit, convert::optional(&r.cursor)).await;
        let page = page.map_err(|e| status("leaders", e))?;
        let miners = page.miners.iter().map(convert::miner_score_to_pb).collect();
        Ok(Response::new(pb::LeadersReply { miners, next_cursor: page.next.unwrap_or_default() }))
    }

    async fn score_of(&self, request: Request<pb::ScoreOfRequest>) -> Reply<pb::MinerScore> {
        let miner = convert::parse("miner", &request.get_ref().miner)?;
        let score = self.store.score_of(&miner).await.map_err(|e| status("score_of", e))?;
        Ok(Response::new(convert::miner_score_to_pb(&score)))
    }

    async fn report_miners(&self, request: Request<pb::ReportMinersRequest>) -> Reply<pb::ReportMinersReply> {
        let report = convert::miners_report(request.get_ref())?;
        let merged = self.store.report(report).await.map_err(|e| status("report_miners", e))?;
        Ok(Response::new(pb::ReportMinersReply {
            merged: merged.iter().map(convert::merged_to_pb).collect(),
        }))
    }

    async fn reported(&self, request: Request<pb::ReportedRequest>) -> Reply<pb::ReportedReply> {
        let r = request.into_inner();
        let after = r.after.map(|uid| convert::uid("after", uid)).transpose()?;
        let miners = self.store.reported(r.limit, after).await.map_err(|e| status("reported", e))?;
        Ok(Response::new(pb::ReportedReply { miners: miners.iter().map(convert::merged_to_pb).collect() }))
    }

    async fn told_of(&self, request: Request<pb::ToldOfRequest>) -> Reply<pb::ToldOfReply> {
        let uid = convert::uid("uid", request.get_ref().uid)?;
        let said = self.store.told_of(uid).await.map_err(|e| status("told_of", e))?;
        let told = said.told.iter().map(convert::told_to_pb).collect();
        Ok(Response::new(pb::ToldOfReply { told, merged: said.merged.as_ref().map(convert::merged_to_pb) }))
    }
}
