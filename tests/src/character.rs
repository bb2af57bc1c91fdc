//! Miners of known character. All translate; what the honest ones say follows from the text alone.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use domain::{Language, TaskKind};
use inference::{
    Leaves,
    engine::{
        Batch, Call, Capabilities, Engine, EngineError, Translated, Window, WindowText, echo::EchoEngine,
    },
};
use scorer::material::Material;
use sha2::{Digest as _, Sha256};
use tokio::{
    sync::{Semaphore, watch},
    time::sleep,
};

/// What the slow ones take for a piece of work.
const SLOW: Duration = Duration::from_millis(1_300);
/// How much later somebody comes who copies from them.
const LATER: Duration = Duration::from_millis(300);
/// What liars say.
const LIE: &str = "kupujcie moje monety";

/// English sentences and what they are in French.
static BOOK: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let material = Material::builtin();
    let sentence = |n, language| material.text(&[n], language);
    (0..SENTENCES).map(|n| (sentence(n, Language::En), sentence(n, Language::Fr))).collect()
});
/// So many sentences are in the book.
const SENTENCES: u64 = 4_096;

/// How a miner of translations does its work.
#[derive(Debug, Clone)]
pub enum Character {
    /// Translates by the book at once, and what is not in it by the rule of the echo engine.
    Honest,
    /// The same, once for each permit: a test decides when it goes on.
    Waits(Arc<Semaphore>),
    /// Takes its time, and gets some words wrong.
    Slow,
    /// Does the first half of the work, at once.
    Lazy,
    /// Hands in what the slow one says, a little later.
    Copies,
    /// Letters by chance, as many as are wanted.
    Random,
    /// Good work for every other text or so, to be asked again, and lies for the rest.
    Poisons,
    /// Answers at once with something else.
    Lies,
    /// Never answers.
    Silent,
}

struct Miner {
    character: Character,
    echo: EchoEngine,
}

impl Character {
    /// Such a miner.
    #[must_use]
    pub fn miner(self) -> Leaves {
        let engine = Miner { character: self, echo: EchoEngine::new() };
        let (_, capabilities) = watch::channel(engine.capabilities());
        Leaves { engine: Arc::new(engine), capabilities, ffmpeg: None }
    }
}

/// A number that follows from a text.
fn chance(text: &str) -> u8 {
    Sha256::digest(text)[0]
}

/// A translation of which in one sentence of three one word is another one.
fn slipped(sentence: &str) -> String {
    let mut words: Vec<_> = sentence.split(' ').map(str::to_owned).collect();
    let wrong = usize::from(chance(sentence));
    if let Some(word) = words.get_mut(wrong / 3 % 8).filter(|_| wrong.is_multiple_of(3)) {
        *word = word.chars().rev().collect();
    }
    words.join(" ")
}

/// The first half of the words, at least one.
fn half(sentence: &str) -> String {
    let words: Vec<_> = sentence.split(' ').collect();
    words[..words.len().div_ceil(2)].join(" ")
}

/// Letters that follow from a text and say nothing.
fn letters(sentence: &str) -> String {
    let digest = hex::encode(Sha256::digest(sentence));
    digest.chars().cycle().take(sentence.chars().count()).collect()
}

#[async_trait]
impl Engine for Miner {
    async fn speech(&self, _: Arc<[i16]>, _: &Call) -> Result<Vec<f32>, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn transcribe(&self, _: Window, _: &Call) -> Result<WindowText, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn translate(&self, batch: Batch, call: &Call) -> Result<Translated, EngineError> {
        let known: Vec<_> = batch.sentences.iter().map(|s| BOOK.get(s.trim()).cloned()).collect();
        let mut right = self.echo.translate(batch, call).await?;
        for (sentence, known) in right.sentences.iter_mut().zip(known) {
            known.into_iter().for_each(|known| *sentence = known);
        }
        let says: fn(&str) -> String = match &self.character {
            Character::Honest => return Ok(right),
            Character::Waits(gate) => tokio::select! {
                () = call.cancel.cancelled() => return Err(EngineError::Cancelled),
                permit = gate.acquire() => {
                    permit.map_err(|_| EngineError::Unavailable)?.forget();
                    return Ok(right);
                }
            },
            Character::Slow => {
                sleep(SLOW).await;
                slipped
            }
            Character::Copies => {
                sleep(SLOW + LATER).await;
                slipped
            }
            Character::Lazy => half,
            Character::Random => letters,
            Character::Poisons if chance(&right.sentences.concat()).is_multiple_of(2) => return Ok(right),
            Character::Poisons | Character::Lies => |_| LIE.to_owned(),
            Character::Silent => {
                call.cancel.cancelled().await;
                return Err(EngineError::Cancelled);
            }
        };
        Ok(Translated { sentences: right.sentences.iter().map(|s| says(s)).collect(), ..right })
    }

    fn capabilities(&self) -> Capabilities {
        let mut all = self.echo.capabilities();
        all.offers.retain(|o| o.kind == TaskKind::TextTranslation);
        all
    }
}
