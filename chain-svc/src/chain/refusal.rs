//! The chain's refusals by name, each with a sentence that says what to do.

mod known;

use std::fmt;

use domain::ErrorKind;
use serde::{Deserialize, Serialize};

use known::KNOWN;

/// The chain said no. The name is the chain's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Refusal {
    /// The chain's name of the error, such as `SettingWeightsTooFast`.
    pub name: String,
    /// What the chain's own documentation says of it; may be empty.
    pub says: String,
    /// A limit of rate: it ends with this block.
    pub until: Option<u64>,
}

impl Refusal {
    /// By the chain's name and documentation of an error.
    #[must_use]
    pub fn new(name: impl Into<String>, says: impl Into<String>) -> Self {
        Self { name: name.into(), says: says.into(), until: None }
    }

    /// By name alone.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::new(name, "")
    }

    /// The same, with the block at which it ends.
    #[must_use]
    pub fn until(mut self, block: Option<u64>) -> Self {
        self.until = block;
        self
    }

    /// What it means for a caller. Names that this version does not know are conflicts: the same call fails again.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        let limit = ["RateLimit", "TooFast", "TooEarly"].iter().any(|part| self.name.contains(part));
        self.known()
            .map_or(if limit { ErrorKind::RateLimited } else { ErrorKind::Conflict }, |(kind, _)| kind)
    }

    /// Whether this version knows the name.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known().is_some()
    }

    fn known(&self) -> Option<(ErrorKind, &'static str)> {
        let known = KNOWN.iter().find(|(name, ..)| *name == self.name);
        known.map(|(_, kind, advice)| (*kind, *advice))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known() {
            Some((_, advice)) => write!(f, "{advice} ({})", self.name)?,
            None if self.says.is_empty() => {
                write!(
                    f,
                    "the chain refused ({}); this version has no advice for it, look for a newer one",
                    self.name
                )?;
            }
            None => {
                write!(f, "the chain refused ({}): {}", self.name, self.says)?;
                write!(f, "; this version has no advice for it, look for a newer one")?;
            }
        }
        match self.until {
            Some(block) => write!(f, "; possible again from block {block}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_known_refusal_says_what_to_do() {
        let names: BTreeSet<_> = KNOWN.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names.len(), KNOWN.len(), "a name stands twice");
        for (name, kind, advice) in KNOWN {
            let said = Refusal::named(name).to_string();
            assert!(said.contains(name) && said.len() > 40, "{said}");
            assert!(!advice.ends_with('.'), "{name}");
            assert_eq!(Refusal::named(name).kind(), *kind);
        }
    }

    #[test]
    fn a_limit_of_rate_carries_the_block_at_which_it_ends() {
        let said = Refusal::named("SettingWeightsTooFast").until(Some(1234)).to_string();
        assert!(said.contains("block 1234"), "{said}");
    }

    #[test]
    fn an_unknown_refusal_is_told_in_the_chains_own_words() {
        let said = Refusal::new("MoonTooBright", "the moon is too bright").to_string();
        assert!(said.contains("MoonTooBright") && said.contains("the moon is too bright"), "{said}");
    }
}
