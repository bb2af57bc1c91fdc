//! How a challenge is handed in: as one of many clients would, each with programs and habits of its own. Nothing of it
//! bears on the truth.

use domain::{AudioFormat, Priority, TaskKind};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

/// What clients call their files.
const WORDS: [&str; 16] = [
    "audio",
    "call",
    "chapter",
    "clip",
    "draft",
    "interview",
    "lecture",
    "letter",
    "meeting",
    "memo",
    "notes",
    "recording",
    "report",
    "take",
    "untitled",
    "voice",
];

/// What differs from client to client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manner {
    /// How urgent it is said to be.
    pub priority: Priority,
    /// Format of a file of sound. One that loses nothing where the truth is the sound itself.
    pub format: AudioFormat,
    /// Name of the file, without its ending.
    pub name: String,
    /// Whether the language of a recording is said; else it is left to be heard.
    pub says_language: bool,
}

impl Manner {
    pub(super) fn draw(chance: &mut StdRng, kind: TaskKind) -> Self {
        // mostly normal
        let priority = match chance.random_range(0..10) {
            0 => Priority::Low,
            1 => Priority::High,
            2 => Priority::Urgent,
            _ => Priority::Normal,
        };
        let formats = match kind {
            TaskKind::AudioEnhancement | TaskKind::AudioAnalysis => &[AudioFormat::Wav, AudioFormat::Flac],
            _ => AudioFormat::ALL,
        };
        let format = formats.choose(chance).copied().unwrap_or(AudioFormat::Wav);
        let word = WORDS.choose(chance).copied().unwrap_or("audio");
        let number = chance.random_range(1..1_000);
        let name = match chance.random_range(0..4) {
            0 => word.to_owned(),
            1 => format!("{word}-{number}"),
            2 => format!("{word}_{number:04}"),
            _ => format!("{word} {number}"),
        };
        Self { priority, format, name, says_language: chance.random() }
    }
}
