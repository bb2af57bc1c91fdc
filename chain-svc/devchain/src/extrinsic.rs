//! Signed transactions: taken apart by the metadata, and verified as the runtime verifies them.
//!
//! The envelope is read first and only calls that this chain knows are decoded further: a call that nests others to
//! any depth is refused before anything recurses.

use std::collections::BTreeMap;

use parity_scale_codec::{Compact, Decode, Encode};
use sp_crypto_hashing::blake2_256;
use subxt_metadata::Metadata;

use crate::era::Era;
use crate::keys::Hash;
use crate::metadata::TX_VERSION;
use crate::rules::Args;

/// The largest transaction that is looked at, in bytes.
pub(crate) const MAX_LENGTH: usize = 256 * 1024;

/// A signed transaction, taken apart; nothing in it is verified yet.
pub(crate) struct Signed {
    pub(crate) who: Hash,
    pub(crate) nonce: u32,
    /// In rao, on top of the fee.
    pub(crate) tip: u64,
    pub(crate) era: Era,
    pub(crate) pallet: String,
    pub(crate) call: String,
    pub(crate) args: Args,
    signature: [u8; 64],
    /// Call and extensions: what is signed, without the implicit part.
    signed: Vec<u8>,
}

/// Why bytes are no transaction that this chain takes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Unreadable {
    #[error("it ends in the middle of its {0}")]
    Short(&'static str),
    #[error("{0} bytes are left over")]
    Left(usize),
    #[error("it is larger than {MAX_LENGTH} bytes")]
    Long,
    #[error("it is not signed, or its version is not 4")]
    Version,
    #[error("its sender is not an account id")]
    Sender,
    #[error("its signature is not of sr25519")]
    Scheme,
    #[error("its {0} does not decode")]
    Part(String),
    #[error("it wants the metadata hash checked, which this chain does not do")]
    MetadataHash,
    #[error("the metadata has no call {0}.{1}")]
    NoCall(u8, u8),
    #[error("{0}.{1} is not known to this chain")]
    Unknown(String, String),
}

/// What else a signature covers: the chain it is for.
pub(crate) struct Implicit {
    pub(crate) spec: u32,
    pub(crate) genesis: Hash,
    /// Hash of the block at which the era began, or the genesis hash.
    pub(crate) birth: Hash,
}

/// A reader that names what it was reading when the bytes ended.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize, what: &'static str) -> Result<&'a [u8], Unreadable> {
        let (head, tail) = self.0.split_at_checked(n).ok_or(Unreadable::Short(what))?;
        self.0 = tail;
        Ok(head)
    }

    /// A value of a type, and the bytes it took.
    fn typed(
        &mut self,
        md: &Metadata,
        ty: u32,
        name: &str,
    ) -> Result<(crate::value::Value, &'a [u8]), Unreadable> {
        let before = self.0;
        let value = scale_value::scale::decode_as_type(&mut self.0, ty, md.types());
        let value = value.map_err(|_| Unreadable::Part(name.to_owned()))?.remove_context();
        Ok((value, &before[..before.len() - self.0.len()]))
    }
}

impl Signed {
    /// Takes a transaction apart: length prefix, version 4, sender, signature, extensions, call.
    ///
    /// # Errors
    /// When it is anything else, or its call is not among those of `knows`.
    pub(crate) fn read(
        md: &Metadata,
        xt: &[u8],
        knows: fn(&str, &str) -> bool,
    ) -> Result<Signed, Unreadable> {
        if xt.len() > MAX_LENGTH {
            return Err(Unreadable::Long);
        }
        let mut r = Reader(xt);
        let length = Compact::<u32>::decode(&mut r.0).map_err(|_| Unreadable::Short("length"))?.0 as usize;
        if r.0.len() > length {
            return Err(Unreadable::Left(r.0.len() - length));
        }
        if r.0.len() < length {
            return Err(Unreadable::Short("body"));
        }
        if r.take(1, "version")? != [0x84] {
            return Err(Unreadable::Version);
        }
        if r.take(1, "sender")? != [0] {
            return Err(Unreadable::Sender);
        }
        let who = array(r.take(32, "sender")?, "sender")?;
        if r.take(1, "signature")? != [1] {
            return Err(Unreadable::Scheme);
        }
        let signature = array(r.take(64, "signature")?, "signature")?;

        let (mut nonce, mut tip, mut era) = (0, 0, Era::Immortal);
        let mut extensions = vec![];
        for e in md.extrinsic().transaction_extensions_by_version(0).into_iter().flatten() {
            let part = || Unreadable::Part(e.identifier().to_owned());
            let (_, b) = r.typed(md, e.extra_ty(), e.identifier())?;
            extensions.extend(b);
            match e.identifier() {
                "CheckNonce" => nonce = Compact::<u32>::decode(&mut &b[..]).map_err(|_| part())?.0,
                "ChargeTransactionPayment" => {
                    tip = Compact::<u64>::decode(&mut &b[..]).map_err(|_| part())?.0;
                }
                "CheckMortality" => era = Era::read(b).ok_or_else(part)?,
                "CheckMetadataHash" if b != [0] => return Err(Unreadable::MetadataHash),
                _ => {}
            }
        }
        let signed = [r.0, &extensions].concat();
        let (pallet, call, args) = read_call(md, &mut r, knows)?;
        Ok(Signed { who, nonce, tip, era, pallet, call, args, signature, signed })
    }

    /// The bytes that a signature must cover.
    pub(crate) fn payload(&self, md: &Metadata, implicit: &Implicit) -> Vec<u8> {
        let mut payload = self.signed.clone();
        for e in md.extrinsic().transaction_extensions_by_version(0).into_iter().flatten() {
            match e.identifier() {
                "CheckSpecVersion" => implicit.spec.encode_to(&mut payload),
                "CheckTxVersion" => TX_VERSION.encode_to(&mut payload),
                "CheckGenesis" => payload.extend(implicit.genesis),
                "CheckMortality" => payload.extend(implicit.birth),
                "CheckMetadataHash" => payload.push(0),
                _ => {}
            }
        }
        payload
    }

    /// True where the signature is the sender's, over this payload.
    pub(crate) fn verify(&self, md: &Metadata, implicit: &Implicit) -> bool {
        let payload = self.payload(md, implicit);
        let message = if payload.len() > 256 { blake2_256(&payload).to_vec() } else { payload };
        let signature = schnorrkel::Signature::from_bytes(&self.signature);
        let key = schnorrkel::PublicKey::from_bytes(&self.who);
        match (key, signature) {
            (Ok(k), Ok(s)) => k.verify_simple(b"substrate", &message, &s).is_ok(),
            _ => false,
        }
    }
}

fn array<const N: usize>(b: &[u8], what: &'static str) -> Result<[u8; N], Unreadable> {
    b.try_into().map_err(|_| Unreadable::Short(what))
}

type Call = (String, String, Args);

fn read_call(md: &Metadata, r: &mut Reader<'_>, knows: fn(&str, &str) -> bool) -> Result<Call, Unreadable> {
    let index: [u8; 2] = array(r.take(2, "call")?, "call")?;
    let none = || Unreadable::NoCall(index[0], index[1]);
    let pallet = md.pallet_by_call_index(index[0]).ok_or_else(none)?;
    let call = pallet.call_variant_by_index(index[1]).ok_or_else(none)?;
    if !knows(pallet.name(), &call.name) {
        return Err(Unreadable::Unknown(pallet.name().to_owned(), call.name.clone()));
    }
    let mut args = BTreeMap::new();
    for f in &call.fields {
        let name = f.name.clone().unwrap_or_default();
        let (value, _) = r.typed(md, f.ty.id, &name)?;
        args.insert(name, value);
    }
    if !r.0.is_empty() {
        return Err(Unreadable::Left(r.0.len()));
    }
    Ok((pallet.name().to_owned(), call.name.clone(), Args(args)))
}
