//! The routes of the subnet: what validators ask and tell, and what is known of miners.

mod board;
pub(crate) mod door;
pub(crate) mod evaluate;
mod fields;
pub(crate) mod integration;
pub(crate) mod leaderboard;
pub(crate) mod miners;
pub(crate) mod reports;
pub(crate) mod results;
pub(crate) mod stats;
pub(crate) mod tasks;
mod types;

use super::{
    GET, Leaves, POST,
    route::{Route, guarded, on},
};
use board::Board;
use door::Door;

/// The part of the table that is about the subnet.
pub(super) fn routes(leaves: &Leaves) -> Vec<Route> {
    let door = Door::new(leaves);
    let board = Board::new(leaves, &door);
    vec![
        guarded(GET, "/api/v1/validator/tasks", &door, &board, tasks::list),
        guarded(POST, "/api/v1/validator/evaluation", &door, &board, evaluate::evaluation),
        guarded(POST, "/api/v1/validator/evaluate", &door, &board, evaluate::evaluate),
        guarded(POST, "/api/v1/validator/submit_result", &door, &board, evaluate::submit_result),
        guarded(GET, "/api/v1/validator/final_results", &door, &board, results::list),
        on(GET, "/api/v1/validator/integration", &board, integration::show),
        guarded(GET, "/api/v1/validator/{uid}/evaluated_tasks", &door, &board, results::evaluated),
        guarded(POST, "/api/v1/validators/mark-task-seen", &door, &board, evaluate::mark_seen),
        guarded(POST, "/api/v1/validators/miner-status", &door, &board, reports::report),
        on(GET, "/api/v1/validators/consensus-stats", &board, stats::show),
        on(GET, "/api/v1/miners", &board, miners::list),
        on(GET, "/api/v1/miners/performance", &board, miners::performance),
        on(GET, "/api/v1/miners/network-status", &board, reports::network),
        on(GET, "/api/v1/miners/{uid}/consensus", &board, reports::consensus),
        on(GET, "/api/v1/leaderboard", &board, leaderboard::list),
        on(GET, "/api/v1/leaderboard/{uid}", &board, leaderboard::show),
    ]
}
