//! A text or a document in, its summary out.
//!
//! Models read some hundred words at once. A longer text is summarised piece by piece, to its end, and the summaries of
//! the pieces together are summarised again. What would take too long is thinned out first: a text of very many pieces
//! by the words that its sentences share, and one that is to be summarised in new words by choosing sentences.

mod pieces;
#[cfg(test)]
mod tests;

use std::time::Duration;

use domain::{DocumentFormat, Language, Summary, SummaryMode};

use self::pieces::{Piece, pieces, thinned};
use super::{Job, PipelineError, Product, Tools, progress::Meter, translation::read};
use crate::{
    document::{self, Limits},
    engine::{Draft, EngineError, Summarised},
    text::{facts::has_letters, words},
};

/// Longest text, in bytes.
const LONGEST: u64 = 8 << 20;
/// Time allowed for one piece, its wait behind those of other tasks included.
const PIECE: Duration = Duration::from_secs(900);
/// Most pieces that sentences are chosen from: two CPU-minutes.
const CHOSEN: usize = 60;
/// Most pieces that are put in new words: ten CPU-minutes.
const WRITTEN: usize = 8;
/// Words that the summaries of all pieces have together; in Japanese and Chinese, characters are three times as many.
const TOGETHER: u64 = 400;
/// Fewest words of the summary of one piece.
const FEWEST: u64 = 20;

/// Summarises the text in `job.file`, or the document where a format is named. The summary is never longer than
/// `max_words`; without it, a third of the text and 150 words at most. The result document says how it was made.
pub(super) async fn run(tools: &Tools, job: Job) -> Result<Product, PipelineError> {
    let language = job
        .language
        .given()
        .ok_or_else(|| PipelineError::Unsupported("the language of the text is not known".to_owned()))?;
    let text = text_of(&job).await?;
    if !has_letters(&text) {
        return Err(PipelineError::Nothing("there is nothing to summarise in the text".to_owned()));
    }
    let source_words = words::count(&text, language);
    let most = job.options.max_words.map_or_else(|| usual(source_words, language), u64::from);
    let mut work = Work {
        tools,
        job: &job,
        language,
        mode: job.options.summary_mode,
        done: 0,
        meter: Meter::new(job.progress.clone()),
    };
    let made = tokio::select! {
        biased;
        () = job.cancel.cancelled() => return Err(PipelineError::Cancelled),
        made = work.summary(&text, most) => made?,
    };
    work.meter.complete();
    let summary = words::cut(made.summary.trim(), language, most);
    let document =
        Summary { words: words::count(&summary, language), summary, mode: made.mode, language, source_words };
    Product::document(&document, made.model)
}

/// The running text of the input.
async fn text_of(job: &Job) -> Result<String, PipelineError> {
    let Some(format) = job.options.document_format.filter(|f| *f != DocumentFormat::Txt) else {
        return read(&job.file, LONGEST).await;
    };
    let (file, cancel) = (job.file.clone(), job.cancel.clone());
    let reading = tokio::task::spawn_blocking(move || {
        document::read_text(&file, format, &Limits::default(), &|| cancel.is_cancelled())
    });
    Ok(reading.await.map_err(|e| PipelineError::Broken(format!("the document can't be read: {e}")))??)
}

/// Length of a summary when none was asked for.
fn usual(source_words: u64, language: Language) -> u64 {
    (source_words / 3).clamp(30 * scale(language), 150 * scale(language))
}

/// Characters for a word, where those are counted.
const fn scale(language: Language) -> u64 {
    if words::is_unspaced(language) { 3 } else { 1 }
}

/// One summary in the making.
struct Work<'a> {
    tools: &'a Tools,
    job: &'a Job,
    language: Language,
    mode: Option<SummaryMode>,
    /// Pieces that were summarised.
    done: u64,
    meter: Meter,
}

impl Work<'_> {
    async fn summary(&mut self, text: &str, most: u64) -> Result<Summarised, PipelineError> {
        let mut pieces = thinned(pieces(text, self.language), self.language, CHOSEN);
        let writes = self.mode != Some(SummaryMode::Extractive);
        let mut left = pieces.len() as u64 + 1;
        if writes && pieces.len() > WRITTEN {
            left += WRITTEN as u64;
            let most = pieces.iter().map(|p| p.words).sum::<u64>() * WRITTEN as u64 / pieces.len() as u64;
            pieces = self.shortened(pieces, Some(SummaryMode::Extractive), most / 2, &mut left).await?;
        }
        while pieces.len() > 1 {
            let before = pieces.len();
            pieces = self.shortened(pieces, self.mode, TOGETHER * scale(self.language), &mut left).await?;
            if pieces.len() >= before {
                // summaries as long as what they summarise: the model is of no help
                pieces = thinned(pieces, self.language, 1);
                pieces.truncate(1);
            }
        }
        let text = pieces.pop().map(|p| p.text).unwrap_or_default();
        self.asked(text, most, self.mode, &mut left).await
    }

    /// Summaries of all pieces, `together` words in all, as new pieces.
    async fn shortened(
        &mut self,
        pieces: Vec<Piece>,
        mode: Option<SummaryMode>,
        together: u64,
        left: &mut u64,
    ) -> Result<Vec<Piece>, PipelineError> {
        let share = (together / pieces.len() as u64).max(FEWEST * scale(self.language));
        let mut summaries = Vec::with_capacity(pieces.len());
        for piece in pieces {
            summaries.push(self.asked(piece.text, share, mode, left).await?.summary);
        }
        Ok(self::pieces::pieces(&summaries.join("\n"), self.language))
    }

    /// One question. Where new words were wanted and the model wrote nothing that can be used, sentences are chosen.
    async fn asked(
        &mut self,
        text: String,
        most: u64,
        mode: Option<SummaryMode>,
        left: &mut u64,
    ) -> Result<Summarised, PipelineError> {
        let max_words = u32::try_from(most).unwrap_or(u32::MAX);
        let draft = Draft { text, language: self.language, max_words, mode };
        let call = self.job.call(PIECE);
        let made = match self.tools.engine.summarise(draft.clone(), &call).await {
            Err(EngineError::Failed) if mode != Some(SummaryMode::Extractive) => {
                let chosen = Draft { mode: Some(SummaryMode::Extractive), ..draft };
                self.tools.engine.summarise(chosen, &call).await
            }
            made => made,
        }?;
        self.done += 1;
        *left = left.saturating_sub(1);
        self.meter.reached(self.done, self.done + (*left).max(1));
        Ok(made)
    }
}
