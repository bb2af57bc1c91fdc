//! The miners of this deployment.

use domain::MinerId;
use http::StatusCode;
use proto::client::MinerView;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    board::{Board, after, behind, page, paged},
    leaderboard::{KindAccuracy, kinds},
};
use crate::http::{
    answer::{self, Answer},
    call::Call,
    problem::ProblemBody,
};

/// A paired miner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PairedMiner {
    miner: String,
    /// Its place on the subnet, if it has one.
    uid: Option<u16>,
    hotkey: Option<String>,
    /// In rao, by the chain.
    stake: Option<u64>,
    /// Whether it takes work.
    is_serving: bool,
    /// The kinds of work it takes.
    task_types: Vec<&'static str>,
    /// Tasks that it can work on at once.
    max_capacity: u32,
    /// Tasks that it works on.
    current_load: u32,
    /// RFC 3339, UTC.
    last_seen: String,
}

/// A page of paired miners, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PairedMiners {
    miners: Vec<PairedMiner>,
    next_cursor: Option<String>,
}

/// How accurate a miner is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MinerPerformance {
    miner: String,
    uid: Option<u16>,
    /// 0 to 1.
    accuracy: f64,
    graded: u64,
    missed: u64,
    /// 0 to 1: answers that came in time, of all that were asked for.
    answered: f64,
    kinds: Vec<KindAccuracy>,
}

/// A page of miners, the most accurate first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MinersPerformance {
    miners: Vec<MinerPerformance>,
    next_cursor: Option<String>,
}

/// Lists the miners that are paired now, by name.
#[utoipa::path(
    get, path = "/api/v1/miners", tag = "miners", operation_id = "listMiners",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "1 to 200, default 100"),
        ("cursor" = Option<String>, Query, description = "As the page before gave it"),
    ),
    responses(
        (status = 200, description = "A page", body = PairedMiners),
        (status = 503, description = "The scheduler is away", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(call: Call, board: Board) -> Answer {
    let (limit, cursor) = paged(call.query)?;
    let after = after::<MinerId>(cursor)?;
    let paired = call.about.wait("scheduler", board.scheduler.miners()).await?;
    let (paired, next_cursor) = page(paired, limit, after.as_ref(), |m: &MinerView| m.miner.clone());
    let neurons = board.subnet.as_ref().map(crate::subnet::Subnet::neurons).unwrap_or_default();
    let holders = board.holders();
    let one = |m: &MinerView| {
        let holder = behind(&holders, &m.miner);
        PairedMiner {
            miner: m.miner.to_string(),
            uid: holder.map(|h| h.uid),
            hotkey: holder.map(|h| h.hotkey.to_string()),
            stake: holder.and_then(|h| neurons.iter().find(|n| n.uid == h.uid)).map(|n| n.stake),
            is_serving: !m.draining && !m.offers.is_empty(),
            task_types: m.offers.iter().map(|o| o.kind.name()).collect(),
            max_capacity: m.capacity,
            current_load: m.busy,
            last_seen: m.last_seen.rfc3339(),
        }
    };
    let miners = paired.iter().map(one).collect();
    Ok(answer::json(StatusCode::OK, &PairedMiners { miners, next_cursor }))
}

/// Shows how accurate miners are by kind of work, the most accurate first.
#[utoipa::path(
    get, path = "/api/v1/miners/performance", tag = "miners", operation_id = "getMinersPerformance",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "1 to 200, default 100"),
        ("cursor" = Option<String>, Query, description = "As the page before gave it"),
    ),
    responses((status = 200, description = "A page", body = MinersPerformance))
)]
pub(crate) async fn performance(call: Call, board: Board) -> Answer {
    let (limit, cursor) = paged(call.query)?;
    let page = call.about.wait("storage", board.evaluations.leaders(limit, cursor.as_deref())).await?;
    let one = |s: &proto::client::MinerScore| {
        let (graded, missed) = (s.tally.graded, s.tally.missed);
        MinerPerformance {
            miner: s.miner.to_string(),
            uid: s.uid,
            accuracy: s.tally.accuracy.share(),
            graded,
            missed,
            answered: domain::Score::ratio(graded.into(), (graded + missed).into()).share(),
            kinds: kinds(s),
        }
    };
    let miners = page.miners.iter().map(one).collect();
    Ok(answer::json(StatusCode::OK, &MinersPerformance { miners, next_cursor: page.next }))
}
