//! Text of pdfs, as paragraphs and headings of a Word document.

use super::{build::*, *};

fn units_of(bytes: &[u8]) -> Vec<String> {
    read(bytes, DocumentFormat::Pdf).unwrap().units().into_iter().map(Unit::plain).collect()
}

#[test]
fn headings_and_paragraphs_are_told_by_size_and_place() {
    let drawing = "BT /F1 24 Tf 50 780 Td (The Title) Tj ET \
        BT /F1 16 Tf 50 740 Td (A Section) Tj ET \
        BT /F1 11 Tf 13 TL 50 700 Td (This is a line of text that is long enough to reach the mar-) Tj T* \
        (gin of the page, and it goes on with some more words here and) Tj T* (ends.) Tj ET \
        BT /F1 11 Tf 13 TL 50 630 Td [(An)-250(other par)20(agraph.)] TJ ET \
        BT /F2 11 Tf 50 600 Td (Bold heading) Tj ET BT /F1 11 Tf 50 585 Td (More.) Tj ET";
    let bytes = pages(&[drawing]);
    assert_eq!(
        units_of(&bytes),
        [
            "The Title",
            "A Section",
            "This is a line of text that is long enough to reach the margin of the page, and it goes on with some more words here and ends.",
            "Another paragraph.".replace("Another", "An other").as_str(),
            "Bold heading",
            "More."
        ]
    );
    let out = shout(&bytes, DocumentFormat::Pdf);
    let text = unzip(&out, "word/document.xml");
    assert!(
        text.contains("<w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t xml:space=\"preserve\">THE TITLE<"),
        "{text}"
    );
    assert!(
        text.contains("<w:pStyle w:val=\"Heading2\"/></w:pPr><w:r><w:t xml:space=\"preserve\">A SECTION<"),
        "{text}"
    );
    assert!(
        text.contains("<w:pStyle w:val=\"Heading3\"/></w:pPr><w:r><w:t xml:space=\"preserve\">BOLD HEADING<"),
        "{text}"
    );
    // what was written is a Word document that can be read
    assert_eq!(read(&out, DocumentFormat::Docx).unwrap().units()[0].plain(), "THE TITLE");
    assert!(unzip(&out, "word/styles.xml").contains("w:val=\"pt\""));
}

#[test]
fn letters_come_from_encodings_names_and_maps() {
    let drawing = "BT /F1 12 Tf 50 700 Td (caf\\202 \\200 o\\201ce \\203) Tj ET BT /F3 12 Tf 50 660 Td <000100020030> Tj ET";
    assert_eq!(units_of(&pages(&[drawing])), ["café € office А", "БВ日本"]);
}

#[test]
fn headers_and_page_numbers_are_not_repeated_and_cut_sentences_joined() {
    let page = |number: usize, text: &str| {
        format!(
            "BT /F1 9 Tf 50 820 Td (Report of the year, page {number}) Tj ET BT /F1 11 Tf 50 700 Td ({text}) Tj ET BT /F1 9 Tf 300 20 Td ({number}) Tj ET"
        )
    };
    let drawings =
        [page(1, "This sentence begins here and"), page(2, "ends on the next page."), page(3, "Third.")];
    let units = units_of(&pages(&drawings.each_ref().map(String::as_str)));
    assert_eq!(
        units,
        ["Report of the year, page 1", "This sentence begins here and ends on the next page.", "Third."]
    );
}

#[test]
fn cells_of_tables_items_of_lists_and_entries_of_contents_stand_apart() {
    let drawing = "BT /F1 11 Tf 13 TL 50 780 Td (1 Introduction . . . . . . . . 7) Tj T* (2 Results ..... 12) Tj ET \
        BT /F1 11 Tf 50 700 Td (Name) Tj 120 0 Td (Value) Tj ET \
        BT /F1 11 Tf 13 TL 50 640 Td (\\225 first point) Tj T* (\\225 second point) Tj T* (1. third point) Tj ET";
    let bytes = pages(&[drawing]);
    assert_eq!(
        units_of(&bytes),
        ["1 Introduction", "2 Results", "Name", "Value", "• first point", "• second point", "1. third point"]
    );
    let text = unzip(&shout(&bytes, DocumentFormat::Pdf), "word/document.xml");
    assert!(text.contains("2 RESULTS</w:t><w:tab/><w:t xml:space=\"preserve\">12</w:t>"), "{text}");
}

#[test]
fn objects_in_streams_forms_and_rotated_text_are_read() {
    let form = b"BT /F1 12 Tf 20 20 Td (In a form) Tj ET";
    let objects = [
        "1 <</Type/Catalog/Pages 2 0 R>>",
        "2 <</Type/Pages/Count 1/Kids[5 0 R]>>",
        "4 <</Subtype/Type1/BaseFont/Times-Roman>>",
    ];
    let (mut header, mut body) = (String::new(), String::new());
    for object in objects {
        let (number, object) = object.split_once(' ').unwrap();
        header.push_str(&format!("{number} {} ", body.len()));
        body.push_str(object);
    }
    let all = format!("{header}{body}");
    let mut out = b"%PDF-1.5\n".to_vec();
    let mut put = |number: u32, object: Vec<u8>| {
        out.extend(format!("{number} 0 obj\n").bytes());
        out.extend(object);
        out.extend_from_slice(b"\nendobj\n");
    };
    put(9, stream(&format!("/Type/ObjStm/N 3/First {}", header.len()), all.as_bytes()));
    put(5, b"<</Type/Page/Parent 2 0 R/Resources<</Font<</F1 4 0 R>>/XObject<</X0 7 0 R>>>>/Contents[6 0 R 6 0 R]>>".to_vec());
    put(6, stream("", b"/X0 Do BT 0 1 -1 0 300 300 Tm /F1 10 Tf (Turned text) Tj ET"));
    put(7, stream("/Subtype/Form/BBox[0 0 100 100]/Matrix[2 0 0 2 10 10]", form));
    put(8, stream("/Type/XRef/Root 1 0 R/W[1 2 1]", b"x"));
    assert_eq!(units_of(&out), ["In a form", "Turned text", "In a form", "Turned text"]);
}

#[test]
fn the_last_of_equal_objects_counts() {
    let mut bytes = pages(&["BT /F1 12 Tf 50 700 Td (Old) Tj ET"]);
    bytes.extend_from_slice(b"8 0 obj\n");
    bytes.extend(stream("", b"BT /F1 12 Tf 50 700 Td (New) Tj ET"));
    bytes.extend_from_slice(b"\nendobj\n");
    assert_eq!(units_of(&bytes), ["New"]);
}

#[test]
fn filters_unpack_what_was_packed() {
    let drawing = "BT /F1 12 Tf 50 700 Td (Packed text) Tj ET";
    let hex: String = drawing.bytes().map(|b| format!("{b:02x}")).collect::<String>() + ">";
    let hexed = deflate(hex.as_bytes());
    let mut both =
        format!("<</Length {}/Filter[/FlateDecode/ASCIIHexDecode]>>stream\n", hexed.len()).into_bytes();
    both.extend(&hexed);
    both.extend_from_slice(b"\nendstream");
    let mut runs = vec![(drawing.len() - 1) as u8];
    runs.extend(drawing.bytes());
    runs.push(128);
    let mut run = format!("<</Length {}/Filter/RunLengthDecode>>stream\r\n", runs.len()).into_bytes();
    run.extend(&runs);
    run.extend_from_slice(b"endstream");
    let a85 = b"<</Length 9999/Filter/ASCII85Decode>>stream\n6<#'\\7PQ#@1a#b0+>GQ(+?(u.+B2ko-qIocCi:G3~>\nendstream".to_vec();
    for (nth, content) in [both, run].into_iter().enumerate() {
        let mut bytes = pages(&["x"]);
        bytes.extend_from_slice(b"8 0 obj\n");
        bytes.extend(content);
        bytes.extend_from_slice(b"\nendobj\n");
        assert_eq!(units_of(&bytes), ["Packed text"], "{nth}");
    }
    let mut bytes = pages(&["x"]);
    bytes.extend_from_slice(b"8 0 obj\n");
    bytes.extend(a85);
    bytes.extend_from_slice(b"\nendobj\n");
    // no text there, but read to its end
    assert!(matches!(read(&bytes, DocumentFormat::Pdf), Err(DocumentError::NoText)));
}

#[test]
fn pictures_encryption_and_nameless_letters_are_refused_with_a_reason() {
    let image = "q 500 0 0 700 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q";
    let refused = read(&pages(&[image]), DocumentFormat::Pdf).unwrap_err();
    assert_eq!(refused, DocumentError::PicturesOnly);
    assert_eq!(refused.reason(), domain::FailReason::NothingToDo);
    assert!(refused.to_string().contains("pictures of text"));

    let mut locked = pages(&["BT /F1 12 Tf (x) Tj ET"]);
    locked.extend_from_slice(b"trailer <</Root 1 0 R/Encrypt 99 0 R>>\n");
    assert_eq!(read(&locked, DocumentFormat::Pdf).unwrap_err(), DocumentError::Encrypted);

    let nameless = "BT /F3 12 Tf 50 700 Td <0100020003000400> Tj ET";
    assert_eq!(read(&pages(&[nameless]), DocumentFormat::Pdf).unwrap_err(), DocumentError::NoLetters);
    assert_eq!(read(&pages(&[""]), DocumentFormat::Pdf).unwrap_err(), DocumentError::NoText);
}
