//! What a submit takes and answers.

use serde::Serialize;
use utoipa::ToSchema;

/// The answer to a submit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Submitted {
    pub(crate) success: bool,
    /// 32 hexadecimal digits.
    #[schema(example = "5f0c6c1f7f8e4e2c9d0b1a2c3d4e5f60")]
    pub(crate) task_id: String,
    /// The stored recording.
    pub(crate) file_id: String,
    pub(crate) message: String,
}

/// The form of a transcription; documentation only, the form is read part by part.
#[derive(ToSchema)]
#[allow(dead_code, reason = "its fields are only described, the form is read part by part")]
pub(crate) struct TranscriptionForm {
    /// The recording, in any common audio format.
    #[schema(value_type = String, format = Binary)]
    audio_file: String,
    /// Language of the speech; `auto` detects it.
    #[schema(value_type = Option<String>, default = "auto", example = "en")]
    source_language: Option<String>,
    /// `low`, `normal`, `high` or `urgent`.
    #[schema(value_type = Option<String>, default = "normal")]
    priority: Option<String>,
    /// Miners asked to do it, 1 to 10.
    #[schema(value_type = Option<u8>, default = 1, minimum = 1, maximum = 10)]
    required_miner_count: Option<u8>,
    /// One of the models that this deployment names.
    model_id: Option<String>,
}
