//! Transcripts as clients see them. Times are seconds.

use domain::{Lease, Response, Task, Transcript};
use serde::Serialize;
use utoipa::ToSchema;

use super::quality::{Quality, is_provisional};

/// A transcript as JSON: by default with everything, or in OpenAI's shape.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum TranscriptJson {
    Full(TranscriptionResult),
    Verbose(VerboseTranscript),
}

/// The result of a transcription.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TranscriptionResult {
    task_id: String,
    status: &'static str,
    /// The whole text.
    text: String,
    /// Given or detected; absent when there was no speech to detect it from.
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'static str>,
    /// As the model measured it, 0 to 1; absent when the language was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    language_confidence: Option<f32>,
    duration_seconds: f64,
    /// No speech was found: the empty text is the answer.
    no_speech: bool,
    segments: Vec<SegmentView>,
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

/// A stretch of speech.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SegmentView {
    id: usize,
    start: f64,
    end: f64,
    text: String,
    words: Vec<WordView>,
}

/// One word.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WordView {
    start: f64,
    end: f64,
    word: String,
    /// 0 to 1.
    probability: f32,
}

/// The result in the shape that clients of OpenAI's audio routes expect.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerboseTranscript {
    task: &'static str,
    /// English name in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    duration: f64,
    text: String,
    words: Vec<VerboseWord>,
    segments: Vec<VerboseSegment>,
}

/// One word, in that shape.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerboseWord {
    word: String,
    start: f64,
    end: f64,
}

/// A stretch of speech, in that shape.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerboseSegment {
    id: usize,
    start: f64,
    end: f64,
    text: String,
    avg_logprob: f32,
    no_speech_prob: f32,
}

/// Milliseconds as seconds.
#[allow(clippy::cast_precision_loss)]
pub(super) fn seconds(ms: u64) -> f64 {
    ms as f64 / 1e3
}

pub(super) fn millis(d: std::time::Duration) -> u64 {
    u64::try_from(d.as_millis()).unwrap_or(u64::MAX)
}

impl TranscriptionResult {
    /// `response` is the answer of `task` that is served, given under `lease`.
    pub(crate) fn new(task: &Task, lease: &Lease, response: &Response, t: &Transcript) -> Self {
        let answered = lease.end.as_ref().map_or(lease.granted_at, |(at, _)| *at);
        let segment = |(id, s): (usize, &domain::Segment)| SegmentView {
            id,
            start: seconds(s.start_ms),
            end: seconds(s.end_ms),
            text: s.text.clone(),
            words: s.words.iter().map(WordView::from).collect(),
        };
        Self {
            task_id: task.spec.id.to_string(),
            status: task.state.name().name(),
            text: t.text(),
            language: t.language.map(|l| l.name()),
            language_confidence: t.language_confidence,
            duration_seconds: seconds(t.duration_ms),
            no_speech: t.no_speech,
            segments: t.segments.iter().enumerate().map(segment).collect(),
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

impl From<&domain::Word> for WordView {
    fn from(w: &domain::Word) -> Self {
        Self {
            start: seconds(w.start_ms),
            end: seconds(w.end_ms),
            word: w.text.trim().to_owned(),
            probability: w.probability,
        }
    }
}

impl From<&Transcript> for VerboseTranscript {
    fn from(t: &Transcript) -> Self {
        let word = |w: &domain::Word| VerboseWord {
            word: w.text.trim().to_owned(),
            start: seconds(w.start_ms),
            end: seconds(w.end_ms),
        };
        let segment = |(id, s): (usize, &domain::Segment)| VerboseSegment {
            id,
            start: seconds(s.start_ms),
            end: seconds(s.end_ms),
            text: s.text.clone(),
            avg_logprob: s.avg_logprob,
            no_speech_prob: s.no_speech_prob,
        };
        Self {
            task: "transcribe",
            language: t.language.map(|l| l.english_name().to_lowercase()),
            duration: seconds(t.duration_ms),
            text: t.text(),
            words: t.segments.iter().flat_map(|s| &s.words).map(word).collect(),
            segments: t.segments.iter().enumerate().map(segment).collect(),
        }
    }
}
