//! The documents of a validator's book.

use std::collections::BTreeMap;

use domain::{Language, MinerId, Sha256, TaskKind};
use serde::{Deserialize, Serialize};

use crate::{challenge::Done, service::wire::Evaluation};

/// The version of every document here.
pub(super) const VERSION: u8 = 1;

/// A task that was graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluated {
    version: u8,
    /// Its size: seconds of sound or video, words of text.
    pub units: u32,
    /// Which challenge it is, if it is one.
    pub challenge: Option<u64>,
    /// Who was asked, by hotkey where there is one.
    pub miners: Vec<MinerId>,
    /// What each answer says, by which copies are told; in the order of the grades.
    pub fingerprints: Vec<Sha256>,
    /// What was found, as the gateway is told.
    pub evaluation: Evaluation,
}

/// A challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posed {
    version: u8,
    /// Its number.
    pub number: u64,
    /// Its kind.
    pub kind: TaskKind,
    /// Its language.
    pub language: Language,
    /// The commitment of what it follows from.
    pub commitment: Sha256,
    /// The sound that is its truth, by the sha256 of its file.
    pub clean: Option<Sha256>,
}

/// How a round ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    version: u8,
    /// Which round.
    pub round: u64,
    /// The block at which it was closed.
    pub block: u64,
    /// Where its tasks end in the gateway's list of results.
    pub next: Option<String>,
    /// Its records.
    pub records: Sha256,
    /// What followed from them.
    pub outcome: Sha256,
    /// What each miner was given lately.
    pub done: BTreeMap<MinerId, Done>,
}

impl Evaluated {
    /// What was found of a task.
    #[must_use]
    pub const fn new(
        units: u32,
        challenge: Option<u64>,
        miners: Vec<MinerId>,
        fingerprints: Vec<Sha256>,
        evaluation: Evaluation,
    ) -> Self {
        Self { version: VERSION, units, challenge, miners, fingerprints, evaluation }
    }
}

impl Posed {
    /// Challenge `number`.
    #[must_use]
    pub const fn new(number: u64, kind: TaskKind, language: Language, commitment: Sha256) -> Self {
        Self { version: VERSION, number, kind, language, commitment, clean: None }
    }
}

impl Closed {
    /// A round that ended at `block`.
    #[must_use]
    pub const fn new(
        round: u64,
        block: u64,
        next: Option<String>,
        (records, outcome): (Sha256, Sha256),
        done: BTreeMap<MinerId, Done>,
    ) -> Self {
        Self { version: VERSION, round, block, next, records, outcome, done }
    }
}
