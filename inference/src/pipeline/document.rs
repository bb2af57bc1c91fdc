//! A document in, the same document in another language out.

#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{Read as _, Seek as _},
    path::Path,
    sync::Arc,
};

use domain::{DocumentFacts, DocumentFormat, Facts, Language, SourceLanguage};
use tempfile::NamedTempFile;

use super::{Body, Job, PipelineError, Product, Tools, progress::Meter, translator::Translator};
use crate::document::{Document, DocumentError, Limits, Translated, sniff};

/// Most marks of a text that a translator is asked to keep; one with more is translated between them.
const MOST_MARKS: usize = 12;
/// Share of the progress that the first questions are, in percent; the rest is for texts that lost their marks.
const FIRST: u64 = 90;

/// Translates the document in `job.file`; what is no text of it stays as it is. The result has the format of the input;
/// a pdf becomes a Word document. Texts whose marks get lost on the way are asked again without them, and the marks
/// set in what comes back.
pub(super) async fn run(tools: &Tools, mut job: Job) -> Result<Product, PipelineError> {
    let target = job
        .target
        .ok_or_else(|| PipelineError::Unsupported("a translation needs a target language".into()))?;
    let mut meter = Meter::new(job.progress.clone());
    let document = Arc::new(open(&job).await?);
    if job.language.given().is_none() {
        job.language = SourceLanguage::Given(told(&document.text())?);
    }
    let mut translator = Translator::new(tools, &job)?;
    let work = answers(&document, &mut translator, &mut meter);
    let (answers, doubtful) = tokio::select! {
        biased;
        () = job.cancel.cancelled() => return Err(PipelineError::Cancelled),
        answers = work => answers?,
    };
    let format = document.format().translated();
    let facts =
        DocumentFacts { format, texts: answers.len() as u64, source_words: document.words(), doubtful };
    let content_type = document.content_type();
    let file = write(document, answers, target, tools.scratch.clone()).await?;
    meter.complete();
    Ok(Product {
        body: Body::File(file),
        content_type,
        facts: Some(Facts::Document(facts)),
        model: translator.model(),
    })
}

/// Reads the document, in the format that was said or that its bytes have.
async fn open(job: &Job) -> Result<Document, PipelineError> {
    let (file, said, cancel) = (job.file.clone(), job.options.document_format, job.cancel.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let format = format(&file, said)?;
        Document::open(&file, format, &Limits::default(), &|| cancel.is_cancelled())
    });
    // a panic in there is the file's doing
    let read = reading.await.map_err(|_| PipelineError::Broken("the document can't be read".to_owned()))?;
    Ok(read?)
}

/// The language of a document that nobody named.
fn told(text: &str) -> Result<Language, PipelineError> {
    let found = language::detect(text);
    found.map(|d| d.language).map_err(|why| {
        PipelineError::Unsupported(format!(
            "the language of the document can't be told, {why}: name it as source_language"
        ))
    })
}

fn format(file: &Path, said: Option<DocumentFormat>) -> Result<DocumentFormat, DocumentError> {
    let mut head = Vec::with_capacity(sniff::HEAD);
    let file = File::open(file).map_err(|_| DocumentError::Internal)?;
    file.take(sniff::HEAD as u64).read_to_end(&mut head).map_err(|_| DocumentError::Internal)?;
    sniff::sniff(&head, said)
}

async fn write(
    document: Arc<Document>,
    answers: Vec<Translated>,
    target: Language,
    scratch: std::path::PathBuf,
) -> Result<NamedTempFile, PipelineError> {
    let writing = tokio::task::spawn_blocking(move || {
        let mut file = NamedTempFile::new_in(scratch)?;
        document.write(&answers, target, file.as_file_mut())?;
        file.rewind()?;
        Ok(file)
    });
    writing.await.map_err(|e| PipelineError::Scratch(e.to_string()))?
}

/// All units translated, and how many of them are doubtful: a number, an address or a mark may be lost or misplaced.
async fn answers(
    document: &Document,
    translator: &mut Translator,
    meter: &mut Meter,
) -> Result<(Vec<Translated>, u64), PipelineError> {
    let units = document.units();
    let asked: Vec<String> =
        units.iter().map(|u| if u.marks() > MOST_MARKS { String::new() } else { u.marked() }).collect();
    let rendered =
        translator.translate(&asked, &mut |done, of| meter.reached(done * FIRST, of * 100)).await?;
    let mut doubtful: Vec<bool> = rendered.iter().map(|r| !r.doubtful.is_empty()).collect();
    let mut answers: Vec<Option<Translated>> =
        units.iter().zip(&rendered).map(|(unit, answer)| unit.read(&answer.text)).collect();
    let lost: Vec<usize> = (0..units.len()).filter(|nth| answers[*nth].is_none()).collect();
    let parts: Vec<Vec<String>> = lost.iter().map(|nth| units[*nth].alone()).collect();
    let mut reached = |done: u64, of: u64| meter.reached(FIRST * of + done * (100 - FIRST), of * 100);
    let mut again = translator.translate(&parts.concat(), &mut reached).await?.into_iter();
    for (nth, parts) in lost.into_iter().zip(&parts) {
        let own: Vec<_> = again.by_ref().take(parts.len()).collect();
        let (whole, between) =
            own.split_first().map_or((true, &own[..]), |(w, b)| (!w.doubtful.is_empty(), b));
        let texts: Vec<String> = own.iter().map(|r| r.text.clone()).collect();
        answers[nth] = Some(units[nth].assemble(&texts));
        doubtful[nth] = whole || between.iter().any(|r| !r.doubtful.is_empty());
    }
    let answers: Vec<Translated> = answers
        .into_iter()
        .zip(&units)
        .map(|(answer, unit)| answer.unwrap_or_else(|| unit.unchanged()))
        .collect();
    Ok((answers, doubtful.into_iter().filter(|d| *d).count() as u64))
}
