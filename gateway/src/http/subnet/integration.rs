//! What a validator needs to know of the network, in one answer.

use std::collections::BTreeMap;

use domain::task::StateName;
use http::StatusCode;
use proto::{client::TaskFilter, pb::subnet_snapshot::Neuron};
use serde::Serialize;
use utoipa::ToSchema;

use super::board::{Board, after, page, paged};
use crate::http::{
    answer::{self, Answer},
    call::Call,
    problem::ProblemBody,
    types::task::TaskSummary,
};

/// Pending tasks that are shown.
const PENDING: u32 = 10;

/// The subnet, and this deployment on it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NetworkInfo {
    /// Null without a chain, as are the next two.
    netuid: Option<u32>,
    /// The chain, by the name of its first block.
    network: Option<String>,
    /// The block of which this is.
    block: Option<u64>,
    /// Everybody registered; without a chain, everybody paired.
    total_miners: usize,
    /// Paired miners that take work.
    available_miners: usize,
}

/// Somebody registered. The chain knows one address of each: it is what others reach it by.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisteredNeuron {
    uid: u32,
    hotkey: String,
    /// Null when it serves nowhere.
    ip: Option<String>,
    port: Option<u16>,
    external_ip: Option<String>,
    external_port: Option<u16>,
    /// In rao.
    stake: u64,
}

/// What a validator needs to know of the network.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Integration {
    network_info: NetworkInfo,
    /// A page of everybody registered, by uid.
    miners: Vec<RegisteredNeuron>,
    next_cursor: Option<String>,
    /// At most ten, newest first.
    pending_tasks: Vec<TaskSummary>,
    /// How many tasks are in each state.
    queue_stats: BTreeMap<&'static str, u64>,
}

impl From<&Neuron> for RegisteredNeuron {
    fn from(n: &Neuron) -> Self {
        let address = n.axon.as_ref().and_then(|a| a.address.parse::<std::net::SocketAddr>().ok());
        let (ip, port) = (address.map(|a| a.ip().to_string()), address.map(|a| a.port()));
        Self {
            uid: n.uid,
            hotkey: n.hotkey.clone(),
            ip: ip.clone(),
            port,
            external_ip: ip,
            external_port: port,
            stake: n.stake,
        }
    }
}

/// Shows the subnet, who is on it, and how much work waits.
#[utoipa::path(
    get, path = "/api/v1/validator/integration", tag = "validators", operation_id = "getValidatorIntegration",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "Of miners: 1 to 200, default 100"),
        ("cursor" = Option<String>, Query, description = "As the page before gave it"),
    ),
    responses(
        (status = 200, description = "The network", body = Integration),
        (status = 503, description = "A part is away", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(call: Call, board: Board) -> Answer {
    let (limit, cursor) = paged(call.query)?;
    let after = after::<u32>(cursor)?;
    let paired = call.about.wait("scheduler", board.scheduler.miners()).await?;
    let snapshot = match &board.subnet {
        Some(subnet) => Some(call.about.wait("chain", subnet.chain.snapshot()).await?),
        None => None,
    };
    let waiting = TaskFilter { statuses: vec![StateName::Pending], kind: None };
    let asked = async { tokio::try_join!(board.tasks.list(&waiting, PENDING, None), board.tasks.counts()) };
    let (pending, counts) = call.about.wait("storage", asked).await?;
    let available_miners = paired.iter().filter(|m| !m.draining && !m.offers.is_empty()).count();
    let network_info = NetworkInfo {
        netuid: snapshot.as_ref().map(|s| s.netuid),
        network: snapshot.as_ref().map(|s| s.genesis.clone()),
        block: snapshot.as_ref().and_then(|s| s.head.as_ref()).map(|h| h.number),
        total_miners: snapshot.as_ref().map_or(paired.len(), |s| s.neurons.len()),
        available_miners,
    };
    let neurons = snapshot.map(|s| s.neurons).unwrap_or_default();
    let (neurons, next_cursor) = page(neurons, limit, after.as_ref(), |n: &Neuron| n.uid);
    let integration = Integration {
        network_info,
        miners: neurons.iter().map(RegisteredNeuron::from).collect(),
        next_cursor,
        pending_tasks: pending.tasks.iter().map(TaskSummary::from).collect(),
        queue_stats: counts.iter().map(|(state, tasks)| (state.name(), *tasks)).collect(),
    };
    Ok(answer::json(StatusCode::OK, &integration))
}
