//! What an engine without models says to everything but speech.

use domain::{Language, ModelCard, Quality, SummaryMode, TaskKind};

use crate::engine::{
    Batch, Draft, EngineError, MAX_SENTENCE, Meaning, Sentence, Spoken, Summarised, Translated,
};

const MODEL: &str = "echo";
/// Samples a second of what it speaks.
const RATE: u32 = 24_000;
/// Length of one spoken character.
const CHARACTER_MS: u32 = 60;

/// All kinds, all languages, all directions.
pub(super) fn card() -> ModelCard {
    let all = Language::ALL.iter().copied();
    let pairs = all.clone().flat_map(|a| Language::ALL.iter().map(move |b| (a, *b)));
    ModelCard {
        id: MODEL.to_owned(),
        version: "1".to_owned(),
        kinds: TaskKind::ALL.to_vec(),
        languages: all.clone().collect(),
        stopgap: Vec::new(),
        directions: pairs.filter(|(a, b)| a != b).collect(),
        voices: all.map(|l| (format!("{l}_echo"), l)).collect(),
        quality: Quality::Smoke,
        licence: "none".to_owned(),
    }
}

/// A tone, 60 ms for each character at speed 1; its pitch is the language's.
pub(super) fn spoken(sentence: Sentence) -> Result<Spoken, EngineError> {
    let Sentence { text, language, voice, speed } = sentence;
    let characters = text.chars().count();
    if !(1..=MAX_SENTENCE).contains(&characters) || !(0.1..=10.0).contains(&speed) {
        return Err(EngineError::BadInput);
    }
    let samples = (characters as f32 * (RATE * CHARACTER_MS / 1000) as f32 / speed) as usize;
    let index = Language::ALL.iter().position(|l| *l == language).unwrap_or_default();
    let step = std::f32::consts::TAU * (200 + 20 * index) as f32 / RATE as f32;
    let pcm = (0..samples).map(|i| ((i as f32 * step).sin() * 8_000.0) as i16).collect();
    let voice = voice.unwrap_or_else(|| format!("{language}_echo"));
    Ok(Spoken { pcm, rate: RATE, voice, model: MODEL.to_owned() })
}

/// Every sentence with the target's tag in front.
pub(super) fn translated(batch: &Batch) -> Translated {
    let one = |sentence: &String| format!("[{}] {sentence}", batch.target);
    Translated { sentences: batch.sentences.iter().map(one).collect(), model: MODEL.to_owned() }
}

/// The first words.
pub(super) fn summarised(draft: &Draft) -> Summarised {
    let most = draft.max_words as usize;
    let summary = match draft.language {
        Language::Ja | Language::Zh => draft.text.chars().take(most).collect(),
        _ => draft.text.split_whitespace().take(most).collect::<Vec<_>>().join(" "),
    };
    Summarised { summary, mode: draft.mode.unwrap_or(SummaryMode::Extractive), model: MODEL.to_owned() }
}

/// How often each letter of the Latin alphabet is in a text, and how often anything else.
pub(super) fn meant(texts: &[String]) -> Meaning {
    let vector = |text: &String| {
        let mut counts = vec![0.0; 27];
        for c in text.to_lowercase().chars() {
            let place = u32::from(c).wrapping_sub(u32::from('a')).min(26);
            counts[place as usize] += 1.0;
        }
        counts
    };
    Meaning { vectors: texts.iter().map(vector).collect(), unrelated: 0.5 }
}
