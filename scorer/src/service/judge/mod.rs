//! From a task, its input and its answers to a grade for each answer.

mod cache;
mod case;
mod content;
mod grade;
mod own;
mod reference;

pub use case::{Answer, Case, Judgement, Trouble, Truth};

use std::{sync::Arc, time::Duration};

use cache::Cache;
use domain::{Language, TaskKind, canonical};
use proto::{
    RpcError,
    client::{Made, Order},
};
use tokio::time::timeout;

use super::oracle::Oracle;
use crate::{accuracy::Basis, copies};
use content::Content;
use grade::Meanings;
use reference::Reference;

/// Rate at which sounds are compared, Hz: that of the models that clean them.
const RATE: u32 = 48_000;
/// Fewest answers that can be compared with each other: of two, nobody can say which is wrong.
const FEWEST: usize = 3;

/// Who judges: the metrics, with the validator's own inference where there is one.
pub struct Judge {
    oracle: Option<Arc<dyn Oracle>>,
    cache: Cache,
    /// Time for one piece of work.
    time: Duration,
    /// Longest sound.
    max_sound: Duration,
}

impl Judge {
    /// Keeps `keep` references for further tasks.
    #[must_use]
    pub fn new(oracle: Option<Arc<dyn Oracle>>, keep: usize, time: Duration, max_sound: Duration) -> Self {
        Self { oracle, cache: Cache::new(keep), time, max_sound }
    }

    /// Grades every answer of a task. The reference is the truth where it is known, else what the validator's own models
    /// make of the input, else the answer that agrees best with the others, where there are three or more.
    ///
    /// # Errors
    /// [`Trouble`]: that it may be done later, or that it can't be done here.
    pub async fn judge(&self, case: &Case) -> Result<Judgement, Trouble> {
        let (mut contents, mut fingerprints) = (Vec::new(), Vec::new());
        for answer in &case.answers {
            let content = self.content(case, answer).await?;
            fingerprints.push(match &content {
                Some(Content::Text(text)) => copies::fingerprint(text),
                _ => canonical::digest(&answer.bytes),
            });
            contents.push(content);
        }
        let (basis, reference) = match self.truth(case).await? {
            Some(reference) => (Basis::Truth, reference),
            None => match self.own(case).await? {
                Some(reference) => (Basis::Inference, reference),
                None => (Basis::Agreement, agreed(case, &contents)?),
            },
        };
        let meanings = self.meaning(&reference, &contents).await?;
        let (units, sound) = self.units(case, &reference).await?;
        let target = case.target();
        let grading = move || grade::all(&reference, &contents, meanings.as_ref(), target);
        // minutes of sound take seconds: elsewhere than where others wait
        let grades = tokio::task::spawn_blocking(grading).await;
        let grades = grades.map_err(|e| Trouble::Never(format!("the metrics had a fault: {e}")))?;
        Ok(Judgement { grades, fingerprints, basis, units, sound })
    }

    /// A piece of the validator's own work; `None` when its input is at fault, or there is nobody to do it.
    async fn work(&self, order: &Order, input: &bytes::Bytes) -> Result<Option<Arc<Made>>, Trouble> {
        let Some(oracle) = &self.oracle else { return Ok(None) };
        let name = canonical::digest(format!("{order:?}\n{}", canonical::digest(input)).as_bytes());
        if let Some(made) = self.cache.get(name) {
            return Ok(Some(made));
        }
        let made = self.in_time(oracle.work(order, input.clone())).await?;
        Ok(made.map(|made| {
            let made = Arc::new(made);
            self.cache.put(name, made.clone());
            made
        }))
    }

    /// Waits for the validator's own inference. What it says of an input that is at fault is `None`.
    async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, RpcError>>,
    ) -> Result<Option<T>, Trouble> {
        match timeout(self.time, call).await {
            Ok(Ok(made)) => Ok(Some(made)),
            Ok(Err(e)) => match e.kind {
                domain::ErrorKind::Invalid => Ok(None),
                domain::ErrorKind::TooLarge => Err(Trouble::Never(format!("it is too long: {e}"))),
                _ => Err(Trouble::Reference(e)),
            },
            Err(_) => {
                let late = format!("the reference took more than {:?}", self.time);
                Err(Trouble::Reference(RpcError::new(domain::ErrorKind::Deadline, late)))
            }
        }
    }

    /// The sound of a file at one rate; `None` when there is none in it, or nobody to decode it.
    async fn sound(
        &self,
        file: &bytes::Bytes,
        rate: Option<u32>,
    ) -> Result<Option<proto::client::Sound>, Trouble> {
        let Some(oracle) = &self.oracle else { return Ok(None) };
        let most = self.max_sound.as_secs().saturating_mul(u64::from(rate.unwrap_or(RATE).max(RATE)));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let sound = self.in_time(oracle.decode(file.clone(), rate, most)).await?;
        Ok(sound.filter(|s| !s.samples.is_empty() && s.sample_rate > 0))
    }

    /// The meaning of a reference and of every answer, where the kind asks for it and a model can tell.
    async fn meaning(
        &self,
        reference: &Reference,
        contents: &[Option<Content>],
    ) -> Result<Option<Meanings>, Trouble> {
        let Reference::Summary { text, language, .. } = reference else { return Ok(None) };
        let Some((reference, unrelated)) = self.vector(text, *language).await? else { return Ok(None) };
        let mut said = Vec::new();
        for content in contents {
            // each for itself: an answer that no model can read takes nothing from the others
            said.push(match content {
                Some(Content::Text(text)) => self.vector(text, *language).await?.map(|(vector, _)| vector),
                _ => None,
            });
        }
        Ok(Some(Meanings { reference, said, unrelated }))
    }

    /// What a text means, and the cosine of texts that have nothing to do with each other; `None` when nobody can tell.
    async fn vector(&self, text: &str, language: Language) -> Result<Option<(Vec<f32>, f64)>, Trouble> {
        let Some(oracle) = &self.oracle else { return Ok(None) };
        let found = self.in_time(oracle.embed(vec![text.to_owned()], language)).await?.flatten();
        Ok(found.and_then(|mut v| v.vectors.pop().map(|vector| (vector, v.unrelated))))
    }

    /// The size of a task, and the sound that was worked through.
    async fn units(&self, case: &Case, reference: &Reference) -> Result<(u32, Duration), Trouble> {
        match case.kind {
            TaskKind::Transcription
            | TaskKind::VideoTranscription
            | TaskKind::AudioEnhancement
            | TaskKind::AudioAnalysis => {
                let length = match reference {
                    Reference::Analysis(analysis) => Some(Duration::from_millis(analysis.duration_ms)),
                    _ => self.sound(&case.input, Some(16_000)).await?.map(|s| {
                        let samples = u64::try_from(s.samples.len()).unwrap_or(u64::MAX);
                        Duration::from_millis(samples / 16)
                    }),
                };
                let length = length.unwrap_or_default();
                let seconds = length.as_millis().div_ceil(1_000);
                Ok((u32::try_from(seconds).unwrap_or(u32::MAX), length))
            }
            TaskKind::Tts
            | TaskKind::Summarization
            | TaskKind::TextTranslation
            | TaskKind::DocumentTranslation => {
                let text = self.source_text(case).await?.unwrap_or_default();
                Ok((words(&text, case.language_of(&text)), Duration::ZERO))
            }
        }
    }
}

/// Words of a text; in Japanese and Chinese, characters.
fn words(text: &str, language: Language) -> u32 {
    let count = match language {
        Language::Ja | Language::Zh => text.chars().filter(|c| !c.is_whitespace()).count(),
        _ => text.split_whitespace().count(),
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The answer that agrees best with the others.
fn agreed(case: &Case, contents: &[Option<Content>]) -> Result<Reference, Trouble> {
    let there: Vec<&Content> = contents.iter().flatten().collect();
    if there.len() < FEWEST {
        let few = "nothing to compare with: no truth, no inference of its own, fewer than three answers";
        return Err(Trouble::Never(few.to_owned()));
    }
    let language = case.target_or_source();
    let said: Vec<_> = there.iter().map(|c| c.said()).collect();
    let agreed = crate::metric::agreement(case.kind, language, &said);
    let chosen = agreed.and_then(|a| there.get(a.chosen).copied());
    let chosen = chosen.ok_or_else(|| Trouble::Never("the answers can't be compared".to_owned()))?;
    Reference::of_answer(case, chosen)
        .ok_or_else(|| Trouble::Never("no answer of this kind can be a reference".to_owned()))
}

#[cfg(test)]
mod tests;
