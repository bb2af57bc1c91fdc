//! Translations by an engine that turns letters into capitals.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use domain::{Facts, SourceLanguage, TaskKind, TaskOptions, Translation};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    engine::{Capabilities, Window, WindowText, echo::EchoEngine},
    media::Decoder,
    pipeline::{Body, TranscriptionOptions, run},
};

/// Answers in capitals, loses what it is told to lose, and fails where a sentence holds "poison".
#[derive(Default)]
struct Loud {
    asked: Mutex<Vec<Vec<String>>>,
    loses: Option<&'static str>,
    poison_in_batches_only: bool,
    hangs: bool,
    busy: AtomicUsize,
    most_busy: AtomicUsize,
}

#[async_trait]
impl Engine for Loud {
    async fn speech(&self, _: Arc<[i16]>, _: &Call) -> Result<Vec<f32>, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn transcribe(&self, _: Window, _: &Call) -> Result<WindowText, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn translate(&self, batch: Batch, call: &Call) -> Result<Translated, EngineError> {
        self.asked.lock().unwrap().push(batch.sentences.clone());
        self.most_busy.fetch_max(self.busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if self.hangs {
            call.cancel.cancelled().await;
            return Err(EngineError::Cancelled);
        }
        self.busy.fetch_sub(1, Ordering::SeqCst);
        let poisoned = batch.sentences.iter().any(|s| s.contains("poison"));
        if poisoned && (batch.sentences.len() > 1 || !self.poison_in_batches_only) {
            return Err(EngineError::Failed);
        }
        let loud = |s: &String| s.to_uppercase().replace(self.loses.unwrap_or("\0"), "");
        Ok(Translated { sentences: batch.sentences.iter().map(loud).collect(), model: "loud".into() })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

fn tools(engine: Arc<dyn Engine>) -> Tools {
    Tools {
        engine,
        decoder: Decoder::new(None, Duration::from_secs(60)),
        ffmpeg: None,
        transcription: TranscriptionOptions::default(),
        scratch: std::env::temp_dir(),
    }
}

fn job(file: &std::path::Path) -> Job {
    Job {
        kind: TaskKind::TextTranslation,
        file: file.to_owned(),
        language: SourceLanguage::Given(Language::En),
        target: Some(Language::Pt),
        options: TaskOptions::default(),
        request_id: "t1".into(),
        cancel: CancellationToken::new(),
        progress: Arc::new(|_| ()),
    }
}

async fn translated(engine: Arc<dyn Engine>, text: &[u8]) -> Result<Translation, PipelineError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let product = run(&tools(engine), job(file.path())).await?;
    assert_eq!((product.content_type, product.facts), ("application/json", None::<Facts>));
    match product.body {
        Body::Bytes(bytes) => Ok(serde_json::from_slice(&bytes).unwrap()),
        Body::File(_) => panic!("a result document lies on disk"),
    }
}

#[tokio::test]
async fn a_text_comes_back_laid_out_as_it_was() {
    let text = "\u{feff}Title\r\n\r\nOne dog.  Two cats!\n\n* 42\n\n\tThree {name}\n";
    let found = translated(Arc::new(Loud::default()), text.as_bytes()).await.unwrap();
    assert_eq!(found.translation, "TITLE\r\n\r\nONE DOG.  TWO CATS!\n\n* 42\n\n\tTHREE {NAME}\n");
    assert_eq!((found.source_language, found.target_language), (Language::En, Language::Pt));
    assert_eq!(found.doubtful, ["Three {name}"]);
}

#[tokio::test]
async fn different_texts_give_different_translations_and_the_document_says_which_model() {
    // E3
    let echo = Arc::new(EchoEngine::new());
    let found = translated(echo.clone(), b"One dog. Two cats.").await.unwrap();
    assert_eq!(found.translation, "[pt] One dog. [pt] Two cats.");
    assert_ne!(found, translated(echo.clone(), b"One cow.").await.unwrap());
    let tools = tools(echo);
    let mut translator = Translator::new(&tools, &job("x".as_ref())).unwrap();
    assert_eq!(translator.model(), "");
    translator.translate(&["One dog.".to_owned()], &mut |_, _| ()).await.unwrap();
    assert_eq!(translator.model(), "echo");
}

#[tokio::test]
async fn a_repeated_sentence_is_asked_once_also_over_several_texts() {
    let engine = Arc::new(Loud::default());
    let tools = tools(engine.clone());
    let mut translator = Translator::new(&tools, &job("x".as_ref())).unwrap();
    let texts = ["Yes. Go! Yes.".to_owned(), "Yes.".to_owned(), " 42 ".to_owned(), String::new()];
    let found = translator.translate(&texts, &mut |_, _| ()).await.unwrap();
    let texts_of = |r: &[Rendered]| r.iter().map(|r| r.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts_of(&found), ["YES. GO! YES.", "YES.", " 42 ", ""]);
    let again = translator.translate(&["Go! Why?".to_owned()], &mut |_, _| ()).await.unwrap();
    assert_eq!(texts_of(&again), ["GO! WHY?"]);
    assert_eq!(*engine.asked.lock().unwrap(), [vec!["Yes.", "Go!"], vec!["Why?"]]);
}

#[tokio::test]
async fn batches_and_what_is_under_way_are_bounded_and_progress_is_told() {
    let engine = Arc::new(Loud::default());
    let tools = tools(engine.clone());
    let mut translator = Translator::new(&tools, &job("x".as_ref())).unwrap();
    let text: String = (0..200).map(|n| format!("This is sentence number {n} of a long report.\n")).collect();
    let mut told = Vec::new();
    let found = translator
        .translate(std::slice::from_ref(&text), &mut |done, of| told.push((done, of)))
        .await
        .unwrap();
    assert_eq!(found[0].text, text.to_uppercase());
    let asked = engine.asked.lock().unwrap();
    assert!(
        asked.iter().all(|b| b.len() <= SENTENCES && b.iter().map(String::len).sum::<usize>() <= CHARACTERS)
    );
    assert!(engine.most_busy.load(Ordering::SeqCst) <= IN_FLIGHT);
    assert_eq!(told.last(), Some(&(200, 200)));
    assert!(told.windows(2).all(|w| w[0].0 < w[1].0));
}

#[tokio::test]
async fn sentences_that_lost_a_number_are_named() {
    let engine = Arc::new(Loud { loses: Some("85"), ..Loud::default() });
    let found = translated(engine, b"He paid 85 euros. She paid 3 euros.").await.unwrap();
    assert_eq!(found.doubtful, ["He paid 85 euros."]);
}

#[tokio::test]
async fn a_batch_that_fails_is_asked_again_sentence_by_sentence() {
    let engine = Arc::new(Loud { poison_in_batches_only: true, ..Loud::default() });
    let found = translated(engine, b"A dog. A poison. A cat.").await.unwrap();
    assert_eq!(found.translation, "A DOG. A POISON. A CAT.");
    let failed = translated(Arc::new(Loud::default()), b"A dog. A poison.").await.unwrap_err();
    assert_eq!(failed, PipelineError::Engine(EngineError::Failed));
}

#[tokio::test]
async fn a_cancelled_translation_ends() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "A dog.").unwrap();
    let job = job(file.path());
    job.cancel.cancel();
    let ended = run(&tools(Arc::new(Loud { hangs: true, ..Loud::default() })), job).await.unwrap_err();
    assert_eq!(ended, PipelineError::Cancelled);
}

#[tokio::test]
async fn odd_texts_are_refused_by_name_or_translated_at_bounded_length() {
    // E18
    let engine = || Arc::new(Loud::default());
    let one_letter = ["a".repeat(1_000_000), "\u{5b57}".repeat(300_000)];
    for nothing in
        ["", " \n\t ", "\u{1F600}\u{1F600} !!! 42 %", "https://a.org {x}", &one_letter[0], &one_letter[1]]
    {
        let refused = translated(engine(), nothing.as_bytes()).await.unwrap_err();
        assert!(matches!(refused, PipelineError::Nothing(_)), "{refused:?}");
    }
    assert!(matches!(translated(engine(), b"\xff\xfe").await, Err(PipelineError::Broken(_))));
    for odd in ["abc".repeat(300_000), "\u{4e00}\u{4e8c}\u{4e09}".repeat(100_000), "no end ".repeat(50_000)] {
        let engine = engine();
        let found = translated(engine.clone(), odd.as_bytes()).await.unwrap();
        let bare = |s: &str| s.split_whitespace().collect::<String>();
        assert_eq!(bare(&found.translation), bare(&odd.to_uppercase()));
        let asked = engine.asked.lock().unwrap();
        assert!(asked.iter().flatten().all(|s| s.chars().count() <= 400));
    }
}

#[tokio::test]
async fn a_direction_that_is_none_is_refused() {
    let refused = |change: fn(&mut Job)| {
        let mut job = job("x".as_ref());
        change(&mut job);
        matches!(Translator::new(&tools(Arc::new(Loud::default())), &job), Err(PipelineError::Unsupported(_)))
    };
    assert!(refused(|j| j.language = SourceLanguage::Auto));
    assert!(refused(|j| j.target = None));
    assert!(refused(|j| j.target = Some(Language::En)));
}
