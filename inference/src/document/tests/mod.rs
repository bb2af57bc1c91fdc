//! Documents made on the fly, read, translated by an upper-casing translator, and written again.

mod build;
mod docx;
mod hostile;
mod html;
mod markdown;
mod pdf;
mod subtitles;
mod txt;
mod units;

use std::io::{Read as _, Seek as _, Write as _};

use domain::{DocumentFormat, Language};

use super::*;

/// A document and its file, which is read again when a Word document is written.
#[derive(Debug)]
struct Held(Document, #[expect(dead_code, reason = "gone from disk when dropped")] tempfile::NamedTempFile);

impl std::ops::Deref for Held {
    type Target = Document;
    fn deref(&self) -> &Document {
        &self.0
    }
}

fn read_with(bytes: &[u8], format: DocumentFormat, limits: &Limits) -> Result<Held, DocumentError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    Document::open(file.path(), format, limits, &|| false).map(|document| Held(document, file))
}

fn read(bytes: &[u8], format: DocumentFormat) -> Result<Held, DocumentError> {
    read_with(bytes, format, &Limits::default())
}

fn write(document: &Document, answers: &[Translated]) -> Vec<u8> {
    let mut out = tempfile::tempfile().unwrap();
    document.write(answers, Language::Pt, &mut out).unwrap();
    let mut bytes = Vec::new();
    out.rewind().unwrap();
    out.read_to_end(&mut bytes).unwrap();
    bytes
}

/// What the translator of these tests says: capitals, marks as they are.
fn capitals(unit: &Unit) -> Translated {
    unit.read(&unit.marked().to_uppercase()).unwrap_or_else(|| panic!("marks lost: {}", unit.marked()))
}

/// The document with all its text in capitals.
fn shout(bytes: &[u8], format: DocumentFormat) -> Vec<u8> {
    let document = read(bytes, format).unwrap();
    let answers: Vec<Translated> = document.units().into_iter().map(capitals).collect();
    write(&document, &answers)
}

/// The document with nothing translated.
fn same(bytes: &[u8], format: DocumentFormat) -> Vec<u8> {
    let document = read(bytes, format).unwrap();
    let answers: Vec<Translated> = document.units().into_iter().map(Unit::unchanged).collect();
    write(&document, &answers)
}

fn shout_text(text: &str, format: DocumentFormat) -> String {
    assert_eq!(
        String::from_utf8(same(text.as_bytes(), format)).unwrap(),
        text,
        "unchanged means byte for byte"
    );
    String::from_utf8(shout(text.as_bytes(), format)).unwrap()
}

fn marked(text: &str, format: DocumentFormat) -> Vec<String> {
    read(text.as_bytes(), format).unwrap().units().into_iter().map(Unit::marked).collect()
}
