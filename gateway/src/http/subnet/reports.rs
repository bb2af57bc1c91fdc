//! What validators say of miners.

use domain::{
    ErrorKind, MinerId, Score,
    consensus::{Merged, MinerStatus, Told},
};
use http::StatusCode;
use proto::client::MinersReport;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    board::{Board, after, behind, paged},
    door::Entered,
    fields::{Fields, unprocessable},
};
use crate::http::{
    answer::{self, Answer},
    call::Call,
    problem::{Problem, ProblemBody},
};

/// What a validator says of one miner. Further fields are read over.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct StatusForm {
    uid: u16,
    hotkey: String,
    is_serving: bool,
    /// 0 to 1.
    load: Option<f64>,
    /// 0 to 1.
    performance_score: Option<f64>,
}

/// A validator's report on miners.
#[derive(ToSchema)]
#[allow(dead_code)] // for the document alone: bodies are read field by field
pub(crate) struct ReportForm {
    validator_uid: u16,
    /// JSON, or JSON in a text.
    miner_statuses: Vec<StatusForm>,
    /// As the validator counts them.
    epoch: u64,
}

/// What became of a report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportTaken {
    success: bool,
    validator_uid: u16,
    epoch: u64,
    /// How many miners it is kept for.
    accepted: usize,
    /// The uids that have another hotkey on the subnet than the report says.
    ignored: Vec<u16>,
}

/// What all validators together say of a miner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MergedView {
    uid: u16,
    hotkey: String,
    is_serving: bool,
    /// 0 to 1.
    load: Option<f64>,
    /// 0 to 1.
    performance_score: Option<f64>,
    /// How many distinct validators say something of it.
    validators: u32,
    /// 0 to 1: the share of their stake that agrees, times the share of the needed validators that spoke.
    confidence: f64,
    /// It serves, by the word of as many validators as are needed.
    eligible: bool,
    epoch: u64,
    /// RFC 3339, UTC.
    reported_at: String,
}

impl From<&Merged> for MergedView {
    fn from(m: &Merged) -> Self {
        Self {
            uid: m.status.uid,
            hotkey: m.status.hotkey.to_string(),
            is_serving: m.status.serving,
            load: m.status.load.map(Score::share),
            performance_score: m.status.performance.map(Score::share),
            validators: m.validators,
            confidence: m.confidence.share(),
            eligible: m.eligible,
            epoch: m.epoch,
            reported_at: m.at.rfc3339(),
        }
    }
}

/// What one validator says of a miner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToldView {
    validator: String,
    /// In rao, then.
    stake: u64,
    hotkey: String,
    is_serving: bool,
    load: Option<f64>,
    performance_score: Option<f64>,
    epoch: u64,
    /// RFC 3339, UTC.
    reported_at: String,
}

impl From<&Told> for ToldView {
    fn from(t: &Told) -> Self {
        Self {
            validator: t.validator.to_string(),
            stake: t.stake,
            hotkey: t.status.hotkey.to_string(),
            is_serving: t.status.serving,
            load: t.status.load.map(Score::share),
            performance_score: t.status.performance.map(Score::share),
            epoch: t.epoch,
            reported_at: t.at.rfc3339(),
        }
    }
}

/// What is said of one miner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MinerConsensus {
    uid: u16,
    /// By all validators together; null when nothing counts.
    consensus: Option<MergedView>,
    reports: Vec<ToldView>,
    /// 0 to 1: how right its answers are, a moving average of what validators agreed on; null before the first.
    accuracy: Option<f64>,
}

/// The miners that validators told of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NetworkStatus {
    /// Everybody registered on the subnet; null without a chain.
    registered: Option<usize>,
    /// Miners that are paired with the scheduler.
    paired: usize,
    /// Those of them that take work.
    available: usize,
    /// Tasks that they can work on at once, and do.
    capacity: u64,
    busy: u64,
    /// What validators say of each, by uid.
    miners: Vec<MergedView>,
    next_cursor: Option<String>,
}

fn share(name: &str, uid: u16, value: Option<f64>) -> Result<Option<Score>, Problem> {
    let in_range = |v: f64| (0.0..=1.0).contains(&v).then(|| Score::nearest(v)).flatten();
    let bad = || Problem::unprocessable("miner_statuses", format!("{name} of uid {uid} must be from 0 to 1"));
    value.map(|v| in_range(v).ok_or_else(bad)).transpose()
}

fn status(form: &StatusForm) -> Result<MinerStatus, Problem> {
    let hotkey = form.hotkey.parse::<MinerId>();
    let bad = |_| Problem::unprocessable("miner_statuses", format!("hotkey of uid {} is no name", form.uid));
    Ok(MinerStatus {
        uid: form.uid,
        hotkey: hotkey.map_err(bad)?,
        serving: form.is_serving,
        load: share("load", form.uid, form.load)?,
        performance: share("performance_score", form.uid, form.performance_score)?,
    })
}

/// Takes what a validator says of miners; its latest word on each counts. For validators; signed by btauth/1.
#[utoipa::path(
    post, path = "/api/v1/validators/miner-status", tag = "validators", operation_id = "reportMinerStatus",
    request_body(content((ReportForm = "application/json"), (ReportForm = "application/x-www-form-urlencoded"))),
    security(("btauth" = [])),
    responses(
        (status = 200, description = "It is durable", body = ReportTaken),
        (status = 403, description = "No validator, or another one", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field is not accepted", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn report(call: Entered, board: Board) -> Answer {
    let fields = Fields::read(&call.headers, &call.body)?;
    let validator = board.door.validator(call.who, fields.take("validator_uid")?)?;
    let epoch: u64 = fields.take("epoch")?;
    let forms: Vec<StatusForm> = fields.data("miner_statuses")?;
    if forms.len() > MinersReport::MOST {
        let what = format!("are more than {}", MinersReport::MOST);
        return Err(Problem::unprocessable("miner_statuses", what));
    }
    let told = forms.iter().map(status).collect::<Result<Vec<_>, _>>()?;
    let holders = board.holders();
    let known = |s: &MinerStatus| {
        board.subnet.is_none() || holders.iter().any(|h| h.uid == s.uid && h.hotkey == s.hotkey)
    };
    let (statuses, ignored): (Vec<_>, Vec<_>) = told.into_iter().partition(known);
    let accepted = statuses.len();
    let report = MinersReport {
        validator: validator.id,
        stake: validator.stake,
        epoch,
        at: board.now(),
        validators: board.door.validators(),
        statuses,
    };
    let kept = call.about.wait("storage", board.evaluations.report(&report)).await;
    kept.map_err(unprocessable("miner_statuses"))?;
    let ignored = ignored.iter().map(|s| s.uid).collect();
    let taken = ReportTaken { success: true, validator_uid: validator.uid, epoch, accepted, ignored };
    Ok(answer::json(StatusCode::OK, &taken))
}

/// Shows how the network of miners is: who is paired, and what validators say of each.
#[utoipa::path(
    get, path = "/api/v1/miners/network-status", tag = "miners", operation_id = "getNetworkStatus",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "1 to 200, default 100"),
        ("cursor" = Option<String>, Query, description = "As the page before gave it"),
    ),
    responses((status = 200, description = "The network", body = NetworkStatus))
)]
pub(crate) async fn network(call: Call, board: Board) -> Answer {
    let (limit, cursor) = paged(call.query)?;
    let after = after::<u16>(cursor)?;
    let paired = call.about.wait("scheduler", board.scheduler.miners()).await?;
    let said = call.about.wait("storage", board.evaluations.reported(limit, after)).await?;
    let full = said.len() == limit as usize;
    let network = NetworkStatus {
        registered: board.subnet.as_ref().map(|_| board.holders().len()),
        paired: paired.len(),
        available: paired.iter().filter(|m| !m.draining && !m.offers.is_empty()).count(),
        capacity: paired.iter().map(|m| u64::from(m.capacity)).sum(),
        busy: paired.iter().map(|m| u64::from(m.busy)).sum(),
        next_cursor: said.last().filter(|_| full).map(|m| m.status.uid.to_string()),
        miners: said.iter().map(MergedView::from).collect(),
    };
    Ok(answer::json(StatusCode::OK, &network))
}

/// Shows what validators say of one miner, each and together.
#[utoipa::path(
    get, path = "/api/v1/miners/{uid}/consensus", tag = "miners", operation_id = "getMinerConsensus",
    params(("uid" = u16, Path, description = "The miner's place on the subnet")),
    responses(
        (status = 200, description = "What is said", body = MinerConsensus),
        (status = 404, description = "There is no such miner, and nobody said anything of one",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn consensus(call: Call, board: Board) -> Answer {
    let uid: u16 = call.id()?;
    call.query.end()?;
    let miner: MinerId = uid.to_string().parse().map_err(|_| Problem::internal("a number is no name"))?;
    let said = call.about.wait("storage", board.evaluations.told_of(uid)).await?;
    let accuracy = match call.about.wait("storage", board.evaluations.score_of(&miner)).await {
        Ok(score) => Some(score.tally.accuracy.share()),
        Err(e) if e.kind == ErrorKind::NotFound => None,
        Err(e) => return Err(e.into()),
    };
    if said.told.is_empty() && accuracy.is_none() && behind(&board.holders(), &miner).is_none() {
        return Err(Problem::not_found("there is no such miner"));
    }
    let consensus = said.merged.as_ref().map(MergedView::from);
    let reports = said.told.iter().map(ToldView::from).collect();
    Ok(answer::json(StatusCode::OK, &MinerConsensus { uid, consensus, reports, accuracy }))
}
