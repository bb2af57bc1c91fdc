//! Parameters of a call, by position.

use jsonrpsee::types::ErrorObjectOwned;
use serde_json::Value as Json;

use crate::block::Block;
use crate::chain::Chain;
use crate::keys::{Hash, account_of};
use crate::rpc::failed;

const INVALID_PARAMS: i32 = -32602;
const UNKNOWN_BLOCK: i32 = 4003;

/// Parameters of a call, by position; none where the caller sent none.
pub(crate) struct Params(Vec<Json>);

impl Params {
    /// Reads a list, or nothing.
    pub(crate) fn read(params: &jsonrpsee::types::Params<'_>) -> Result<Params, ErrorObjectOwned> {
        match params.parse::<Json>()? {
            Json::Null => Ok(Params(vec![])),
            Json::Array(items) => Ok(Params(items)),
            _ => Err(failed(INVALID_PARAMS, "parameters are a list")),
        }
    }

    /// Parameter `i`; none where it is absent or null.
    pub(crate) fn get(&self, i: usize) -> Option<&Json> {
        self.0.get(i).filter(|p| !p.is_null())
    }

    fn must<T>(
        &self,
        i: usize,
        what: &str,
        read: impl Fn(&Json) -> Option<T>,
    ) -> Result<T, ErrorObjectOwned> {
        let wrong = || failed(INVALID_PARAMS, format!("parameter {i} is not {what}"));
        self.get(i).and_then(read).ok_or_else(wrong)
    }

    pub(crate) fn text(&self, i: usize) -> Result<&str, ErrorObjectOwned> {
        self.get(i)
            .and_then(Json::as_str)
            .ok_or_else(|| failed(INVALID_PARAMS, format!("parameter {i} is not text")))
    }

    pub(crate) fn list(&self, i: usize) -> Result<&[Json], ErrorObjectOwned> {
        let list = self.get(i).and_then(Json::as_array);
        list.map(Vec::as_slice).ok_or_else(|| failed(INVALID_PARAMS, format!("parameter {i} is not a list")))
    }

    pub(crate) fn flag(&self, i: usize) -> Result<bool, ErrorObjectOwned> {
        self.must(i, "true or false", Json::as_bool)
    }

    /// A number, or a text of `0x` and hex digits.
    pub(crate) fn number<T: TryFrom<u64>>(&self, i: usize) -> Result<T, ErrorObjectOwned> {
        self.must(i, "a number that fits", |p| T::try_from(number(p)?).ok())
    }

    /// Bytes as hex digits.
    pub(crate) fn bytes(&self, i: usize) -> Result<Vec<u8>, ErrorObjectOwned> {
        self.must(i, "hex digits", unhex)
    }

    pub(crate) fn account(&self, i: usize) -> Result<Hash, ErrorObjectOwned> {
        account_of(self.text(i)?).map_err(|e| failed(INVALID_PARAMS, e))
    }

    /// The block whose hash is parameter `i`; the best one that readers see where there is none.
    pub(crate) fn block<'c>(&self, chain: &'c Chain, i: usize) -> Result<&'c Block, ErrorObjectOwned> {
        if self.get(i).is_none() {
            return Ok(chain.best_seen());
        }
        let hash: Hash = self.must(i, "a block hash", |p| unhex(p)?.try_into().ok())?;
        let seen = |b: &&Block| b.number <= chain.best_seen().number;
        let unknown = || {
            failed(
                UNKNOWN_BLOCK,
                format!("Client error: UnknownBlock: Header was not found: {}", crate::block::hex0x(hash)),
            )
        };
        chain.by_hash(&hash).filter(seen).ok_or_else(unknown)
    }

    /// The storage at the block whose hash is parameter `i`.
    pub(crate) fn storage<'c>(
        &self,
        chain: &'c Chain,
        i: usize,
    ) -> Result<(&'c Block, crate::state::View<'c>), ErrorObjectOwned> {
        let block = self.block(chain, i)?;
        let gone = || {
            let text = format!(
                "Client error: UnknownBlock: State already discarded for {}",
                crate::block::hex0x(block.hash)
            );
            failed(UNKNOWN_BLOCK, text)
        };
        Ok((block, chain.view(block).ok_or_else(gone)?))
    }
}

/// A number, or a text of `0x` and hex digits.
pub(crate) fn number(p: &Json) -> Option<u64> {
    match p {
        Json::Number(n) => n.as_u64(),
        Json::String(s) => u64::from_str_radix(s.strip_prefix("0x")?, 16).ok(),
        _ => None,
    }
}

/// Bytes as hex digits; nodes take them with and without `0x`, and the official SDK sends both.
pub(crate) fn unhex(p: &Json) -> Option<Vec<u8>> {
    let text = p.as_str()?;
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}
