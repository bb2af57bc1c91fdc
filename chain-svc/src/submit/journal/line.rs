//! What the lines of a journal say.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chain::{Hash, Refusal, Signed};

/// What is known of one intention: its newest transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The intention's name.
    pub name: String,
    /// What was asked of the chain.
    pub call: String,
    /// What its maker wanted, in the maker's form.
    pub intended: Value,
    /// When it was signed, microseconds since the epoch.
    pub at: i64,
    /// The transaction.
    pub signed: Signed,
    /// How it ended, when that is known.
    pub outcome: Option<Outcome>,
}

/// How a transaction ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Outcome {
    /// It is in this final block and did what it should.
    Done {
        /// The block's height.
        number: u64,
        /// The block's name.
        block: Hash,
        /// Names of its events.
        events: Vec<String>,
    },
    /// It is in this final block and the chain refused the change.
    Refused {
        /// The block's height.
        number: u64,
        /// The block's name.
        block: Hash,
        /// Why.
        refusal: Refusal,
    },
    /// It was refused before it got near a block.
    NotTaken(Refusal),
    /// It is in no block and never will be.
    Never,
}

/// A line of the journal.
#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(super) enum Line {
    Signed(Entry),
    Ended { at: i64, name: String, hash: Hash, outcome: Outcome },
}
