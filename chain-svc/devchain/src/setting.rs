//! How a chain is started.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use crate::genesis::Genesis;

/// When blocks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockTime {
    /// One at once for every transaction.
    Instant,
    /// Only when asked to.
    Manual,
    /// One in every such time, with whatever waits.
    Every(Duration),
}

/// How a refused transaction is worded: servers differ, and a client must understand both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wording {
    /// As nodes do: `Invalid Transaction`, with a sentence such as `Transaction is outdated` as data.
    #[default]
    Sentence,
    /// As the runtime's own value: `{"invalid":{"stale":null}}`.
    Value,
}

/// How a chain is started; the default is a free port of loopback and a block per transaction.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 is any free one.
    pub listen: SocketAddr,
    /// When blocks are made.
    pub block_time: BlockTime,
    /// The first block.
    pub genesis: Genesis,
    /// How many blocks the finalized head is behind the best one.
    pub finality_lag: u64,
    /// How refusals are worded.
    pub wording: Wording,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            block_time: BlockTime::Instant,
            genesis: Genesis::default(),
            finality_lag: 0,
            wording: Wording::default(),
        }
    }
}

impl Options {
    /// The default, but blocks are made only when asked to.
    #[must_use]
    pub fn manual() -> Self {
        Options { block_time: BlockTime::Manual, ..Options::default() }
    }
}

impl FromStr for BlockTime {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s {
            "instant" => Ok(BlockTime::Instant),
            "manual" => Ok(BlockTime::Manual),
            _ => match humantime::parse_duration(s) {
                Ok(d) if !d.is_zero() => Ok(BlockTime::Every(d)),
                _ => Err(format!("{s:?} is not a block time: instant, manual, or a time such as 250ms")),
            },
        }
    }
}
