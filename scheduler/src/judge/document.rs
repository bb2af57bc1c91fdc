//! The text of a document, as far as it takes to compare two translations of one: words in their order.

use std::io::{Cursor, Read as _};

use domain::DocumentFormat;
use html5gum::{Token, Tokenizer};
use zip::ZipArchive;

/// The part of a Word document that its text is in.
const BODY: &str = "word/document.xml";
/// Most bytes of it that are unpacked.
const MOST_UNPACKED: u64 = 16 << 20;

/// The text of a document; `None` when it is none, or has more than is compared.
pub(super) fn text(format: DocumentFormat, bytes: &[u8]) -> Option<String> {
    match format {
        DocumentFormat::Txt | DocumentFormat::Md | DocumentFormat::Srt | DocumentFormat::Vtt => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
        DocumentFormat::Html => Some(without_tags(bytes)),
        DocumentFormat::Docx => {
            let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
            let mut xml = Vec::new();
            archive.by_name(BODY).ok()?.take(MOST_UNPACKED + 1).read_to_end(&mut xml).ok()?;
            (xml.len() as u64 <= MOST_UNPACKED).then(|| without_tags(&xml))
        }
        // nothing is translated into one
        DocumentFormat::Pdf => None,
    }
}

/// What stands between the tags; of XML too, whose texts are written alike.
fn without_tags(markup: &[u8]) -> String {
    let mut text = String::new();
    for token in Tokenizer::new(markup) {
        let Ok(token) = token;
        match token {
            Token::String(part) => text.push_str(&String::from_utf8_lossy(&part)),
            // words that a tag parts are two
            Token::EndTag(tag) if matches!(&**tag.name, b"p" | b"w:p" | b"td" | b"li" | b"div") => {
                text.push(' ');
            }
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn docx(body: &str) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(BODY, SimpleFileOptions::default()).unwrap();
        zip.write_all(body.as_bytes()).unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn the_words_of_every_format_are_read() {
        let xml = "<w:p><w:r><w:t>Der Zug &amp; </w:t></w:r><w:r><w:t>wir</w:t></w:r></w:p><w:p><w:t>Halt</w:t></w:p>";
        assert_eq!(text(DocumentFormat::Docx, &docx(xml)).unwrap(), "Der Zug & wir Halt ");
        let html = b"<html><p class=x>Der <b>Zug</b></p><p>Halt</p>";
        assert_eq!(text(DocumentFormat::Html, html).unwrap(), "Der Zug Halt ");
        assert_eq!(text(DocumentFormat::Md, "# Zug \u{e9}".as_bytes()).unwrap(), "# Zug \u{e9}");
        for broken in [&b"PK no archive"[..], &docx("x")[..20]] {
            assert_eq!(text(DocumentFormat::Docx, broken), None);
        }
    }

    #[test]
    fn a_document_that_unpacks_to_too_much_is_not_read() {
        let bomb = docx(&" ".repeat((MOST_UNPACKED + 1) as usize));
        assert!(bomb.len() < 1 << 20);
        assert_eq!(text(DocumentFormat::Docx, &bomb), None);
    }
}
