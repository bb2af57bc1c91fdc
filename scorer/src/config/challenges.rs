//! Settings of challenges.

use std::{fmt, fs, time::Duration};

use domain::{Language, TaskKind};
use process::{config::duration, exit::BadSetup};
use serde::Deserialize;

use crate::material::Material;

/// Asking what is known.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Challenges {
    /// Time between two; zero: none.
    #[serde(with = "duration")]
    pub every: Duration,
    /// Kinds; empty: all that have a truth.
    pub kinds: Vec<TaskKind>,
    /// Languages; empty: all.
    pub languages: Vec<Language>,
    /// What they follow from. Never printed.
    pub secret: String,
    /// A file of the phrases that they are made of; empty: those that come with the program.
    pub material: String,
    /// Miners asked for each; 0: as many as the kind calls for.
    pub miners: u8,
    /// So many in any case.
    pub least: u32,
    /// Beyond those, percent of all.
    pub percent: u32,
    /// Never more.
    pub most: u32,
}

impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { every, kinds, languages, secret: _, material, miners, least, percent, most } = self;
        let mut shown = f.debug_struct("Challenges");
        shown.field("every", every).field("kinds", kinds).field("languages", languages);
        shown.field("material", material);
        shown.field("miners", miners).field("least", least).field("percent", percent).field("most", most);
        shown.finish_non_exhaustive()
    }
}

impl Challenges {
    /// The phrases that they are made of.
    ///
    /// # Errors
    /// When the file can't be read, or lacks something.
    pub(crate) fn material(&self) -> Result<Material, BadSetup> {
        if self.material.is_empty() {
            return Ok(Material::builtin());
        }
        let bad = |why: String| BadSetup(format!("challenges.material: {}: {why}", self.material));
        let text = fs::read_to_string(&self.material).map_err(|e| bad(e.to_string()))?;
        Material::parse(&text).map_err(|e| bad(e.to_string()))
    }
}
