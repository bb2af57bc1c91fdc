//! Plain text keeps its paragraphs, lines and encoding.

use super::*;

#[test]
fn paragraphs_lists_and_line_endings_stay() {
    let text = "\r\nTitle of it\r\n\r\n  - one thing\r\n  - another thing\r\n\r\n\tIndented.  \r\n12 34\r\n\r\n\r\nLast";
    let out = shout_text(text, DocumentFormat::Txt);
    assert_eq!(out, text.to_uppercase());
    assert_eq!(
        marked(text, DocumentFormat::Txt),
        ["Title of it", "- one thing", "- another thing", "Indented.", "Last"]
    );
}

#[test]
fn lines_broken_by_hand_are_translated_as_one_paragraph_and_broken_again() {
    let text = "It is a truth universally acknowledged, that a single\nman in possession of a good fortune, must be in want\nof a wife.\n\nNext one.\n";
    let document = read(text.as_bytes(), DocumentFormat::Txt).unwrap();
    let units = document.units();
    assert_eq!(units.len(), 2);
    assert!(
        units[0].marked().starts_with("It is a truth")
            && units[0]
                .marked()
                .ends_with("single man in possession of a good fortune, must be in want of a wife.")
    );
    let long = "word ".repeat(40);
    let answers = [units[0].read(&long).unwrap(), units[1].unchanged()];
    let out = String::from_utf8(write(&document, &answers)).unwrap();
    let (paragraph, rest) = out.split_once("\n\n").unwrap();
    assert_eq!(rest, "Next one.\n");
    assert!(paragraph.lines().count() == 4 && paragraph.lines().all(|l| l.len() <= 53), "{paragraph}");
}

#[test]
fn the_encoding_stays_unless_it_lacks_a_letter() {
    let latin = "Die Straße ist schön, die Bäume blühen überall, und die Vögel singen fröhlich.";
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(latin);
    let document = read(&bytes, DocumentFormat::Txt).unwrap();
    assert_eq!(document.text(), latin);
    assert_eq!(
        shout(&bytes, DocumentFormat::Txt),
        *encoding_rs::WINDOWS_1252.encode(&latin.to_uppercase()).0
    );
    let russian = document.units()[0].read("Улица красивая").unwrap();
    assert_eq!(write(&document, &[russian]), "Улица красивая".as_bytes());

    let wide: Vec<u8> = "\u{feff}Привет, мир\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let shouted: Vec<u8> = "\u{feff}ПРИВЕТ, МИР\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(shout(&wide, DocumentFormat::Txt), shouted);
    let unmarked: Vec<u8> = "Good morning to all\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read(&unmarked, DocumentFormat::Txt).unwrap().text(), "Good morning to all");
    let (sjis, ..) = encoding_rs::SHIFT_JIS.encode("これは日本語の文章です。今日はとても良い天気ですね。");
    assert_eq!(
        read(&sjis, DocumentFormat::Txt).unwrap().text(),
        "これは日本語の文章です。今日はとても良い天気ですね。"
    );
    assert_eq!(shout(b"\xef\xbb\xbfhello", DocumentFormat::Txt), b"\xef\xbb\xbfHELLO");
}

#[test]
fn words_are_counted_and_characters_where_there_are_none() {
    let words = |text: &str| read(text.as_bytes(), DocumentFormat::Txt).unwrap().words();
    assert_eq!(words("One two three.\n\nFour"), 4);
    assert_eq!(words("今日は良い天気"), 7);
}
