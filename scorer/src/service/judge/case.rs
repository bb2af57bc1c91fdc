//! What is judged, and what comes of it.

use std::time::Duration;

use bytes::Bytes;
use domain::{Language, Sha256, SourceLanguage, TaskKind, TaskOptions};
use proto::{RpcError, client::Order};

use crate::accuracy::{Basis, Grade};

/// A task with everything that is needed to grade its answers.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its kind.
    pub kind: TaskKind,
    /// Language of its input, where it is known.
    pub source: Option<Language>,
    /// Language of its output, for translations.
    pub target: Option<Language>,
    /// What else was asked for.
    pub options: TaskOptions,
    /// Its input.
    pub input: Bytes,
    /// The answers that came in time.
    pub answers: Vec<Answer>,
    /// What is known to be right.
    pub truth: Option<Truth>,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its bytes.
    pub bytes: Bytes,
    /// The sample rate that its miner says it has.
    pub sample_rate: Option<u32>,
}

/// What is known to be right of a challenge.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// What was said, or what a translation says.
    Text(String),
    /// The file of the sound before noise was mixed in.
    Clean(Bytes),
    /// What was done to a recording.
    Recording {
        /// The language that is spoken in it.
        language: Language,
        /// Samples a second.
        sample_rate: u32,
    },
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// A grade for each answer, in their order.
    pub grades: Vec<Grade>,
    /// What each says, by which copies are told.
    pub fingerprints: Vec<Sha256>,
    /// What they were compared with.
    pub basis: Basis,
    /// The size of the task: seconds of sound or video, words of text.
    pub units: u32,
    /// The sound that was worked through.
    pub sound: Duration,
}

/// Why a task was not graded.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The validator's own inference is away or busy: another time may do.
    #[error("ask the validator's own inference")]
    Reference(#[source] RpcError),
    /// It can't be graded here.
    #[error("{0}")]
    Never(String),
}

impl Case {
    /// The language of a translation, or else of everything.
    #[must_use]
    pub fn target_or_source(&self) -> Language {
        self.target.or(self.source).unwrap_or(Language::En)
    }

    /// The language that was asked for; English stands for none.
    #[must_use]
    pub fn target(&self) -> Language {
        self.target.unwrap_or(Language::En)
    }

    /// The language of the input, given or told by its text.
    #[must_use]
    pub fn language_of(&self, text: &str) -> Language {
        let found = || language::detect(text).ok().map(|d| d.language);
        self.source.or_else(found).unwrap_or(Language::En)
    }

    /// The same task for the validator's own inference.
    #[must_use]
    pub fn order(&self) -> Order {
        let source = self.source.map_or(SourceLanguage::Auto, SourceLanguage::Given);
        Order { kind: self.kind, source, target: self.target, options: self.options.clone() }
    }
}
