//! What an audio analysis answers with. Its JSON form is the result document that miners store.

use crate::Language;

/// What was measured in a recording. Every field is a measurement; what could not be measured is `None`, never a made-up number.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Analysis {
    /// Length of the sound.
    pub duration_ms: u64,
    /// Samples a second, as the file has them.
    pub sample_rate: u32,
    /// Channels, as the file has them.
    pub channels: u16,
    /// Name of the container, such as "WAV" or "MP4".
    pub container: String,
    /// Name of the coding of the sound, such as "pcm_s16le", "aac" or "opus"; `None` when the decoder does not say.
    pub codec: Option<String>,
    /// Loudness of the whole by EBU R 128 (ITU-R BS.1770), in LUFS; `None` when nothing is above the gate of -70 LUFS or under 0.4 s.
    pub loudness_lufs: Option<f64>,
    /// Loudness range by EBU Tech 3342, in LU; `None` under 3 s of sound above the gate.
    pub loudness_range_lu: Option<f64>,
    /// Highest peak between samples (4 x oversampled), in dBTP; `None` for digital silence.
    pub true_peak_dbtp: Option<f64>,
    /// Highest sample, in dBFS; `None` for digital silence.
    pub sample_peak_dbfs: Option<f64>,
    /// What was cut off at full scale.
    pub clipping: Clipping,
    /// Mean of all samples, the channel furthest from 0, as a share of full scale in -1..=1.
    pub dc_offset: f64,
    /// Where there is speech, in order.
    pub speech: Vec<Stretch>,
    /// Share of the length that is speech, in 0..=1.
    pub speech_ratio: f64,
    /// Language of the speech; `None` without speech, or when it is none of the ten.
    pub language: Option<Language>,
    /// Probability of `language` in 0..=1 as the model measured it.
    pub language_confidence: Option<f32>,
    /// Power of speech over power of what is heard between stretches of speech, in dB, -20 to 100; `None` without speech, without
    /// 0.5 s of pauses, or with pauses of digital silence.
    pub snr_db: Option<f64>,
}

/// Samples that stand at full scale because louder ones did not fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clipping {
    /// Runs of three samples or more at full scale, over all channels.
    pub runs: u64,
    /// Share of all samples that is in such runs, in 0..=1.
    pub share: f64,
}

/// A stretch of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Where it begins.
    pub start_ms: u64,
    /// Where it ends; after `start_ms`.
    pub end_ms: u64,
}
