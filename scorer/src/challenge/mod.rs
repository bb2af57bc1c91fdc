//! Challenges: tasks whose truth is known, because the validator made them. All of a challenge follows from the validator's
//! secret and a number, so it can be made again and checked later; without the secret nobody can tell it from a task of a
//! client. Every number is another challenge.
//!
//! What is planned here is carried out by others: the text is spoken by a voice, noise is mixed in by [`noise::mix`], a
//! picture is encoded.

mod budget;
mod manner;
pub mod noise;
mod seed;

pub use budget::{Budget, Done};
pub use manner::Manner;
pub use seed::Secret;

use domain::{Language, TaskKind};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::material::Material;

/// Fewest and most sentences of a challenge; three are enough for 2^36 different texts.
const SENTENCES: std::ops::RangeInclusive<usize> = 3..=12;

/// A challenge as planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Its number.
    pub number: u64,
    /// The task to submit.
    pub task: Task,
    /// How it is handed in.
    pub manner: Manner,
    /// How long to wait before it is submitted, in milliseconds, so that challenges do not come in step.
    pub delay_ms: u32,
}

/// What is asked, and what the right answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// A text is spoken and degraded; the text is the truth.
    Speech {
        /// Transcription, or video transcription.
        kind: TaskKind,
        /// What is said.
        text: String,
        /// In which language.
        language: Language,
        /// What is done to the sound.
        sound: Degradation,
        /// How the picture is encoded, if there is one.
        picture: Option<Picture>,
    },
    /// A text is to be spoken; it is its own truth.
    Tts {
        /// What is to be said.
        text: String,
        /// In which language.
        language: Language,
    },
    /// A text is to be translated; a person's translation is the truth. Text translation, or document translation.
    Translation {
        /// Which.
        kind: TaskKind,
        /// The source.
        text: String,
        /// Its language.
        source: Language,
        /// The translation.
        truth: String,
        /// Its language.
        target: Language,
    },
    /// A text is spoken and noise mixed in; the sound without the noise is the truth.
    Enhancement {
        /// What is said.
        text: String,
        /// In which language.
        language: Language,
        /// The noise.
        sound: Degradation,
    },
    /// A text is spoken and the sound is changed in known ways; what was done is the truth.
    Analysis {
        /// What is said.
        text: String,
        /// In which language.
        language: Language,
        /// The noise.
        sound: Degradation,
        /// Silence between the sentences, in milliseconds.
        pause_ms: u32,
    },
}

/// What is done to clean sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Degradation {
    /// Which noise.
    pub noise: noise::Colour,
    /// Power of speech over power of noise, in tenths of a decibel.
    pub snr_tenths: i16,
    /// The noise again, from this seed.
    pub seed: u64,
    /// Loudest sample afterwards, in percent of full scale.
    pub peak_percent: u8,
    /// Sample rate of the file, Hz.
    pub sample_rate: u32,
}

/// How a picture is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Lines.
    pub height: u16,
    /// Pictures a second.
    pub rate: u8,
    /// Kilobits a second.
    pub kilobits: u16,
}

impl Challenge {
    /// Challenge `number` of `kind` from a validator's `secret`, in `language` (the source, for translations). `None` for a
    /// kind for which no truth can be made: a summary has none.
    #[must_use]
    pub fn plan(
        secret: &Secret,
        number: u64,
        kind: TaskKind,
        language: Language,
        material: &Material,
    ) -> Option<Self> {
        let mut chance = StdRng::from_seed(secret.seed("plan", number));
        let sentences = secret.sentences(number, chance.random_range(SENTENCES), material.sentences());
        let text = material.text(&sentences, language);
        let task = match kind {
            TaskKind::Summarization => return None,
            TaskKind::Transcription | TaskKind::VideoTranscription => {
                let sound = Degradation::draw(&mut chance, 80..=400);
                let picture = (kind == TaskKind::VideoTranscription).then(|| Picture::draw(&mut chance));
                Task::Speech { kind, text, language, sound, picture }
            }
            TaskKind::Tts => Task::Tts { text, language },
            TaskKind::TextTranslation | TaskKind::DocumentTranslation => {
                let others: Vec<_> = Language::ALL.iter().copied().filter(|l| *l != language).collect();
                let target = *others.choose(&mut chance)?;
                let truth = material.text(&sentences, target);
                Task::Translation { kind, text, source: language, truth, target }
            }
            TaskKind::AudioEnhancement => {
                Task::Enhancement { text, language, sound: Degradation::draw(&mut chance, 0..=150) }
            }
            TaskKind::AudioAnalysis => {
                let sound = Degradation::draw(&mut chance, 100..=400);
                Task::Analysis { text, language, sound, pause_ms: chance.random_range(200..3_000) }
            }
        };
        let manner = Manner::draw(&mut StdRng::from_seed(secret.seed("manner", number)), kind);
        Some(Self { number, task, manner, delay_ms: chance.random_range(0..60_000) })
    }
}

impl Degradation {
    fn draw(chance: &mut StdRng, snr_tenths: std::ops::RangeInclusive<i16>) -> Self {
        Self {
            noise: *noise::Colour::ALL.choose(chance).unwrap_or(&noise::Colour::White),
            snr_tenths: chance.random_range(snr_tenths),
            seed: chance.random(),
            peak_percent: chance.random_range(30..=95),
            sample_rate: *[16_000, 22_050, 44_100, 48_000].choose(chance).unwrap_or(&16_000),
        }
    }
}

impl Picture {
    fn draw(chance: &mut StdRng) -> Self {
        let height = *[240, 360, 480, 720].choose(chance).unwrap_or(&360);
        Self { height, rate: chance.random_range(10..=30), kilobits: chance.random_range(100..=1_500) }
    }
}

#[cfg(test)]
mod tests;
