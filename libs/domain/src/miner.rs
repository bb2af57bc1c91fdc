//! What a miner declares.

use crate::{Language, SourceLanguage, TaskKind};

/// One kind of work that a miner takes, with the languages whose models passed their canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The kind.
    pub kind: TaskKind,
    /// Languages of the input that it can handle; never empty in a valid offer.
    pub languages: Vec<Language>,
}

impl Offer {
    /// Whether work of `kind` with input in `source` fits this offer. `auto` fits any language list: the miner detects.
    #[must_use]
    pub fn covers(&self, kind: TaskKind, source: SourceLanguage) -> bool {
        self.kind == kind && source.given().is_none_or(|l| self.languages.contains(&l))
    }
}
