//! The recorded metadata: what clients read from us, and what our own storage and events are encoded by.

use std::io::Read;
use std::sync::{Arc, OnceLock};

use parity_scale_codec::{Compact, Decode, Encode};
use subxt_metadata::Metadata;

/// The spec version of the recording.
pub(crate) const RECORDED_SPEC: u32 = 461;
/// The transaction version of the recording.
pub(crate) const TX_VERSION: u32 = 1;
/// The recording, gzipped V15 metadata. Its origin and licence are in `data/NOTICE`.
pub(crate) const RECORDED_FILE: &[u8] = include_bytes!("../data/subtensor-461-v15.scale.gz");

/// What a runtime says of itself.
pub(crate) struct Runtime {
    /// The SCALE bytes as a client receives them.
    pub(crate) raw: Vec<u8>,
    /// The same, decoded.
    pub(crate) md: Metadata,
    /// Its spec version.
    pub(crate) spec: u32,
}

/// Why there is no metadata to serve.
#[derive(Debug, thiserror::Error)]
pub enum BadMetadata {
    /// The embedded file does not unpack.
    #[error("unpack the recorded metadata")]
    Unpack(#[source] std::io::Error),
    /// The bytes are no metadata.
    #[error("decode the metadata")]
    Decode(#[source] parity_scale_codec::Error),
}

impl Runtime {
    /// The recording, decoded once in a process.
    ///
    /// # Errors
    /// When the embedded file is damaged.
    pub(crate) fn recorded() -> Result<Arc<Runtime>, BadMetadata> {
        static ONCE: OnceLock<Arc<Runtime>> = OnceLock::new();
        if let Some(known) = ONCE.get() {
            return Ok(Arc::clone(known));
        }
        let mut raw = vec![];
        flate2::read::GzDecoder::new(RECORDED_FILE).read_to_end(&mut raw).map_err(BadMetadata::Unpack)?;
        let runtime = Arc::new(Runtime::new(raw, RECORDED_SPEC)?);
        Ok(Arc::clone(ONCE.get_or_init(|| runtime)))
    }

    fn new(raw: Vec<u8>, spec: u32) -> Result<Runtime, BadMetadata> {
        let md = Metadata::decode(&mut &raw[..]).map_err(BadMetadata::Decode)?;
        Ok(Runtime { raw, md, spec })
    }

    /// The same runtime under another spec version, in which every `old` name is called `new`.
    ///
    /// # Errors
    /// When the result does not decode, as it may where `old` is so short that it occurs by chance.
    pub(crate) fn renamed(&self, spec: u32, renames: &[(String, String)]) -> Result<Runtime, BadMetadata> {
        let mut raw = self.raw.clone();
        for (old, new) in renames {
            raw = replace(&raw, &text(old), &text(new));
        }
        Runtime::new(raw, spec)
    }
}

/// A text as SCALE writes it: its compact length, then its bytes.
fn text(s: &str) -> Vec<u8> {
    let mut out = Compact(u32::try_from(s.len()).unwrap_or(u32::MAX)).encode();
    out.extend(s.as_bytes());
    out
}

fn replace(all: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(all.len());
    let mut rest = all;
    while let Some(at) = rest.windows(old.len()).position(|w| w == old) {
        out.extend(&rest[..at]);
        out.extend(new);
        rest = &rest[at + old.len()..];
    }
    out.extend(rest);
    out
}
