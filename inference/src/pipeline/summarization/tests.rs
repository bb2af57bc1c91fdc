//! Summaries by an engine that takes the first and the last line.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::{SourceLanguage, TaskKind, TaskOptions};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    engine::{Call, Capabilities, Engine, Window, WindowText},
    media::Decoder,
    pipeline::{Body, TranscriptionOptions, run},
};

/// First and last line, whatever the limit; writes new words unless told not to.
#[derive(Default)]
struct Ends {
    asked: Mutex<Vec<Draft>>,
    cannot_write: bool,
    cannot_choose: bool,
    talkative: bool,
}

#[async_trait]
impl Engine for Ends {
    async fn speech(&self, _: Arc<[i16]>, _: &Call) -> Result<Vec<f32>, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn transcribe(&self, _: Window, _: &Call) -> Result<WindowText, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn summarise(&self, draft: Draft, _: &Call) -> Result<Summarised, EngineError> {
        self.asked.lock().unwrap().push(draft.clone());
        let mode = draft.mode.unwrap_or(SummaryMode::Abstractive);
        let fails = if mode == SummaryMode::Abstractive { self.cannot_write } else { self.cannot_choose };
        if fails {
            return Err(EngineError::Failed);
        }
        let lines: Vec<&str> = draft.text.lines().collect();
        let summary = match lines[..] {
            _ if self.talkative => draft.text.clone(),
            [first, .., last] => format!("{first} {last}"),
            _ => draft.text.clone(),
        };
        Ok(Summarised { summary, mode, model: "ends".into() })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

async fn summary(
    engine: &Arc<Ends>,
    text: &[u8],
    language: Language,
    options: TaskOptions,
) -> Result<Summary, PipelineError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let tools = Tools {
        engine: engine.clone(),
        decoder: Decoder::new(None, Duration::from_secs(60)),
        ffmpeg: None,
        transcription: TranscriptionOptions::default(),
        scratch: std::env::temp_dir(),
    };
    let told = Arc::new(Mutex::new(Vec::new()));
    let progress = told.clone();
    let job = Job {
        kind: TaskKind::Summarization,
        file: file.path().to_owned(),
        language: SourceLanguage::Given(language),
        target: None,
        options,
        request_id: "t1".into(),
        cancel: CancellationToken::new(),
        progress: Arc::new(move |p| progress.lock().unwrap().push(p)),
    };
    let product = run(&tools, job).await?;
    let told = told.lock().unwrap();
    assert!(told.windows(2).all(|w| w[0] < w[1]) && told.last() == Some(&100), "{told:?}");
    match product.body {
        Body::Bytes(bytes) => Ok(serde_json::from_slice(&bytes).unwrap()),
        Body::File(_) => panic!("a result document lies on disk"),
    }
}

fn words_of(max_words: u32) -> TaskOptions {
    TaskOptions { max_words: Some(max_words), ..Default::default() }
}

fn in_mode(mode: SummaryMode) -> TaskOptions {
    TaskOptions { summary_mode: Some(mode), max_words: Some(40), ..Default::default() }
}

#[tokio::test]
async fn a_short_text_is_one_question_and_the_document_says_how_it_was_answered() {
    let engine = Arc::new(Ends::default());
    let text = b"The harbour is closed. Boats collided. A marina is built.";
    let found = summary(&engine, text, Language::En, words_of(30)).await.unwrap();
    assert_eq!(found.summary, "The harbour is closed. A marina is built.");
    assert_eq!((found.words, found.source_words, found.mode), (8, 10, SummaryMode::Abstractive));
    let asked = engine.asked.lock().unwrap();
    assert_eq!((asked.len(), asked[0].max_words, asked[0].mode), (1, 30, None));
    assert_eq!(asked[0].text, "The harbour is closed.\nBoats collided.\nA marina is built.");
}

#[tokio::test]
async fn no_summary_is_longer_than_was_asked_for_whatever_the_model_says() {
    let engine = Arc::new(Ends { talkative: true, ..Ends::default() });
    let english = "Some words that go on and on without any end at all in sight. ".repeat(50);
    let japanese = "とても長い文章がいつまでも続いています。".repeat(50);
    for most in [10, 11, 25, 100] {
        let found = summary(&engine, english.as_bytes(), Language::En, words_of(most)).await.unwrap();
        assert!(found.summary.split_whitespace().count() <= most as usize, "{}", found.summary);
        let found = summary(&engine, japanese.as_bytes(), Language::Ja, words_of(most)).await.unwrap();
        assert!(found.summary.chars().count() <= most as usize, "{}", found.summary);
        assert!(found.words <= u64::from(most));
    }
}

#[tokio::test]
async fn a_long_text_is_read_to_its_end() {
    // E25
    for (mode, lines) in
        [(SummaryMode::Extractive, 3_000), (SummaryMode::Abstractive, 3_000), (SummaryMode::Extractive, 20)]
    {
        let engine = Arc::new(Ends::default());
        let middle: String =
            (0..lines).map(|n| format!("In case {n} the council met at the harbour again.\n")).collect();
        let text = format!(
            "It begins at the harbour of the council.\n{middle}It ends at the harbour of the council.\n"
        );
        let found = summary(&engine, text.as_bytes(), Language::En, in_mode(mode)).await.unwrap();
        assert!(found.summary.starts_with("It begins at the harbour"), "{}", found.summary);
        assert!(found.summary.ends_with("the council."), "{}", found.summary);
        assert_eq!(found.mode, mode);
        let asked = engine.asked.lock().unwrap();
        let written = asked.iter().filter(|d| d.mode == Some(SummaryMode::Abstractive)).count();
        assert!(asked.len() <= 2 * CHOSEN && written <= 2 * WRITTEN + 2, "{} {written}", asked.len());
        assert!(asked.iter().all(|d| d.text.chars().count() <= 8_000));
    }
}

#[tokio::test]
async fn sentences_are_chosen_where_none_could_be_written() {
    let engine = Arc::new(Ends { cannot_write: true, ..Ends::default() });
    let text = b"The harbour is closed. Boats collided. A marina is built.";
    let found = summary(&engine, text, Language::En, in_mode(SummaryMode::Abstractive)).await.unwrap();
    assert_eq!(found.mode, SummaryMode::Extractive);
    let broken = Arc::new(Ends { cannot_choose: true, ..Ends::default() });
    let failed = summary(&broken, text, Language::En, in_mode(SummaryMode::Extractive)).await.unwrap_err();
    assert_eq!(failed, PipelineError::Engine(EngineError::Failed));
    assert_eq!(broken.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_length_the_summary_is_a_third_of_the_text_within_bounds() {
    for (words, wanted) in [(12, 30), (300, 100), (6_000, 150)] {
        let engine = Arc::new(Ends::default());
        let text = "The council met again today. ".repeat(words / 5 + 1);
        let text: String = text.split_inclusive(' ').take(words).collect();
        summary(&engine, text.as_bytes(), Language::En, TaskOptions::default()).await.unwrap();
        assert_eq!(engine.asked.lock().unwrap().last().unwrap().max_words, wanted);
    }
}

#[tokio::test]
async fn odd_texts_are_refused_by_name_or_summarised_within_the_limit() {
    // E18
    let engine = Arc::new(Ends { talkative: true, ..Ends::default() });
    for nothing in ["", " \n ", "\u{1F600}\u{1F600} !!! 42 %", &"a".repeat(1_000_000)] {
        let refused = summary(&engine, nothing.as_bytes(), Language::En, words_of(10)).await.unwrap_err();
        assert!(matches!(refused, PipelineError::Nothing(_)), "{refused:?}");
    }
    assert!(matches!(
        summary(&engine, b"\xff", Language::En, words_of(10)).await,
        Err(PipelineError::Broken(_))
    ));
    for odd in ["abc".repeat(300_000), "\u{4e00}\u{4e8c}\u{4e09}".repeat(100_000), "no end ".repeat(50_000)] {
        for language in [Language::En, Language::Zh] {
            let found = summary(&engine, odd.as_bytes(), language, words_of(10)).await.unwrap();
            assert!(found.words <= 10 && found.summary.chars().count() <= 400, "{found:?}");
        }
    }
}

#[tokio::test]
async fn a_document_is_summarised_without_its_markup() {
    let engine = Arc::new(Ends::default());
    let options = TaskOptions { document_format: Some(DocumentFormat::Html), ..words_of(30) };
    let html = b"<html><body><h1>The harbour is closed</h1><p>Boats <b>collided</b>.</p></body></html>";
    let found = summary(&engine, html, Language::En, options).await.unwrap();
    assert!(found.summary.contains("Boats collided.") && !found.summary.contains('<'), "{}", found.summary);
}
