//! What a pipeline made.

use bytes::Bytes;
use domain::Facts;
use tempfile::NamedTempFile;

use super::PipelineError;

/// A result, ready to be stored.
#[derive(Debug)]
pub struct Product {
    /// Its bytes.
    pub body: Body,
    /// Media type of the body.
    pub content_type: &'static str,
    /// What is known of it when it is a file of its own; `None` for a result document.
    pub facts: Option<Facts>,
    /// Artifact whose weights made it, such as `whisper-base`; empty when no model was needed.
    pub model: String,
}

/// The bytes of a result.
#[derive(Debug)]
pub enum Body {
    /// In memory: a result document.
    Bytes(Bytes),
    /// On disk, gone when dropped: sound or a document of any length.
    File(NamedTempFile),
}

impl Product {
    /// A result document.
    ///
    /// # Errors
    /// [`PipelineError::Encode`] for a value that has no JSON form.
    pub fn document(value: &impl serde::Serialize, model: impl Into<String>) -> Result<Self, PipelineError> {
        let body = serde_json::to_vec(value).map_err(|e| PipelineError::Encode(e.to_string()))?;
        Ok(Self {
            body: Body::Bytes(body.into()),
            content_type: "application/json",
            facts: None,
            model: model.into(),
        })
    }
}
