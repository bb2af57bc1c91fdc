//! Documents, from the upload to the file that comes back.

use domain::{DocumentFormat, TaskKind};
use inference::document::{self, Limits};
use reqwest::multipart::Part;
use tests::{Cluster, cluster::form};

const FIELDS: [(&str, &str); 2] = [("source_language", "en"), ("target_language", "fr")];

/// A pdf of one page with this drawing.
fn pdf(drawing: &str) -> Vec<u8> {
    let length = drawing.len();
    let font = "<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>";
    format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/Resources<</Font{font}>>/Contents 4 0 R>>endobj\n\
         4 0 obj<</Length {length}>>stream\n{drawing}\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
    .into_bytes()
}

/// The running text of a Word document.
fn text_of(docx: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), docx).unwrap();
    document::read_text(file.path(), DocumentFormat::Docx, &Limits::default(), &|| false).unwrap()
}

async fn translated(cluster: &Cluster, name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let made = cluster.work_on(TaskKind::DocumentTranslation, name, bytes, &FIELDS).await;
    cluster.download(made["download_url"].as_str().unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_comes_back_as_it_was_but_for_its_words() {
    let cluster = Cluster::with_echo(&[]).await;
    for (name, source, expected) in [
        ("a.txt", "One dog.\r\n\r\n42\r\n", "[fr] One dog.\r\n\r\n42\r\n"),
        ("a.md", "- One `dog`\n\n```\ncode\n```\n", "- [fr] One `dog`\n\n```\ncode\n```\n"),
        (
            "a.html",
            "<html lang=en><p class=x>One dog<hr></html>",
            "<html lang=fr><p class=x>[fr] One dog<hr></html>",
        ),
        (
            "a.srt",
            "1\n00:00:01,000 --> 00:00:02,000\nOne dog.\n",
            "1\n00:00:01,000 --> 00:00:02,000\n[fr] One dog.\n",
        ),
        (
            "a.vtt",
            "WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:02.000 line:0\nOne dog.\n",
            "WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:02.000 line:0\n[fr] One dog.\n",
        ),
    ] {
        let made = String::from_utf8(translated(&cluster, name, source.into()).await).unwrap();
        assert_eq!(made, expected, "{name}");
    }
    let page = pdf("BT /F1 20 Tf 50 700 Td (The title) Tj /F1 11 Tf 0 -40 Td (Some text stands here.) Tj ET");
    let first = translated(&cluster, "a.pdf", page).await;
    assert_eq!(text_of(&first), "[fr] The title\n[fr] Some text stands here.");
    // a Word document is taken, and gives one
    let second = translated(&cluster, "a.docx", first).await;
    assert_eq!(text_of(&second), "[fr] [fr] The title\n[fr] [fr] Some text stands here.");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_without_text_or_with_damage_fails_with_the_reason() {
    // E18
    let cluster = Cluster::with_echo(&[]).await;
    let scan = pdf("q 500 0 0 700 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q");
    let locked = [pdf("BT /F1 9 Tf (x) Tj ET"), b"trailer<</Root 1 0 R/Encrypt 9 0 R>>\n".to_vec()].concat();
    for (name, bytes, reason) in [
        ("one.txt", "a".repeat(1_000_000).into_bytes(), "the document holds no text"),
        ("scan.pdf", scan, "the pdf holds pictures of text only"),
        ("locked.pdf", locked, "protected by a password"),
        ("broken.docx", b"PK\x03\x04 and nothing behind it".to_vec(), "the docx file is damaged"),
    ] {
        let part = Part::bytes(bytes).file_name(name);
        let response =
            cluster.ask(TaskKind::DocumentTranslation, form(&FIELDS).part("document_file", part)).await;
        assert_eq!(response.status(), 200, "{name}");
        let answer: serde_json::Value = response.json().await.unwrap();
        let (state, why) = cluster.end_of(answer["task_id"].as_str().unwrap()).await;
        assert!(state == "failed" && why.contains(reason), "{name}: {state}: {why}");
    }
    cluster.stop().await;
}
