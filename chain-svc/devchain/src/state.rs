//! Storage of one block, addressed by the names in the metadata.

use std::collections::BTreeMap;

use frame_decode::storage::{encode_storage_key, encode_storage_key_prefix};
use parity_scale_codec::{Decode, Encode};
use subxt_metadata::Metadata;

use crate::keys::Hash;
use crate::value::{Value, num, raw};

/// Keys and values as a client reads them.
pub(crate) type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// The pallet whose rules are ported here.
pub(crate) const SUBTENSOR: &str = "SubtensorModule";

/// Why a storage item could not be addressed, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// No such item in the metadata.
    #[error("the metadata has no storage item {0}.{1}")]
    NoItem(String, String),
    /// The keys do not fit the item.
    #[error("address {0}.{1}: {2}")]
    Key(String, String, String),
    /// The value does not fit the type of the item.
    #[error("encode {0}.{1}: {2}")]
    Encode(String, String, String),
    /// The stored bytes are not what we expect.
    #[error("decode {0}.{1}")]
    Decode(String, String, #[source] parity_scale_codec::Error),
    /// Neither stored nor given a default.
    #[error("{0}.{1} has no value")]
    Absent(String, String),
}

/// `System.Account`: amounts in rao.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AccountInfo {
    pub(crate) nonce: u32,
    pub(crate) consumers: u32,
    pub(crate) providers: u32,
    pub(crate) sufficients: u32,
    pub(crate) free: u64,
    pub(crate) reserved: u64,
    pub(crate) frozen: u64,
    pub(crate) flags: u128,
}

/// Storage as it was at one block.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) md: &'a Metadata,
    pub(crate) map: &'a Map,
}

impl View<'_> {
    /// The key of an item.
    pub(crate) fn key(&self, pallet: &str, item: &str, keys: Vec<Value>) -> Result<Vec<u8>, StateError> {
        let known =
            self.md.pallet_by_name(pallet).and_then(|p| p.storage()).and_then(|s| s.entry_by_name(item));
        let parts = known.ok_or_else(|| StateError::NoItem(pallet.into(), item.into()))?.keys().len();
        if parts != keys.len() {
            let text = format!("{parts} keys expected, {} given", keys.len());
            return Err(StateError::Key(pallet.into(), item.into(), text));
        }
        encode_storage_key(pallet, item, keys, self.md, self.md.types())
            .map_err(|e| StateError::Key(pallet.into(), item.into(), e.to_string()))
    }

    /// The type of an item's value, and its default where it has one.
    pub(crate) fn entry(&self, pallet: &str, item: &str) -> Result<(u32, Option<Vec<u8>>), StateError> {
        let entry =
            self.md.pallet_by_name(pallet).and_then(|p| p.storage()).and_then(|s| s.entry_by_name(item));
        let entry = entry.ok_or_else(|| StateError::NoItem(pallet.into(), item.into()))?;
        Ok((entry.value_ty(), entry.default_value().map(<[u8]>::to_vec)))
    }

    /// The stored bytes, or the default in the metadata, or none for an optional item.
    pub(crate) fn bytes(
        &self,
        pallet: &str,
        item: &str,
        keys: Vec<Value>,
    ) -> Result<Option<Vec<u8>>, StateError> {
        match self.map.get(&self.key(pallet, item, keys)?) {
            Some(stored) => Ok(Some(stored.clone())),
            None => Ok(self.entry(pallet, item)?.1),
        }
    }

    /// An item of any pallet, where it is stored or has a default.
    pub(crate) fn find_in<T: Decode>(
        &self,
        pallet: &str,
        item: &str,
        keys: Vec<Value>,
    ) -> Result<Option<T>, StateError> {
        let bytes = self.bytes(pallet, item, keys)?;
        let decoded = bytes.map(|b| T::decode(&mut &b[..])).transpose();
        decoded.map_err(|e| StateError::Decode(pallet.into(), item.into(), e))
    }

    /// An optional item of the subtensor pallet.
    pub(crate) fn find<T: Decode>(&self, item: &str, keys: Vec<Value>) -> Result<Option<T>, StateError> {
        self.find_in(SUBTENSOR, item, keys)
    }

    /// An item of the subtensor pallet that is always there.
    pub(crate) fn get<T: Decode>(&self, item: &str, keys: Vec<Value>) -> Result<T, StateError> {
        self.find(item, keys)?.ok_or_else(|| StateError::Absent(SUBTENSOR.into(), item.into()))
    }

    /// An item kept per subnet (or per mechanism index).
    pub(crate) fn of<T: Decode>(&self, item: &str, net: u16) -> Result<T, StateError> {
        self.get(item, vec![num(net)])
    }

    /// An item of the subtensor pallet as a dynamic value, for the answers of runtime APIs.
    pub(crate) fn value(&self, item: &str, keys: Vec<Value>) -> Result<Value, StateError> {
        let absent = || StateError::Absent(SUBTENSOR.into(), item.into());
        let (ty, _) = self.entry(SUBTENSOR, item)?;
        let bytes = self.bytes(SUBTENSOR, item, keys)?.ok_or_else(absent)?;
        let value = scale_value::scale::decode_as_type(&mut &bytes[..], ty, self.md.types());
        value
            .map(|v| v.remove_context())
            .map_err(|e| StateError::Encode(SUBTENSOR.into(), item.into(), e.to_string()))
    }

    /// The account, all zeros where it never existed.
    pub(crate) fn account(&self, who: &Hash) -> Result<AccountInfo, StateError> {
        let found = self.find_in("System", "Account", vec![raw(who)])?;
        found.ok_or_else(|| StateError::Absent("System".into(), "Account".into()))
    }

    /// The uid of a hotkey in a subnet.
    pub(crate) fn uid(&self, net: u16, hotkey: &Hash) -> Result<Option<u16>, StateError> {
        self.find("Uids", vec![num(net), raw(hotkey)])
    }

    /// The subnets there are, in order.
    pub(crate) fn netuids(&self) -> Vec<u16> {
        let prefix = encode_storage_key_prefix(SUBTENSOR, "NetworksAdded");
        let tail = |k: &Vec<u8>| k.get(32..34).map(|b| u16::from_le_bytes([b[0], b[1]]));
        let range = self.map.range(prefix.to_vec()..).take_while(|(k, _)| k.starts_with(&prefix));
        let mut nets: Vec<u16> = range.filter(|(_, v)| v[..] == [1]).filter_map(|(k, _)| tail(k)).collect();
        nets.sort_unstable();
        nets
    }
}
