//! The evaluations of storage, and chain-svc, in memory.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    FileId, MinerId, ValidatorId,
    consensus::{Electorate, Evaluation, FinalResult, Merged, Misfit, Told, conclude, merge, quorum},
    task::StateName,
};
use proto::client::{Fate, MinerScore, Tally};

use super::fake::{Fake, Replies, Reply, World, unused};
use super::*;
use tonic::{Request, Response, Status, async_trait};

/// What the fakes know of the subnet.
#[derive(Default)]
pub(super) struct Books {
    pub(super) evaluations: Vec<(Evaluation, Electorate)>,
    seen: BTreeSet<(TaskId, ValidatorId)>,
    results: Vec<FinalResult>,
    told: BTreeMap<(u16, ValidatorId), Told>,
    merged: BTreeMap<u16, Merged>,
    pub(super) scores: Vec<MinerScore>,
    nonces: BTreeSet<(Vec<u8>, u64)>,
    /// Place, hotkey, permit and stake of everybody registered.
    pub(super) neurons: Vec<(u32, String, bool, u64)>,
    /// For whom requests must be signed.
    pub(super) own: String,
}

/// A miner with this accuracy at transcriptions.
pub(super) fn score(miner: &str, percent: u32) -> MinerScore {
    let tally = Tally { accuracy: domain::Score::percent(percent), graded: 3, missed: 1 };
    let (miner, kinds) = (miner.parse::<MinerId>().unwrap(), vec![(TaskKind::Transcription, tally)]);
    MinerScore { miner, uid: Some(7), hotkey: None, tally, better: 0, kinds }
}

fn bad(e: &Misfit) -> Status {
    let kind = match e {
        Misfit::NotCompleted(_) => domain::ErrorKind::Conflict,
        _ => domain::ErrorKind::Invalid,
    };
    proto::status(kind, e.to_string())
}

fn start(cursor: &str) -> Result<usize, Status> {
    match cursor {
        "" => Ok(0),
        c => c.parse().map_err(|_| proto::status(domain::ErrorKind::Invalid, "after: no page gave this one")),
    }
}

impl World {
    fn waiting(&self, validator: &str) -> Vec<Task> {
        let books = self.books.lock().unwrap();
        let done = |t: &Task| {
            books.evaluations.iter().any(|(e, _)| e.task == t.spec.id && e.validator.as_str() == validator)
                || books.seen.iter().any(|(id, v)| *id == t.spec.id && v.as_str() == validator)
        };
        let tasks = self.tasks.lock().unwrap();
        let completed = tasks.values().filter(|t| t.state.name() == StateName::Completed);
        completed.filter(|t| !done(t)).cloned().collect()
    }
}

#[async_trait]
impl pb::evaluations_server::Evaluations for Fake {
    async fn pending(&self, r: Request<pb::PendingRequest>) -> Reply<pb::PendingReply> {
        self.0.up()?;
        let r = r.into_inner();
        let (all, from) = (self.0.waiting(&r.validator), start(&r.after)?);
        let end = (from + r.limit as usize).min(all.len());
        let input = |id: FileId| {
            let there = self.0.files.lock().unwrap().get(&id).map(|(meta, _)| meta.clone());
            proto::convert::file_meta_to_pb(&there.unwrap_or_else(|| self.0.keep(id, None, "input")))
        };
        let one = |t: &Task| pb::pending_reply::Pending {
            task: Some(proto::convert::task_to_pb(t)),
            input: Some(input(t.spec.input)),
        };
        let next = if end < all.len() { end.to_string() } else { String::new() };
        Ok(Response::new(pb::PendingReply { tasks: all[from..end].iter().map(one).collect(), next }))
    }

    async fn record(&self, r: Request<pb::RecordRequest>) -> Reply<pb::RecordReply> {
        self.0.up()?;
        let (new, electorate) = proto::convert::record_request(r.get_ref())?;
        let task = self.0.task(&new.task.to_string())?;
        let mut books = self.0.books.lock().unwrap();
        let all: Vec<_> =
            books.evaluations.iter().map(|(e, _)| e.clone()).filter(|e| e.task == new.task).collect();
        let mine = all.iter().find(|e| e.validator == new.validator);
        let fate = match mine {
            Some(mine) if mine.findings == new.findings => Fate::Repeated,
            Some(_) => Fate::Differs,
            None => Fate::Recorded,
        };
        let (mut status, mut validators) = (task.state.name(), all.len());
        if fate == Fate::Recorded {
            new.fits(&task).map_err(|e| bad(&e))?;
            let all: Vec<_> = all.into_iter().chain([new.clone()]).collect();
            if let Some(result) = conclude(&task, &all, &electorate, new.at) {
                books.results.push(result);
                status = self.0.apply(new.task, Event::Approve, new.at.micros()).state.name();
            }
            validators += 1;
            books.evaluations.push((new, electorate.clone()));
        }
        Ok(Response::new(pb::RecordReply {
            fate: proto::convert::fate_to_pb(fate),
            status: proto::convert::status_to_pb(status),
            validators: validators as u32,
            required: quorum(electorate.validators as usize) as u32,
        }))
    }

    async fn mark_seen(&self, r: Request<pb::MarkSeenRequest>) -> Reply<pb::MarkSeenReply> {
        let r = r.into_inner();
        let task = self.0.task(&r.task)?.spec.id;
        let fresh = self.0.books.lock().unwrap().seen.insert((task, r.validator.parse().unwrap()));
        Ok(Response::new(pb::MarkSeenReply { fresh }))
    }

    async fn final_results(&self, r: Request<pb::FinalResultsRequest>) -> Reply<pb::FinalResultsReply> {
        let (limit, from) = (r.get_ref().limit as usize, start(&r.get_ref().after)?);
        let books = self.0.books.lock().unwrap();
        let page = books.results.iter().skip(from).take(limit).map(proto::convert::final_result_to_pb);
        let results: Vec<_> = page.collect();
        let next = if results.is_empty() { String::new() } else { (from + results.len()).to_string() };
        Ok(Response::new(pb::FinalResultsReply { results, next }))
    }

    async fn final_result_of(&self, _: Request<pb::FinalResultOfRequest>) -> Reply<pb::FinalResultOfReply> {
        unused()
    }

    async fn evaluated_by(&self, r: Request<pb::EvaluatedByRequest>) -> Reply<pb::EvaluatedByReply> {
        let books = self.0.books.lock().unwrap();
        let mine = books.evaluations.iter().filter(|(e, _)| e.validator.as_str() == r.get_ref().validator);
        let one = |(e, _): &(Evaluation, Electorate)| pb::evaluated_by_reply::Evaluated {
            evaluation: Some(proto::convert::evaluation_to_pb(e)),
            kind: proto::convert::kind_to_pb(TaskKind::Transcription),
            status: proto::convert::status_to_pb(StateName::Approved),
            counted: true,
        };
        let evaluations = mine.map(one).collect();
        Ok(Response::new(pb::EvaluatedByReply { evaluations, next_cursor: String::new() }))
    }

    async fn evaluation_totals(
        &self,
        _: Request<pb::EvaluationTotalsRequest>,
    ) -> Reply<pb::EvaluationTotalsReply> {
        let books = self.0.books.lock().unwrap();
        let (evaluations, final_results) = (books.evaluations.len() as u64, books.results.len() as u64);
        Ok(Response::new(pb::EvaluationTotalsReply { evaluations, final_results }))
    }

    async fn validators(&self, r: Request<pb::ValidatorsRequest>) -> Reply<pb::ValidatorsReply> {
        let r = r.into_inner();
        let books = self.0.books.lock().unwrap();
        let names: BTreeSet<&str> = books.evaluations.iter().map(|(e, _)| e.validator.as_str()).collect();
        let one = |name: &str| pb::validators_reply::Validator {
            validator: name.to_owned(),
            trust: 1_000_000_000,
            ..Default::default()
        };
        let later = names.into_iter().filter(|n| *n > r.after.as_str());
        Ok(Response::new(pb::ValidatorsReply { validators: later.take(r.limit as usize).map(one).collect() }))
    }

    async fn leaders(&self, r: Request<pb::LeadersRequest>) -> Reply<pb::LeadersReply> {
        let (limit, from) = (r.get_ref().limit as usize, start(&r.get_ref().cursor)?);
        let books = self.0.books.lock().unwrap();
        let page: Vec<_> = books.scores.iter().skip(from).take(limit).collect();
        let more = from + page.len() < books.scores.len();
        let next_cursor = if more { (from + page.len()).to_string() } else { String::new() };
        let miners = page.into_iter().map(proto::convert::miner_score_to_pb).collect();
        Ok(Response::new(pb::LeadersReply { miners, next_cursor }))
    }

    async fn score_of(&self, r: Request<pb::ScoreOfRequest>) -> Reply<pb::MinerScore> {
        let books = self.0.books.lock().unwrap();
        let found = books.scores.iter().find(|s| s.miner.as_str() == r.get_ref().miner);
        let none = || proto::status(domain::ErrorKind::NotFound, "no such miner");
        Ok(Response::new(proto::convert::miner_score_to_pb(found.ok_or_else(none)?)))
    }

    async fn report_miners(&self, r: Request<pb::ReportMinersRequest>) -> Reply<pb::ReportMinersReply> {
        let report = proto::convert::miners_report(r.get_ref())?;
        let mut books = self.0.books.lock().unwrap();
        for status in &report.statuses {
            let (validator, stake, epoch, at) =
                (report.validator.clone(), report.stake, report.epoch, report.at);
            let told = Told { validator: validator.clone(), stake, epoch, at, status: status.clone() };
            books.told.insert((status.uid, validator), told);
            let said: Vec<_> = books.told.values().filter(|t| t.status.uid == status.uid).cloned().collect();
            let merged = merge(&said, report.validators, at).unwrap();
            books.merged.insert(status.uid, merged);
        }
        Ok(Response::new(pb::ReportMinersReply { merged: Vec::new() }))
    }

    async fn reported(&self, r: Request<pb::ReportedRequest>) -> Reply<pb::ReportedReply> {
        let r = r.into_inner();
        let books = self.0.books.lock().unwrap();
        let later = books.merged.values().filter(|m| r.after.is_none_or(|a| u32::from(m.status.uid) > a));
        let miners = later.take(r.limit as usize).map(proto::convert::merged_to_pb).collect();
        Ok(Response::new(pb::ReportedReply { miners }))
    }

    async fn told_of(&self, r: Request<pb::ToldOfRequest>) -> Reply<pb::ToldOfReply> {
        let uid = r.get_ref().uid as u16;
        let books = self.0.books.lock().unwrap();
        let told = books.told.values().filter(|t| t.status.uid == uid);
        Ok(Response::new(pb::ToldOfReply {
            told: told.map(proto::convert::told_to_pb).collect(),
            merged: books.merged.get(&uid).map(proto::convert::merged_to_pb),
        }))
    }
}

#[async_trait]
impl pb::nonces_server::Nonces for Fake {
    async fn spend(&self, r: Request<pb::SpendNonceRequest>) -> Reply<pb::SpendNonceReply> {
        let r = r.into_inner();
        let fresh = self.0.books.lock().unwrap().nonces.insert((r.hotkey, r.nonce));
        Ok(Response::new(pb::SpendNonceReply { fresh }))
    }
}

#[async_trait]
impl pb::chain_server::Chain for Fake {
    async fn snapshot(&self, _: Request<pb::SnapshotRequest>) -> Reply<pb::SubnetSnapshot> {
        let books = self.0.books.lock().unwrap();
        let axon = |uid: u32| pb::subnet_snapshot::Axon {
            address: format!("192.0.2.{uid}:8091"),
            ..Default::default()
        };
        let neuron = |(uid, hotkey, permit, stake): &(u32, String, bool, u64)| pb::subnet_snapshot::Neuron {
            uid: *uid,
            hotkey: hotkey.clone(),
            permit: *permit,
            stake: *stake,
            axon: (!permit).then(|| axon(*uid)),
            ..Default::default()
        };
        Ok(Response::new(pb::SubnetSnapshot {
            head: Some(pb::ChainHead { number: 9, ..Default::default() }),
            netuid: 49,
            genesis: "0x01".into(),
            hotkey: books.own.clone(),
            neurons: books.neurons.iter().map(neuron).collect(),
            ..Default::default()
        }))
    }
    type HeadsStream = Replies<pb::ChainHead>;
    async fn heads(&self, _: Request<pb::HeadsRequest>) -> Reply<Self::HeadsStream> {
        Ok(Response::new(Box::pin(futures_util::stream::pending())))
    }
    async fn registration(&self, _: Request<pb::RegistrationRequest>) -> Reply<pb::RegistrationReply> {
        unused()
    }
    async fn serve_axon(&self, _: Request<pb::ServeAxonRequest>) -> Reply<pb::ServeAxonReply> {
        unused()
    }
    async fn set_weights(&self, _: Request<pb::SetWeightsRequest>) -> Reply<pb::SetWeightsReply> {
        unused()
    }
    async fn weights(&self, _: Request<pb::WeightsRequest>) -> Reply<pb::WeightsReply> {
        unused()
    }
    async fn submissions(&self, _: Request<pb::SubmissionsRequest>) -> Reply<pb::SubmissionsReply> {
        unused()
    }
    async fn sign_receipt(&self, _: Request<pb::SignReceiptRequest>) -> Reply<pb::SignReceiptReply> {
        unused()
    }
    async fn sign_request(&self, _: Request<pb::SignRequestRequest>) -> Reply<pb::SignRequestReply> {
        unused()
    }
}
