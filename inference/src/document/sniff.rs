//! What a document is, by its bytes and by what the sender says of it.

use domain::DocumentFormat;

use super::DocumentError;

/// How many bytes of the start are enough for [`sniff`].
pub const HEAD: usize = 4096;

/// Tells the format of a file from its first bytes. Formats that are plain text can't all be told apart: there `said`
/// decides. Refuses bytes of another format than was said, and what is no document; says what it looks like.
pub fn sniff(head: &[u8], said: Option<DocumentFormat>) -> Result<DocumentFormat, DocumentError> {
    use DocumentFormat::{Docx, Html, Md, Pdf, Srt, Txt, Vtt};
    if head.is_empty() {
        return Err(DocumentError::Empty);
    }
    let binary = if head[..head.len().min(1024)].windows(5).any(|w| w == b"%PDF-") {
        Some((Pdf, "a pdf"))
    } else if head.starts_with(b"PK\x03\x04") {
        Some((Docx, "a zip archive or an office document"))
    } else {
        None
    };
    match (binary, said) {
        (Some((format, _)), None) => return Ok(format),
        (Some((format, _)), Some(said)) if format == said => return Ok(format),
        (Some((_, found)), Some(said)) => return Err(DocumentError::Mismatch { said: said.name(), found }),
        (None, _) => {}
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(DocumentError::NotDocument("an old Office file, or one protected by a password"));
    }
    if let Some(kind) = other_kind(head) {
        return Err(DocumentError::NotDocument(kind));
    }
    let zeros = head.iter().filter(|b| **b == 0).count();
    let wide = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || zeros * 3 > head.len();
    if zeros > 0 && !wide {
        return Err(DocumentError::NotDocument("unknown data"));
    }
    match said {
        Some(said @ (Pdf | Docx)) => Err(DocumentError::Mismatch { said: said.name(), found: "text" }),
        Some(said @ (Txt | Md | Html | Srt | Vtt)) => Ok(said),
        None => Ok(text_kind(head)),
    }
}

/// Which of the formats that are text.
fn text_kind(head: &[u8]) -> DocumentFormat {
    let letters: Vec<u8> = head.iter().copied().filter(|b| *b != 0).collect();
    let text = String::from_utf8_lossy(&letters).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{fffd}'));
    let mut lines = text.lines();
    let numbered = lines.next().is_some_and(|l| l.trim().parse::<u64>().is_ok());
    match () {
        () if text.starts_with("webvtt") => DocumentFormat::Vtt,
        () if numbered && lines.next().is_some_and(|l| l.contains("-->")) => DocumentFormat::Srt,
        () if ["<!doctype html", "<html", "<head", "<body"].iter().any(|t| text.starts_with(t)) => {
            DocumentFormat::Html
        }
        () if text.starts_with("<?xml") && text.contains("<html") => DocumentFormat::Html,
        () => DocumentFormat::Txt,
    }
}

/// Files that are often sent by mistake.
fn other_kind(head: &[u8]) -> Option<&'static str> {
    const KINDS: &[(&[u8], &str)] = &[
        (b"{\\rtf", "rich text (rtf)"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"II*\0", "a picture"),
        (b"MM\0*", "a picture"),
        (b"ID3", "a recording"),
        (b"fLaC", "a recording"),
        (b"OggS", "a recording"),
        (b"RIFF", "a recording"),
        (b"\x1a\x45\xdf\xa3", "a video"),
        (b"\x1f\x8b", "a compressed archive"),
        (b"7z\xbc\xaf", "a compressed archive"),
        (b"Rar!", "a compressed archive"),
        (b"\xfd7zXZ", "a compressed archive"),
        (b"(\xb5/\xfd", "a compressed archive"),
        (b"PK\x05\x06", "an empty archive"),
        (b"\x7fELF", "a program"),
    ];
    if head.get(4..8) == Some(b"ftyp") {
        return Some("a video");
    }
    KINDS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| *kind)
}
