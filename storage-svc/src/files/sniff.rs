//! What a file is, found from its first bytes; what the sender says it is does not count.

/// Bytes that [`content_type`] looks at.
pub(super) const SNIFF: usize = 512;

/// The media type of a file that begins with `head` (its first [`SNIFF`] bytes, or all of a shorter file).
pub(super) fn content_type(head: &[u8]) -> &'static str {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let holds = |word: &[u8]| head.windows(word.len()).any(|w| w == word);
    match head {
        _ if at(0, b"RIFF") && at(8, b"WAVE") => "audio/wav",
        _ if at(0, b"RIFF") && at(8, b"AVI ") => "video/x-msvideo",
        _ if at(0, b"fLaC") => "audio/flac",
        _ if at(0, b"OggS") => "audio/ogg",
        _ if at(0, b"ID3") => "audio/mpeg",
        _ if at(4, b"ftypM4A") || at(4, b"ftypM4B") => "audio/mp4",
        _ if at(4, b"ftypqt") => "video/quicktime",
        _ if at(4, b"ftyp") => "video/mp4",
        _ if at(0, &[0x1a, 0x45, 0xdf, 0xa3]) && holds(b"webm") => "video/webm",
        _ if at(0, &[0x1a, 0x45, 0xdf, 0xa3]) => "video/x-matroska",
        _ if at(0, b"%PDF-") => "application/pdf",
        _ if at(0, b"PK\x03\x04") && (holds(b"word/") || holds(b"[Content_Types].xml")) => {
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        }
        _ if at(0, b"PK\x03\x04") => "application/zip",
        // a frame of MPEG audio: eleven set bits, then a version and a layer that exist; layer 0 is AAC in ADTS
        [0xff, second, ..] if second & 0xf6 == 0xf0 => "audio/aac",
        [0xff, second, third, ..]
            if second & 0xe0 == 0xe0
                && second & 0x18 != 0x08
                && second & 0x06 != 0
                && third & 0xf0 != 0xf0 =>
        {
            "audio/mpeg"
        }
        _ => text(head),
    }
}

fn text(head: &[u8]) -> &'static str {
    const UNKNOWN: &str = "application/octet-stream";
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // the last character may be cut by the length of the head
        Err(e) if e.error_len().is_none() => {
            std::str::from_utf8(&head[..e.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return UNKNOWN,
    };
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    match text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']).chars().next() {
        _ if text.is_empty() || text.contains(control) => UNKNOWN,
        Some('{' | '[') => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_found_from_the_bytes() {
        // S17
        let cases: [(&[u8], &str); 21] = [
            (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
            (b"RIFF\x24\0\0\0AVI LIST", "video/x-msvideo"),
            (b"fLaC\0\0\0\x22", "audio/flac"),
            (b"OggS\0\x02", "audio/ogg"),
            (b"ID3\x04\0", "audio/mpeg"),
            (b"\xff\xfb\x90\x64", "audio/mpeg"),
            (b"\xff\xf1\x50\x80", "audio/aac"),
            (b"\0\0\0\x20ftypM4A \0", "audio/mp4"),
            (b"\0\0\0\x20ftypisom", "video/mp4"),
            (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
            (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
            (b"\x1a\x45\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska", "video/x-matroska"),
            (b"%PDF-1.7", "application/pdf"),
            (b"PK\x03\x04\x14\0\0\0\0\0a.txt", "application/zip"),
            (
                b"PK\x03\x04\x14\0\x06\0[Content_Types].xml",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (b" {\"a\": 1}", "application/json"),
            (b"Guten Tag", "text/plain; charset=utf-8"),
            ("今日は".as_bytes().split_at(8).0, "text/plain; charset=utf-8"),
            (b"\x7fELF\x02\x01\x01\0", "application/octet-stream"),
            (b"\xff\xff\xff\xff", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ];
        for (head, expected) in cases {
            assert_eq!(content_type(head), expected, "{:?}", String::from_utf8_lossy(head));
        }
    }
}
