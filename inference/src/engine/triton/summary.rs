//! `summary_extract`: the sentences that say most of a text; and which model is asked for which summary.

use std::time::Duration;

use async_trait::async_trait;
use domain::{Language, SummaryMode};
use triton_client::{Error, Infer, Output, Tensor, Triton};

use super::{Ask, TritonEngine, llm};
use crate::{
    engine::{Call, Draft, EngineError, Meaning, Summarised, canary::put, lane::failed},
    sidecar::{Canary, Snapshot, Unfit},
    text::sentences,
};

/// Name of the model.
pub(in crate::engine) const MODEL: &str = "summary_extract";

/// Artifact with its weights.
pub(in crate::engine) const ARTIFACT: &str = "e5-small";

/// Most sentences of one call, and most characters of one.
const SENTENCES: usize = 400;
const LENGTH: usize = 4_000;

const TEXT: &str = "text";
const LANGUAGE: &str = "language";
const MAX_WORDS: &str = "max_words";
const SUMMARY: &str = "summary";
const VECTORS: &str = "vectors";

/// The cosine that texts have here that have nothing to do with each other. Of eight English sentences on eight subjects: 0.77
/// in the mean, 0.81 at most; a sentence and the same in other words have 0.91.
const UNRELATED: f64 = 0.8;

/// Which of these sentences say most?
pub(in crate::engine) struct Choose<'a> {
    sentences: Vec<&'a str>,
    language: Language,
    max_words: u32,
}

impl<'a> Choose<'a> {
    /// Of the sentences of a text in which every line ends one.
    pub(in crate::engine) fn new(draft: &'a Draft) -> Self {
        let Draft { text, language, max_words, .. } = draft;
        let sentences = text.lines().flat_map(|line| sentences(line, *language)).map(|s| s.text).collect();
        Self { sentences, language: *language, max_words: *max_words }
    }
}

impl Ask for Choose<'_> {
    fn request(&self, triton: &Triton) -> Infer {
        let most = i32::try_from(self.max_words).unwrap_or(i32::MAX);
        triton
            .infer(MODEL)
            .input(TEXT, Tensor::text([self.sentences.len()], &self.sentences))
            .input(LANGUAGE, Tensor::text([1], [self.language.name()]))
            .input(MAX_WORDS, Tensor::i32([1], [most]))
    }
}

/// Reads the answer to [`Choose`].
pub(in crate::engine) fn read(output: &Output) -> Result<String, Error> {
    Ok(output.text(SUMMARY)?.to_owned())
}

/// Reads what each of so many sentences means.
fn meanings(output: &Output, sentences: usize) -> Result<Vec<Vec<f32>>, EngineError> {
    let shape = output.shape(VECTORS).map_err(|e| failed(&e))?;
    let &[count, length] = shape else { return Err(EngineError::Failed) };
    let values: Vec<f32> = output.f32(VECTORS).map_err(|e| failed(&e))?.collect();
    let sound = count == sentences && length > 0 && values.iter().all(|v| v.is_finite());
    if !sound || values.len() != count * length {
        return Err(EngineError::Failed);
    }
    Ok(values.chunks(length).map(<[f32]>::to_vec).collect())
}

/// What texts mean: the mean of what their sentences do. A text without one is refused.
pub(super) async fn embed(
    engine: &TritonEngine,
    texts: &[String],
    language: Language,
    call: &Call,
) -> Result<Meaning, EngineError> {
    let mut vectors = Vec::with_capacity(texts.len());
    for text in texts {
        // one word: only the vectors are wanted
        let draft = Draft { text: text.clone(), language, max_words: 1, mode: None };
        let question = Choose::new(&draft);
        let fits = |s: &&str| s.chars().count() <= LENGTH;
        if !(1..=SENTENCES).contains(&question.sentences.len()) || !question.sentences.iter().all(fits) {
            return Err(EngineError::BadInput);
        }
        let output = engine.ask(MODEL, call, &question).await?;
        vectors.push(mean(&meanings(&output, question.sentences.len())?));
    }
    Ok(Meaning { vectors, unrelated: UNRELATED })
}

/// The sum of vectors of one length; its direction is that of their mean.
fn mean(vectors: &[Vec<f32>]) -> Vec<f32> {
    let mut sum = vectors.first().cloned().unwrap_or_default();
    for vector in vectors.iter().skip(1) {
        sum.iter_mut().zip(vector).for_each(|(s, v)| *s += v);
    }
    sum
}

/// The ways in which summaries are made with what is served.
pub(super) fn modes(snapshot: &Snapshot) -> Vec<SummaryMode> {
    let chosen = snapshot.serves(MODEL).then_some(SummaryMode::Extractive);
    let written = snapshot.serves(llm::MODEL).then_some(SummaryMode::Abstractive);
    chosen.into_iter().chain(written).collect()
}

/// Writes a summary where that was asked for, or where nothing was and the model for it is there; else chooses sentences.
pub(super) async fn summarise(
    engine: &TritonEngine,
    draft: Draft,
    call: &Call,
) -> Result<Summarised, EngineError> {
    let writes = match draft.mode {
        Some(mode) => mode == SummaryMode::Abstractive,
        None => engine.serves(llm::MODEL),
    };
    let made = |summary, mode, model: &str| Summarised { summary, mode, model: model.to_owned() };
    if writes {
        if draft.text.chars().count() > llm::LENGTH {
            return Err(EngineError::BadInput);
        }
        let output = engine.ask(llm::MODEL, call, &llm::Write(&draft)).await?;
        let summary = llm::read(&output).map_err(|e| failed(&e))?.concat();
        return Ok(made(summary, SummaryMode::Abstractive, llm::ARTIFACT));
    }
    let question = Choose::new(&draft);
    let fits = |s: &&str| s.chars().count() <= LENGTH;
    if !(1..=SENTENCES).contains(&question.sentences.len()) || !question.sentences.iter().all(fits) {
        return Err(EngineError::BadInput);
    }
    let output = engine.ask(MODEL, call, &question).await?;
    Ok(made(read(&output).map_err(|e| failed(&e))?, SummaryMode::Extractive, ARTIFACT))
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Three sentences, of which one is too long and one says nothing of the third.
pub(in crate::engine) struct ChoiceCanary;

#[async_trait]
impl Canary for ChoiceCanary {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        let wanted = "The old bridge over the river was closed.";
        let text = format!(
            "{wanted}\nEngineers had found many deep cracks in two of the pillars of the bridge.\nLunch was good."
        );
        let draft = Draft { text, language: Language::En, max_words: 10, mode: None };
        let output = put(&Choose::new(&draft), triton, patience).await?;
        let summary = read(&output)?;
        if summary != wanted {
            return Err(Unfit::WrongAnswer(summary));
        }
        // what is said of the bridge is nearer to the bridge than lunch is
        let nearer = meanings(&output, 3).is_ok_and(|m| dot(&m[0], &m[1]) > dot(&m[0], &m[2]));
        if nearer { Ok(()) } else { Err(Unfit::WrongAnswer("vectors that tell nothing apart".to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::wire, *};

    #[test]
    fn the_configuration_has_exactly_these_tensors() {
        let inputs = [(TEXT, "STRING"), (LANGUAGE, "STRING"), (MAX_WORDS, "INT32")];
        wire::check(MODEL, &inputs, &[(SUMMARY, "STRING"), (VECTORS, "FP32")]);
    }

    #[test]
    fn every_line_ends_a_sentence() {
        let text = "One. Two!\nThree without an end\nFour.".to_owned();
        let draft = Draft { text, language: Language::En, max_words: 10, mode: None };
        assert_eq!(Choose::new(&draft).sentences, ["One.", "Two!", "Three without an end", "Four."]);
    }
}
