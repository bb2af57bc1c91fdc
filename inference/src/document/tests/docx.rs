//! Word documents keep everything but their words.

use super::{build::*, *};

fn units_of(body: &str) -> Vec<String> {
    read(&docx(body), DocumentFormat::Docx).unwrap().units().into_iter().map(Unit::marked).collect()
}

fn shouted(body: &str) -> String {
    let archive = docx(body);
    assert_eq!(
        unzip(&same(&archive, DocumentFormat::Docx), "word/document.xml"),
        unzip(&archive, "word/document.xml"),
        "unchanged means byte for byte"
    );
    let out = unzip(&shout(&archive, DocumentFormat::Docx), "word/document.xml");
    let (_, body) = out.split_once("<w:body>").unwrap();
    body.strip_suffix("<w:sectPr/></w:body></w:document>").unwrap().to_owned()
}

const T: &str = "<w:t xml:space=\"preserve\">";

#[test]
fn paragraphs_headings_lists_and_tables_stay() {
    let body = "<w:p w:rsidR=\"1\"><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t>Title &amp; more</w:t></w:r></w:p>\
        <w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"2\"/></w:numPr></w:pPr><w:r><w:t>Item</w:t></w:r></w:p>\
        <w:tbl><w:tblPr/><w:tr><w:tc><w:tcPr/><w:p><w:r><w:t>Cell</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>";
    let expected = body
        .replace("<w:t>Title &amp; more", &format!("{T}TITLE &amp; MORE"))
        .replace("<w:t>Item", &format!("{T}ITEM"))
        .replace("<w:t>Cell", &format!("{T}CELL"));
    assert_eq!(shouted(body), expected);
}

#[test]
fn bold_and_italic_runs_become_marks_and_stay_runs() {
    let body = "<w:p><w:r><w:t xml:space=\"preserve\">This is </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>bo</w:t></w:r>\
        <w:proofErr w:type=\"spellStart\"/><w:r w:rsidR=\"9\"><w:rPr><w:b/><w:lang w:val=\"en-US\"/></w:rPr><w:t>ld</w:t></w:r>\
        <w:r><w:t xml:space=\"preserve\"> and </w:t></w:r><w:r><w:rPr><w:i/></w:rPr><w:t>italic</w:t></w:r><w:r><w:t>.</w:t></w:r></w:p>";
    assert_eq!(units_of(body), ["This is <g1>bold</g1> and <g2>italic</g2>."]);
    assert_eq!(
        shouted(body),
        format!(
            "<w:p><w:r>{T}THIS IS </w:t></w:r><w:r><w:rPr><w:b/></w:rPr>{T}BOLD</w:t></w:r><w:r>{T} AND </w:t></w:r>\
             <w:r><w:rPr><w:i/></w:rPr>{T}ITALIC</w:t></w:r><w:r>{T}.</w:t></w:r></w:p>"
        )
    );
    let whole = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>All bold</w:t></w:r></w:p>";
    assert_eq!(units_of(whole), ["All bold"]);
    assert_eq!(shouted(whole), whole.replace("<w:t>All bold", &format!("{T}ALL BOLD")));
}

#[test]
fn marked_runs_may_move() {
    let body = "<w:p><w:r><w:t xml:space=\"preserve\">the </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>red</w:t></w:r><w:r><w:t xml:space=\"preserve\"> house</w:t></w:r></w:p>";
    let document = read(&docx(body), DocumentFormat::Docx).unwrap();
    let moved = document.units()[0].read("a casa <g1>vermelha</g1>").unwrap();
    let out = unzip(&write(&document, &[moved]), "word/document.xml");
    assert!(
        out.contains(&format!(
            "<w:p><w:r>{T}a casa </w:t></w:r><w:r><w:rPr><w:b/></w:rPr>{T}vermelha</w:t></w:r></w:p>"
        )),
        "{out}"
    );
}

#[test]
fn links_pictures_notes_bookmarks_and_controls_stay() {
    let body = "<w:p><w:bookmarkStart w:id=\"0\" w:name=\"a\"/><w:r><w:t xml:space=\"preserve\">See </w:t></w:r>\
        <w:hyperlink r:id=\"rId4\"><w:r><w:rPr><w:rStyle w:val=\"Hyperlink\"/></w:rPr><w:t>this page</w:t></w:r></w:hyperlink>\
        <w:r><w:rPr><w:vertAlign w:val=\"superscript\"/></w:rPr><w:footnoteReference w:id=\"2\"/></w:r>\
        <w:r><w:t xml:space=\"preserve\"> or </w:t></w:r><w:sdt><w:sdtPr><w:tag w:val=\"x\"/></w:sdtPr><w:sdtContent><w:r><w:t>control</w:t></w:r></w:sdtContent></w:sdt>\
        <w:bookmarkEnd w:id=\"0\"/><m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath><w:r><w:t>end</w:t></w:r></w:p>";
    assert_eq!(units_of(body), ["See <g1>this page</g1><g2/> or <g3><g4>control</g4></g3><g5/>end"]);
    let out = shouted(body);
    for kept in [
        "<w:hyperlink r:id=\"rId4\"><w:r><w:rPr><w:rStyle w:val=\"Hyperlink\"/></w:rPr><w:t xml:space=\"preserve\">THIS PAGE</w:t></w:r></w:hyperlink>",
        "<w:r><w:rPr><w:vertAlign w:val=\"superscript\"/></w:rPr><w:footnoteReference w:id=\"2\"/></w:r>",
        "<w:sdt><w:sdtPr><w:tag w:val=\"x\"/></w:sdtPr><w:sdtContent><w:r><w:t xml:space=\"preserve\">CONTROL</w:t></w:r></w:sdtContent></w:sdt>",
        "<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>",
        "<w:bookmarkStart w:id=\"0\" w:name=\"a\"/>",
        "<w:bookmarkEnd w:id=\"0\"/>",
    ] {
        assert_eq!(out.matches(kept).count(), 1, "{kept}\n{out}");
    }
}

#[test]
fn fields_are_left_alone_but_for_text_of_links_and_contents() {
    let field = |instruction: &str, result: &str| {
        format!(
            "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText> {instruction} </w:instrText></w:r>\
             <w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>{result}</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>"
        )
    };
    let page = field("PAGE", "vii");
    let body = format!(
        "<w:p><w:r><w:t xml:space=\"preserve\">Page </w:t></w:r>{page}<w:r><w:t xml:space=\"preserve\"> of it</w:t></w:r></w:p>"
    );
    assert_eq!(units_of(&body), ["Page <g1/> of it"]);
    assert!(shouted(&body).contains(&page));
    let link = format!("<w:p>{}</w:p>", field("HYPERLINK \"http://x\"", "a link"));
    assert_eq!(units_of(&link), ["a link"]);
    let simple = "<w:p><w:fldSimple w:instr=\" DATE \"><w:r><w:t>May</w:t></w:r></w:fldSimple><w:r><w:t>text</w:t></w:r></w:p>";
    assert_eq!(units_of(simple), ["text"]);
}

#[test]
fn tabs_and_breaks_part_texts_and_stay() {
    let body = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Name</w:t><w:tab/><w:t>Value</w:t><w:br/><w:t>Below</w:t></w:r></w:p>";
    assert_eq!(units_of(body), ["Name", "Value", "Below"]);
    let run = |inside: &str| format!("<w:r><w:rPr><w:b/></w:rPr>{inside}</w:r>");
    let text = |t: &str| run(&format!("{T}{t}</w:t>"));
    let out = unzip(&shout(&docx(body), DocumentFormat::Docx), "word/document.xml");
    let expected = [text("NAME"), run("<w:tab/>"), text("VALUE"), run("<w:br/>"), text("BELOW")].concat();
    assert!(out.contains(&format!("<w:p>{expected}</w:p>")), "{out}");
}

#[test]
fn text_in_pictures_and_deleted_text() {
    let inner =
        "<w:txbxContent><w:p><w:r><w:rPr><w:i/></w:rPr><w:t>In the box</w:t></w:r></w:p></w:txbxContent>";
    let body = format!(
        "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">Before </w:t></w:r><w:r><w:drawing><wp:inline>{inner}</wp:inline></w:drawing></w:r><w:r><w:t>after</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
    );
    assert_eq!(units_of(&body), ["In the box", "Before <g1/><g2>after</g2>"]);
    let out = shouted(&body);
    assert!(out.contains(&format!("<w:drawing><wp:inline><w:txbxContent><w:p><w:r><w:rPr><w:i/></w:rPr>{T}IN THE BOX</w:t></w:r></w:p></w:txbxContent></wp:inline></w:drawing>")), "{out}");
    assert!(out.contains("<w:delText>gone</w:delText>") && out.contains("AFTER"));
}

#[test]
fn headers_footers_and_notes_are_translated_and_other_parts_copied_byte_for_byte() {
    let para = paragraph("Some text");
    let archive = docx_with(
        &para,
        &[
            ("word/header1.xml", "header", "hdr", &para),
            ("word/footer2.xml", "footer", "ftr", &para),
            (
                "word/footnotes.xml",
                "footnotes",
                "footnotes",
                &format!("<w:footnote w:id=\"1\">{para}</w:footnote>"),
            ),
            (
                "word/endnotes.xml",
                "endnotes",
                "endnotes",
                &format!("<w:endnote w:id=\"1\">{para}</w:endnote>"),
            ),
            (
                "word/comments.xml",
                "comments",
                "comments",
                &format!("<w:comment w:id=\"1\">{para}</w:comment>"),
            ),
        ],
    );
    let out = shout(&archive, DocumentFormat::Docx);
    for name in ["document", "header1", "footer2", "footnotes", "endnotes"] {
        assert!(unzip(&out, &format!("word/{name}.xml")).contains("SOME TEXT"), "{name}");
    }
    assert!(unzip(&out, "word/comments.xml").contains("Some text"));
    let (mut before, mut after) = (
        zip::ZipArchive::new(std::io::Cursor::new(&archive)).unwrap(),
        zip::ZipArchive::new(std::io::Cursor::new(&out)).unwrap(),
    );
    let names = |z: &zip::ZipArchive<std::io::Cursor<&Vec<u8>>>| {
        (0..z.len()).map(|i| z.name_for_index(i).unwrap().unwrap().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&before), names(&after), "same files in the same order");
    for name in ["word/media/picture.png", "docProps/core.xml", "[Content_Types].xml", "word/comments.xml"] {
        let packed = |z: &mut zip::ZipArchive<std::io::Cursor<&Vec<u8>>>| {
            let index = z.index_for_name(name).unwrap();
            let mut bytes = Vec::new();
            z.by_index_raw(index).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(packed(&mut before), packed(&mut after), "{name}");
    }
}

#[test]
fn other_prefixes_and_a_byte_order_mark_are_read() {
    let document = format!(
        "\u{feff}<?xml version=\"1.0\"?><x:document xmlns:x=\"{W}\"><x:body><x:p><x:r><x:t>Text</x:t></x:r></x:p></x:body></x:document>"
    );
    let list = contents(&[("word/document.xml", "document.main")]);
    let archive =
        zip(&[("[Content_Types].xml", list.as_bytes()), ("word/document.xml", document.as_bytes())]);
    let out = unzip(&shout(&archive, DocumentFormat::Docx), "word/document.xml");
    assert_eq!(out, document.replace("<x:t>Text", "<x:t xml:space=\"preserve\">TEXT"));
}
