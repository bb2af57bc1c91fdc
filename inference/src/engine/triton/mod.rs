//! The engine of the product: models on a supervised Triton server. One file for each model; they alone know the names
//! of its tensors.

pub(super) mod asr;
pub(super) mod echo;
pub(super) mod enhance;
pub(super) mod llm;
pub(super) mod mt;
pub(super) mod summary;
pub(super) mod tts;
pub(super) mod vad;
#[cfg(test)]
mod wire;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use domain::{Language, ModelCard, TaskKind};
use triton_client::{Infer, Output, Triton};

use super::{
    Batch, Call, Capabilities, Draft, Engine, EngineError, FRAME_SAMPLES, Meaning, Sentence, Spoken,
    Summarised, Translated, WINDOW_SAMPLES, Window, WindowText,
    lane::{Lane, failed},
    offers::offers,
};
use crate::sidecar::Handle;

/// A question to one model.
pub(super) trait Ask: Send + Sync {
    /// The request, ready to be sent.
    fn request(&self, triton: &Triton) -> Infer;
}

/// Models on the server, with the artifacts whose weights they hold.
const MODELS: &[(&str, &[&str])] = &[
    (vad::MODEL, &["silero-vad"]),
    (asr::MODEL, &["whisper-base"]),
    (enhance::MODEL, &[enhance::ARTIFACT]),
    (tts::HIBARI, &[tts::HIBARI_ARTIFACT]),
    (tts::RHVOICE, &[tts::RHVOICE_ARTIFACT]),
    (tts::KOKORO, &[tts::KOKORO_ARTIFACT]),
    (mt::MODEL, &[mt::ARTIFACT]),
    (summary::MODEL, &[summary::ARTIFACT]),
    (llm::MODEL, &[llm::ARTIFACT]),
];

/// Whether `model` is asked for anything that one of `cards` does, or is asked by all of them.
pub(super) fn serves(model: &str, cards: &[ModelCard]) -> bool {
    match MODELS.iter().find(|(name, _)| *name == model) {
        Some((_, artifacts)) if model != vad::MODEL => {
            cards.iter().any(|card| artifacts.contains(&card.id.as_str()))
        }
        _ => true,
    }
}

/// Models on a supervised server.
pub struct TritonEngine {
    sidecar: Handle,
    lanes: BTreeMap<&'static str, Lane>,
    cards: Vec<ModelCard>,
}

impl TritonEngine {
    /// An engine on the server behind `sidecar`, whose models are configured by `profile`. `cards`: the models whose
    /// weights are there; each is offered while its model on the server works.
    #[must_use]
    pub fn new(sidecar: Handle, profile: &str, cards: Vec<ModelCard>) -> Self {
        let lanes = MODELS.iter().map(|(model, _)| (*model, Lane::new(model, profile, sidecar.clone())));
        Self { lanes: lanes.collect(), sidecar, cards }
    }

    fn lane(&self, model: &'static str) -> Result<&Lane, EngineError> {
        self.lanes.get(model).ok_or(EngineError::Unavailable)
    }

    fn serves(&self, model: &'static str) -> bool {
        self.sidecar.snapshot().serves(model)
    }

    /// Asks a model whose weights are there; waits while it is on its way back.
    async fn ask(
        &self,
        model: &'static str,
        call: &Call,
        question: &impl Ask,
    ) -> Result<Output, EngineError> {
        if !serves(model, &self.cards) {
            return Err(EngineError::Unavailable);
        }
        self.lane(model)?.ask(call, question).await
    }
}

#[async_trait]
impl Engine for TritonEngine {
    async fn speech(&self, pcm: Arc<[i16]>, call: &Call) -> Result<Vec<f32>, EngineError> {
        if pcm.is_empty() || pcm.len() > vad::SAMPLES {
            return Err(EngineError::BadInput);
        }
        let frames = pcm.len().div_ceil(FRAME_SAMPLES);
        let output = self.lane(vad::MODEL)?.ask(call, &vad::Speech(pcm)).await?;
        match vad::read(&output) {
            Ok(probabilities) if probabilities.len() == frames => Ok(probabilities),
            Ok(_) => Err(EngineError::Failed),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn transcribe(&self, window: Window, call: &Call) -> Result<WindowText, EngineError> {
        if window.pcm.is_empty() || window.pcm.len() > WINDOW_SAMPLES {
            return Err(EngineError::BadInput);
        }
        let output = self.lane(asr::MODEL)?.ask(call, &asr::Transcribe(window)).await?;
        asr::read_window(&output).map_err(|error| failed(&error))?.ok_or(EngineError::Failed)
    }

    async fn enhance(&self, pcm: Arc<[f32]>, call: &Call) -> Result<Vec<f32>, EngineError> {
        enhance::ask(self.lane(enhance::MODEL)?, pcm, call).await
    }

    async fn speak(&self, sentence: Sentence, call: &Call) -> Result<Spoken, EngineError> {
        tts::ask(|model| self.lane(model), |model| self.serves(model), &sentence, call).await
    }

    async fn translate(&self, batch: Batch, call: &Call) -> Result<Translated, EngineError> {
        mt::translate(self, batch, call).await
    }

    async fn summarise(&self, draft: Draft, call: &Call) -> Result<Summarised, EngineError> {
        summary::summarise(self, draft, call).await
    }

    async fn embed(
        &self,
        texts: Arc<[String]>,
        language: Language,
        call: &Call,
    ) -> Result<Meaning, EngineError> {
        summary::embed(self, &texts, language, call).await
    }

    fn has(&self, kind: TaskKind) -> bool {
        self.cards.iter().any(|card| card.kinds.contains(&kind))
    }

    fn capabilities(&self) -> Capabilities {
        let snapshot = self.sidecar.snapshot();
        let serves = |card: &&ModelCard| {
            let ready =
                |(model, ids): &(&str, &[&str])| ids.contains(&card.id.as_str()) && snapshot.serves(model);
            // that one is compiled in
            card.id == enhance::LIGHT || MODELS.iter().any(ready)
        };
        let models: Vec<ModelCard> = self.cards.iter().filter(serves).cloned().collect();
        let offers = offers(&models, snapshot.serves(vad::MODEL), &summary::modes(&snapshot));
        let slots =
            self.lanes.iter().filter(|(model, _)| snapshot.serves(model)).map(|(_, lane)| lane.slots());
        Capabilities { slots: if offers.is_empty() { 0 } else { slots.max().unwrap_or(1) }, offers, models }
    }
}
