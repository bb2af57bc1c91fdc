//! How the deployment is.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// The state of the deployment; 503 when a part that it needs is away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `healthy`; `degraded` when no miner is paired, so that tasks are kept but wait; `unhealthy` when a part is away.
    #[schema(example = "healthy")]
    pub(crate) status: &'static str,
    /// RFC 3339, UTC.
    pub(crate) timestamp: String,
    pub(crate) uptime_seconds: u64,
    pub(crate) version: &'static str,
    pub(crate) components: BTreeMap<&'static str, Component>,
    /// Nobody works on them yet. All counts are absent while the store is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pending_tasks: Option<u64>,
    /// A miner has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) processing_tasks: Option<u64>,
    /// With a result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completed_tasks: Option<u64>,
    /// Ended without a result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed_tasks: Option<u64>,
    /// Ended by their clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cancelled_tasks: Option<u64>,
    /// All of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_tasks: Option<u64>,
    /// This deployment uses no chain.
    pub(crate) bittensor_connected: bool,
}

/// One part.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Component {
    /// `up`, `down`, or `idle` for miners when none is paired.
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

/// Whether the gateway can take work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    pub(crate) ready: bool,
    /// `up` or `down` for each part that is needed.
    pub(crate) parts: BTreeMap<&'static str, &'static str>,
}
