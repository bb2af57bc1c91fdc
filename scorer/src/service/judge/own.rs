//! References from what is known, and from the validator's own inference.

use std::time::Duration;

use domain::{Analysis, Facts, Summary, TaskKind, Transcript, Translation};

use super::{Case, Judge, RATE, Trouble, Truth, content::json, reference::Reference};
use crate::accuracy::Noised;

impl Judge {
    /// The reference that follows from the truth of a challenge, if the task is one.
    pub(super) async fn truth(&self, case: &Case) -> Result<Option<Reference>, Trouble> {
        let Some(truth) = &case.truth else { return Ok(None) };
        Ok(match (case.kind, truth) {
            (TaskKind::Transcription | TaskKind::VideoTranscription, Truth::Text(text)) => {
                Some(Reference::transcript(text, case.language_of(text)))
            }
            (TaskKind::Tts, Truth::Text(text)) => Some(self.spoken(case, text).await?),
            (TaskKind::TextTranslation | TaskKind::DocumentTranslation, Truth::Text(text)) => {
                let source = self.source_text(case).await?.unwrap_or_default();
                Some(Reference::translation(source, text))
            }
            (TaskKind::AudioEnhancement, Truth::Clean(clean)) => self.noised(case, clean).await?,
            (TaskKind::AudioAnalysis, Truth::Recording { language, sample_rate }) => {
                self.measured(case).await?.map(|own| {
                    let language = Some(*language);
                    Reference::Analysis(Box::new(Analysis { language, sample_rate: *sample_rate, ..own }))
                })
            }
            _ => None,
        })
    }

    /// The reference that the validator's own inference makes; `None` when it finds the input at fault, or there is none.
    pub(super) async fn own(&self, case: &Case) -> Result<Option<Reference>, Trouble> {
        Ok(match case.kind {
            TaskKind::Transcription | TaskKind::VideoTranscription => {
                let made = self.work(&case.order(), &case.input).await?;
                made.and_then(|made| json::<Transcript>(&made.bytes)).map(|heard| {
                    let text = heard.text();
                    let language = case.source.or(heard.language).unwrap_or_else(|| case.language_of(&text));
                    Reference::transcript(&text, language)
                })
            }
            TaskKind::Tts => {
                let text = std::str::from_utf8(&case.input).ok();
                match text.filter(|_| self.oracle.is_some()) {
                    Some(text) => Some(self.spoken(case, text).await?),
                    None => None,
                }
            }
            TaskKind::Summarization => self.summarised(case).await?,
            TaskKind::TextTranslation => {
                let made = self.work(&case.order(), &case.input).await?;
                let source = || String::from_utf8_lossy(&case.input).into_owned();
                made.and_then(|made| json::<Translation>(&made.bytes))
                    .map(|made| Reference::translation(source(), &made.translation))
            }
            TaskKind::DocumentTranslation => self.translated(case).await?,
            TaskKind::AudioEnhancement => match self.work(&case.order(), &case.input).await? {
                Some(made) => self.noised(case, &made.bytes).await?,
                None => None,
            },
            TaskKind::AudioAnalysis => self.measured(case).await?.map(|a| Reference::Analysis(Box::new(a))),
        })
    }

    /// A text that was to be said. How long that takes is told by the validator's own voice, where it has one.
    async fn spoken(&self, case: &Case, text: &str) -> Result<Reference, Trouble> {
        let language = case.language_of(text);
        // its own voice: that of the task may be one that only others have
        let mut order = case.order();
        order.options.voice = None;
        let seconds = match self.work(&order, &case.input).await {
            Ok(made) => made.and_then(|made| match &made.facts {
                Some(Facts::Audio(facts)) => Some(Duration::from_millis(facts.duration_ms).as_secs_f64()),
                _ => None,
            }),
            // a language that it does not speak
            Err(Trouble::Reference(e)) if e.kind == domain::ErrorKind::Unavailable => None,
            Err(e) => return Err(e),
        };
        Ok(Reference::speech(text, language, seconds, case.options.speed_percent))
    }

    async fn summarised(&self, case: &Case) -> Result<Option<Reference>, Trouble> {
        let Some(source) = self.source_text(case).await? else { return Ok(None) };
        let made = self.work(&case.order(), &case.input).await?;
        let made = made.and_then(|made| json::<Summary>(&made.bytes));
        Ok(made.map(|m| Reference::summary(&source, m.summary, m.language, case.options.max_words)))
    }

    async fn translated(&self, case: &Case) -> Result<Option<Reference>, Trouble> {
        let Some(made) = self.work(&case.order(), &case.input).await? else { return Ok(None) };
        let text = self.document(&made.bytes, &case.options).await?;
        let source = self.source_text(case).await?.unwrap_or_default();
        Ok(text.map(|text| Reference::translation(source, &text)))
    }

    /// Clean sound beside the noisy input.
    async fn noised(&self, case: &Case, clean: &bytes::Bytes) -> Result<Option<Reference>, Trouble> {
        let (Some(clean), Some(noisy)) =
            (self.sound(clean, Some(RATE)).await?, self.sound(&case.input, Some(RATE)).await?)
        else {
            return Ok(None);
        };
        let prepared = tokio::task::spawn_blocking(move || {
            // a codec may have added or dropped a few samples
            let length = clean.samples.len().min(noisy.samples.len());
            let mut samples = clean.samples;
            samples.truncate(length);
            Noised::new(samples, &noisy.samples[..length], RATE)
        });
        let prepared = prepared.await.map_err(|e| Trouble::Never(format!("the metrics had a fault: {e}")))?;
        Ok(Some(Reference::Sound(prepared)))
    }

    async fn measured(&self, case: &Case) -> Result<Option<Analysis>, Trouble> {
        let made = self.work(&case.order(), &case.input).await?;
        Ok(made.and_then(|made| json(&made.bytes)))
    }
}
