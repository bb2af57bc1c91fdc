//! Results of the kinds other than transcripts. Times are seconds.

use domain::{
    Analysis, AudioFacts, DocumentFacts, FileMeta, Lease, Response, Stretch, Summary, Task, Translation,
};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use super::{
    facts::{AudioView, DocumentView},
    quality::{Quality, is_provisional},
    task::TaskStatusView,
    transcript::{millis, seconds},
};
use crate::http::problem::ProblemBody;

/// Who made a result, and how long that took.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Origin {
    task_id: String,
    status: &'static str,
    model: String,
    model_version: String,
    miner: String,
    /// From the lease of the miner to its answer.
    processing_ms: u64,
    /// From submit to the answer.
    total_ms: u64,
    result_file_id: String,
    /// True while more answers are waited for: another one may take its place.
    provisional: bool,
    /// What its choice rests on; absent while it is provisional.
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Quality>,
}

/// A summary.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryResult {
    summary: String,
    /// How it was made: `extractive` (sentences of the text were chosen) or `abstractive` (new ones were written).
    mode: &'static str,
    language: &'static str,
    /// Words of the summary; in Japanese and Chinese, characters.
    words: u64,
    /// Words of the text, counted the same way.
    source_words: u64,
    #[serde(flatten)]
    origin: Origin,
}

/// A translated text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TranslationResult {
    translation: String,
    source_language: &'static str,
    target_language: &'static str,
    /// Sentences whose numbers, addresses or placeholders did not come through unchanged.
    doubtful: Vec<String>,
    #[serde(flatten)]
    origin: Origin,
}

/// What was measured in a recording. What could not be measured is null.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnalysisResult {
    duration_seconds: f64,
    /// Samples a second, as the file has them.
    sample_rate: u32,
    channels: u16,
    container: String,
    codec: Option<String>,
    /// Of the whole, by EBU R 128.
    loudness_lufs: Option<f64>,
    /// By EBU Tech 3342.
    loudness_range_lu: Option<f64>,
    /// Highest peak between samples.
    true_peak_dbtp: Option<f64>,
    /// Highest sample.
    sample_peak_dbfs: Option<f64>,
    /// Runs of samples cut off at full scale.
    clipping_runs: u64,
    /// Share of all samples that is in such runs, 0 to 1.
    clipping_share: f64,
    /// Mean of all samples as a share of full scale, -1 to 1.
    dc_offset: f64,
    speech: Vec<StretchView>,
    /// Share of the length that is speech, 0 to 1.
    speech_ratio: f64,
    language: Option<&'static str>,
    /// As the model measured it, 0 to 1.
    language_confidence: Option<f32>,
    /// Power of speech over power of what is heard in its pauses.
    snr_db: Option<f64>,
    #[serde(flatten)]
    origin: Origin,
}

/// A stretch of a recording.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StretchView {
    start: f64,
    end: f64,
}

/// Sound that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudioResult {
    /// The stored sound.
    file_id: String,
    /// Where its bytes are.
    audio_url: String,
    /// In bytes.
    size: u64,
    /// 64 hexadecimal digits.
    sha256: String,
    content_type: String,
    #[serde(flatten)]
    facts: AudioView,
    #[serde(flatten)]
    origin: Origin,
}

/// A document that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentResult {
    /// The stored document.
    file_id: String,
    /// The client's name for its document, with the target language in it.
    #[schema(example = "report.pt.docx")]
    file_name: String,
    /// Where its bytes are, under that name.
    download_url: String,
    /// In bytes.
    size: u64,
    /// 64 hexadecimal digits.
    sha256: String,
    content_type: String,
    /// `auto` where it was told when the document was taken apart.
    source_language: &'static str,
    target_language: Option<&'static str>,
    #[serde(flatten)]
    facts: DocumentView,
    #[serde(flatten)]
    origin: Origin,
}

/// Why there is no result.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "it describes what the table of problems answers")]
pub(crate) enum NoResult {
    /// The task still runs
    #[response(status = 202)]
    Running(TaskStatusView),
    /// A parameter is not accepted
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(ProblemBody),
    /// No such task of this kind
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemBody),
    /// The task was cancelled, or its result has expired
    #[response(status = 410, content_type = "application/problem+json")]
    Gone(ProblemBody),
    /// The task failed, with its reason
    #[response(status = 422, content_type = "application/problem+json")]
    Failed(ProblemBody),
}

impl Origin {
    /// `response` is the answer of `task` that is served, given under `lease`.
    pub(crate) fn new(task: &Task, lease: &Lease, response: &Response) -> Self {
        let answered = lease.end.as_ref().map_or(lease.granted_at, |(at, _)| *at);
        Self {
            task_id: task.spec.id.to_string(),
            status: task.state.name().name(),
            model: response.model.clone(),
            model_version: response.model_version.clone(),
            miner: lease.miner.to_string(),
            processing_ms: millis(answered.since(lease.granted_at)),
            total_ms: millis(answered.since(task.spec.submitted_at)),
            result_file_id: response.output.file.to_string(),
            provisional: is_provisional(task),
            quality: Quality::of(task),
        }
    }
}

impl SummaryResult {
    pub(crate) fn new(s: Summary, origin: Origin) -> Self {
        Self {
            summary: s.summary,
            mode: s.mode.name(),
            language: s.language.name(),
            words: s.words,
            source_words: s.source_words,
            origin,
        }
    }
}

impl TranslationResult {
    pub(crate) fn new(t: Translation, origin: Origin) -> Self {
        Self {
            translation: t.translation,
            source_language: t.source_language.name(),
            target_language: t.target_language.name(),
            doubtful: t.doubtful,
            origin,
        }
    }
}

impl AnalysisResult {
    pub(crate) fn new(a: Analysis, origin: Origin) -> Self {
        let stretch = |s: &Stretch| StretchView { start: seconds(s.start_ms), end: seconds(s.end_ms) };
        Self {
            duration_seconds: seconds(a.duration_ms),
            sample_rate: a.sample_rate,
            channels: a.channels,
            container: a.container,
            codec: a.codec,
            loudness_lufs: a.loudness_lufs,
            loudness_range_lu: a.loudness_range_lu,
            true_peak_dbtp: a.true_peak_dbtp,
            sample_peak_dbfs: a.sample_peak_dbfs,
            clipping_runs: a.clipping.runs,
            clipping_share: a.clipping.share,
            dc_offset: a.dc_offset,
            speech: a.speech.iter().map(stretch).collect(),
            speech_ratio: a.speech_ratio,
            language: a.language.map(|l| l.name()),
            language_confidence: a.language_confidence,
            snr_db: a.snr_db,
            origin,
        }
    }
}

impl AudioResult {
    pub(crate) fn new(stored: &FileMeta, audio_url: String, facts: &AudioFacts, origin: Origin) -> Self {
        Self {
            file_id: stored.id.to_string(),
            audio_url,
            size: stored.size,
            sha256: stored.sha256.to_string(),
            content_type: facts.format.content_type().to_owned(),
            facts: facts.into(),
            origin,
        }
    }
}

impl DocumentResult {
    pub(crate) fn new(
        task: &Task,
        stored: &FileMeta,
        file_name: String,
        facts: &DocumentFacts,
        origin: Origin,
    ) -> Self {
        let spec = &task.spec;
        Self {
            file_id: stored.id.to_string(),
            file_name,
            download_url: format!("/api/v1/{}/{}/download", spec.kind, spec.id),
            size: stored.size,
            sha256: stored.sha256.to_string(),
            content_type: facts.format.content_type().to_owned(),
            source_language: spec.source.name(),
            target_language: spec.target.map(|l| l.name()),
            facts: facts.into(),
            origin,
        }
    }
}
