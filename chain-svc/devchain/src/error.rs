//! Why a chain does not start, and why a change from outside is not made.

use serde_json::Value as Json;

use crate::genesis::BadGenesis;
use crate::keys::BadKey;
use crate::metadata::BadMetadata;
use crate::rules::Refused;
use crate::state::StateError;

/// Why a chain does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("listen for clients")]
    Listen(#[source] std::io::Error),
    /// The methods clash.
    #[error("register the methods")]
    Methods(#[source] jsonrpsee::core::RegisterMethodError),
    /// There is no metadata.
    #[error(transparent)]
    Metadata(#[from] BadMetadata),
    /// There is no first block.
    #[error(transparent)]
    Genesis(#[from] BadGenesis),
}

/// Why a change from outside, or a block, was not made.
#[derive(Debug, thiserror::Error)]
pub enum BadChange {
    /// Storage does not take it.
    #[error(transparent)]
    State(#[from] StateError),
    /// A rule does not take it.
    #[error("{0}")]
    Rule(String),
    /// The metadata does not decode with the new names.
    #[error(transparent)]
    Metadata(#[from] BadMetadata),
    /// A key names no account.
    #[error(transparent)]
    Key(#[from] BadKey),
    /// The JSON fits no storage item.
    #[error("{0} is no value for storage")]
    Value(Json),
    /// No such neuron.
    #[error("subnet {0} has no uid {1}")]
    NoNeuron(u16, u16),
    /// The hotkey has no uid.
    #[error("the hotkey is not registered in subnet {0}")]
    NotRegistered(u16),
    /// More blocks than are made in one call.
    #[error("{0} blocks at once are more than {1}")]
    TooMany(u64, u64),
}

impl From<Refused> for BadChange {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::State(e) => BadChange::State(e),
            other => BadChange::Rule(other.to_string()),
        }
    }
}
