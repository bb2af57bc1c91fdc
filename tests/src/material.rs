//! Texts for tests and for the table of quality.

use std::collections::BTreeMap;

use domain::Language;
use serde::Deserialize;

/// What lies in `tests/media/sentences.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// The same sentences in each of the ten languages.
    pub sentences: BTreeMap<Language, Vec<String>>,
    /// Texts with a summary of a person's.
    pub summaries: Vec<Summarised>,
}

/// A text with a summary that a person wrote for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summarised {
    /// Of both.
    pub language: Language,
    /// The text.
    pub text: String,
    /// The summary.
    pub reference: String,
}

/// The material.
///
/// # Panics
/// When the file does not have this shape.
#[must_use]
pub fn material() -> Material {
    toml::from_str(include_str!("../media/sentences.toml")).expect("sentences.toml has this shape")
}
