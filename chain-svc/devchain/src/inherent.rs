//! The first extrinsic of each block, which no one signs: it sets the time.

use parity_scale_codec::{Compact, Encode};
use subxt_metadata::Metadata;

/// `Timestamp.set` as a block carries it: length, version 5 bare, call, milliseconds. None where the metadata has no
/// such call.
pub(crate) fn timestamp(md: &Metadata, ms: u64) -> Option<Vec<u8>> {
    let pallet = md.pallet_by_name("Timestamp")?;
    let mut body = vec![0x05, pallet.call_index(), pallet.call_variant_by_name("set")?.index];
    Compact(ms).encode_to(&mut body);
    Some(body.encode())
}
