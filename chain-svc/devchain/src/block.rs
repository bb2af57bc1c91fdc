//! A block, its header, and the hash that clients recompute.

use std::sync::Arc;

use parity_scale_codec::{Compact, Encode};
use serde_json::{Value as Json, json};
use sp_crypto_hashing::blake2_256;

use crate::keys::Hash;
use crate::metadata::Runtime;
use crate::state::Map;

/// The number and hash of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockRef {
    /// Blocks since genesis.
    pub number: u64,
    /// blake2_256 of the SCALE header.
    pub hash: Hash,
}

/// A block with the state after it.
#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) number: u64,
    pub(crate) hash: Hash,
    pub(crate) parent: Hash,
    pub(crate) extrinsics: Vec<Vec<u8>>,
    pub(crate) extrinsics_root: Hash,
    pub(crate) state_root: Hash,
    /// None once it is older than what is kept.
    pub(crate) state: Option<Arc<Map>>,
    /// The runtime that a reader at this block finds.
    pub(crate) runtime: Arc<Runtime>,
}

impl Block {
    /// Computes roots and hash. The roots are hashes of what they cover, not of a trie: proofs are not offered.
    pub(crate) fn seal(
        number: u64,
        parent: (Hash, Hash),
        extrinsics: Vec<Vec<u8>>,
        changes: &[(Vec<u8>, Option<Vec<u8>>)],
        state: Map,
        runtime: Arc<Runtime>,
    ) -> Block {
        let state_root = blake2_256(&(parent.1, changes).encode());
        let extrinsics_root = blake2_256(&extrinsics.encode());
        let hash = header_hash(&parent.0, number, &state_root, &extrinsics_root, &[]);
        let state = Some(Arc::new(state));
        Block { number, hash, parent: parent.0, extrinsics, extrinsics_root, state_root, state, runtime }
    }

    /// Number and hash.
    pub(crate) fn id(&self) -> BlockRef {
        BlockRef { number: self.number, hash: self.hash }
    }

    /// The header as JSON-RPC writes it.
    pub(crate) fn header(&self) -> Json {
        json!({
            "parentHash": hex0x(self.parent),
            "number": format!("0x{:x}", self.number),
            "stateRoot": hex0x(self.state_root),
            "extrinsicsRoot": hex0x(self.extrinsics_root),
            "digest": {"logs": []},
        })
    }
}

/// blake2_256 of a SCALE header; `logs` are the digest items, each already encoded.
pub(crate) fn header_hash(
    parent: &Hash,
    number: u64,
    state: &Hash,
    extrinsics: &Hash,
    logs: &[Vec<u8>],
) -> Hash {
    let mut header = parent.to_vec();
    Compact(number).encode_to(&mut header);
    header.extend(state);
    header.extend(extrinsics);
    Compact(u32::try_from(logs.len()).unwrap_or(u32::MAX)).encode_to(&mut header);
    header.extend(logs.concat());
    blake2_256(&header)
}

/// Bytes as `0x` and hex digits.
pub(crate) fn hex0x(b: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(b))
}
