//! A chain without a socket, accounts that sign, and events as names.

use parity_scale_codec::{Compact, Encode};
use scale_value::ValueDef;
use schnorrkel::Keypair;
use serde_json::{Value as Json, json};
use sp_crypto_hashing::blake2_256;
use subxt_metadata::Metadata;

use crate::chain::Chain;
use crate::genesis::Genesis;
use crate::keys::{Hash, account_of, development_key};
use crate::metadata::{RECORDED_SPEC, Runtime, TX_VERSION};
use crate::pool::Status;
use crate::setting::{BlockTime, Options};
use crate::state::SUBTENSOR;
use crate::value::{Value, as_num, list, num, raw};

/// A chain that is driven without a socket.
pub(super) struct World(pub(super) Chain);

/// What else goes into a signed transaction.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) nonce: u32,
    pub(super) tip: u64,
    pub(super) spec: u32,
    pub(super) genesis: Hash,
    /// The two bytes of a mortal era, and the hash of the block it began at.
    pub(super) era: Option<([u8; 2], Hash)>,
}

/// An event: its name and its fields.
pub(super) type Event = (String, Value);

impl World {
    /// The default chain, a block per transaction.
    pub(super) fn new() -> World {
        World::of(&Options::default())
    }

    /// The local net of the measured answers.
    pub(super) fn measured() -> World {
        World::of(&Options { genesis: Genesis::measured(), ..Options::default() })
    }

    /// The default chain; blocks are made only when asked to.
    pub(super) fn manual() -> World {
        World::of(&Options { block_time: BlockTime::Manual, ..Options::default() })
    }

    pub(super) fn of(options: &Options) -> World {
        World(Chain::new(options).unwrap())
    }

    /// Sets an item that is kept per subnet.
    pub(super) fn set(&mut self, net: u16, item: &str, v: impl Into<Json>) {
        self.0.set_storage(SUBTENSOR, item, &[json!(net)], Some(&v.into())).unwrap();
    }

    /// Sets an item that has no key.
    pub(super) fn set_plain(&mut self, item: &str, v: impl Into<Json>) {
        self.0.set_storage(SUBTENSOR, item, &[], Some(&v.into())).unwrap();
    }

    /// Reads an item that is kept per subnet.
    pub(super) fn get<T: parity_scale_codec::Decode>(&self, item: &str, net: u16) -> T {
        self.0.now().unwrap().of(item, net).unwrap()
    }

    pub(super) fn free(&self, who: &str) -> u64 {
        self.0.now().unwrap().account(&account(who)).unwrap().free
    }

    pub(super) fn nonce(&self, who: &str) -> u32 {
        self.0.now().unwrap().account(&account(who)).unwrap().nonce
    }

    pub(super) fn uid(&self, net: u16, who: &str) -> u16 {
        self.0.now().unwrap().uid(net, &account(who)).unwrap().unwrap()
    }

    /// Immortal terms with the next nonce.
    pub(super) fn terms(&self, who: &str) -> Terms {
        let nonce = self.0.next_nonce(&account(who)).unwrap();
        Terms { nonce, tip: 0, spec: RECORDED_SPEC, genesis: self.0.block(0).unwrap().hash, era: None }
    }

    /// A call of the subtensor pallet, signed by a development key; events of its own, or the name of its error.
    pub(super) fn call(
        &mut self,
        who: &str,
        call: &str,
        args: &[(&str, Value)],
    ) -> Result<Vec<String>, String> {
        let xt = self.sign(who, SUBTENSOR, call, args);
        self.0.submit(xt, None).map_err(|e| format!("refused: {e}"))?;
        self.outcome()
    }

    pub(super) fn sign(&self, who: &str, pallet: &str, call: &str, args: &[(&str, Value)]) -> Vec<u8> {
        let md = &self.0.rules.md;
        sign(&development_key(who).unwrap(), &encode_call(md, pallet, call, args), self.terms(who))
    }

    pub(super) fn remark(&self, who: &str) -> Vec<u8> {
        self.sign(who, "System", "remark", &[("remark", raw(b"x"))])
    }

    /// What became of the last transaction of the last block.
    pub(super) fn outcome(&self) -> Result<Vec<String>, String> {
        let index = self.0.head().extrinsics.len() as u128 - 1;
        let own: Vec<Event> =
            self.phased().into_iter().filter(|(p, _)| *p == Some(index)).map(|(_, e)| e).collect();
        match own.iter().find(|(name, _)| name == "System.ExtrinsicFailed") {
            Some((_, fields)) => Err(error_name(&self.0.rules.md, fields)),
            None => Ok(own.into_iter().map(|(name, _)| name).collect()),
        }
    }

    /// Events of the last block.
    pub(super) fn events(&self) -> Vec<Event> {
        self.phased().into_iter().map(|(_, e)| e).collect()
    }

    fn phased(&self) -> Vec<(Option<u128>, Event)> {
        let v = self.0.now().unwrap();
        let bytes = v.bytes("System", "Events", vec![]).unwrap().unwrap();
        read_events(&self.0.rules.md, &bytes)
    }
}

pub(super) fn account(who: &str) -> Hash {
    account_of(who).unwrap()
}

/// The recorded runtime.
pub(super) fn runtime() -> std::sync::Arc<Runtime> {
    Runtime::recorded().unwrap()
}

/// Events by the type in the metadata, each with the index of its transaction.
pub(super) fn read_events(md: &Metadata, mut bytes: &[u8]) -> Vec<(Option<u128>, Event)> {
    let storage = md.pallet_by_name("System").unwrap().storage().unwrap();
    let ty = storage.entry_by_name("Events").unwrap().value_ty();
    let value = scale_value::scale::decode_as_type(&mut bytes, ty, md.types()).unwrap().remove_context();
    assert!(bytes.is_empty(), "bytes are left over");
    let ValueDef::Composite(records) = value.value else { panic!("a list of records") };
    records
        .into_values()
        .map(|r| {
            let ValueDef::Composite(r) = r.value else { panic!("a record") };
            let [phase, event, _topics] =
                <[Value; 3]>::try_from(r.into_values().collect::<Vec<_>>()).unwrap();
            let ValueDef::Variant(phase) = phase.value else { panic!("a phase") };
            let ValueDef::Variant(pallet) = event.value else { panic!("an event") };
            let inner = pallet.values.into_values().next().unwrap();
            let ValueDef::Variant(event) = inner.value else { panic!("an event") };
            let index = phase.values.values().next().and_then(as_num);
            let fields = Value { value: ValueDef::Composite(event.values), context: () };
            (index, (format!("{}.{}", pallet.name, event.name), fields))
        })
        .collect()
}

/// The name of the error in an `ExtrinsicFailed`.
fn error_name(md: &Metadata, fields: &Value) -> String {
    let ValueDef::Composite(c) = &fields.value else { panic!("fields") };
    let ValueDef::Variant(error) = &c.values().next().unwrap().value else { panic!("an error") };
    if error.name != "Module" {
        return error.name.clone();
    }
    let module = crate::value::as_bytes(&list(error.values.values().cloned())).unwrap();
    let pallet = md.pallet_by_error_index(module[0]).unwrap();
    match pallet.error_variant_by_index(module[1]) {
        Some(v) => v.name.clone(),
        None => format!("unknown error {}", module[1]),
    }
}

/// A call by name, encoded by the types in the metadata.
pub(super) fn encode_call(md: &Metadata, pallet: &str, call: &str, args: &[(&str, Value)]) -> Vec<u8> {
    let p = md.pallet_by_name(pallet).unwrap();
    let c = p.call_variant_by_name(call).unwrap();
    let mut out = vec![p.call_index(), c.index];
    assert_eq!(c.fields.len(), args.len(), "{pallet}.{call}");
    for f in &c.fields {
        let name = f.name.as_deref().unwrap();
        let (_, v) = args.iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("{call} lacks {name}"));
        scale_value::scale::encode_as_type(v, f.ty.id, md.types(), &mut out).unwrap();
    }
    out
}

/// What is signed, written here a second time: the recorded payloads of a real node hold both to account.
pub(super) fn payload(call: &[u8], terms: &Terms) -> Vec<u8> {
    let birth = terms.era.map_or(terms.genesis, |(_, birth)| birth);
    [call, &extension(terms), &terms.spec.encode(), &TX_VERSION.encode(), &terms.genesis, &birth, &[0]]
        .concat()
}

fn extension(terms: &Terms) -> Vec<u8> {
    let era = terms.era.map_or(vec![0], |(era, _)| era.to_vec());
    [era, Compact(terms.nonce).encode(), Compact(terms.tip).encode(), vec![0]].concat()
}

pub(super) fn sign(key: &Keypair, call: &[u8], terms: Terms) -> Vec<u8> {
    let payload = payload(call, &terms);
    let message = if payload.len() > 256 { blake2_256(&payload).to_vec() } else { payload };
    let signature = key.sign_simple(b"substrate", &message).to_bytes();
    assemble(&key.public.to_bytes(), &signature, call, &terms)
}

/// A transaction of version 4 from its parts.
pub(super) fn assemble(who: &Hash, signature: &[u8; 64], call: &[u8], terms: &Terms) -> Vec<u8> {
    [&[0x84, 0][..], who, &[1], signature, &extension(terms), call].concat().encode()
}

/// The era of a transaction that begins at block `birth`.
pub(super) fn era(period: u64, birth: u64) -> [u8; 2] {
    let factor = (period >> 12).max(1);
    let phase = birth % period / factor;
    let encoded = u64::from(period.trailing_zeros()).saturating_sub(1).clamp(1, 15) | (phase << 4);
    u16::try_from(encoded).unwrap().to_le_bytes()
}

pub(super) fn nums(items: &[u16]) -> Value {
    list(items.iter().map(|n| num(*n)))
}

/// What a watcher heard so far.
pub(super) fn heard(statuses: &mut tokio::sync::mpsc::UnboundedReceiver<Status>) -> Vec<Status> {
    std::iter::from_fn(|| statuses.try_recv().ok()).collect()
}

/// Registers a hotkey with the coldkey //Alice, whatever the limits of the block say.
pub(super) fn register(w: &mut World, net: u16, hotkey: &str) -> u16 {
    w.call("//Alice", "burned_register", &[("netuid", num(net)), ("hotkey", raw(account(hotkey)))]).unwrap();
    w.uid(net, hotkey)
}
