//! What engines are asked about sound, beside speech as text.

use domain::Language;

/// Sample rate of noisy sound, in Hz.
pub const NOISY_RATE: u32 = 48_000;
/// Most samples of one call about noisy sound: 30 s.
pub const NOISY_SAMPLES: usize = 30 * NOISY_RATE as usize;
/// Longest sentence to speak, in characters.
pub const MAX_SENTENCE: usize = 400;

/// A sentence to speak.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// At most [`MAX_SENTENCE`] characters, without line breaks.
    pub text: String,
    /// Its language.
    pub language: Language,
    /// Name of the voice; `None`: the default of the language.
    pub voice: Option<String>,
    /// Speed, 1 being the voice's own.
    pub speed: f32,
}

/// A spoken sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    /// One channel.
    pub pcm: Vec<i16>,
    /// Samples a second.
    pub rate: u32,
    /// The voice that spoke.
    pub voice: String,
    /// Artifact whose weights were asked, such as `kokoro`.
    pub model: String,
}
