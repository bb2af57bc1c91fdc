//! A text in, the same text in another language out.

use std::path::Path;

use domain::Translation;

use super::{Job, PipelineError, Product, Tools, progress::Meter, translator::Translator};
use crate::text::facts::has_letters;

/// Longest text, in bytes.
const LONGEST: u64 = 8 << 20;
/// Most doubtful sentences that are named; a text with more is doubtful as a whole.
const NAMED: usize = 100;

/// Translates the text in `job.file` as a whole: paragraphs, line breaks and white space stay. The result document names
/// the sentences whose numbers or addresses did not come through.
pub(super) async fn run(tools: &Tools, job: Job) -> Result<Product, PipelineError> {
    let mut translator = Translator::new(tools, &job)?;
    let text = read(&job.file, LONGEST).await?;
    if !has_letters(&text) {
        return Err(PipelineError::Nothing("there is nothing to translate in the text".to_owned()));
    }
    let mut meter = Meter::new(job.progress.clone());
    let (texts, mut reached) = ([text], |done, total| meter.reached(done, total));
    let rendered = tokio::select! {
        biased;
        () = job.cancel.cancelled() => return Err(PipelineError::Cancelled),
        rendered = translator.translate(&texts, &mut reached) => rendered?,
    };
    let (Some(rendered), (Some(source_language), Some(target_language))) =
        (rendered.into_iter().next(), (job.language.given(), job.target))
    else {
        return Err(PipelineError::Nothing("there is nothing to translate in the text".to_owned()));
    };
    let mut doubtful = rendered.doubtful;
    doubtful.truncate(NAMED);
    meter.complete();
    let translation = Translation { translation: rendered.text, source_language, target_language, doubtful };
    Product::document(&translation, translator.model())
}

/// The text of a file of at most `longest` bytes, without a byte order mark.
///
/// # Errors
/// [`PipelineError::TooLong`] and [`PipelineError::Broken`], the latter for what is not UTF-8.
pub(super) async fn read(file: &Path, longest: u64) -> Result<String, PipelineError> {
    if tokio::fs::metadata(file).await?.len() > longest {
        return Err(PipelineError::TooLong(format!("the text is longer than {longest} bytes")));
    }
    let text = String::from_utf8(tokio::fs::read(file).await?)
        .map_err(|_| PipelineError::Broken("the text is not UTF-8".to_owned()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
