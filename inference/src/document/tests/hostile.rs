//! Files made to hurt, and files sent by mistake: refused, or read right, within bounds.

use std::{io::Write as _, time::Duration};

use proptest::prelude::*;

use super::{build::*, *};

/// Whatever happens, it takes little time of the processor; the time of the wall depends on what else runs.
fn soon<T>(what: impl FnOnce() -> T) -> T {
    let used = || -> u64 {
        let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        stat.split_whitespace().next().unwrap().parse().unwrap()
    };
    let before = used();
    let result = what();
    let took = Duration::from_nanos(used() - before);
    assert!(took < Duration::from_secs(20), "took {took:?}");
    result
}

/// Bytes that unpack to `size` zeros.
fn zeros(size: usize) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = vec![0u8; 1 << 20];
    for _ in 0..size >> 20 {
        packer.write_all(&block).unwrap();
    }
    packer.finish().unwrap()
}

#[test]
fn a_zip_bomb_is_refused_by_what_it_claims_or_by_what_it_unpacks_to() {
    // R10
    let list = contents(&[("word/document.xml", "document.main")]);
    let bomb = vec![b'a'; 200 << 20];
    let archive = zip(&[("[Content_Types].xml", list.as_bytes()), ("word/document.xml", &bomb)]);
    assert!(archive.len() < 1 << 20);
    let refused = soon(|| read(&archive, DocumentFormat::Docx)).unwrap_err();
    assert!(matches!(refused, DocumentError::TooLarge { .. }), "{refused:?}");
    assert_eq!(refused.reason(), domain::FailReason::TooLong);

    // a lie about the size, in both places where it is written
    let mut lie = archive;
    let (size, small) = ((200u32 << 20).to_le_bytes(), 1000u32.to_le_bytes());
    let places: Vec<usize> = (0..lie.len() - 4).filter(|i| lie[*i..*i + 4] == size).collect();
    assert!(!places.is_empty());
    for at in places {
        lie[at..at + 4].copy_from_slice(&small);
    }
    let limits = Limits { unpacked_bytes: 8 << 20, ..Limits::default() };
    assert!(soon(|| read_with(&lie, DocumentFormat::Docx, &limits)).is_err());

    // a picture that unpacks to a lot is only copied, unless it claims too much
    let picture = zip(&[
        ("[Content_Types].xml", list.as_bytes()),
        ("word/document.xml", word("document", "").as_bytes()),
        ("word/media/a.bmp", &vec![0; 64 << 20]),
    ]);
    assert!(matches!(
        soon(|| read(&picture, DocumentFormat::Docx)).unwrap_err(),
        DocumentError::TooLarge { .. }
    ));
}

#[test]
fn an_archive_of_too_many_files_is_refused() {
    let names: Vec<String> = (0..300).map(|n| format!("f{n}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b"x"[..])).collect();
    let limits = Limits { entries: 200, ..Limits::default() };
    let refused = read_with(&zip(&files), DocumentFormat::Docx, &limits).unwrap_err();
    assert_eq!(refused, DocumentError::TooLarge { most: 200, unit: "files in the archive" });
}

#[test]
fn names_that_lead_out_of_the_archive_write_nothing_anywhere() {
    let list = contents(&[("../../../tmp/evil.xml", "header"), ("word/document.xml", "document.main")]);
    let document = word("document", &paragraph("Text"));
    let archive = zip(&[
        ("[Content_Types].xml", list.as_bytes()),
        ("word/document.xml", document.as_bytes()),
        ("../../../tmp/evil.xml", word("hdr", &paragraph("Evil")).as_bytes()),
    ]);
    let out = shout(&archive, DocumentFormat::Docx);
    assert!(unzip(&out, "word/document.xml").contains("TEXT"));
    assert!(!std::path::Path::new("/tmp/evil.xml").exists());
}

#[test]
fn declared_entities_are_refused_and_never_expanded() {
    let laughs =
        "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
    let document =
        word("document", &paragraph("&b;&f;")).replace("<w:document", &format!("{laughs}<w:document"));
    let list = contents(&[("word/document.xml", "document.main")]);
    let archive =
        zip(&[("[Content_Types].xml", list.as_bytes()), ("word/document.xml", document.as_bytes())]);
    assert!(matches!(read(&archive, DocumentFormat::Docx), Err(DocumentError::Broken { .. })));
    let undeclared = docx(&paragraph("&b;"));
    assert!(matches!(read(&undeclared, DocumentFormat::Docx), Err(DocumentError::Broken { .. })));
}

#[test]
fn deep_nesting_is_refused_or_read_and_never_overflows() {
    let deep =
        format!("{}text{}", "<w:sdt><w:sdtContent>".repeat(50_000), "</w:sdtContent></w:sdt>".repeat(50_000));
    assert!(matches!(soon(|| read(&docx(&deep), DocumentFormat::Docx)), Err(DocumentError::Broken { .. })));
    let boxes =
        format!("{}text{}", "<w:p><w:r><w:pict>".repeat(20_000), "</w:pict></w:r></w:p>".repeat(20_000));
    assert!(matches!(soon(|| read(&docx(&boxes), DocumentFormat::Docx)), Err(DocumentError::Broken { .. })));
    for tag in ["<b>", "<div>", "<span><p>", "<table>", "<!--", "<svg>", "<"] {
        let page = format!("{}text", tag.repeat(100_000));
        if let Ok(document) = soon(|| read(page.as_bytes(), DocumentFormat::Html)) {
            let answers: Vec<Translated> = document.units().into_iter().map(Unit::unchanged).collect();
            assert_eq!(soon(|| write(&document, &answers)), page.as_bytes());
        }
    }
    for page in [
        "> ".repeat(20_000),
        "- ".repeat(20_000),
        "[".repeat(50_000),
        "*a ".repeat(30_000),
        "![".repeat(20_000),
        "`".repeat(50_001),
        "| a ".repeat(5_000),
    ] {
        let page = page + "text";
        if let Ok(document) = soon(|| read(page.as_bytes(), DocumentFormat::Md)) {
            let answers: Vec<Translated> = document.units().into_iter().map(Unit::unchanged).collect();
            assert_eq!(soon(|| write(&document, &answers)), page.as_bytes());
        }
    }
    let arrays = pages(&[&format!("{} TJ BT /F1 12 Tf 9 9 Td (text) Tj ET", "[".repeat(200_000))]);
    let _ = soon(|| read(&arrays, DocumentFormat::Pdf));
    let nested = pdf(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        [b"<</A".repeat(200_000), b">>".repeat(200_000)].concat(),
    ]);
    assert!(soon(|| read(&nested, DocumentFormat::Pdf)).is_err());
}

#[test]
fn one_character_a_million_times_is_no_text() {
    for character in ["a", " ", "\n", "字", "<", "-"] {
        let text = character.repeat(1_000_000 / character.len());
        for format in [DocumentFormat::Txt, DocumentFormat::Md, DocumentFormat::Html] {
            let refused = soon(|| read(text.as_bytes(), format)).map(|_| ()).unwrap_err();
            assert_eq!(refused, DocumentError::NoText, "{character:?} {format}");
            assert_eq!(refused.reason(), domain::FailReason::NothingToDo);
        }
        assert!(soon(|| read(text.as_bytes(), DocumentFormat::Srt)).is_err());
    }
    assert_eq!(read(b"", DocumentFormat::Txt).unwrap_err(), DocumentError::Empty);
}

#[test]
fn a_document_of_200_pages_is_read_and_written() {
    let text = "It was the best of times, it was the worst of times. ".repeat(8);
    let body: String = (0..200 * 6).map(|n| paragraph(&format!("Paragraph {n}. {text}"))).collect();
    let archive = docx(&body);
    let out = soon(|| shout(&archive, DocumentFormat::Docx));
    let document = read(&out, DocumentFormat::Docx).unwrap();
    assert_eq!(document.units().len(), 1200);
    assert!(document.words() > 90_000);
    assert!(document.units()[1199].plain().starts_with("PARAGRAPH 1199. IT WAS"));
}

#[test]
fn more_text_than_is_allowed_is_refused_with_the_limit() {
    let limits = Limits { chars: 1000, units: 3, file_bytes: 5000, ..Limits::default() };
    let refused =
        |text: &str| read_with(text.as_bytes(), DocumentFormat::Txt, &limits).unwrap_err().to_string();
    assert!(refused(&"some words ".repeat(100)).contains("at most 1000 characters"));
    assert!(refused("a b\nc d\ne f\ng h").contains("at most 3 paragraphs"));
    assert!(refused(&"x".repeat(6000)).contains("at most 5000 bytes"));
}

#[test]
fn a_pdf_whose_streams_unpack_to_gigabytes_is_refused() {
    let bomb = zeros(1 << 30);
    assert!(bomb.len() < 32 << 20);
    let packed = |filters: &str, bytes: &[u8]| {
        let mut object =
            format!("<</Length {}/Filter[{filters}]/Type/ObjStm/N 9/First 9>>stream\n", bytes.len())
                .into_bytes();
        object.extend_from_slice(bytes);
        object.extend_from_slice(b"\nendstream");
        object
    };
    let nested = deflate(&bomb);
    for (filters, bytes) in
        [("/FlateDecode", &bomb), ("/FlateDecode/FlateDecode", &nested), ("/F#6cateDecode", &bomb)]
    {
        for kind in ["/Type/ObjStm", "/Type/X"] {
            let content = packed(filters, bytes);
            let content = if kind == "/Type/X" {
                content.replace_once(b"/Type/ObjStm", b"/Type/Xxxxxx")
            } else {
                content
            };
            let mut file = pages(&["x"]);
            file.extend_from_slice(b"8 0 obj\n");
            file.extend(content);
            file.extend_from_slice(b"\nendobj\n");
            let refused = soon(|| read(&file, DocumentFormat::Pdf)).unwrap_err();
            assert!(matches!(refused, DocumentError::TooLarge { .. }), "{filters} {refused:?}");
        }
    }
}

trait ReplaceOnce {
    fn replace_once(self, from: &[u8], to: &[u8]) -> Vec<u8>;
}

impl ReplaceOnce for Vec<u8> {
    fn replace_once(mut self, from: &[u8], to: &[u8]) -> Vec<u8> {
        let at = self.windows(from.len()).position(|w| w == from).unwrap();
        self.splice(at..at + from.len(), to.iter().copied());
        self
    }
}

#[test]
fn a_pdf_that_holds_itself_ends() {
    let cyclic = pdf(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[2 0 R 3 0 R 2 0 R]>>".to_vec(),
        b"<</Type/Pages/Kids[2 0 R]/Parent 3 0 R>>".to_vec(),
    ]);
    assert!(matches!(soon(|| read(&cyclic, DocumentFormat::Pdf)), Err(DocumentError::Broken { .. })));
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Resources<</XObject<</X 4 0 R>>>>>>".to_vec(),
        b"<</Type/Page/Contents 5 0 R>>".to_vec(),
        stream("/Subtype/Form", "/X Do ".repeat(100).as_bytes()),
        stream("", b"/X Do"),
    ];
    let refused = soon(|| read(&pdf(&objects), DocumentFormat::Pdf)).unwrap_err();
    assert!(matches!(refused, DocumentError::TooLarge { .. } | DocumentError::NoText), "{refused:?}");
    // references that lead to themselves, also as the length of a stream
    objects[2] = b"3 0 R".to_vec();
    assert!(soon(|| read(&pdf(&objects), DocumentFormat::Pdf)).is_err());
    objects[2] = b"<</Type/Page/Contents 5 0 R>>".to_vec();
    objects[4] = b"<</Length 5 0 R/Filter 5 0 R>>stream\nx\nendstream".to_vec();
    assert!(soon(|| read(&pdf(&objects), DocumentFormat::Pdf)).is_err());
}

#[test]
fn reading_stops_soon_after_it_is_told_to() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&pages(&["BT /F1 12 Tf 9 9 Td (text) Tj ET"; 50])).unwrap();
    let asked = std::cell::Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    let stopped = Document::open(file.path(), DocumentFormat::Pdf, &Limits::default(), &stop).unwrap_err();
    assert_eq!((stopped, asked.get()), (DocumentError::Stopped, 4));
}

#[test]
fn the_bytes_decide_what_a_file_is() {
    use sniff::sniff;
    let docx = docx(&paragraph("x"));
    assert_eq!(sniff(&docx, None), Ok(DocumentFormat::Docx));
    assert_eq!(sniff(b"%PDF-1.4\n", None), Ok(DocumentFormat::Pdf));
    assert_eq!(sniff(b"\xef\xbb\xbfWEBVTT\n\n", None), Ok(DocumentFormat::Vtt));
    assert_eq!(sniff(b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHi\r\n", None), Ok(DocumentFormat::Srt));
    assert_eq!(sniff(b"\n<!DOCTYPE html><p>x", None), Ok(DocumentFormat::Html));
    assert_eq!(sniff(b"# Title", None), Ok(DocumentFormat::Txt));
    assert_eq!(sniff(b"# Title", Some(DocumentFormat::Md)), Ok(DocumentFormat::Md));
    for (head, said) in [
        (&docx[..], DocumentFormat::Txt),
        (b"%PDF-1.4", DocumentFormat::Docx),
        (b"text", DocumentFormat::Pdf),
        (b"text", DocumentFormat::Docx),
    ] {
        assert!(matches!(sniff(head, Some(said)), Err(DocumentError::Mismatch { .. })), "{said}");
    }
    for head in [
        &b"\x89PNG\r\n"[..],
        b"{\\rtf1 x}",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"ID3\x04",
        b"\0\0\0\x20ftypmp42",
        b"\x7fELF\x02",
    ] {
        assert!(
            matches!(sniff(head, Some(DocumentFormat::Txt)), Err(DocumentError::NotDocument(_))),
            "{head:?}"
        );
    }
    assert_eq!(sniff(b"", None), Err(DocumentError::Empty));
    let sheet = zip(&[("[Content_Types].xml", b"<Types><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>")]);
    assert_eq!(read(&sheet, DocumentFormat::Docx).unwrap_err(), DocumentError::NotDocument("a spreadsheet"));
}

/// Real beginnings with damage in them.
fn seeds() -> Vec<(Vec<u8>, DocumentFormat)> {
    let drawing = "q BT /F1 12 Tf 14 TL 1 0 0 1 50 700 Tm (Some text) Tj T* [(a)-20(b)] TJ ET /X Do Q";
    vec![
        (
            docx(
                "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Bold</w:t><w:tab/></w:r><w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink></w:p>",
            ),
            DocumentFormat::Docx,
        ),
        (pages(&[drawing, drawing]), DocumentFormat::Pdf),
        (
            b"<html lang=en><p title=x>a <b>b</b> &amp; c<br>d<pre>e</pre><!--f--><script>g</script>"
                .to_vec(),
            DocumentFormat::Html,
        ),
        (
            b"# a *b*\n\n| c | d |\n|-|-|\n| e | `f` |\n\n- g [h](i) <b>j</b>\\\n  k\n\n> l\n".to_vec(),
            DocumentFormat::Md,
        ),
        (
            b"1\n00:00:01,000 --> 00:00:02,000\n<i>a</i> {\\an8}\nb\n\n2\n00:00:02,000 --> 00:00:03,000\nc\n"
                .to_vec(),
            DocumentFormat::Srt,
        ),
        (
            b"WEBVTT\n\na\n00:01.000 --> 00:02.000\n<v b>c <00:01.500>d &lt;\n\nNOTE e\n".to_vec(),
            DocumentFormat::Vtt,
        ),
        (b"one\r\ntwo\n\n three".to_vec(), DocumentFormat::Txt),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Damage anywhere: an error or a document, and what was read is written again unchanged.
    #[test]
    fn damage_never_panics(which in 0usize..7, cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0usize..4), 1..6)) {
        let (mut bytes, format) = seeds().swap_remove(which);
        for (at, byte, how) in cuts {
            let at = at.index(bytes.len().max(1));
            match how {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, byte),
                _ => {
                    let tail = bytes[at..].to_vec();
                    bytes.extend(tail);
                }
            }
        }
        if let Ok(document) = read(&bytes, format) {
            let units: Vec<Translated> = document.units().into_iter().map(Unit::unchanged).collect();
            let mut out = tempfile::tempfile().unwrap();
            let written = document.write(&units, Language::Pt, &mut out);
            if !matches!(format, DocumentFormat::Docx | DocumentFormat::Pdf | DocumentFormat::Html) {
                let mut again = Vec::new();
                out.rewind().unwrap();
                out.read_to_end(&mut again).unwrap();
                let (text, _) = super::super::encoding::decode(&bytes, None, "txt").unwrap();
                let (back, _) = super::super::encoding::decode(&again, None, "txt").unwrap();
                prop_assert_eq!(text, back);
            }
            let shouted: Vec<Translated> = document.units().into_iter().map(|u| u.read(&u.marked().to_uppercase()).unwrap_or_else(|| u.unchanged())).collect();
            let mut out = tempfile::tempfile().unwrap();
            prop_assert_eq!(document.write(&shouted, Language::Pt, &mut out).is_ok(), written.is_ok());
        }
    }
}
