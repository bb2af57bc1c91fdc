//! A new Word document: what a pdf is translated into.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
};

use domain::Language;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{DocumentError, layout::Block};
use crate::document::{
    escape::Escape,
    flow::Flow,
    line::{Line, Style},
    template::{Chunk, Part},
};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const TEXT: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const TYPES: &str = concat!(
    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
    r#"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#,
    r#"<Default Extension="xml" ContentType="application/xml"/>"#,
    r#"<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>"#,
    r#"<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>"#,
    "</Types>"
);
const LINKS: &str = concat!(
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>"#,
    "</Relationships>"
);
const DOCUMENT_LINKS: &str = concat!(
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>"#,
    "</Relationships>"
);
/// Sizes of headings in half points.
const HEADINGS: [u8; 3] = [36, 30, 26];

/// The text of a document of these blocks, each of which is a unit.
pub(super) fn part(blocks: &[Block]) -> Part {
    let mut part = Part::default();
    part.template.push(Chunk::Text(format!("{HEAD}<w:document xmlns:w=\"{TEXT}\"><w:body>")));
    let style = Style { escape: Escape::Markup, flow: Flow::Free, wraps: &[] };
    for block in blocks {
        let heading = match block.level {
            0 => String::new(),
            level => format!("<w:pPr><w:pStyle w:val=\"Heading{level}\"/></w:pPr>"),
        };
        part.template.push(Chunk::Text(format!("<w:p>{heading}<w:r><w:t xml:space=\"preserve\">")));
        for (nth, text) in block.text.split('\t').enumerate() {
            if nth > 0 {
                part.template.push(Chunk::Text("</w:t><w:tab/><w:t xml:space=\"preserve\">".to_owned()));
            }
            let mut line = Line::default();
            line.text(text.to_owned(), 0, vec![Chunk::Text(Escape::Markup.apply(text, true))]);
            line.flush(&style, &mut part.template, &mut part.slots);
        }
        part.template.push(Chunk::Text("</w:t></w:r></w:p>".to_owned()));
    }
    part.template.push(Chunk::Text("<w:sectPr/></w:body></w:document>".to_owned()));
    part
}

fn styles(target: Language) -> String {
    let mut out = format!(
        "{HEAD}<w:styles xmlns:w=\"{TEXT}\"><w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val=\"22\"/>\
         <w:lang w:val=\"{target}\" w:eastAsia=\"{target}\"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>\
         <w:spacing w:after=\"160\"/></w:pPr></w:pPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/></w:style>"
    );
    for (level, size) in (1..).zip(HEADINGS) {
        out.push_str(&format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"Heading{level}\"><w:name w:val=\"heading {level}\"/>\
             <w:basedOn w:val=\"Normal\"/><w:next w:val=\"Normal\"/><w:pPr><w:keepNext/><w:outlineLvl w:val=\"{}\"/></w:pPr>\
             <w:rPr><w:b/><w:sz w:val=\"{size}\"/></w:rPr></w:style>",
            level - 1
        ));
    }
    out + "</w:styles>"
}

/// Writes the whole file around the text.
pub(super) fn package(document: &str, target: Language, into: &File) -> Result<(), DocumentError> {
    let mut zip = ZipWriter::new(BufWriter::new(into));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let (types, links, more) =
        (format!("{HEAD}{TYPES}"), format!("{HEAD}{LINKS}"), format!("{HEAD}{DOCUMENT_LINKS}"));
    let files = [
        ("[Content_Types].xml", &types),
        ("_rels/.rels", &links),
        ("word/_rels/document.xml.rels", &more),
        ("word/styles.xml", &styles(target)),
        ("word/document.xml", &document.to_owned()),
    ];
    for (name, text) in files {
        zip.start_file(name, options).map_err(|_| DocumentError::Internal)?;
        zip.write_all(text.as_bytes()).map_err(|_| DocumentError::Internal)?;
    }
    let mut out = zip.finish().map_err(|_| DocumentError::Internal)?;
    out.flush().map_err(|_| DocumentError::Internal)
}
