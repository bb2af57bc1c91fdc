//! A planned challenge becomes a task: the text is spoken by the validator's own voice, noise is mixed in, a picture put
//! around it, and it goes in by the front door, as any client's.

mod sound;

use std::sync::Arc;

use bytes::Bytes;
use domain::{AudioFormat, Language, SourceLanguage, TaskId, TaskKind, TaskOptions};
use proto::{
    RpcError,
    client::{Order, Picture, Recording},
};
use reqwest::multipart::{Form, Part};

use super::{Validator, gateway::GatewayError, oracle::Oracle};
use crate::challenge::{Challenge, Manner, Task};
use sound::{degraded, sentences, wave};

/// Longest speech of a challenge, in seconds: twelve sentences take about two minutes.
const LONGEST: usize = 600;

/// Why a challenge was not submitted.
#[derive(Debug, thiserror::Error)]
pub enum PoseError {
    /// There is nobody to speak its text.
    #[error("a challenge of sound needs an inference of its own (reference.url)")]
    NoVoice,
    /// It was not spoken or rendered.
    #[error("have it spoken")]
    Reference(#[source] RpcError),
    /// Its sound can't be written.
    #[error("write its sound")]
    Wave(#[source] hound::Error),
    /// Its truth can't be kept.
    #[error("keep its truth")]
    Keep(#[source] std::io::Error),
    /// The gateway did not take it.
    #[error("submit it")]
    Gateway(#[source] GatewayError),
}

/// A task that is about to be submitted.
struct Ready {
    route: &'static str,
    form: Form,
    /// The sound that is its truth.
    clean: Option<Bytes>,
}

impl Validator {
    /// Carries out a challenge. Answers with its task, and the file of the sound that is its truth.
    pub(super) async fn pose(
        &self,
        challenge: Challenge,
        kind: TaskKind,
    ) -> Result<(TaskId, Option<Bytes>), PoseError> {
        let Challenge { task, manner, .. } = challenge;
        let Ready { route, form, clean } = self.ready(task, kind, &manner).await?;
        let form = form.text("priority", manner.priority.name());
        let form = match self.config.challenges.miners {
            0 => form,
            miners => form.text("required_miner_count", miners.to_string()),
        };
        let key = format!("{:032x}", process::id::random());
        let submitted = self.gateway.submit(route, &key, form).await.map_err(PoseError::Gateway)?;
        Ok((submitted.task_id, clean))
    }

    async fn ready(&self, task: Task, kind: TaskKind, manner: &Manner) -> Result<Ready, PoseError> {
        let route = route(kind);
        let from = |form: Form, language: Language| form.text("source_language", language.name());
        let heard = |form: Form, language: Language| match manner.says_language {
            true => from(form, language),
            false => form,
        };
        Ok(match task {
            Task::Speech { text, language, sound, picture, .. } => {
                let speech = self.spoken(&text, language, sound.sample_rate).await?;
                let (noisy, _) = degraded(&speech, sound);
                let wave = wave(&noisy, sound.sample_rate).map_err(PoseError::Wave)?;
                let recording = match picture {
                    None => Recording::Sound(manner.format),
                    Some(p) => {
                        let seed = u32::try_from(sound.seed & u64::from(u32::MAX)).unwrap_or_default();
                        let (height, rate, kilobits) = (p.height.into(), p.rate.into(), p.kilobits.into());
                        Recording::Video(Picture { height, rate, kilobits, seed })
                    }
                };
                let form = self.recorded(wave, recording, manner).await?;
                Ready { route, form: heard(form, language), clean: None }
            }
            Task::Tts { text, language } => {
                Ready { route, form: from(Form::new().text("text", text), language), clean: None }
            }
            Task::Translation { text, source, target, .. } => {
                let form = match kind {
                    TaskKind::DocumentTranslation => {
                        file("document_file", text.into(), &manner.name, "txt", "text/plain")
                    }
                    _ => Form::new().text("text", text),
                };
                let form = from(form, source).text("target_language", target.name());
                Ready { route, form, clean: None }
            }
            Task::Enhancement { text, language, sound } => {
                let speech = self.spoken(&text, language, sound.sample_rate).await?;
                let (noisy, factor) = degraded(&speech, sound);
                let clean: Vec<f32> = speech.iter().map(|s| s * factor).collect();
                let clean = wave(&clean, sound.sample_rate).map_err(PoseError::Wave)?;
                let noisy = wave(&noisy, sound.sample_rate).map_err(PoseError::Wave)?;
                let form = self.recorded(noisy, Recording::Sound(manner.format), manner).await?;
                Ready { route, form: heard(form, language), clean: Some(clean) }
            }
            Task::Analysis { text, language, sound, pause_ms } => {
                let pause = sound.sample_rate as usize * pause_ms as usize / 1_000;
                let mut speech = Vec::new();
                for sentence in sentences(&text) {
                    speech.extend(self.spoken(sentence, language, sound.sample_rate).await?);
                    speech.resize(speech.len() + pause, 0.0);
                }
                let (noisy, _) = degraded(&speech, sound);
                let wave = wave(&noisy, sound.sample_rate).map_err(PoseError::Wave)?;
                let form = self.recorded(wave, Recording::Sound(manner.format), manner).await?;
                Ready { route, form: heard(form, language), clean: None }
            }
        })
    }

    /// A form with a recording of the sound of a wave file.
    async fn recorded(&self, wave: Bytes, how: Recording, manner: &Manner) -> Result<Form, PoseError> {
        let (field, ending, media_type) = match how {
            Recording::Video(_) => ("video_file", "mp4", "video/mp4"),
            Recording::Sound(format) => ("audio_file", format.name(), format.content_type()),
        };
        let bytes = match how {
            Recording::Sound(AudioFormat::Wav) => wave,
            how => self.voice()?.render(wave, how).await.map_err(PoseError::Reference)?,
        };
        Ok(file(field, bytes, &manner.name, ending, media_type))
    }

    /// A text in the validator's own voice, at this rate.
    async fn spoken(&self, text: &str, language: Language, rate: u32) -> Result<Vec<f32>, PoseError> {
        let voice = self.voice()?;
        let source = SourceLanguage::Given(language);
        let order = Order { kind: TaskKind::Tts, source, target: None, options: TaskOptions::default() };
        let made = voice.work(&order, text.to_owned().into()).await.map_err(PoseError::Reference)?;
        let most = LONGEST * rate as usize;
        let sound = voice.decode(made.bytes, Some(rate), most).await.map_err(PoseError::Reference)?;
        Ok(sound.samples)
    }

    fn voice(&self) -> Result<&Arc<dyn Oracle>, PoseError> {
        self.oracle.as_ref().ok_or(PoseError::NoVoice)
    }
}

/// Where clients submit this kind.
const fn route(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Transcription => "/api/v1/transcription",
        TaskKind::VideoTranscription => "/api/v1/video-transcription",
        TaskKind::Tts => "/api/v1/tts",
        TaskKind::Summarization => "/api/v1/summarization",
        TaskKind::TextTranslation => "/api/v1/text-translation",
        TaskKind::DocumentTranslation => "/api/v1/document-translation",
        TaskKind::AudioEnhancement => "/api/v1/audio-enhancement",
        TaskKind::AudioAnalysis => "/api/v1/audio-analysis",
    }
}

fn file(field: &'static str, bytes: Bytes, name: &str, ending: &str, media_type: &str) -> Form {
    let size = bytes.len() as u64;
    let part = Part::stream_with_length(bytes, size).file_name(format!("{name}.{ending}"));
    // every one that is given is a media type
    let part = part.mime_str(media_type).unwrap_or_else(|_| Part::bytes(Vec::new()));
    Form::new().part(field, part)
}
