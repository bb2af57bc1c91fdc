//! `llm_qwen`: one language model that translates between all languages and writes summaries.

use std::time::Duration;

use async_trait::async_trait;
use domain::Language;
use triton_client::{Error, Infer, Output, Tensor, Triton};

use super::Ask;
use crate::{
    engine::{Batch, Draft, canary::put},
    sidecar::{Canary, Unfit},
    text::words::is_unspaced,
};

/// Name of the model.
pub(in crate::engine) const MODEL: &str = "llm_qwen";

/// Artifact with its weights.
pub(in crate::engine) const ARTIFACT: &str = "qwen-1.5b";

/// Longest text that it summarises, in characters.
pub(super) const LENGTH: usize = 8_000;

const TASK: &str = "task";
const TEXT: &str = "text";
const SOURCE: &str = "source";
const TARGET: &str = "target";
const MAX_WORDS: &str = "max_words";

/// What are these sentences in the other language?
pub(in crate::engine) struct Translate<'a>(pub(in crate::engine) &'a Batch);

/// What does this text say, in fewer words?
pub(in crate::engine) struct Write<'a>(pub(in crate::engine) &'a Draft);

impl Ask for Translate<'_> {
    fn request(&self, triton: &Triton) -> Infer {
        let Batch { sentences, source, target } = self.0;
        let text = Tensor::text([sentences.len()], sentences);
        request(triton, "translate", text, *source, *target, 0)
    }
}

impl Ask for Write<'_> {
    fn request(&self, triton: &Triton) -> Infer {
        let Draft { text, language, max_words, .. } = self.0;
        let between = if is_unspaced(*language) { "" } else { " " };
        let text = Tensor::text([1], [text.lines().collect::<Vec<_>>().join(between)]);
        request(
            triton,
            "summarise",
            text,
            *language,
            *language,
            i32::try_from(*max_words).unwrap_or(i32::MAX),
        )
    }
}

fn request(
    triton: &Triton,
    task: &str,
    text: Tensor,
    source: Language,
    target: Language,
    most: i32,
) -> Infer {
    triton
        .infer(MODEL)
        .input(TASK, Tensor::text([1], [task]))
        .input(TEXT, text)
        .input(SOURCE, Tensor::text([1], [source.name()]))
        .input(TARGET, Tensor::text([1], [target.name()]))
        .input(MAX_WORDS, Tensor::i32([1], [most]))
}

/// Reads the answer to either: the sentences, or the summary alone.
pub(in crate::engine) fn read(output: &Output) -> Result<Vec<String>, Error> {
    Ok(output.texts(TEXT)?.into_iter().map(str::to_owned).collect())
}

/// Says good morning in Spanish: two CPU-seconds.
pub(in crate::engine) struct SpanishCanary;

#[async_trait]
impl Canary for SpanishCanary {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        let (source, target) = (Language::En, Language::Es);
        let batch = Batch { sentences: vec!["Good morning.".to_owned()], source, target };
        let heard = read(&put(&Translate(&batch), triton, patience).await?)?.concat();
        if heard.to_lowercase().contains("buenos días") { Ok(()) } else { Err(Unfit::WrongAnswer(heard)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::wire, *};

    #[test]
    fn the_configuration_has_exactly_these_tensors() {
        let strings = [TASK, TEXT, SOURCE, TARGET].map(|name| (name, "STRING"));
        wire::check(MODEL, &[&strings[..], &[(MAX_WORDS, "INT32")]].concat(), &[(TEXT, "STRING")]);
    }
}
