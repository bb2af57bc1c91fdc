//! Documents translated by an engine that turns letters into capitals, and loses what it is told to lose.

use std::{io::Read as _, time::Duration};

use async_trait::async_trait;
use domain::{SourceLanguage, TaskKind, TaskOptions};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    engine::{Batch, Call, Capabilities, Engine, EngineError, Window, WindowText},
    media::Decoder,
    pipeline::{TranscriptionOptions, run},
};

struct Loud {
    loses: &'static str,
    hangs: bool,
}

#[async_trait]
impl Engine for Loud {
    async fn speech(&self, _: Arc<[i16]>, _: &Call) -> Result<Vec<f32>, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn transcribe(&self, _: Window, _: &Call) -> Result<WindowText, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn translate(&self, batch: Batch, call: &Call) -> Result<crate::engine::Translated, EngineError> {
        if self.hangs {
            call.cancel.cancelled().await;
            return Err(EngineError::Cancelled);
        }
        // marks come through as they are
        let loud =
            |s: &String| s.to_uppercase().replace("<G", "<g").replace("</G", "</g").replace(self.loses, "");
        Ok(crate::engine::Translated {
            sentences: batch.sentences.iter().map(loud).collect(),
            model: "loud".into(),
        })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

fn job(file: &Path, format: Option<DocumentFormat>) -> Job {
    Job {
        kind: TaskKind::DocumentTranslation,
        file: file.to_owned(),
        language: SourceLanguage::Given(Language::En),
        target: Some(Language::Pt),
        options: TaskOptions { document_format: format, ..Default::default() },
        request_id: "t1".into(),
        cancel: CancellationToken::new(),
        progress: Arc::new(|_| ()),
    }
}

async fn translated(
    bytes: &[u8],
    format: Option<DocumentFormat>,
    loses: &'static str,
) -> Result<(String, Product), PipelineError> {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let mut product = run(&tools(loses), job(file.path(), format)).await?;
    let Body::File(made) = &mut product.body else { panic!("a document is a file") };
    let mut text = Vec::new();
    made.read_to_end(&mut text).unwrap();
    Ok((String::from_utf8_lossy(&text).into_owned(), product))
}

fn tools(loses: &'static str) -> Tools {
    Tools {
        engine: Arc::new(Loud { loses, hangs: loses == "everything" }),
        decoder: Decoder::new(None, Duration::from_secs(60)),
        ffmpeg: None,
        transcription: TranscriptionOptions::default(),
        scratch: std::env::temp_dir(),
    }
}

#[tokio::test]
async fn a_document_comes_back_in_its_own_format_with_its_facts() {
    let page = b"<html><p>One <b>red</b> dog. Two cats.</p><p>One <b>red</b> dog.</p><p>42</p></html>";
    let (text, product) = translated(page, Some(DocumentFormat::Html), "\0").await.unwrap();
    assert_eq!(
        text,
        "<html lang=\"pt\"><p>ONE <b>RED</b> DOG. TWO CATS.</p><p>ONE <b>RED</b> DOG.</p><p>42</p></html>"
    );
    let facts = DocumentFacts { format: DocumentFormat::Html, texts: 2, source_words: 8, doubtful: 0 };
    assert_eq!(product.facts, Some(Facts::Document(facts)));
    assert_eq!((product.content_type, product.model.as_str()), ("text/html; charset=utf-8", "loud"));
}

#[tokio::test]
async fn marks_that_a_model_loses_are_set_again() {
    let page = "# The title\n\nPress `Enter` to open the **red door** and *wait* for 3 hours.\n";
    for loses in ["<g1/>", "</g2>", "<g3>"] {
        let (text, product) = translated(page.as_bytes(), Some(DocumentFormat::Md), loses).await.unwrap();
        assert_eq!(text, page.to_uppercase().replace("`ENTER`", "`Enter`"), "{loses}");
        assert!(matches!(product.facts, Some(Facts::Document(DocumentFacts { doubtful: 0, .. }))));
    }
}

#[tokio::test]
async fn a_number_that_is_lost_makes_a_text_doubtful() {
    let (text, product) =
        translated(b"In 1998 it was.\n\nNow it is.\n", Some(DocumentFormat::Txt), "1998 ").await.unwrap();
    assert_eq!(text, "IN IT WAS.\n\nNOW IT IS.\n");
    assert!(matches!(product.facts, Some(Facts::Document(DocumentFacts { doubtful: 1, texts: 2, .. }))));
}

#[tokio::test]
async fn refusals_say_why_and_name_what_the_bytes_look_like() {
    let refused = |bytes: Vec<u8>, format| async move {
        translated(&bytes, format, "\0").await.unwrap_err().failure().unwrap().to_string()
    };
    let text = refused(b"just text".to_vec(), Some(DocumentFormat::Docx)).await;
    assert_eq!(text, "broken_file: the file was sent as docx but looks like text");
    let text = refused(b"".to_vec(), None).await;
    assert_eq!(text, "broken_file: the file is empty");
    let text = refused("a".repeat(1_000_000).into_bytes(), None).await;
    assert_eq!(text, "nothing_to_do: the document holds no text");
    let scan = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Kids[3 0 R]>>endobj 3 0 obj<</Contents 4 0 R>>endobj 4 0 obj<<>>stream\nBI /W 1 ID x EI\nendstream endobj";
    let text = refused(scan.to_vec(), None).await;
    assert!(text.starts_with("nothing_to_do: the pdf holds pictures of text only"), "{text}");
}

#[tokio::test]
async fn a_language_that_was_not_given_is_told_from_the_text() {
    let file = NamedTempFile::new().unwrap();
    let ask = async |text: &str| {
        std::fs::write(file.path(), text).unwrap();
        let unknown = Job { language: SourceLanguage::Auto, ..job(file.path(), Some(DocumentFormat::Txt)) };
        run(&tools("\0"), unknown).await.map_err(|e| e.failure().unwrap().to_string())
    };
    assert!(ask("The harbour is closed and nobody knows for how long it will be.").await.is_ok());
    let same = ask("O porto está fechado e ninguém sabe por quanto tempo isso vai durar.").await.unwrap_err();
    assert_eq!(same, "unsupported: the text is in the target language already");
    let unknown = ask("Xq zzk.").await.unwrap_err();
    assert!(unknown.starts_with("unsupported: the language of the document can't be told"), "{unknown}");
}

#[tokio::test]
async fn a_cancelled_document_is_left_at_once() {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "Some words.").unwrap();
    let job = job(file.path(), None);
    let cancel = job.cancel.clone();
    let tools = tools("everything");
    let work = run(&tools, job);
    let (result, ()) = tokio::join!(work, async { cancel.cancel() });
    assert_eq!(result.unwrap_err(), PipelineError::Cancelled);
}
