//! What a document is, by its name and its first bytes, and which language its text begins in.

use bytes::{Bytes, BytesMut};
use domain::DocumentFormat;
use futures_util::{Stream, StreamExt as _};
use language::Detected;

use crate::http::{problem::Problem, upload::Broken};

/// How much of a document is looked at.
const HEAD: usize = 64 << 10;

/// The first bytes of a file, until there are enough, it ends or it breaks off.
pub(super) async fn head(
    bytes: &mut (impl Stream<Item = Result<Bytes, Broken>> + Unpin),
) -> (Bytes, Option<Broken>) {
    let mut head = BytesMut::new();
    while head.len() < HEAD {
        match bytes.next().await {
            Some(Ok(chunk)) => head.extend_from_slice(&chunk),
            Some(Err(broken)) => return (head.freeze(), Some(broken)),
            None => break,
        }
    }
    (head.freeze(), None)
}

/// Tells the format by the ending of the name, and holds the bytes to it.
///
/// # Errors
/// 415 with the formats there are.
pub(super) fn format(field: &str, name: Option<&str>, head: &[u8]) -> Result<DocumentFormat, Problem> {
    let refuse = |why: &str| {
        let known = DocumentFormat::NAMES.join(", ");
        Problem::unsupported_media_type(format!(
            "{field}: {why}; documents may be {known}, told by the name of the file"
        ))
    };
    let said =
        name.and_then(DocumentFormat::of_name).ok_or_else(|| refuse("this kind of document is not taken"))?;
    let looks = Looks::of(head);
    let fits = match said {
        DocumentFormat::Pdf => looks == Looks::Pdf,
        DocumentFormat::Docx => looks == Looks::Zip,
        DocumentFormat::Txt
        | DocumentFormat::Md
        | DocumentFormat::Html
        | DocumentFormat::Srt
        | DocumentFormat::Vtt => looks == Looks::Text,
    };
    if fits { Ok(said) } else { Err(refuse(&format!("the file is named as {said} and is something else"))) }
}

/// The language that the text of a document begins in, where the text can be had without taking the document apart;
/// `None` leaves it to whoever does that.
pub(super) fn detect(format: DocumentFormat, head: &[u8]) -> Option<Detected> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // the end of the head may have cut a character
        Err(e) if e.error_len().is_none() => std::str::from_utf8(&head[..e.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    let text = match format {
        DocumentFormat::Docx | DocumentFormat::Pdf => return None,
        DocumentFormat::Txt | DocumentFormat::Md => text.to_owned(),
        DocumentFormat::Html => without_tags(text),
        DocumentFormat::Srt | DocumentFormat::Vtt => captions(text),
    };
    language::detect(&text).ok()
}

/// What bytes look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    Pdf,
    Zip,
    Text,
    Other,
}

impl Looks {
    fn of(head: &[u8]) -> Self {
        if head[..head.len().min(1024)].windows(5).any(|w| w == b"%PDF-") {
            return Self::Pdf;
        }
        if head.starts_with(b"PK\x03\x04") {
            return Self::Zip;
        }
        let office = head.starts_with(b"\xd0\xcf\x11\xe0") || head.starts_with(b"{\\rtf");
        let marked = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
        // UTF-16 shows in zeros at every second byte
        let (even, odd) = (zeros(0), zeros(1));
        let wide = marked || (even.min(odd) * 20 < even.max(odd) && even.max(odd) * 6 > head.len());
        if !office && (even + odd == 0 || wide) { Self::Text } else { Self::Other }
    }
}

/// The text of an HTML page, roughly: good enough to tell its language.
fn without_tags(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let (mut text, mut at) = (String::new(), 0);
    while let Some(open) = lower[at..].find('<').map(|i| at + i) {
        text.push_str(&html[at..open]);
        text.push(' ');
        // what these hold is no prose
        let hidden = ["script", "style"].into_iter().find(|name| lower[open + 1..].starts_with(name));
        let end = match hidden {
            Some(name) => lower[open + 1..].find(&format!("</{name}")).map(|i| open + 1 + i),
            None => lower[open..].find('>').map(|i| open + i + 1),
        };
        at = end.unwrap_or(html.len());
    }
    text.push_str(&html[at..]);
    text
}

/// The lines of subtitles that are spoken.
fn captions(text: &str) -> String {
    let spoken = |line: &&str| {
        let line = line.trim();
        !(line.contains("-->")
            || line.starts_with("WEBVTT")
            || line.starts_with("NOTE")
            || line.starts_with("STYLE"))
    };
    without_tags(&text.lines().filter(spoken).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;

    #[test]
    fn a_document_is_what_its_name_and_its_bytes_say_together() {
        // S17
        let wide: Vec<u8> = "Hello there".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (name, head, expected) in [
            ("a.docx", b"PK\x03\x04...".as_slice(), Some(DocumentFormat::Docx)),
            ("a.PDF", b"%PDF-1.7", Some(DocumentFormat::Pdf)),
            ("a.md", b"# Title", Some(DocumentFormat::Md)),
            ("a.txt", &wide, Some(DocumentFormat::Txt)),
            ("a.txt", b"caf\xe9", Some(DocumentFormat::Txt)),
            ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
            ("a.pdf", b"PK\x03\x04", None),
            ("a.txt", b"%PDF-1.7", None),
            ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None),
            ("a.html", b"{\\rtf1", None),
            ("a.doc", b"hello", None),
            ("a.odt", b"PK\x03\x04", None),
            ("a.png", b"\x89PNG", None),
            ("a", b"hello", None),
        ] {
            assert_eq!(format("document_file", Some(name), head).ok(), expected, "{name}");
        }
        let refused = format("document_file", None, b"hello").unwrap_err();
        assert!(format!("{refused:?}").contains("txt, md, html, srt, vtt, docx, pdf"));
    }

    #[test]
    fn the_language_is_that_of_the_text_and_not_of_the_marks_around_it() {
        let html = "<!DOCTYPE html><html><head><title>Der Fluss</title><style>body { color: red; margin: auto }</style>\
            <script>for (let i = 0; i < 3; i++) { console.log('the quick brown fox') }</script></head><body>\
            <p class=\"the very long name of this class\">In jenem Jahr stieg der Fluss h\u{f6}her als je zuvor.</p>";
        let found = |format, text: &str| detect(format, text.as_bytes()).map(|d| d.language);
        assert_eq!(found(DocumentFormat::Html, html), Some(Language::De));
        let srt = "1\n00:00:01,000 --> 00:00:02,000\n<i>Muito obrigado</i> pela sua ajuda\n";
        assert_eq!(found(DocumentFormat::Srt, srt), Some(Language::Pt));
        assert_eq!(
            found(DocumentFormat::Vtt, "WEBVTT\n\n00:01.000 --> 00:02.000\nJe suis très content\n"),
            Some(Language::Fr)
        );
        let mut cut = "это очень длинный русский текст ".as_bytes().to_vec();
        cut.pop();
        cut.extend_from_slice("я".as_bytes().split_at(1).0);
        assert_eq!(detect(DocumentFormat::Txt, &cut).map(|d| d.language), Some(Language::Ru));
        assert_eq!(detect(DocumentFormat::Docx, b"PK\x03\x04 the quick brown fox jumps"), None);
        assert_eq!(detect(DocumentFormat::Txt, b"caf\xe9 latin one"), None);
        assert_eq!(found(DocumentFormat::Html, "<script>never closed <p>"), None);
    }
}
