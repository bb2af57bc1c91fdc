//! Runtime APIs: answers encoded by the types in the metadata. Any other name is a named error.

mod metagraph;
mod neurons;
mod subnet;

use parity_scale_codec::{Compact, Decode, Encode};

use crate::apply::FEE;
use crate::block::Block;
use crate::epoch::Schedule;
use crate::keys::Hash;
use crate::metadata::TX_VERSION;
use crate::state::{StateError, View};
use crate::value::Value;

/// Why an API gives no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("the runtime API {0} is not answered by this chain")]
    Unknown(String),
    #[error("the argument of {0} does not decode")]
    Argument(String),
    #[error("encode the answer of {0}: {1}")]
    Encode(String, String),
    #[error(transparent)]
    State(#[from] StateError),
}

/// The block an API is asked at.
pub(crate) struct At<'a> {
    pub(crate) block: &'a Block,
    pub(crate) view: View<'a>,
}

/// Answers `TRAIT_method`.
pub(crate) fn call(at: &At<'_>, name: &str, argument: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    Ok(match name {
        "Core_version" => version(at.block.runtime.spec),
        "Metadata_metadata" => at.block.runtime.raw.encode(),
        "Metadata_metadata_versions" => vec![15u32].encode(),
        "Metadata_metadata_at_version" => {
            let version: u32 = read(name, argument)?;
            (version == 15).then(|| at.block.runtime.raw.clone()).encode()
        }
        "AccountNonceApi_account_nonce" => at.view.account(&read::<Hash>(name, argument)?)?.nonce.encode(),
        "TransactionPaymentApi_query_info" => (Compact(1000u64), Compact(0u64), 0u8, FEE).encode(),
        "SubnetInfoRuntimeApi_get_next_epoch_start_block" => next_epoch(at, read(name, argument)?)?.encode(),
        "SubnetInfoRuntimeApi_get_subnet_hyperparams" => {
            encode(at, name, &subnet::hyperparams(&at.view, read(name, argument)?)?)?
        }
        "SubnetInfoRuntimeApi_get_metagraph" => {
            encode(at, name, &metagraph::metagraph(at, read(name, argument)?, 0)?)?
        }
        "SubnetInfoRuntimeApi_get_mechagraph" => {
            let (net, mecid) = read(name, argument)?;
            encode(at, name, &metagraph::metagraph(at, net, mecid)?)?
        }
        "NeuronInfoRuntimeApi_get_neurons_lite" => {
            encode(at, name, &neurons::lite(&at.view, read(name, argument)?)?)?
        }
        _ => return Err(NoAnswer::Unknown(name.to_owned())),
    })
}

/// An argument that takes up all the bytes.
fn read<T: Decode>(name: &str, mut bytes: &[u8]) -> Result<T, NoAnswer> {
    let value = T::decode(&mut bytes).ok().filter(|_| bytes.is_empty());
    value.ok_or_else(|| NoAnswer::Argument(name.to_owned()))
}

/// Encodes an answer by the type that the metadata gives the API.
fn encode(at: &At<'_>, name: &str, answer: &Value) -> Result<Vec<u8>, NoAnswer> {
    let md = at.view.md;
    let method = name.split_once('_').and_then(|(t, m)| md.runtime_api_trait_by_name(t)?.method_by_name(m));
    let ty = method.ok_or_else(|| NoAnswer::Unknown(name.to_owned()))?.output_ty();
    let mut out = vec![];
    scale_value::scale::encode_as_type(answer, ty, md.types(), &mut out)
        .map_err(|e| NoAnswer::Encode(name.to_owned(), e.to_string()))?;
    Ok(out)
}

/// Names, authoring version, spec version, implementation version, no APIs listed, transaction version, state version.
fn version(spec: u32) -> Vec<u8> {
    let apis = Vec::<([u8; 8], u32)>::new();
    ("node-subtensor", "node-subtensor", 1u32, spec, 1u32, apis, TX_VERSION, 1u8).encode()
}

fn next_epoch(at: &At<'_>, net: u16) -> Result<Option<u64>, StateError> {
    if !at.view.of::<bool>("NetworksAdded", net)? {
        return Ok(None);
    }
    Ok(Schedule::read(&at.view, net)?.next(at.block.number))
}
