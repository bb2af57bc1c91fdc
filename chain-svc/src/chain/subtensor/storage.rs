//! Many storage items in one request, each encoded and decoded by the node's own metadata.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use scale_decode::DecodeAsType;
use subxt::{
    dynamic::{self, Value},
    utils::H256,
};

use super::{
    link::{At, Link},
    names,
};
use crate::chain::{Account, ChainError};

/// Keys in one request.
const PER_REQUEST: usize = 400;

/// Items to be read together.
pub(super) struct Batch<'a> {
    at: &'a At,
    wanted: Vec<Wanted>,
}

struct Wanted {
    name: String,
    key: Vec<u8>,
    ty: u32,
    default: Option<Vec<u8>>,
}

/// The place of an item in a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot(usize);

/// What was read.
pub(super) struct Answers<'a> {
    at: &'a At,
    wanted: Vec<Wanted>,
    /// `None`: nothing is stored there.
    values: HashMap<Vec<u8>, Option<Vec<u8>>>,
}

/// A number as part of a key or a field of a call.
pub(super) fn number(n: impl Into<u128>) -> Value {
    Value::u128(n.into())
}

/// An account as part of a key or a field of a call.
pub(super) fn account(account: &Account) -> Value {
    Value::from_bytes(account.bytes())
}

impl<'a> Batch<'a> {
    pub(super) const fn new(at: &'a At) -> Self {
        Self { at, wanted: Vec::new() }
    }

    /// Asks for an item of the pallet of subnets.
    pub(super) fn want(&mut self, item: &str, parts: Vec<Value>) -> Result<Slot, ChainError> {
        self.want_of(names::PALLET, item, parts)
    }

    /// Asks for an item if the chain has it.
    pub(super) fn want_if(&mut self, item: &str, parts: Vec<Value>) -> Result<Option<Slot>, ChainError> {
        if names::has_storage(self.at.client.metadata_ref(), names::PALLET, item) {
            return self.want(item, parts).map(Some);
        }
        Ok(None)
    }

    /// Asks for an item of any pallet.
    pub(super) fn want_of(
        &mut self,
        pallet: &str,
        item: &str,
        parts: Vec<Value>,
    ) -> Result<Slot, ChainError> {
        let name = format!("{pallet}.{item}");
        let metadata = self.at.client.metadata_ref();
        let entry =
            metadata.pallet_by_name(pallet).and_then(|p| p.storage()).and_then(|s| s.entry_by_name(item));
        let gone = || ChainError::Names { spec: self.at.head.spec, missing: vec![format!("storage {name}")] };
        let entry = entry.ok_or_else(gone)?;
        let (ty, default) = (entry.value_ty(), entry.default_value().map(<[u8]>::to_vec));
        let address = self.at.client.storage().entry(dynamic::storage::<Vec<Value>, Value>(pallet, item));
        let key = address.and_then(|a| a.fetch_key(parts));
        // other keys than ours: the item was given another shape
        let key = key.map_err(|e| ChainError::Names {
            spec: self.at.head.spec,
            missing: vec![format!("storage {name} with our keys ({e})")],
        })?;
        self.wanted.push(Wanted { name, key, ty, default });
        Ok(Slot(self.wanted.len() - 1))
    }

    /// Reads all of it, at the one block.
    pub(super) async fn read(self, link: &Link) -> Result<Answers<'a>, ChainError> {
        let hash: H256 = self.at.head.hash.into();
        let parts = self.wanted.chunks(PER_REQUEST).map(|part| async move {
            let keys = part.iter().map(|w| w.key.as_slice());
            link.rpc.state_query_storage_at(keys, Some(hash)).await.map_err(ChainError::away)
        });
        let mut values = HashMap::new();
        for set in try_join_all(parts).await?.into_iter().flatten() {
            if set.block != hash {
                return Err(ChainError::garbage("storage of another block than the one asked for"));
            }
            values.extend(set.changes.into_iter().map(|(key, value)| (key.0, value.map(|v| v.0))));
        }
        // an item that is left out must not read as its default: that would be another rule than the chain's
        if let Some(wanted) = self.wanted.iter().find(|w| !values.contains_key(&w.key)) {
            return Err(ChainError::garbage(format!("nothing about {}", wanted.name)));
        }
        Ok(Answers { at: self.at, wanted: self.wanted, values })
    }
}

impl Answers<'_> {
    /// The value, or the default of the chain; `None` when it has neither.
    pub(super) fn maybe<T: DecodeAsType>(&self, slot: Slot) -> Result<Option<T>, ChainError> {
        let Some(wanted) = self.wanted.get(slot.0) else { return Ok(None) };
        let stored = self.values.get(&wanted.key).and_then(Option::as_ref);
        let bytes = stored.or(wanted.default.as_ref());
        let Some(mut bytes) = bytes.map(Vec::as_slice) else { return Ok(None) };
        let types = self.at.client.metadata_ref().types();
        let value = T::decode_as_type(&mut bytes, wanted.ty, types)
            .map_err(|e| ChainError::garbage(format!("{}: {e}", wanted.name)))?;
        if !bytes.is_empty() {
            return Err(ChainError::garbage(format!("{}: bytes are left over", wanted.name)));
        }
        Ok(Some(value))
    }

    /// The value, or the default of the chain.
    pub(super) fn get<T: DecodeAsType>(&self, slot: Slot) -> Result<T, ChainError> {
        let name = || self.wanted.get(slot.0).map_or("", |w| w.name.as_str());
        self.maybe(slot)?.ok_or_else(|| ChainError::garbage(format!("{} has no value", name())))
    }

    /// The value of an item that the chain may not have.
    pub(super) fn or<T: DecodeAsType>(&self, slot: Option<Slot>, otherwise: T) -> Result<T, ChainError> {
        match slot {
            Some(slot) => Ok(self.maybe(slot)?.unwrap_or(otherwise)),
            None => Ok(otherwise),
        }
    }
}
