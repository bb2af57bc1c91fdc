//! How far validators agree.

use domain::{ValidatorId, task::StateName};
use http::StatusCode;
use proto::client::ValidatorView;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    board::{Board, after, paged},
    reports::MergedView,
};
use crate::http::{
    answer::{self, Answer},
    call::Call,
};

/// A validator that was heard of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValidatorStats {
    validator: String,
    uid: u16,
    /// In rao, when it was last heard of.
    stake: u64,
    evaluations: u64,
    /// 0 to 1: how near it is to what all agree on, a moving average.
    trust: f64,
    /// RFC 3339, UTC; absent before its first evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_evaluation_at: Option<String>,
}

impl From<&ValidatorView> for ValidatorStats {
    fn from(v: &ValidatorView) -> Self {
        Self {
            validator: v.validator.to_string(),
            uid: v.uid,
            stake: v.stake,
            evaluations: v.evaluations,
            trust: v.trust.share(),
            last_evaluation_at: (v.evaluations > 0).then(|| v.last_at.rfc3339()),
        }
    }
}

/// How far validators agree.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsensusStats {
    /// Validators that a task needs.
    required_validators: usize,
    /// Validators on the subnet that may vote; null without a chain.
    eligible_validators: Option<u32>,
    /// Evaluations that were taken so far.
    evaluations: u64,
    /// Tasks that validators agreed on so far.
    approved_tasks: u64,
    /// Completed tasks that wait for validators.
    waiting_tasks: u64,
    /// The validators that were heard of, by name.
    validators: Vec<ValidatorStats>,
    next_cursor: Option<String>,
    /// The first miners by uid that validators told of; `miners/network-status` has all.
    miners: Vec<MergedView>,
}

/// Shows how far validators agree: counts, the validators themselves, and what they say of miners.
#[utoipa::path(
    get, path = "/api/v1/validators/consensus-stats", tag = "validators", operation_id = "getConsensusStats",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "1 to 200, default 100"),
        ("cursor" = Option<String>, Query, description = "As the page before gave it"),
    ),
    responses((status = 200, description = "The counts and a page of validators", body = ConsensusStats))
)]
pub(crate) async fn show(call: Call, board: Board) -> Answer {
    let (limit, cursor) = paged(call.query)?;
    let after = after::<ValidatorId>(cursor)?;
    let asked = async {
        tokio::try_join!(
            board.evaluations.totals(),
            board.evaluations.validators(limit, after.as_ref()),
            board.evaluations.reported(limit, None),
            board.tasks.counts(),
        )
    };
    let (totals, validators, miners, counts) = call.about.wait("storage", asked).await?;
    let waiting = counts.iter().find(|(state, _)| *state == StateName::Completed).map_or(0, |(_, n)| *n);
    let full = validators.len() == limit as usize;
    let voters = board.door.validators();
    let stats = ConsensusStats {
        required_validators: domain::consensus::quorum(voters as usize),
        eligible_validators: board.subnet.as_ref().map(|_| voters),
        evaluations: totals.evaluations,
        approved_tasks: totals.final_results,
        waiting_tasks: waiting,
        next_cursor: validators.last().filter(|_| full).map(|v| v.validator.to_string()),
        validators: validators.iter().map(ValidatorStats::from).collect(),
        miners: miners.iter().map(MergedView::from).collect(),
    };
    Ok(answer::json(StatusCode::OK, &stats))
}
