//! Which miners are the most accurate.

use domain::MinerId;
use http::StatusCode;
use proto::client::{MinerScore, Tally};
use serde::Serialize;
use utoipa::ToSchema;

use super::board::{Board, paged};
use crate::http::{
    answer::{self, Answer},
    call::Call,
    problem::ProblemBody,
};

/// How a miner does one kind of work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KindAccuracy {
    task_type: &'static str,
    /// 0 to 1.
    accuracy: f64,
    graded: u64,
    missed: u64,
}

/// A miner with its rank. Accuracies are moving averages of what validators agreed on; an answer that did not come is 0.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ranked {
    /// 1 for the most accurate; equals share a rank.
    rank: u64,
    miner: String,
    uid: Option<u16>,
    hotkey: Option<String>,
    /// 0 to 1.
    accuracy: f64,
    /// Answers that validators agreed on.
    graded: u64,
    /// Answers that did not come in time.
    missed: u64,
    kinds: Vec<KindAccuracy>,
}

/// A page of miners, the most accurate first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Leaderboard {
    leaderboard: Vec<Ranked>,
    next_cursor: Option<String>,
}

impl From<&MinerScore> for Ranked {
    fn from(s: &MinerScore) -> Self {
        Self {
            rank: s.better + 1,
            miner: s.miner.to_string(),
            uid: s.uid,
            hotkey: s.hotkey.as_ref().map(ToString::to_string),
            accuracy: s.tally.accuracy.share(),
            graded: s.tally.graded,
            missed: s.tally.missed,
            kinds: kinds(s),
        }
    }
}

/// How a miner does each kind of work.
pub(super) fn kinds(score: &MinerScore) -> Vec<KindAccuracy> {
    let one = |(kind, tally): &(domain::TaskKind, Tally)| KindAccuracy {
        task_type: kind.name(),
        accuracy: tally.accuracy.share(),
        graded: tally.graded,
        missed: tally.missed,
    };
    score.kinds.iter().map(one).collect()
}

/// Lists miners, the most accurate first.
#[utoipa::path(
    get, path = "/api/v1/leaderboard", tag = "miners", operation_id = "getLeaderboard",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "1 to 200, default 100"),
        ("cursor" = Option<String>, Query, description = "As the page before gave it"),
    ),
    responses((status = 200, description = "A page", body = Leaderboard))
)]
pub(crate) async fn list(call: Call, board: Board) -> Answer {
    let (limit, cursor) = paged(call.query)?;
    let page = call.about.wait("storage", board.evaluations.leaders(limit, cursor.as_deref())).await?;
    let leaderboard = page.miners.iter().map(Ranked::from).collect();
    Ok(answer::json(StatusCode::OK, &Leaderboard { leaderboard, next_cursor: page.next }))
}

/// Shows the rank of one miner.
#[utoipa::path(
    get, path = "/api/v1/leaderboard/{uid}", tag = "miners", operation_id = "getLeaderboardOf",
    params(("uid" = String, Path, description = "Its uid; off chain, its name")),
    responses(
        (status = 200, description = "Its rank", body = Ranked),
        (status = 404, description = "No answer of it was agreed on", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(call: Call, board: Board) -> Answer {
    let miner: MinerId = call.id()?;
    call.query.end()?;
    let score = call.about.wait("storage", board.evaluations.score_of(&miner)).await?;
    Ok(answer::json(StatusCode::OK, &Ranked::from(&score)))
}
