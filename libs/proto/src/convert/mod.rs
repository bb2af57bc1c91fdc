//! Between the wire and the domain.

mod evaluation;
mod event;
mod file;
mod model;
mod name;
mod new_task;
mod options;
mod report;
mod task;

pub use evaluation::{
    electorate, electorate_to_pb, evaluation, evaluation_to_pb, fate, fate_to_pb, final_result,
    final_result_to_pb, record_request, score, uid,
};
pub use event::{apply_request, event};
pub use file::{file_meta, file_meta_to_pb};
pub use model::{model_card, model_card_to_pb};
pub use name::{
    fail_reason, fail_reason_to_pb, kind, kind_to_pb, offers, offers_to_pb, priority, priority_to_pb,
    purpose, purpose_to_pb, status_name, status_to_pb,
};
pub use new_task::{new_task, new_task_to_pb};
pub use options::{options, options_to_pb};
pub use report::{
    merged, merged_to_pb, miner_score, miner_score_to_pb, miners_report, miners_report_to_pb, told,
    told_to_pb,
};
pub use task::{failure, failure_to_pb, response, response_to_pb, task, task_to_pb};

use std::str::FromStr;

/// A message whose field does not say what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct BadField {
    /// The field, as the caller wrote it.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl BadField {
    /// A problem with a field.
    #[must_use]
    pub fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }
}

impl From<BadField> for tonic::Status {
    fn from(bad: BadField) -> Self {
        crate::status(domain::ErrorKind::Invalid, bad.to_string())
    }
}

/// Parses a text field.
///
/// # Errors
/// [`BadField`] with what the parser said.
pub fn parse<T: FromStr<Err: ToString>>(field: &'static str, text: &str) -> Result<T, BadField> {
    text.parse().map_err(|e: T::Err| BadField::new(field, e.to_string()))
}

/// A sub-message that must be there.
///
/// # Errors
/// [`BadField`] when it is missing.
pub fn required<T>(field: &'static str, value: Option<T>) -> Result<T, BadField> {
    value.ok_or_else(|| BadField::new(field, "is missing"))
}

/// A sha256 digest from its 32 bytes.
///
/// # Errors
/// [`BadField`] for another length.
pub fn digest(field: &'static str, bytes: &[u8]) -> Result<domain::Sha256, BadField> {
    bytes.try_into().map(domain::Sha256).map_err(|_| BadField::new(field, "32 bytes are expected"))
}

/// Empty text stands for "none".
#[must_use]
pub fn optional(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
