//! Tiny questions with known answers, one for each model.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::SourceLanguage;
use triton_client::{Output, Triton};

use super::{
    Window,
    triton::{ASR, ECHO, Question, VAD, read_echo, read_speech, read_window},
};
use crate::sidecar::{Canary, Model, Unfit};

/// "He was not an ill-disposed young man." Jane Austen, Sense and Sensibility, chapter 1, read for LibriVox:
/// in the public domain. 16 kHz, mono, signed 16 bits, little-endian; 2.99 s.
const CLIP: &[u8] = include_bytes!("canary.s16le");
/// Words of the clip that every model which hears anything gets right.
const SAID: &str = "young man";

/// The clip that canaries sing: three seconds of read English.
#[must_use]
pub fn clip() -> Arc<[i16]> {
    CLIP.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect()
}

/// The models this engine asks, with their weights and canaries, in the order to load them.
#[must_use]
pub fn models() -> Vec<Model> {
    vec![
        Model { name: ECHO, weights: &[], canary: Arc::new(EchoCanary) },
        Model { name: VAD, weights: &["silero-vad/silero_vad.onnx"], canary: Arc::new(SpeechCanary) },
        Model {
            name: ASR,
            weights: &[
                "whisper-base/model.bin",
                "whisper-base/config.json",
                "whisper-base/tokenizer.json",
                "whisper-base/vocabulary.txt",
            ],
            canary: Arc::new(TextCanary),
        },
    ]
}

struct EchoCanary;
struct SpeechCanary;
struct TextCanary;

#[async_trait]
impl Canary for EchoCanary {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        let output = put(&Question::Echo(b"canary"), triton, patience).await?;
        let said = read_echo(&output)?;
        if said == b"canary" { Ok(()) } else { Err(Unfit::WrongAnswer(format!("{} bytes", said.len()))) }
    }
}

#[async_trait]
impl Canary for SpeechCanary {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        let highest = read_speech(&put(&Question::Speech(clip()), triton, patience).await?)?
            .into_iter()
            .fold(0.0, f32::max);
        let silence = Question::Speech(vec![0; 16_000].into());
        let lowest = read_speech(&put(&silence, triton, patience).await?)?.into_iter().fold(0.0, f32::max);
        let fit = highest > 0.5 && lowest < 0.5;
        if fit {
            Ok(())
        } else {
            Err(Unfit::WrongAnswer(format!("speech {highest:.2}, silence {lowest:.2}")))
        }
    }
}

#[async_trait]
impl Canary for TextCanary {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        let window = Window { pcm: clip(), language: SourceLanguage::Auto };
        let output = put(&Question::Transcribe(window), triton, patience).await?;
        let heard = read_window(&output)?
            .ok_or_else(|| Unfit::WrongAnswer("parts that do not fit together".to_owned()))?;
        let text: Vec<&str> = heard.segments.iter().map(|s| s.text.as_str()).collect();
        let text = text.join(" ");
        let fit = heard.language == "en" && text.to_lowercase().contains(SAID);
        if fit { Ok(()) } else { Err(Unfit::WrongAnswer(format!("{}: {text}", heard.language))) }
    }
}

async fn put(
    question: &Question,
    triton: &Triton,
    patience: Duration,
) -> Result<Output, triton_client::Error> {
    question.to(triton).id("canary").timeout(patience).send().await
}
