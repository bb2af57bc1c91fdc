//! What a gateway tells validators, as JSON. It is read with care: a gateway is somebody else's machine. Fields that are not
//! known are passed over, so that a newer gateway can be understood; what is there must have its form.

use domain::{
    FileId, Language, LeaseId, MinerId, Score, Sha256, SourceLanguage, SummaryMode, TaskId, TaskKind,
    TaskOptions, ValidatorId,
};
use serde::{Deserialize, Deserializer, Serialize};

use crate::accuracy::{Basis, Fault, Grade};

/// The version of [`Evaluation`].
pub const VERSION: u8 = 1;

/// A page of tasks to grade.
#[derive(Debug, Deserialize)]
pub struct Tasks {
    /// Each is read for itself: one that can't be read hides no other.
    pub tasks: Vec<serde_json::Value>,
    /// Where to go on.
    #[serde(default)]
    pub next: Option<String>,
}

/// A task to grade.
#[derive(Debug, Clone, Deserialize)]
pub struct Task {
    /// Which.
    pub task_id: TaskId,
    /// Its kind.
    pub task_type: TaskKind,
    /// Language of its input.
    #[serde(default, deserialize_with = "source")]
    pub source_language: Option<Language>,
    /// Language of its output, for translations.
    #[serde(default)]
    pub target_language: Option<Language>,
    /// What else was asked for.
    #[serde(default)]
    pub options: Options,
    /// Its input.
    pub input: File,
    /// Everybody who was asked.
    pub responses: Vec<Response>,
}

/// What was asked for beside kind and languages. Names are those of the public routes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Options {
    voice: Option<String>,
    speed_percent: Option<u16>,
    audio_format: Option<domain::AudioFormat>,
    max_words: Option<u32>,
    #[serde(alias = "summary_mode")]
    mode: Option<SummaryMode>,
    document_format: Option<domain::DocumentFormat>,
}

impl Options {
    /// As they are known elsewhere.
    #[must_use]
    pub fn task_options(self) -> TaskOptions {
        let Self { voice, speed_percent, audio_format, max_words, mode, document_format } = self;
        TaskOptions { voice, speed_percent, audio_format, max_words, summary_mode: mode, document_format }
    }
}

/// A file that may be fetched.
#[derive(Debug, Clone, Deserialize)]
pub struct File {
    /// Its name.
    pub file_id: FileId,
    /// Digest of its bytes.
    pub sha256: Sha256,
    /// How many there are.
    pub size: u64,
    /// Media type.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Where it is.
    pub url: String,
    /// What opens it.
    pub ticket: Ticket,
    /// What is known of a result that is a file of its own; whatever it says, it is the miner's word.
    #[serde(default)]
    pub facts: Option<serde_json::Value>,
}

/// What opens a file; never printed.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub String);

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticket(..)")
    }
}

/// What came of one lease.
#[derive(Debug, Clone, Deserialize)]
pub struct Response {
    /// Who, as the task has it.
    pub miner: MinerId,
    /// Its hotkey, where it is registered.
    #[serde(default)]
    pub hotkey: Option<MinerId>,
    /// Which lease.
    pub lease_id: LeaseId,
    /// What came.
    pub came: Came,
    /// From lease to answer in milliseconds, by the scheduler's clock.
    #[serde(default)]
    pub took_ms: Option<u64>,
    /// What was answered.
    #[serde(default)]
    pub result: Option<File>,
}

domain::named! {
    /// What came of a lease.
    "outcome of a lease" pub enum Came {
        /// A valid answer in time.
        InTime = "in_time",
        /// An answer after the lease was lost.
        Late = "late",
        /// An answer that can't be read.
        Invalid = "invalid",
        /// Nothing.
        Nothing = "nothing",
    }
}

/// What a validator found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// [`VERSION`].
    pub version: u8,
    /// Size of the work: seconds of sound or video, words of text.
    #[serde(default)]
    pub units: Option<u32>,
    /// For each answer that came in time.
    pub grades: Vec<Graded>,
}

/// The grade of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graded {
    /// Which answer.
    pub lease_id: LeaseId,
    /// How right.
    pub accuracy: Score,
    /// How much of it is there.
    pub completeness: Score,
    /// What it lost by.
    pub fault: Option<Fault>,
    /// What it was compared with.
    pub basis: Basis,
}

/// A page of tasks on which validators agree.
#[derive(Debug, Deserialize)]
pub struct Results {
    /// Oldest agreement first; each is read for itself.
    pub results: Vec<serde_json::Value>,
    /// Where to go on; there whenever anything was returned.
    #[serde(default)]
    pub next: Option<String>,
}

/// A task on which validators agree.
#[derive(Debug, Clone, Deserialize)]
pub struct Final {
    /// Which.
    pub task_id: TaskId,
    /// Its kind.
    pub task_type: TaskKind,
    /// Its size, where validators told it: seconds of sound or video, words of text.
    #[serde(default)]
    pub units: Option<u32>,
    /// Everybody who was asked.
    pub answers: Vec<FinalAnswer>,
}

/// What came of one lease, and what validators found.
#[derive(Debug, Clone, Deserialize)]
pub struct FinalAnswer {
    /// Who, as the task has it.
    pub miner: MinerId,
    /// Its hotkey, where it is registered.
    #[serde(default)]
    pub hotkey: Option<MinerId>,
    /// Which lease.
    #[serde(default)]
    pub lease_id: Option<LeaseId>,
    /// What came.
    pub came: Came,
    /// From lease to result, by the scheduler's clock.
    #[serde(default)]
    pub took_ms: Option<u64>,
    /// Digest of the result.
    #[serde(default)]
    pub output_sha256: Option<Sha256>,
    /// What was found.
    #[serde(default)]
    pub votes: Vec<FinalVote>,
}

/// What one validator found.
#[derive(Debug, Clone, Deserialize)]
pub struct FinalVote {
    /// Who.
    pub validator: ValidatorId,
    /// How right, and what it lost by.
    pub grade: Grade,
    /// What it compared with.
    pub basis: Basis,
}

/// What a gateway says to an evaluation.
#[derive(Debug, Clone, Deserialize)]
pub struct Recorded {
    /// Whether it was new.
    pub recorded: bool,
}

/// What a gateway says to a task.
#[derive(Debug, Clone, Deserialize)]
pub struct Submitted {
    /// Its name.
    pub task_id: TaskId,
}

/// A language; `auto` and nothing are none.
fn source<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Language>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let given = text.map(|t| t.parse::<SourceLanguage>()).transpose();
    Ok(given.map_err(serde::de::Error::custom)?.and_then(SourceLanguage::given))
}

#[cfg(test)]
mod tests;
