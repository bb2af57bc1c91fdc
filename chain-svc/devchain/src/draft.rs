//! One block in the making: storage that is written, and the events that tell of it.

use parity_scale_codec::{Decode, Encode};
use scale_value::{Composite, ValueDef, Variant};
use subxt_metadata::Metadata;

use crate::keys::Hash;
use crate::state::{AccountInfo, Map, SUBTENSOR, StateError, View};
use crate::value::{Value, list, num, raw, unit};

/// Where in a block something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Before the first transaction.
    Initialization,
    /// While the transaction of this index is applied.
    Apply(u32),
}

/// Storage and events of the block being made.
pub(crate) struct Draft<'a> {
    pub(crate) md: &'a Metadata,
    pub(crate) map: Map,
    /// What changed since the parent, in order: the state root is made of it.
    pub(crate) changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    pub(crate) number: u64,
    pub(crate) events: Vec<Value>,
    pub(crate) phase: Phase,
}

/// A point to return to when a call fails.
pub(crate) struct Mark(Map, usize, usize);

impl<'a> Draft<'a> {
    /// A block of this number on top of a state.
    pub(crate) fn new(md: &'a Metadata, map: Map, number: u64) -> Draft<'a> {
        Draft { md, map, changes: vec![], number, events: vec![], phase: Phase::Initialization }
    }

    /// The storage as it is now.
    pub(crate) fn view(&self) -> View<'_> {
        View { md: self.md, map: &self.map }
    }

    /// Remembers where we are.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.map.clone(), self.changes.len(), self.events.len())
    }

    /// Undoes all that happened since the mark.
    pub(crate) fn undo(&mut self, mark: Mark) {
        self.map = mark.0;
        self.changes.truncate(mark.1);
        self.events.truncate(mark.2);
    }

    /// Reads an item of the subtensor pallet.
    pub(crate) fn get<T: Decode>(&self, item: &str, keys: Vec<Value>) -> Result<T, StateError> {
        self.view().get(item, keys)
    }

    /// Reads an item kept per subnet.
    pub(crate) fn of<T: Decode>(&self, item: &str, net: u16) -> Result<T, StateError> {
        self.view().of(item, net)
    }

    /// Writes a value, encoded by the type in the metadata.
    pub(crate) fn put_in(
        &mut self,
        pallet: &str,
        item: &str,
        keys: Vec<Value>,
        v: &Value,
    ) -> Result<(), StateError> {
        let (ty, _) = self.view().entry(pallet, item)?;
        let mut out = vec![];
        scale_value::scale::encode_as_type(v, ty, self.md.types(), &mut out)
            .map_err(|e| StateError::Encode(pallet.into(), item.into(), e.to_string()))?;
        self.write(pallet, item, keys, Some(out))
    }

    /// Writes a value of the subtensor pallet, encoded by the type in the metadata.
    pub(crate) fn put(&mut self, item: &str, keys: Vec<Value>, v: &Value) -> Result<(), StateError> {
        self.put_in(SUBTENSOR, item, keys, v)
    }

    /// Writes a value of the subtensor pallet whose encoding is known here; a test decodes all of them by their types.
    pub(crate) fn set<T: Encode>(&mut self, item: &str, keys: Vec<Value>, v: &T) -> Result<(), StateError> {
        self.write(SUBTENSOR, item, keys, Some(v.encode()))
    }

    /// Writes an item kept per subnet.
    pub(crate) fn set_of<T: Encode>(&mut self, item: &str, net: u16, v: &T) -> Result<(), StateError> {
        self.set(item, vec![num(net)], v)
    }

    /// Writes bytes, or removes the item.
    pub(crate) fn write(
        &mut self,
        pallet: &str,
        item: &str,
        keys: Vec<Value>,
        bytes: Option<Vec<u8>>,
    ) -> Result<(), StateError> {
        let key = self.view().key(pallet, item, keys)?;
        match &bytes {
            Some(b) => self.map.insert(key.clone(), b.clone()),
            None => self.map.remove(&key),
        };
        self.changes.push((key, bytes));
        Ok(())
    }

    /// Sets position `uid` of a per-uid list, filling up with `filler`.
    pub(crate) fn set_at<T: Encode + Decode + Clone>(
        &mut self,
        item: &str,
        net: u16,
        uid: u16,
        v: T,
        filler: &T,
    ) -> Result<(), StateError> {
        let mut items: Vec<T> = self.of(item, net)?;
        let n = usize::from(uid);
        if items.len() <= n {
            items.resize(n + 1, filler.clone());
        }
        items[n] = v;
        self.set_of(item, net, &items)
    }

    /// Writes an account.
    pub(crate) fn set_account(&mut self, who: &Hash, info: &AccountInfo) -> Result<(), StateError> {
        self.write("System", "Account", vec![raw(who)], Some(info.encode()))
    }

    /// Records an event.
    pub(crate) fn event(&mut self, pallet: &str, name: &str, fields: Composite<()>) {
        let inner =
            Value { value: ValueDef::Variant(Variant { name: name.into(), values: fields }), context: () };
        let phase = match self.phase {
            Phase::Initialization => unit("Initialization"),
            Phase::Apply(i) => Value::unnamed_variant("ApplyExtrinsic", [num(i)]),
        };
        let event = Value::unnamed_variant(pallet, [inner]);
        self.events.push(Value::named_composite([("phase", phase), ("event", event), ("topics", list([]))]));
    }
}
