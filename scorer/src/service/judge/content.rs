//! Answers and inputs in the form in which they are compared.

use bytes::Bytes;
use domain::{Analysis, SourceLanguage, Summary, TaskKind, TaskOptions, Transcript, Translation};
use proto::client::Order;
use serde::de::DeserializeOwned;

use super::{
    Judge, RATE, Trouble,
    case::{Answer, Case},
};
use crate::metric::Said;

/// What an answer says.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A transcript, a summary, a translation.
    Text(String),
    /// Sound at [`RATE`].
    Sound(Vec<f32>),
    /// Speech, and what is heard in it.
    Speech {
        /// As decoded.
        samples: Vec<f32>,
        /// Its rate.
        rate: u32,
        /// The rate that it is said to have.
        said_rate: u32,
        /// What the validator's own transcription understood.
        heard: String,
    },
    /// Measurements.
    Analysis(Box<Analysis>),
}

impl Content {
    /// As answers are compared with each other.
    pub(super) fn said(&self) -> Said<'_> {
        match self {
            Self::Text(text) | Self::Speech { heard: text, .. } => Said::Text(text),
            Self::Sound(samples) => Said::Sound(samples),
            Self::Analysis(analysis) => Said::Analysis(analysis),
        }
    }
}

impl Judge {
    /// What an answer says; `None` when that can't be told.
    pub(super) async fn content(&self, case: &Case, answer: &Answer) -> Result<Option<Content>, Trouble> {
        let bytes = &answer.bytes;
        Ok(match case.kind {
            TaskKind::Transcription | TaskKind::VideoTranscription => {
                json::<Transcript>(bytes).map(|t| Content::Text(t.text()))
            }
            TaskKind::Summarization => json::<Summary>(bytes).map(|s| Content::Text(s.summary)),
            TaskKind::TextTranslation => json::<Translation>(bytes).map(|t| Content::Text(t.translation)),
            TaskKind::AudioAnalysis => json::<Analysis>(bytes).map(|a| Content::Analysis(Box::new(a))),
            TaskKind::DocumentTranslation => self.document(bytes, &case.options).await?.map(Content::Text),
            TaskKind::AudioEnhancement => {
                self.must_decode()?;
                self.sound(bytes, Some(RATE)).await?.map(|s| Content::Sound(s.samples))
            }
            TaskKind::Tts => {
                self.must_decode()?;
                self.speech(case, answer).await?
            }
        })
    }

    async fn speech(&self, case: &Case, answer: &Answer) -> Result<Option<Content>, Trouble> {
        let Some(sound) = self.sound(&answer.bytes, None).await? else { return Ok(None) };
        let text = String::from_utf8_lossy(&case.input);
        let order = Order {
            kind: TaskKind::Transcription,
            source: SourceLanguage::Given(case.language_of(&text)),
            target: None,
            options: TaskOptions::default(),
        };
        // sound that is no speech is heard as nothing
        let heard = self.work(&order, &answer.bytes).await?.and_then(|made| json::<Transcript>(&made.bytes));
        let heard = heard.map(|t| t.text()).unwrap_or_default();
        let said_rate = answer.sample_rate.unwrap_or(sound.sample_rate);
        Ok(Some(Content::Speech { samples: sound.samples, rate: sound.sample_rate, said_rate, heard }))
    }

    /// The text of a document of a task; `None` when it can't be read.
    pub(super) async fn document(
        &self,
        bytes: &Bytes,
        options: &TaskOptions,
    ) -> Result<Option<String>, Trouble> {
        let format = options.document_format.map(domain::DocumentFormat::translated);
        match &self.oracle {
            Some(oracle) => self.in_time(oracle.read(bytes.clone(), format)).await,
            None => Ok(std::str::from_utf8(bytes).ok().map(str::to_owned)),
        }
    }

    /// The text of the input of a task about text; `None` when it can't be read.
    pub(super) async fn source_text(&self, case: &Case) -> Result<Option<String>, Trouble> {
        match (&self.oracle, case.options.document_format, case.kind) {
            (Some(oracle), format, TaskKind::DocumentTranslation)
            | (Some(oracle), format @ Some(_), TaskKind::Summarization) => {
                self.in_time(oracle.read(case.input.clone(), format)).await
            }
            _ => Ok(std::str::from_utf8(&case.input).ok().map(str::to_owned)),
        }
    }

    /// Sound needs somebody who opens it: without one every answer would look broken.
    fn must_decode(&self) -> Result<(), Trouble> {
        match &self.oracle {
            Some(_) => Ok(()),
            None => Err(Trouble::Never("sound can't be judged without an inference of its own".to_owned())),
        }
    }
}

/// A document of ours; `None` when it has another form.
pub(super) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}
